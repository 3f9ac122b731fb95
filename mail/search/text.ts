import type { StoredEmail } from '../account/types.ts';
import { addressText } from '../message/envelope.ts';
import { decodeText, headerFields } from '../message/headers.ts';
import { isText } from '../message/media.ts';
import { parameterText, parseParameterized } from '../message/parameters.ts';
import { htmlToText } from '../message/preview.ts';
import type { Summary } from '../message/summary.ts';
import { type Content, decodedLeaf, type Leaf, mediaOf } from './content.ts';
import { fold } from './fold.ts';
import { SUBJECT_KEPT } from './in-summary.ts';
import { tokens } from './tokens.ts';
import { indexOfWords, type WordQuery } from './words.ts';

/** What of a message JMAP's text conditions look into, as a person reads it; and its words, which the index holds too. */
export type Field = 'from' | 'to' | 'cc' | 'bcc' | 'subject' | 'body' | 'name';
export const FIELDS: readonly Field[] = ['from', 'to', 'cc', 'bcc', 'subject', 'body', 'name'];

/** Characters of a message's bodies that are looked into; what is behind them is not found. */
export const TEXT_LIMIT = 1024 * 1024;

/** The words of one stretch of text after another: what is looked for lies within one. */
export type Words = readonly (readonly string[])[];

/** From the summary alone; undefined where it does not hold all of the field. */
export function summaryWords(summary: Summary, field: Field): Words | undefined {
  switch (field) {
    case 'subject': {
      const { subject = '' } = summary;
      return subject.length < SUBJECT_KEPT ? [tokens(fold(subject))] : undefined;
    }
    case 'from':
    case 'to':
    case 'cc':
    case 'bcc':
      return [tokens(fold(addressText(summary.envelope, field)))];
    default:
      return undefined;
  }
}

/** The words of a field of a message whose content has been loaded (`body`, `name`: with its bodies). */
export function fieldWords({ summary }: Pick<StoredEmail, 'summary'>, content: Content, field: Field): Words {
  const known = summaryWords(summary, field);
  if (known !== undefined) return known;
  if (field === 'body') return bodyTexts(content).map((text) => tokens(fold(text)));
  if (field === 'name') return names(content).map((text) => tokens(fold(text)));
  return values(content.header, [field]).map((text) => tokens(fold(text)));
}

export function wordsHold(words: Words, query: WordQuery): boolean {
  return words.some((stretch) => indexOfWords(query, stretch) >= 0);
}

/** A body that can be looked into. */
export interface Body {
  readonly leaf: Leaf;
  readonly charset: string;
  /** Transfer encoding and charset undone. */
  readonly decoded: string;
  /** What of it a reader is shown, where it is text, without markup, up to the limit for all bodies together. */
  readonly shown: string | undefined;
}

/** The bodies of a message, in order. */
export function* bodies(content: Content): Generator<Body> {
  let left = TEXT_LIMIT;
  for (const leaf of content.leaves) {
    const { type, subtype, charset } = mediaOf(leaf.header);
    const decoded = decodedLeaf(leaf);
    let shown: string | undefined;
    if (isText(type) && left > 0) {
      const isHtml = subtype.toLowerCase() === 'html';
      shown = (isHtml ? htmlText(decoded.slice(0, 4 * left)) : decoded).slice(0, left);
      left -= shown.length;
    }
    yield { leaf, charset, decoded, shown };
  }
}

/** The text of bodies that are text; then what a reader is shown of the headers of enclosed messages. */
function bodyTexts(content: Content): string[] {
  return [...Array.from(bodies(content), ({ shown }) => shown ?? ''), ...innerTexts(content)];
}

export function innerTexts({ inner }: Content): string[] {
  return inner.flatMap((header) => values(header, ['subject', 'from', 'to', 'cc']));
}

/** What is shown of HTML, and what is said in place of images or beside links (RFC 8621 section 4.4.1). */
export function htmlText(html: string): string {
  const besides = [...html.matchAll(/\s(?:alt|title)\s*=\s*(?:"([^"<>]{1,1000})"|'([^'<>]{1,1000})')/gi)];
  const said = besides.map(([, double, single]) => double ?? single).join(' ');
  return said === '' ? htmlToText(html) : `${htmlToText(html)}\n${htmlToText(said)}`;
}

/** Names of attachments. */
export function names(content: Content): string[] {
  const found: string[] = [];
  for (const header of [content.header, ...content.inner]) {
    for (const { name, value } of headerFields(header)) {
      if (name !== 'content-type' && name !== 'content-disposition') continue;
      const { params } = parseParameterized(value);
      const said = parameterText(params, name === 'content-type' ? 'name' : 'filename');
      if (said !== undefined && said !== '') found.push(said);
    }
  }
  return found;
}

function values(header: Uint8Array, wanted: readonly string[]): string[] {
  const found: string[] = [];
  for (const { name, value } of headerFields(header)) if (wanted.includes(name)) found.push(decodeText(value));
  return found;
}
