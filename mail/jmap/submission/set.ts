import * as z from 'zod';
import { type Account, type Draft, emailNumber } from '../../account/types.ts';
import { randomName } from '../../ports/index.ts';
import { SUBMISSION } from '../capabilities.ts';
import { factsOf } from '../email/facts.ts';
import { emailSettable } from '../email/set.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import { identities } from '../identity/object.ts';
import { type Call, ID, type Method, method } from '../method.ts';
import { applySet, notFound, type Outcome, type Settable } from '../standard/set.ts';
import { addressesIn, checkRecipients, ENVELOPE, envelopeOf, timeOf } from './envelope.ts';
import { MAX_KEPT, MAX_PENDING } from './limits.ts';
import { headerOf, withoutBcc } from './message.ts';
import { EMAIL_SUBMISSION, recipientsOf, type Submission, submission, submissions, utcDate } from './object.ts';
import { release } from './release.ts';

type Properties = Readonly<Record<string, unknown>>;

const CREATION = z.strictObject({ identityId: ID, emailId: ID, envelope: ENVELOPE.nullish() });

/** More authors than that are refused: each may cost a look into the directory. */
const MAX_AUTHORS = 20;
const HOUR_MS = 3_600_000;

interface Prepared {
  readonly id: string;
  readonly object: Submission;
}

const submissionSettable: Settable = {
  name: EMAIL_SUBMISSION,
  capability: SUBMISSION,

  /** The letter is durable before the log says that it is to be sent (design: rule 6). */
  async prepare(call, account, properties): Promise<Prepared> {
    const { outbox, clock, random } = call.deps;
    if (outbox === undefined) throw new SetFailure('forbiddenToSend', 'This server does not send');
    const given = creation(properties);
    const { email, thread } = await emailOf(call, account, given.emailId);
    const identityId = call.idOf(given.identityId);
    const identity = identities(call.user, account.state).get(identityId ?? '');
    if (identity === undefined) throw invalidProperties(['identityId'], `There is no identity ${given.identityId}`);
    const header = await headerOf(call, email);
    const isOwn = (address: string) => address.toLowerCase() === identity.email.toLowerCase();
    const envelope = given.envelope ?? envelopeOf(header, identity.email, isOwn);
    checkRecipients(envelope);
    const now = Math.ceil(clock.now() / 1000) * 1000;
    const sendAt = Math.ceil(timeOf(envelope, now) / 1000) * 1000;
    await checkSender(call, envelope.mailFrom.email, addressesIn(header, 'from').flat());
    const id = randomName(random, 20);
    const undoStatus = sendAt > now ? ('pending' as const) : 'final';
    const recipients = [...recipientsOf(envelope)];
    const smtputf8 = !isAscii(Buffer.from([envelope.mailFrom.email, ...recipients].join())) || !isAscii(header);
    await outbox.put(
      {
        id,
        account: account.id,
        tenant: call.user.tenant,
        sendAt,
        from: envelope.mailFrom.email,
        recipients,
        smtputf8,
      },
      withoutBcc(call, email, header),
    );
    const emailId = call.idOf(given.emailId)!;
    const named = email.summary.messageId === undefined ? {} : { messageId: email.summary.messageId };
    const object: Submission = {
      identityId: identity.id,
      emailId,
      threadId: thread,
      envelope,
      sendAt,
      undoStatus,
      ...named,
    };
    return { id, object };
  },

  create(draft, properties, { call }, prepared) {
    const { id, object } = prepared as Prepared;
    makeRoom(draft, object, call.deps.clock.now());
    draft.putObject(EMAIL_SUBMISSION, id, object);
    const { threadId, envelope, sendAt, undoStatus } = object;
    return {
      id,
      threadId,
      ...(properties.envelope == null ? { envelope } : {}),
      sendAt: utcDate(sendAt),
      undoStatus,
      deliveryStatus: null,
      dsnBlobIds: [],
      mdnBlobIds: [],
    };
  },

  /** RFC 8621 section 7.5: all that changes is that it is not sent. */
  update(draft, id, patch) {
    const before = submission(draft, id);
    if (before === undefined) throw notFound(id);
    const { messageId: _, ...shown } = before;
    const known: Properties = { id, ...shown, sendAt: utcDate(before.sendAt), dsnBlobIds: [], mdnBlobIds: [] };
    const changed = Object.keys(patch).filter((name) => JSON.stringify(patch[name]) !== JSON.stringify(known[name]));
    const fixed = changed.filter((name) => name !== 'undoStatus');
    if (fixed.length > 0) throw invalidProperties(fixed, `${fixed.join(', ')} cannot be changed`);
    if (changed.length === 0) return null;
    if (patch.undoStatus !== 'canceled') {
      throw invalidProperties(['undoStatus'], 'undoStatus can be set to canceled only');
    }
    if (before.undoStatus !== 'pending') {
      throw new SetFailure('cannotUnsend', 'The email has been handed over already');
    }
    draft.putObject(EMAIL_SUBMISSION, id, { ...before, undoStatus: 'canceled' });
    return null;
  },

  /** RFC 8621 section 7.5: what is pending would be sent and nobody could see it. */
  destroy(draft, id) {
    const before = submission(draft, id);
    if (before === undefined) throw notFound(id);
    if (before.undoStatus === 'pending') {
      throw new SetFailure('forbidden', 'It is not sent yet: cancel it first, by undoStatus');
    }
    draft.deleteObject(EMAIL_SUBMISSION, id);
  },
};

const ARGS = z.strictObject({
  accountId: z.string(),
  ifInState: z.string().nullish(),
  create: z.record(z.string(), z.record(z.string(), z.unknown())).nullish(),
  update: z.record(ID, z.record(z.string(), z.unknown())).nullish(),
  destroy: z.array(ID).nullish(),
  onSuccessUpdateEmail: z.record(ID, z.record(z.string(), z.unknown())).nullish(),
  onSuccessDestroyEmail: z.array(ID).nullish(),
});

/** EmailSubmission/set, and the Email/set that it stands for besides. */
export const submissionSet: Method = method({
  capability: SUBMISSION,
  args: ARGS,
  async run(call, { onSuccessUpdateEmail, onSuccessDestroyEmail, ...args }) {
    const account = await call.account(args.accountId);
    // One that is destroyed is not there afterwards.
    const before = submissions(account.state);
    await settle(
      call,
      account,
      (args.destroy ?? []).flatMap((given) => call.idOf(given) ?? []),
      true,
    );
    const { answer, outcome } = await applySet(submissionSettable, call, args);
    const changed = idsOf(call, outcome);
    await settle(call, account, changed);
    const emailOfKey = (key: string) => {
      const id = call.idOf(key);
      if (id === undefined || !changed.has(id)) return undefined;
      return (submission(account.state, id) ?? before.get(id))?.emailId;
    };
    const update: Record<string, Properties> = {};
    for (const [key, patch] of Object.entries(onSuccessUpdateEmail ?? {})) {
      const email = emailOfKey(key);
      if (email !== undefined) update[email] = { ...update[email], ...patch };
    }
    const destroy = (onSuccessDestroyEmail ?? []).flatMap((key) => emailOfKey(key) ?? []);
    if (Object.keys(update).length + destroy.length === 0) return answer;
    const { answer: emails } = await applySet(emailSettable, call, { accountId: args.accountId, update, destroy });
    return [
      ['EmailSubmission/set', answer],
      ['Email/set', emails],
    ];
  },
});

function idsOf(call: Call, { created, updated, destroyed }: Outcome): ReadonlySet<string> {
  const named = [...Object.keys(updated), ...destroyed].flatMap((given) => call.idOf(given) ?? []);
  return new Set([...Object.values(created).map(({ id }) => id as string), ...named]);
}

/**
 * Sends what is to be sent now, drops what was canceled. What fails here is done by the next sweep, which looks into the log: so what
 * is to be forgotten there `mustWork`.
 */
async function settle(call: Call, account: Account, ids: Iterable<string>, mustWork = false): Promise<void> {
  const { outbox, accounts, clock, log } = call.deps;
  if (outbox === undefined) return;
  for (const id of ids) {
    const now = submission(account.state, id);
    if (now === undefined || now.undoStatus === 'pending') continue;
    try {
      const letter = await outbox.get({ id, sendAt: now.sendAt });
      if (letter !== undefined) await release({ accounts, outbox, clock, log }, letter);
    } catch (error) {
      if (mustWork) throw error;
      log.warn('jmap.not-released', { account: account.id, id, error: String(error) });
    }
  }
}

function creation(properties: Properties): z.infer<typeof CREATION> {
  const parsed = CREATION.safeParse(properties);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const names = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [String(issue.path[0])],
  );
  throw invalidProperties([...new Set(names)], `${issues[0]!.path.join('/')}: ${issues[0]!.message}`);
}

async function emailOf(call: Call, account: Account, given: string) {
  const number = emailNumber(call.idOf(given) ?? '');
  const facts = number === undefined ? undefined : factsOf(account.state, number);
  const email = facts && (await account.emails([facts.number])).get(facts.number);
  if (facts === undefined || email === undefined) throw invalidProperties(['emailId'], `There is no email ${given}`);
  return { email, thread: facts.thread };
}

/** Nobody writes in another's name, neither in the envelope nor where readers see it. */
async function checkSender({ deps, user }: Call, mailFrom: string, authors: readonly string[]): Promise<void> {
  if (!(await deps.directory.maySendAs(user.id, mailFrom))) {
    throw new SetFailure('forbiddenMailFrom', `You may not send as ${mailFrom}`);
  }
  if (authors.length > MAX_AUTHORS) throw new SetFailure('forbiddenFrom', `At most ${MAX_AUTHORS} authors`);
  for (const author of new Set(authors)) {
    if (!(await deps.directory.maySendAs(user.id, author))) {
      throw new SetFailure('forbiddenFrom', `You may not write as ${author}`);
    }
  }
}

/** RFC 8621 section 7: the server may forget submissions that are over. Those of the last hour stay: they may be at work yet. */
function makeRoom(draft: Draft, { undoStatus }: Submission, now: number): void {
  const all = [...submissions(draft)];
  const pending = all.filter(([, one]) => one.undoStatus === 'pending').length;
  if (undoStatus === 'pending' && pending >= MAX_PENDING) {
    throw new SetFailure('overQuota', `At most ${MAX_PENDING} emails wait to be sent`);
  }
  const over = all
    .filter(([, one]) => one.undoStatus !== 'pending' && one.sendAt < now - HOUR_MS)
    .sort(([, a], [, b]) => a.sendAt - b.sendAt);
  const excess = Math.max(0, all.length + 1 - MAX_KEPT);
  if (excess > over.length) throw new SetFailure('rateLimit', 'Too many emails within an hour; try again later');
  for (const [id] of over.slice(0, excess)) draft.deleteObject(EMAIL_SUBMISSION, id);
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}
