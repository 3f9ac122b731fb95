import type { State } from '../../account/types.ts';
import { broken, type Kept, kept } from '../../limits.ts';
import { MessageIndexer } from '../../message/indexer.ts';
import { summarize } from '../../message/summarize.ts';
import type { Summary } from '../../message/summary.ts';
import { No } from '../errors.ts';
import type { Place, Spot } from '../places.ts';
import type { Session } from '../session.ts';
import { catenated } from './catenate.ts';
import type { Continued } from './continued.ts';
import type { Head } from './head.ts';

/** Messages up to this are in memory when they are written; longer ones go to the blob as they come. */
const SMALL = 256 * 1024;

/** A message that is durable as a blob and not yet in the account. */
export interface Uploaded {
  readonly head: Head;
  readonly blob: string;
  readonly size: number;
  readonly summary: Summary;
}

/** Refuses a message before it is sent, as far as that is known. `before`: the messages before it. */
export async function admit(session: Session, { place, name }: Spot, head: Head, before: Kept): Promise<void> {
  const { account } = place;
  // What is known of somebody else's account may be old: he may not share it any more.
  const isKnown = place.isOwn && account.state.mailboxNamed(name) !== undefined;
  const state = isKnown ? account.state : await account.refresh();
  place.mailbox(state, name, 'i', noMailbox);
  const size = head.literal?.size;
  if (size === undefined) return;
  // RFC 3502 section 6.3.11: how a client gives up.
  if (size === 0) throw new No('CANNOT', 'A message has at least one byte');
  checkSize(session, place, state, before, size);
}

/** Takes the message: to a blob, and through the indexer. */
export async function upload(
  session: Session,
  { place }: Spot,
  head: Head,
  rest: Continued,
  before: Kept,
): Promise<Uploaded> {
  const indexer = new MessageIndexer();
  const { blobs } = session.deps;
  const { literal } = head;
  if (literal !== undefined) rest.begin(literal);
  if (literal !== undefined && literal.size <= SMALL) {
    const bytes = await rest.exact();
    indexer.push(bytes);
    const { name } = await blobs.put('raw', bytes, { owners: 1 });
    await endLiteral(head, rest);
    return { head, blob: name, size: literal.size, summary: summarize(indexer.finish()) };
  }
  let size = 0;
  let failure: { readonly error: unknown } | undefined;
  async function* indexed(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of literal === undefined ? catenated(session, rest) : rest.bytes()) {
        size += piece.length;
        if (literal === undefined) checkSize(session, place, place.account.state, before, size);
        indexer.push(piece);
        yield piece;
      }
      if (size === 0) throw new No('CANNOT', 'A message has at least one byte');
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  try {
    const { name } = await blobs.put('raw', indexed(), { owners: 1 });
    if (literal !== undefined) await endLiteral(head, rest);
    return { head, blob: name, size, summary: summarize(indexer.finish()) };
  } catch (error) {
    // What went wrong with the bytes, not what the store makes of it.
    throw failure === undefined ? error : failure.error;
  }
}

/** Throws `No` where the account would keep more than it may (design: rule 14; RFC 9208 section 4.3.1). */
export function checkQuota(session: Session, place: Place, now: Kept, more: Kept): void {
  // What the directory says of the user is newer in the session; in somebody else's account, his limits bind.
  switch (broken(place.isOwn ? session.user : place.owner, now, more)) {
    case 'quota':
      throw new No('OVERQUOTA', 'The account would be over its quota; delete something first');
    case 'maxMessages':
      throw new No('OVERQUOTA', 'The account would have more messages than it may; delete something first');
  }
}

export function noMailbox(): No {
  return new No('TRYCREATE', 'There is no such mailbox; create it first');
}

function checkSize(session: Session, place: Place, state: State, before: Kept, size: number): void {
  if (size > session.maxMessage) throw new No('TOOBIG', `A message has at most ${session.maxMessage} bytes`);
  checkQuota(session, place, kept(state), { bytes: before.bytes + size, messages: before.messages + 1 });
}

async function endLiteral(head: Head, rest: Continued): Promise<void> {
  await rest.nextLine();
  if (head.utf8) rest.parser.expect(')');
}
