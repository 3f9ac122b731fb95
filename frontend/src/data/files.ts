import { call, downloadBlob } from '../api/jmap.ts';
import { type BodyPart, MESSAGE_PROPERTIES, type Message } from './types.ts';

/** Files that messages carry. What a file says of its type decides how it is called, never what it is opened with. */

/** Saves a file on the device. Throws `ApiError`; an AbortError where it was stopped. */
export async function save(blobId: string, name: string, signal?: AbortSignal): Promise<void> {
  saveBytes(await downloadBlob(blobId, name, 'application/octet-stream', signal), name);
}

/** Saves what is here already. */
export function saveBytes(bytes: BlobPart, name: string): void {
  const type = 'application/octet-stream';
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = safeName(name);
  link.click();
  // The browser has begun by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A name that is only a name: no path, and nothing that shows it another way round. */
export function safeName(name: string): string {
  return name.replace(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069/\\:*?"<>|]/g, '_').replace(/^\.+/, '') || 'file';
}

/** The beginning of a file as text: in its charset, where that is known. */
export async function textOf(
  blobId: string,
  most: number,
  charset: string | null = null,
): Promise<{ readonly text: string; readonly isCut: boolean }> {
  const blob = await downloadBlob(blobId, 'text', 'application/octet-stream');
  const text = decoderOf(charset).decode(await blob.slice(0, most).arrayBuffer());
  return { text, isCut: blob.size > most };
}

function decoderOf(charset: string | null) {
  try {
    return new TextDecoder(charset ?? 'utf-8');
  } catch {
    return new TextDecoder();
  }
}

/** A raster image, decoded and drawn again: whatever else the file holds stays behind. Throws where it is none. */
export async function drawn(blobId: string, type: string, canvas: HTMLCanvasElement, longest: number): Promise<void> {
  const blob = await downloadBlob(blobId, 'image', type);
  const bitmap = await createImageBitmap(new Blob([blob], { type }));
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
}

const NOT_PARSED = new Set<string>(['snoozed', 'threadId']);

/** A message that another one carries (RFC 8621 section 4.9). Throws where it is none. */
export async function parseMessage(blobId: string): Promise<Message> {
  const { parsed } = await call<{ parsed: Readonly<Record<string, Message>> | null }>('Email/parse', {
    blobIds: [blobId],
    properties: MESSAGE_PROPERTIES.filter((name) => !NOT_PARSED.has(name)),
    fetchAllBodyValues: true,
    maxBodyValueBytes: 1_000_000,
  });
  const one = parsed?.[blobId];
  if (one === undefined) throw new Error('This attachment is no message.');
  return {
    ...one,
    id: blobId,
    threadId: blobId,
    keywords: { $seen: true },
    mailboxIds: {},
    receivedAt: one.sentAt ?? '',
  };
}

/** Files to be shown beside a message: not the images that its text shows. */
export function filesOf({ attachments, bodyValues, htmlBody }: Message): readonly BodyPart[] {
  const html = htmlBody
    .filter(({ type }) => type === 'text/html')
    .map(({ partId }) => bodyValues[partId ?? '']?.value ?? '')
    .join('\n');
  const isShown = ({ cid, type }: BodyPart) =>
    cid !== null &&
    type.startsWith('image/') &&
    (html.includes(`cid:${cid}`) || html.includes(`cid:${encodeURIComponent(cid)}`));
  const others = htmlBody.filter(({ type }) => !type.startsWith('text/'));
  return [...attachments, ...others.filter(({ blobId }) => attachments.every((one) => one.blobId !== blobId))].filter(
    (part) => part.blobId !== null && !isShown(part),
  );
}
