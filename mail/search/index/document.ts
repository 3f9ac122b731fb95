import type { StoredEmail } from '../../account/types.ts';
import { addressText } from '../../message/envelope.ts';
import { decodeText, unfold } from '../../message/headers.ts';
import { isText } from '../../message/media.ts';
import { IDENTITY } from '../../message/summary.ts';
import { decodeTransfer } from '../../message/transfer.ts';
import { type Content, decodedLeaf, type Leaf, mediaOf } from '../content.ts';
import { fold } from '../fold.ts';
import { bodyTexts, fieldWords, names, TEXT_LIMIT } from '../text.ts';
import { tokens } from '../tokens.ts';
import type { Batch } from './batch.ts';
import { bucketOf, FIELD_BITS, LITERAL, OPEN, WORD_LIMIT } from './format.ts';

const HEADER_FIELDS = ['from', 'to', 'cc', 'bcc', 'subject'] as const;
/** Of longer text nobody notes the groups of characters: IMAP reads such a message. */
const TRIGRAM_LIMIT = 8 * 1024 * 1024;

/** Puts a message into a batch; `content` is undefined where its bytes are gone. */
export function addDocument(batch: Batch, email: StoredEmail, content: Content | undefined): void {
  batch.begin(email.email);
  const { envelope } = email.summary;
  for (const field of ['from', 'to', 'cc', 'bcc'] as const) {
    for (const address of addresses(addressText(envelope, field))) batch.add(address, FIELD_BITS[field]);
  }
  const nothing: Content = { header: new Uint8Array(), leaves: [], inner: [] };
  for (const field of HEADER_FIELDS) {
    for (const words of fieldWords(email, content ?? nothing, field)) addWords(batch, words, FIELD_BITS[field]);
  }
  if (content === undefined) return;
  for (const name of names(content)) addWords(batch, tokens(fold(name)), FIELD_BITS.name);
  for (const text of bodyTexts(content)) addWords(batch, tokens(fold(text)), FIELD_BITS.body);
  addTruth(batch, content);
}

/** Whole addresses, folded: what is between white space and delimiters and holds an @ inside. */
export function addresses(text: string): string[] {
  return (fold(text).match(/[^\s<>"'(),;:@]+@[^\s<>"'(),;:@]+/g) ?? []).map((address) => address.slice(0, WORD_LIMIT));
}

function addWords(batch: Batch, words: readonly string[], mask: number): void {
  for (const word of words) batch.add(word.length > WORD_LIMIT ? cut(word) : word, mask);
}

/** Cut to the limit, not between surrogates. */
export function cut(word: string): string {
  return word.slice(0, WORD_LIMIT).toWellFormed();
}

/**
 * What IMAP's SEARCH looks into: of text that is in the words letter for letter, which words those are; of all else its groups of
 * characters. Wherever the comparator finds something, it is in one or in the other.
 */
function addTruth(batch: Batch, { header, inner, leaves }: Content): void {
  for (const one of [header, ...inner]) {
    const raw = Buffer.from(one.buffer, one.byteOffset, one.byteLength).toString('latin1');
    const decoded = decodeText(unfold(raw));
    addTrigrams(batch, raw);
    if (decoded !== raw) addTrigrams(batch, decoded);
  }
  let left = TEXT_LIMIT;
  for (const leaf of leaves) {
    const { type, subtype, charset } = mediaOf(leaf.header);
    const text = decodedLeaf(leaf);
    const isShown = isText(type) && subtype.toLowerCase() !== 'html' && text.length <= left;
    if (isText(type)) left -= text.length;
    if (isShown && ASCII_INSIDE.test(charset.trim()) && addLiterals(batch, text)) continue;
    addTrigrams(batch, text);
    // An ASCII needle is looked for in the bytes, too.
    if (!/^[\x00-\x7f]*$/.test(text) || !ASCII_INSIDE.test(charset.trim())) addTrigrams(batch, bytesOf(leaf));
  }
}

/** Charsets in which bytes below 128 are ASCII wherever they stand. */
const ASCII_INSIDE = /^(?:|us-ascii|ascii|utf-?8|iso-8859-\d{1,2}|latin-?1|windows-125\d|koi8-[ru])$/i;

function bytesOf({ body, encoding }: Leaf): string {
  const bytes = encoding === IDENTITY ? body : decodeTransfer(body, encoding);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Marks the words that stand in the text as they are. False where it has one that the index cuts: then it cannot answer for the text. */
function addLiterals(batch: Batch, text: string): boolean {
  const isAscii = /^[\x00-\x7f]*$/.test(text);
  const words = tokens(fold(text));
  if (words.some(({ length }) => length > WORD_LIMIT)) return false;
  const literal = isAscii ? undefined : new Set(text.match(/[A-Za-z0-9]+/g)?.map((run) => run.toLowerCase()));
  const mask = FIELD_BITS.body | LITERAL;
  for (const word of words) batch.add(word, literal === undefined || literal.has(word) ? mask : FIELD_BITS.body);
  return true;
}

function addTrigrams(batch: Batch, text: string): void {
  if (text.length > TRIGRAM_LIMIT) {
    batch.add(OPEN, 0);
    return;
  }
  eachTrigram(fold(text), (bucket) => batch.addTrigram(bucket));
}

/** The buckets of all groups of three units of folded text. */
export function eachTrigram(folded: string, each: (bucket: number) => void): void {
  let a = folded.charCodeAt(0);
  let b = folded.charCodeAt(1);
  for (let at = 2; at < folded.length; at++) {
    const c = folded.charCodeAt(at);
    each(bucketOf(a, b, c));
    a = b;
    b = c;
  }
}
