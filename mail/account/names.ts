import { Refused } from '../refused.ts';

/** Levels of a mailbox name, and UTF-8 bytes of a whole one. */
const DEPTH_LIMIT = 32;
const NAME_LIMIT = 1000;

/** The name under which a mailbox is kept: NFC, and INBOX in capitals, also as the first level (RFC 9051 section 5.1). */
export function canonicalName(name: string): string {
  const normal = name.normalize('NFC');
  return /^inbox(?=$|\/)/i.test(normal) ? `INBOX${normal.slice(5)}` : normal;
}

/** The name in the form in which it is kept. Throws `Refused('cannot')` where no mailbox may have it. */
export function checkedName(name: string): string {
  const canonical = canonicalName(name);
  const levels = canonical.split('/');
  if (levels.some((level) => level === '')) {
    throw new Refused('cannot', 'A mailbox name has no empty level: take away the double, first or last "/".');
  }
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(canonical)) {
    throw new Refused('cannot', 'A mailbox name cannot hold control characters.');
  }
  if (levels.length > DEPTH_LIMIT || new TextEncoder().encode(canonical).length > NAME_LIMIT) {
    throw new Refused('limit', `A mailbox name has at most ${DEPTH_LIMIT} levels and ${NAME_LIMIT} bytes.`);
  }
  return canonical;
}

/** The names of the levels above, outermost first. */
export function parentNames(name: string): string[] {
  const levels = name.split('/');
  return levels.slice(1).map((_, i) => levels.slice(0, i + 1).join('/'));
}
