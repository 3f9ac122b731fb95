import { type Draft, emailId, type Mailbox, type State } from '../../account/types.ts';
import { type Facts, factsOf } from '../email/facts.ts';
import type { Placing } from '../email/placing.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import { MAX_SNOOZED } from './limits.ts';
import { forgetSnooze, pendingSnooze, putSnooze, type Snooze, snoozedMailbox, snoozeOf, snoozes } from './object.ts';
import type { Wish } from './prepare.ts';

/** How it is called where it is made; a mailbox of that name is taken for it. */
const NAME = 'Snoozed';

/**
 * Plans what a client wants of one email: it leaves its mailboxes for that of snoozed emails, or comes back. Gives where it then is.
 * Throws `SetFailure`.
 */
export function planSnooze(
  placing: Placing,
  draft: Draft,
  facts: Facts,
  wish: Wish,
  keywords: ReadonlySet<string> | undefined,
  idOf: (given: string) => string | undefined,
): readonly string[] {
  const id = emailId(facts.number);
  const before = pendingSnooze(draft, id, facts);
  if (wish === null) {
    // Who takes it back himself knows of it: it comes back as it is.
    const mailboxes = before === undefined ? facts.mailboxes : placesAfter(draft, facts, before);
    placing.change(facts.number, mailboxes, keywords);
    forgetSnooze(draft, id);
    return mailboxes;
  }
  const moveTo = targetOf(draft, wish.moveTo, idOf);
  if (before === undefined) makeRoom(draft);
  const mailbox = snoozedMailbox(draft) ?? makeMailbox(draft);
  if (moveTo === mailbox.id) throw invalidProperties(['snoozed'], 'snoozed/moveToMailboxId: it would not come back');
  placing.change(facts.number, [mailbox.id], keywords);
  // Another time is a new placement too: whoever follows the email's changes is told of it.
  if (facts.mailboxes.includes(mailbox.id)) placing.renew(facts.number, mailbox.id);
  const from = before?.from ?? facts.mailboxes.filter((one) => one !== mailbox.id);
  const { until, setKeywords } = wish;
  putSnooze(draft, id, { until, from, moveTo: moveTo ?? null, setKeywords });
  return [mailbox.id];
}

/** Where an email is when it is awake: where the user wants it or where it was, as far as that is there yet; else in the inbox. */
export function placesAfter(state: State, { mailboxes }: Pick<Facts, 'mailboxes'>, snooze: Snooze): readonly string[] {
  const asleep = snoozedMailbox(state)?.id;
  const wanted = snooze.moveTo === null ? snooze.from : [snooze.moveTo];
  const there = wanted.filter((id) => id !== asleep && state.mailboxes.has(id));
  const inbox = [...state.mailboxes.values()].find(({ role }) => role === 'inbox')!;
  const elsewhere = mailboxes.filter((id) => id !== asleep);
  return [...new Set([...elsewhere, ...(there.length > 0 ? there : [inbox.id])])];
}

function targetOf(draft: Draft, given: string | null | undefined, idOf: (given: string) => string | undefined) {
  if (given === null || given === undefined) return undefined;
  const id = idOf(given);
  if (id === undefined || !draft.mailboxes.has(id)) {
    throw invalidProperties(['snoozed'], `snoozed/moveToMailboxId: there is no mailbox ${given}`);
  }
  return id;
}

function makeMailbox(draft: Draft): Mailbox {
  const named = draft.mailboxNamed(NAME) ?? draft.createMailbox(NAME);
  draft.setRole(named.id, 'snoozed');
  draft.subscribe(NAME, true);
  return draft.mailboxes.get(named.id)!;
}

/** All of them are in the snapshot of the account: those that came back go first, the oldest before others. */
function makeRoom(draft: Draft): void {
  const asleep = [...snoozes(draft)].filter(([, { awakened }]) => awakened === undefined);
  if (asleep.length >= MAX_SNOOZED) {
    for (const [id] of asleep) if (isOver(draft, id)) forgetSnooze(draft, id);
  }
  const left = [...snoozes(draft)].filter(([, { awakened }]) => awakened === undefined).length;
  if (left >= MAX_SNOOZED) throw new SetFailure('overQuota', `At most ${MAX_SNOOZED} emails are snoozed at once`);
}

/** Whether somebody has destroyed the email or taken it out of the mailbox. */
function isOver(draft: Draft, id: string): boolean {
  const facts = factsOf(draft, Number.parseInt(id.slice(1), 36));
  return facts === undefined || pendingSnooze(draft, id, facts) === undefined;
}

/** Remembers that an email came back, in place of the oldest where there are too many. */
export function markAwake(draft: Draft, id: string, now: number): void {
  const awake = [...snoozes(draft)].flatMap(([other, { awakened }]) =>
    awakened === undefined ? [] : [[other, awakened] as const],
  );
  const oldest = awake.sort(([, a], [, b]) => a - b).slice(0, Math.max(0, awake.length + 1 - MAX_SNOOZED));
  for (const [other] of oldest) forgetSnooze(draft, other);
  putSnooze(draft, id, { ...snoozeOf(draft, id)!, awakened: now });
}
