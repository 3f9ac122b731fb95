import { domainOf } from './addresses.ts';
import type { Address } from './types.ts';

/** What is said before sending: each may be a mistake, and none of them keeps anybody from sending. */

/** By language, how people say that they send something along. */
const ATTACHED =
  /\b(attach(ed|ment|ments|ing)?|enclosed|enclosure)\b|\bangehängt|\banhang|\banhänge|\banbei\b|\bbeigefügt|\banlage\b|\badjunt[oa]s?\b|\barchivo adjunto|\bci-joint|\bpièces? jointes?|\bjoins\b|\ballegat[oi]\b|\bem anexo\b|संलग्न|添付|مرفق|المرفق/iu;

/** Whether the text speaks of something attached. `text`: what was written, without what it quotes. */
export function speaksOfAttachment(text: string): boolean {
  return ATTACHED.test(text.normalize('NFC'));
}

/** A domain of somebody known that this one looks like, and is not: one letter added, left out, changed, or two swapped. */
export function mistypedDomain(domain: string, known: Iterable<string>): string | undefined {
  const all = [...known];
  if (all.includes(domain)) return undefined;
  return all.find((one) => one.length > 4 && isNear(domain, one));
}

/** Recipients outside of an organisation, where all the others are inside of it and outsiders have not been written to before. */
export function newOutsiders(
  recipients: readonly Address[],
  own: string,
  isKnown: (email: string) => boolean,
): readonly Address[] {
  const outside = recipients.filter(({ email }) => domainOf(email) !== own);
  if (outside.length === 0 || outside.length === recipients.length) return [];
  return outside.filter(({ email }) => !isKnown(email));
}

function isNear(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [x, y] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  return (x.length <= 1 && y.length <= 1) || (x.length === 2 && x === [...y].reverse().join(''));
}
