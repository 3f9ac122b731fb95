import { renderBodystructure } from './bodystructure.ts';
import { parseDate } from './dates.ts';
import { renderEnvelope } from './envelope.ts';
import { decodeText } from './headers.ts';
import { isAttachment, isText } from './media.ts';
import { parameterText } from './parameters.ts';
import type { MessageIndex, Part } from './part.ts';
import { renderPreview } from './preview.ts';
import { LEAF, MULTIPART, type PartRow, type Summary } from './summary.ts';
import { encodingCode } from './transfer.ts';

const MAX_ID = 512;
const MAX_IN_REPLY_TO = 16;
const MAX_REFERENCES = 64;
const MAX_SUBJECT = 1_000;

/** What the account keeps of an indexed message. Pure. */
export function summarize(index: MessageIndex): Summary {
  const { root, fields } = index;
  const summary: Summary = {
    v: 1,
    envelope: renderEnvelope(fields),
    bodystructure: renderBodystructure(root),
    parts: rows(root),
    headerEnd: root.bodyStart,
    lines: root.lines,
    preview: renderPreview(index.plain, index.html),
    attachments: hasAttachment(root),
  };
  const [messageId] = messageIds(fields.get('message-id') ?? '');
  if (messageId !== undefined) summary.messageId = messageId;
  const inReplyTo = messageIds(fields.get('in-reply-to') ?? '').slice(0, MAX_IN_REPLY_TO);
  if (inReplyTo.length > 0) summary.inReplyTo = inReplyTo;
  const references = boundReferences(messageIds(fields.get('references') ?? ''));
  if (references.length > 0) summary.references = references;
  const subject = decodeText(fields.get('subject') ?? '')
    .slice(0, MAX_SUBJECT)
    .toWellFormed();
  if (subject !== '') summary.subject = subject;
  const sent = parseDate(fields.get('date') ?? '');
  if (sent !== undefined) {
    summary.sent = sent.ms;
    summary.sentDay = sent.day;
  }
  return summary;
}

/** Pre-order, without recursion. */
function rows(root: Part): PartRow[] {
  const out: PartRow[] = [];
  const waiting: Part[] = [root];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    const { kind, headerStart, bodyStart, bodyEnd, children } = part;
    const row: PartRow = [kind, headerStart, bodyStart, bodyEnd, encodingCode(part.encoding)];
    if (kind === MULTIPART) row.push(children.length);
    out.push(row);
    for (let i = children.length - 1; i >= 0; i--) waiting.push(children[i]!);
  }
  return out;
}

/**
 * The message ids in a Message-ID, In-Reply-To or References value: what stands in angle brackets, white space taken
 * out, cut at 512 chars; words outside brackets are passed over (RFC 5322 4.5.4). A value without brackets counts as
 * one id, because such Message-IDs exist and replies repeat them.
 */
export function messageIds(value: string): string[] {
  const ids: string[] = [];
  for (const [, id] of value.matchAll(/<([^<>]*)>/g)) {
    const clean = id!.replace(/\s+/g, '').slice(0, MAX_ID);
    if (clean !== '') ids.push(clean);
  }
  if (ids.length > 0 || /[<>]/.test(value)) return ids;
  const bare = value.trim();
  return bare === '' || /\s/.test(bare) ? [] : [bare.slice(0, MAX_ID)];
}

/** The first names the thread; the last are the nearest ancestors. */
function boundReferences(ids: string[]): string[] {
  return ids.length <= MAX_REFERENCES ? ids : [ids[0]!, ...ids.slice(1 - MAX_REFERENCES)];
}

/** Signatures and keys that come with a message, which readers do not show as attachments. */
const SIGNATURES = new Set(['pgp-signature', 'pkcs7-signature', 'x-pkcs7-signature']);

/**
 * RFC 8621 4.1.4: whether a reader would offer something to save. Said by disposition where there is one; otherwise
 * everything but the texts to be read, what multipart/related holds besides its root, other forms of the same text,
 * and signatures. An enclosed message counts as one attachment and is not looked into.
 */
function hasAttachment(root: Part): boolean {
  const waiting: { part: Part; parent: Part | undefined }[] = [{ part: root, parent: undefined }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { part, parent } = next;
    if (part.kind === MULTIPART) for (const child of part.children) waiting.push({ part: child, parent: part });
    else if (isOffered(part, parent)) return true;
  }
  return false;
}

function isOffered(part: Part, parent: Part | undefined): boolean {
  if (part.disposition !== null)
    return isAttachment(part.disposition) || part.disposition.value.toLowerCase() !== 'inline';
  const container = parent?.subtype.toLowerCase();
  const subtype = part.subtype.toLowerCase();
  if (container === 'related' || container === 'alternative' || SIGNATURES.has(subtype)) return false;
  const readable = part.kind === LEAF && isText(part.type) && (subtype === 'plain' || subtype === 'html');
  return !readable || parameterText(part.params, 'name') !== undefined;
}
