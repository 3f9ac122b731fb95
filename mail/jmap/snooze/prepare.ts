import * as z from 'zod';
import { type Account, emailNumber } from '../../account/types.ts';
import { SNOOZE_URN } from '../capabilities.ts';
import { factsOf, isKeyword } from '../email/facts.ts';
import { invalidProperties, type SetError, SetFailure } from '../errors.ts';
import { type Call, ID } from '../method.ts';
import { inParallel } from '../parallel.ts';
import { setError } from '../standard/set.ts';
import { setAlarm } from './alarms.ts';
import { MAX_DELAYED_WAKING, MAX_SET_KEYWORDS } from './limits.ts';

type Properties = Readonly<Record<string, unknown>>;

/** What a client wants: null, that the email comes back now. */
export type Wish = {
  readonly until: number;
  readonly moveTo: string | null | undefined;
  readonly setKeywords: Readonly<Record<string, boolean>>;
} | null;

const DETAILS = z.strictObject({
  until: z.iso.datetime(),
  moveToMailboxId: ID.nullish(),
  setKeywords: z.record(z.string(), z.boolean()).nullish(),
});

/** Where it is not said, an email comes back unread. */
const UNREAD = { $seen: false };

/** Alarms set at the same time. */
const AT_ONCE = 8;

/** By request: what its running /set wants of emails, or why it cannot have it. */
const wishes = new WeakMap<Call, Map<string, { readonly wish: Wish } | { readonly error: SetError }>>();

/** Sets alarms for all emails that are to be snoozed, before the write: it is refused where there is no alarm. */
export async function prepareSnoozes(
  call: Call,
  account: Account,
  update: readonly (readonly [id: string, patch: Properties])[],
): Promise<void> {
  const asked = update.filter(([, patch]) => Object.keys(patch).some((path) => path.split('/', 1)[0] === 'snoozed'));
  const prepared = new Map<string, { wish: Wish } | { error: SetError }>();
  wishes.set(call, prepared);
  await inParallel(asked, AT_ONCE, async ([given, patch]) => {
    const id = call.idOf(given);
    if (id === undefined) return;
    try {
      const wish = wishOf(call, account, patch);
      const number = emailNumber(id);
      const isThere = number !== undefined && factsOf(account.state, number) !== undefined;
      if (wish !== null && isThere) {
        await setAlarm(call.deps.records, { account: account.id, email: id, until: wish.until });
      }
      if (isThere) prepared.set(id, { wish });
    } catch (error) {
      prepared.set(id, { error: setError(error) });
    }
  });
}

/** What was prepared for an email that is to be changed. Throws `SetFailure`. */
export function wishFor(call: Call, id: string): Wish {
  const found = wishes.get(call)?.get(id);
  if (found === undefined)
    throw invalidProperties(['snoozed'], 'An email is snoozed by a /set after that which makes it');
  if ('error' in found) throw new SetFailure(found.error.type, found.error.description, found.error);
  return found.wish;
}

function wishOf(call: Call, account: Account, patch: Properties): Wish {
  if (!call.using.has(SNOOZE_URN)) throw invalidProperties(['snoozed'], `snoozed needs the capability ${SNOOZE_URN}`);
  if (account.id !== call.user.id)
    throw new SetFailure('forbidden', 'Only the owner of an account can snooze its emails');
  if (!Object.hasOwn(patch, 'snoozed')) throw new SetFailure('invalidPatch', 'snoozed is given as a whole');
  if (Object.keys(patch).some((path) => path.split('/', 1)[0] === 'mailboxIds')) {
    throw invalidProperties(['mailboxIds'], 'snoozed moves the email by itself');
  }
  if (patch.snoozed === null) return null;
  const parsed = DETAILS.safeParse(patch.snoozed);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalidProperties(['snoozed'], `snoozed/${issue!.path.join('/')}: ${issue!.message}`);
  }
  const { until: text, moveToMailboxId: moveTo, setKeywords } = parsed.data;
  const until = Math.floor(Date.parse(text) / 1000) * 1000;
  const now = call.deps.clock.now();
  if (until <= now) throw invalidProperties(['snoozed'], 'snoozed/until: that time is over');
  if (until > now + MAX_DELAYED_WAKING * 1000) {
    throw invalidProperties(['snoozed'], `snoozed/until: an email sleeps ${MAX_DELAYED_WAKING} seconds at most`);
  }
  const keywords = Object.entries(setKeywords ?? {}).map(([name, on]) => [name.toLowerCase(), on] as const);
  const wrong = keywords.find(([name]) => !isKeyword(name));
  if (wrong !== undefined) throw invalidProperties(['snoozed'], `snoozed/setKeywords: ${wrong[0]} cannot be a keyword`);
  if (keywords.length > MAX_SET_KEYWORDS) {
    throw invalidProperties(['snoozed'], `snoozed/setKeywords: at most ${MAX_SET_KEYWORDS} keywords`);
  }
  return { until, moveTo, setKeywords: { ...UNREAD, ...Object.fromEntries(keywords) } };
}
