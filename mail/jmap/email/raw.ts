import { type Account, type Draft, emailId } from '../../account/types.ts';
import { MessageIndexer } from '../../message/indexer.ts';
import { summarize } from '../../message/summarize.ts';
import type { Summary } from '../../message/summary.ts';
import { emailBlobId } from '../blob/blob.ts';
import { SetFailure } from '../errors.ts';
import type { Call } from '../method.ts';
import { maxMessage } from './limits.ts';
import { checkQuota } from './placing.ts';

/** Messages up to this are in memory when they are written; longer ones go to the blob as they come. */
const SMALL = 256 * 1024;

/** A message that is durable as a blob and not yet in the account. */
export interface Stored {
  readonly blob: string;
  readonly size: number;
  readonly summary: Summary;
}

/** Writes a message's bytes, for one owner (design: rule 3). Throws `SetFailure` (`tooLarge`). */
export async function storeMessage(call: Call, pieces: AsyncIterable<Uint8Array>): Promise<Stored> {
  const { blobs } = call.deps;
  const indexer = new MessageIndexer();
  const most = await maxMessage(call.deps);
  const iterator = indexed(pieces, indexer, most)[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let size = 0;
  let next = await iterator.next();
  for (; next.done !== true && size <= SMALL; next = await iterator.next()) {
    first.push(next.value);
    size += next.value.length;
  }
  if (next.done === true) {
    const bytes = Buffer.concat(first);
    const { name } = await blobs.put('raw', bytes, { owners: 1 });
    return { blob: name, size, summary: summarize(indexer.finish()) };
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* first;
    for (; next.done !== true; next = await iterator.next()) {
      size += next.value.length;
      yield next.value;
    }
  }
  const { name } = await blobs.put('raw', all(), { owners: 1 });
  return { blob: name, size, summary: summarize(indexer.finish()) };
}

async function* indexed(
  pieces: AsyncIterable<Uint8Array>,
  indexer: MessageIndexer,
  most: number,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    checkSize(size, most);
    indexer.push(piece);
    yield piece;
  }
}

function checkSize(size: number, most: number): void {
  if (size > most) throw new SetFailure('tooLarge', `A message has at most ${most} bytes`);
}

/** What is filed besides the message itself. */
export interface Filing {
  readonly mailboxes: readonly string[];
  /** As IMAP spells them. */
  readonly flags: readonly string[];
  /** Milliseconds since 1970. */
  readonly date: number;
}

/** Files a stored message. Gives what a creation is answered with (RFC 8621 section 4.6). Throws `SetFailure` (`overQuota`). */
export function file(call: Call, draft: Draft, { blob, size, summary }: Stored, { mailboxes, flags, date }: Filing) {
  checkQuota(call.ownerOf(draft), draft, { bytes: size, messages: mailboxes.length });
  const { email } = draft.add({ mailboxes, blob, size, date, flags, summary })!;
  return { id: emailId(email), blobId: emailBlobId(email), threadId: draft.threadOf(email)!, size };
}

/** Refuses what could not be filed in the account as it is, before anything is written. */
export async function checkRoom(call: Call, account: Account, bytes: number): Promise<void> {
  checkSize(bytes, await maxMessage(call.deps));
  checkQuota(call.ownerOf(account.state), account.state, { bytes, messages: 1 });
}
