/** How an mbox keeps what people have made of its messages: the fields Status, X-Status and X-Keywords. */

/** Fields of the file, and not of the message: they are read and left out, and written anew. */
export const OF_FILE: ReadonlySet<string> = new Set([
  ...['status', 'x-status', 'x-keywords', 'x-uid', 'x-imap', 'x-imapbase'],
  ...['x-mozilla-status', 'x-mozilla-status2', 'x-mozilla-keys'],
]);

/** Letters of Status and X-Status, and the keywords of RFC 8621 section 4.1.1 that they stand for. */
const LETTERS: Readonly<Record<string, string>> = { R: '$seen', A: '$answered', F: '$flagged', T: '$draft' };
/** Bits of X-Mozilla-Status. */
const BITS: readonly (readonly [bit: number, keyword: string])[] = [
  [0x1, '$seen'],
  [0x2, '$answered'],
  [0x4, '$flagged'],
  [0x1000, '$forwarded'],
];
/** Taken out, but still in the file until it is compacted. */
const EXPUNGED = 0x8;
const KEYWORD = /^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]{1,255}$/;

export interface Flags {
  /** Undefined: the file says nothing. */
  readonly keywords: readonly string[] | undefined;
  readonly isExpunged: boolean;
}

/** `fields`: names in lower case, and values. */
export function flagsOf(fields: readonly (readonly [name: string, value: string])[]): Flags {
  const found = new Set<string>();
  let isKnown = false;
  let isExpunged = false;
  for (const [name, value] of fields) {
    if (name === 'status' || name === 'x-status') {
      isKnown = true;
      for (const letter of value) if (LETTERS[letter] !== undefined) found.add(LETTERS[letter]);
    } else if (name === 'x-keywords' || name === 'x-mozilla-keys') {
      for (const word of value.split(/\s+/)) if (KEYWORD.test(word)) found.add(word.toLowerCase());
    } else if (name === 'x-mozilla-status') {
      const bits = Number.parseInt(value, 16);
      if (Number.isNaN(bits)) continue;
      isKnown = true;
      isExpunged = (bits & EXPUNGED) !== 0;
      for (const [bit, keyword] of BITS) if ((bits & bit) !== 0) found.add(keyword);
    }
  }
  return { keywords: isKnown || found.size > 0 ? [...found] : undefined, isExpunged };
}

/** The fields for an export, each with its line end. O: it is not new any more. */
export function statusLines(keywords: readonly string[]): string {
  const has = (letter: string) => (keywords.includes(LETTERS[letter]!) ? letter : '');
  const others = keywords.filter((one) => KEYWORD.test(one) && !Object.values(LETTERS).includes(one));
  const xStatus = has('A') + has('F') + has('T');
  return (
    `Status: ${has('R')}O\n` +
    (xStatus === '' ? '' : `X-Status: ${xStatus}\n`) +
    (others.length === 0 ? '' : `X-Keywords: ${others.join(' ')}\n`)
  );
}
