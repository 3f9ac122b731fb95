import type { StoredEmail } from '../../account/types.ts';
import { addressText } from '../../message/envelope.ts';
import { decodeText, unfold } from '../../message/headers.ts';
import { IDENTITY } from '../../message/summary.ts';
import { decodeTransfer } from '../../message/transfer.ts';
import type { Content, Leaf } from '../content.ts';
import { fold } from '../fold.ts';
import { type Body, bodies, fieldWords, innerTexts, names } from '../text.ts';
import type { Batch } from './batch.ts';
import { cut, FIELD_BITS, LITERAL, OPEN } from './format.ts';

const HEADER_FIELDS = ['from', 'to', 'cc', 'bcc', 'subject'] as const;
/** Of longer text nobody notes the groups of characters: IMAP reads such a message. */
const TRIGRAM_LIMIT = 8 * 1024 * 1024;
const NOTHING: Content = { header: new Uint8Array(), leaves: [], inner: [] };

/**
 * Puts a message into a batch; `content` is undefined where its bytes are gone. Besides the words that JMAP's conditions look for, what
 * IMAP's SEARCH looks into: of text that is in the words letter for letter, which words those are; of all else its groups of
 * characters. Wherever the comparator finds something, it is in one or in the other.
 */
export function addDocument(batch: Batch, email: StoredEmail, content: Content = NOTHING): void {
  batch.begin(email.email);
  const { envelope } = email.summary;
  for (const field of ['from', 'to', 'cc', 'bcc'] as const) {
    for (const address of addresses(addressText(envelope, field))) batch.add(address, FIELD_BITS[field]);
  }
  for (const field of HEADER_FIELDS) {
    for (const words of fieldWords(email, content, field)) {
      for (const word of words) batch.addWords(word, FIELD_BITS[field]);
    }
  }
  for (const name of names(content)) batch.addWords(fold(name), FIELD_BITS.name);
  for (const text of innerTexts(content)) batch.addWords(fold(text), FIELD_BITS.body);
  for (const body of bodies(content)) addBody(batch, body);
  for (const header of [content.header, ...content.inner]) {
    const raw = Buffer.from(header.buffer, header.byteOffset, header.byteLength).toString('latin1');
    addTrigrams(batch, raw);
    const decoded = decodeText(unfold(raw));
    if (decoded !== raw) addTrigrams(batch, decoded);
  }
}

/** Whole addresses, folded: what is between white space and delimiters and holds an @ inside. */
function addresses(text: string): string[] {
  return (fold(text).match(/[^\s<>"'(),;:@]+@[^\s<>"'(),;:@]+/g) ?? []).map(cut);
}

function addBody(batch: Batch, { leaf, charset, decoded, shown }: Body): void {
  const isAscii = ASCII_INSIDE.test(charset.trim());
  if (shown === decoded && isAscii) {
    // Where all its words are in the index as they are, they answer for it.
    const mask = FIELD_BITS.body;
    if (batch.addWords(fold(decoded), mask, { mask: mask | LITERAL, text: decoded })) return;
  } else if (shown !== undefined) batch.addWords(fold(shown), FIELD_BITS.body);
  addTrigrams(batch, decoded);
  // An ASCII needle is looked for in the bytes, too.
  if (!isAscii || !/^[\x00-\x7f]*$/.test(decoded)) addTrigrams(batch, bytesOf(leaf));
}

/** Charsets in which bytes below 128 are ASCII wherever they stand. */
const ASCII_INSIDE = /^(?:|us-ascii|ascii|utf-?8|iso-8859-\d{1,2}|latin-?1|windows-125\d|koi8-[ru])$/i;

function bytesOf({ body, encoding }: Leaf): string {
  const bytes = encoding === IDENTITY ? body : decodeTransfer(body, encoding);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function addTrigrams(batch: Batch, text: string): void {
  if (text.length > TRIGRAM_LIMIT) batch.add(OPEN, 0);
  else batch.addTrigrams(fold(text));
}
