import { writeCsv } from '../../../mail/contacts/csv.ts';
import { type Imported, readImport } from '../../../mail/contacts/import.ts';
import { writeVcard } from '../../../mail/contacts/vcard/write.ts';
import { call, downloadBlob } from '../api/jmap.ts';
import type { Book, Contact } from './contacts/model.ts';
import { refreshContacts, uidsOf } from './contacts.ts';

/** Contacts from files and to files. */

export type { Imported, ImportProblem } from '../../../mail/contacts/import.ts';

/** Bytes of a file that is read. */
export const MAX_FILE = 100_000_000;
/** Of one request, and cards of it. */
const BATCH_BYTES = 4_000_000;
const BATCH = 100;

type Json = Readonly<Record<string, unknown>>;

export async function readContactFile(file: File): Promise<readonly Imported[]> {
  return readImport(await textOf(file), () => `urn:uuid:${crypto.randomUUID()}`);
}

/** UTF-8, or what older programs of Windows write. */
async function textOf(file: File): Promise<string> {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const isWide = [0xfffe, 0xfeff].includes(new DataView(bytes).getUint16(0));
    return new TextDecoder(isWide ? 'utf-16' : 'windows-1252').decode(bytes);
  }
}

export interface Outcome {
  readonly imported: number;
  /** What the server did not take, by the line where it stands. */
  readonly refused: readonly { readonly line: number; readonly reason: string }[];
  readonly isStopped: boolean;
}

/** Which of them are here already, by their uid. */
export function knownOf(found: readonly Imported[], book: Book): ReadonlySet<number> {
  const uids = uidsOf(book.account);
  return new Set(found.filter((one) => 'card' in one && uids.has(one.card.uid as string)).map(({ line }) => line));
}

/** Makes cards of what was found, a batch at a time, until all are there or `stop` says so. Throws where the server is not reached. */
export async function importInto(
  book: Book,
  found: readonly Imported[],
  { onProgress, stop }: { readonly onProgress: (done: number) => void; readonly stop: AbortSignal },
): Promise<Outcome> {
  const known = knownOf(found, book);
  const wanted = found.filter((one): one is Imported & { card: Json } => 'card' in one && !known.has(one.line));
  const refused: { line: number; reason: string }[] = [];
  let done = 0;
  for (const batch of batches(wanted)) {
    if (stop.aborted) break;
    const create = Object.fromEntries(
      batch.map(({ card }, index) => [`c${index}`, { ...card, addressBookIds: { [book.id]: true } }]),
    );
    const { notCreated } = await call<{ notCreated: Record<string, { type: string; description?: string }> | null }>(
      'ContactCard/set',
      { accountId: book.account, create },
    );
    for (const [key, { type, description }] of Object.entries(notCreated ?? {})) {
      refused.push({ line: batch[Number(key.slice(1))]!.line, reason: description ?? type });
    }
    done += batch.length;
    onProgress(done);
  }
  await refreshContacts();
  return { imported: done - refused.length, refused, isStopped: done < wanted.length };
}

function* batches<T extends { readonly card: Json }>(all: readonly T[]): Generator<readonly T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for (const one of all) {
    const size = JSON.stringify(one.card).length;
    if (batch.length > 0 && (batch.length === BATCH || bytes + size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** A file of vCards (RFC 6350, as most programs read them: version 3.0), with photos. */
export async function vcardFile(
  contacts: readonly Contact[],
  onProgress: (done: number) => void,
  stop: AbortSignal,
): Promise<Blob> {
  const parts: string[] = [];
  for (const { card } of contacts) {
    stop.throwIfAborted();
    parts.push(writeVcard(await withPhotos(card, stop), '3.0'));
    onProgress(parts.length);
  }
  return new Blob(parts, { type: 'text/vcard' });
}

export function csvFile(contacts: readonly Contact[]): Blob {
  // Excel takes a table for one of the country's own letters, were it not for this mark.
  return new Blob(['\ufeff', writeCsv(contacts.map(({ card }) => card))], { type: 'text/csv' });
}

/** A vCard holds its photo itself. */
async function withPhotos(card: Json, stop: AbortSignal): Promise<Json> {
  const media = Object.entries((card.media ?? {}) as Readonly<Record<string, Json>>);
  if (!media.some(([, { blobId }]) => blobId !== undefined)) return card;
  const whole = await Promise.all(
    media.map(async ([key, { blobId, ...one }]) => {
      if (typeof blobId !== 'string') return [key, one];
      const type = String(one.mediaType ?? 'image/jpeg');
      const blob = await downloadBlob(blobId, 'photo', type, stop);
      return [key, { ...one, uri: `data:${type};base64,${await base64(blob)}` }];
    }),
  );
  return { ...card, media: Object.fromEntries(whole) };
}

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  for (let from = 0; from < bytes.length; from += 8_192)
    text += String.fromCharCode(...bytes.subarray(from, from + 8_192));
  return btoa(text);
}

/** Hands a file to the user. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
