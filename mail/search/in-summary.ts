import { addressText } from '../message/envelope.ts';
import type { Summary } from '../message/summary.ts';
import type { Needle } from './needle.ts';

/** What a summary can say about a search, so that no blob need be read. Undefined: the header itself must decide. */

/** The summary holds so many chars of a subject. */
export const SUBJECT_KEPT = 1_000;

export function inSubject({ subject }: Summary, needle: Needle): boolean | undefined {
  // An absent subject may be an empty one, which only an empty needle finds.
  if (subject === undefined) return needle.isEmpty ? undefined : false;
  if (needle.in(subject)) return true;
  return subject.length < SUBJECT_KEPT ? false : undefined;
}

/** In the field as a reader sees it, decoded: names, and addresses whole. */
export function inAddresses(
  { envelope }: Summary,
  field: 'from' | 'to' | 'cc' | 'bcc',
  needle: Needle,
): boolean | undefined {
  if (needle.isEmpty) return undefined;
  // Most messages are ruled out without taking the envelope apart: where nothing is encoded, a word of the needle must stand in it.
  const word = /[A-Z0-9]{2,}/.exec(needle.text)?.[0];
  if (word !== undefined && needle.isAscii && /^[\x00-\x7f]*$/.test(envelope) && !envelope.includes('=?')) {
    if (!envelope.toUpperCase().includes(word)) return false;
  }
  return needle.in(addressText(envelope, field));
}

/** Message-ID is asked for often, and the summary has it, cut at 512 chars. `name` in lower case. */
export function inKnownHeader({ messageId }: Summary, name: string, needle: Needle): boolean | undefined {
  if (name !== 'message-id' || messageId === undefined || needle.isEmpty) return undefined;
  return needle.in(`<${messageId}>`) ? true : undefined;
}
