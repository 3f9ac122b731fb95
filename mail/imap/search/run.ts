import type { Account, Rows, StoredEmail } from '../../account/types.ts';
import { NotFound } from '../../ports/index.ts';
import { contentWeight, loadContent } from '../../search/content.ts';
import { inOrder } from '../../search/in-order.ts';
import type { Verdict } from '../../search/index/search.ts';
import type { SearchKey } from '../grammar/search.ts';
import type { Session } from '../session.ts';
import { BODY, type Candidate, compile, HEADER, type Known, type Matcher, SUMMARY } from './compile.ts';

const BATCH = 500;
/** Blobs read at a time; one message alone may be larger. */
const AHEAD = { count: 16, weight: 8 * 1024 * 1024 };

/** Where a search looks. */
export interface Scope {
  readonly rows: Rows;
  readonly known: Known;
  /** @default the account of the selected mailbox */
  readonly account?: Account;
  /** Only these rows. @default all */
  readonly only?: Iterable<number> | undefined;
}

/**
 * The UIDs that match, ascending, of the messages that the client knows. Level by level: the index decides for most messages, then
 * summaries, and only what neither can decide is read.
 */
export async function search(session: Session, scope: Scope, key: SearchKey): Promise<number[]> {
  const { rows, known } = scope;
  const told = await askIndex(session, scope, key);
  const matcher = compile(key, { rows, known, now: session.deps.clock.now(), told });
  const found: number[] = [];
  const open: Candidate[] = [];
  for (const row of scope.only ?? rowNumbers(rows)) {
    const uid = rows.uid(row);
    if (known.numbers.of(uid) === 0) continue;
    const message: Candidate = { row, uid };
    if (decide(matcher, message, found) === undefined) open.push(message);
  }
  for (let first = 0; first < open.length; first += BATCH) {
    const batch = open.slice(first, first + BATCH);
    const emails = await (scope.account ?? session.place.account).emails(batch.map(({ row }) => rows.email(row)));
    await searchBatch(session, matcher, batch, (message) => emails.get(rows.email(message.row)), found);
  }
  return found.sort((a, b) => a - b);
}

/** Fewer messages are read at once. */
const FEW = 32;

/** What the full-text index knows of the texts that a program looks for. It only rules out, or in, what is sure: the messages decide. */
async function askIndex(
  session: Session,
  { rows, only, account = session.place.account }: Scope,
  key: SearchKey,
): Promise<Map<SearchKey, Verdict>> {
  const told = new Map<SearchKey, Verdict>();
  if (rows.length < FEW || (only !== undefined && Array.isArray(only) && only.length < FEW)) return told;
  const texts = textsIn(key);
  const index = texts.length === 0 ? undefined : await session.deps.index?.open(account.id, account.state);
  if (index === undefined) return told;
  for (const one of texts) told.set(one, await index.substring(one.text));
  return told;
}

/** The keys that look into bodies. */
function textsIn(key: SearchKey): Extract<SearchKey, { key: 'text' | 'body' }>[] {
  if (key.key === 'and' || key.key === 'or') return key.keys.flatMap(textsIn);
  if (key.key === 'not') return textsIn(key.of);
  return key.key === 'text' || key.key === 'body' ? [key] : [];
}

function* rowNumbers(rows: Rows): Generator<number> {
  for (let row = 0; row < rows.length; row++) yield row;
}

async function searchBatch(
  session: Session,
  matcher: Matcher,
  batch: readonly Candidate[],
  emailOf: (message: Candidate) => StoredEmail | undefined,
  found: number[],
): Promise<void> {
  const open: { message: Candidate; email: StoredEmail }[] = [];
  for (const message of batch) {
    const email = emailOf(message);
    // One that was erased meanwhile matches nothing.
    if (email === undefined) continue;
    message.summary = email.summary;
    message.thread = email.thread;
    if (decide(matcher, message, found) === undefined) open.push({ message, email });
  }
  if (matcher.needs <= SUMMARY) return;
  const body = matcher.needs === BODY;
  const load = async ({ message, email }: (typeof open)[number]) => {
    try {
      message.content = await loadContent(session.deps.blobs, email, body);
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
      session.deps.log.error('imap.blob-missing', { user: session.user.id, blob: email.blob });
    }
    return message;
  };
  const weigh = ({ email }: (typeof open)[number]) => contentWeight(email, matcher.needs > HEADER);
  for await (const message of inOrder(open, AHEAD, weigh, load)) {
    decide(matcher, message, found);
    delete message.content;
  }
}

function decide(matcher: Matcher, message: Candidate, found: number[]): boolean | undefined {
  const matches = matcher.matches(message);
  if (matches === true) found.push(message.uid);
  return matches;
}
