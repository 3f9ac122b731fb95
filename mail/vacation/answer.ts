import type { State } from '../account/types.ts';
import type { Directory } from '../directory/types.ts';
import type { Filed } from '../inbound/deliver.ts';
import { deriveId } from '../outbound/queue-entry.ts';
import type { Outgoing } from '../outbound/submit.ts';
import { type Blobs, type Clock, ConditionFailed, type Log, type Records } from '../ports/index.ts';
import { composeAnswer } from './compose.ts';
import { isAway, VACATION_RESPONSE, type Vacation, vacationOf } from './object.ts';
import { type Author, answering } from './rules.ts';

export interface AnswerDeps {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly log: Log;
  readonly directory: Pick<Directory, 'account'>;
  /** `submitBytes` of mail/outbound: idempotent by id. */
  readonly submit: (outgoing: Outgoing, bytes: Uint8Array) => Promise<unknown>;
  readonly hostname: string;
}

/** How long a sender is not answered again (RFC 5230 section 4.2: at least a day, by default seven), in ms. */
export const AGAIN_AFTER = 7 * 86_400_000;
/** Longer headers are looked into as far as this, in bytes. */
const HEADER_LIMIT = 256 * 1024;
/** The account's identities, as mail/jmap keeps them: their addresses were found to be the user's. */
const IDENTITY = 'Identity';

/**
 * Answers mail for who is away (RFC 8621 section 8), by the rules of RFC 3834 and RFC 5230. To be called whenever a message was filed, however
 * often: an answer is sent once, and to a sender once in seven days. Throws `Unavailable` or `OutcomeUnknown`: call it again.
 */
export function createAnswer(deps: AnswerDeps): (filed: Filed) => Promise<void> {
  return async (filed) => {
    const { job, state } = filed;
    const vacation = vacationOf(state);
    // The time at which it came decides, so that a repetition comes to the same.
    if (!isAway(vacation, job.received) || job.from === '') return;
    const account = await deps.directory.account(filed.account);
    if (account === undefined || !account.enabled) return;
    const header = await readHeader(deps, filed);
    const authors = [{ name: account.displayName ?? '', email: account.address }, ...identitiesOf(state)];
    const author = answering({ from: job.from, header }, withName(authors, account.address));
    if (author === undefined) return;
    if (!(await claim(deps, filed, vacation))) return;
    await send(deps, filed, vacation, author);
  };
}

async function readHeader({ blobs }: AnswerDeps, { job, summary }: Filed): Promise<Uint8Array> {
  const end = Math.min(summary.headerEnd, HEADER_LIMIT);
  return end === 0 ? new Uint8Array() : blobs.get(job.blob, { start: 0, end });
}

function identitiesOf(state: State): Author[] {
  return [...state.objects(IDENTITY).values()].map((value) => {
    const { name, email } = value as { readonly name?: string; readonly email: string };
    return { name: name ?? '', email };
  });
}

/** The name that the user has given to his own address goes before the one in the directory. */
function withName(authors: readonly Author[], own: string): Author[] {
  const isNamed = (one: Author) => one.name !== '' && one.email.toLowerCase() === own.toLowerCase();
  const named = authors.findLast(isNamed);
  return named === undefined ? [...authors] : [named, ...authors];
}

/**
 * Takes the right to answer this sender, for this delivery. It is taken once in seven days: a record, put if absent, which names the
 * delivery, so that a repetition of that delivery goes on where it was left. Another text is another answer (RFC 5230 section 4.2).
 */
async function claim({ records, clock }: AnswerDeps, { account, job }: Filed, vacation: Vacation): Promise<boolean> {
  const pk = `vacation/${account}`;
  const { subject, textBody, htmlBody } = vacation;
  const sk = deriveId(job.from.toLowerCase(), JSON.stringify([subject, textBody, htmlBody]));
  const now = clock.now();
  for (;;) {
    const item = await records.get(pk, sk);
    const before = item && (JSON.parse(Buffer.from(item.body).toString()) as { delivery: string; at: number });
    if (before?.delivery === job.id) return true;
    if (before !== undefined && now < before.at + AGAIN_AFTER) return false;
    const rev = item?.rev ?? 0;
    const body = Buffer.from(JSON.stringify({ v: 1, delivery: job.id, at: now }));
    const expires = Math.ceil((now + AGAIN_AFTER) / 1000);
    try {
      await records.put({ pk, sk, body, rev: rev + 1, expires }, item === undefined ? 'absent' : { rev });
      return true;
    } catch (error) {
      // Another delivery was there first, or this one with an outcome that was not known.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

/** The effect's id is made of its cause (design: rule 6). */
async function send(deps: AnswerDeps, filed: Filed, vacation: Vacation, author: Author): Promise<void> {
  const { account, job, summary } = filed;
  const id = deriveId(job.id, VACATION_RESPONSE, account);
  const bytes = composeAnswer({
    id,
    hostname: deps.hostname,
    vacation,
    author,
    to: job.from,
    at: job.received,
    message: summary,
  });
  await deps.submit(
    {
      id,
      // RFC 3834 section 3.3: nobody is to be told where it cannot be delivered.
      from: '',
      recipients: [job.from],
      tenant: job.tenant,
      via: 'local',
      smtputf8: !/^[\x00-\x7f]*$/.test(job.from + author.email),
      eightBit: bytes.some((byte) => byte > 0x7f),
      routing: author.email.slice(author.email.lastIndexOf('@') + 1).toLowerCase(),
    },
    bytes,
  );
  deps.log.info('vacation.answered', { delivery: job.id, account, answer: id });
}
