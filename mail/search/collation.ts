/**
 * i;unicode-casemap (RFC 5051), the comparator of I18NLEVEL=1 (RFC 5255 section 4.3): every character in its title case, then decomposed.
 * Two texts are equal where their forms are.
 */
export function unicodeCasemap(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toUpperCase();
  // Run by run: mail is mostly ASCII, for which the upper case is the title case.
  const titled = text.replace(/[\x00-\x7f]+|[^\x00-\x7f]+/gu, (run) => {
    const upper = run.toUpperCase();
    // Where no character became two, and none is of the few whose cases differ, the upper case is the title case.
    return upper.length === run.length && !UNLIKE.test(run) ? upper : Array.from(run, titleCase).join('');
  });
  return titled.normalize('NFKD');
}

/** Where characters are whose title case is not their upper case. */
const UNLIKE = /[\u01c4-\u01cc\u01f1-\u01f3\u10d0-\u10ff\u1f80-\u1fff]/;

/** Characters whose simple title case is not the upper case, or where the upper case is more than one character: from, to, and their title cases. */
const DIGRAPHS: readonly (readonly [number, number])[] = [
  [0x1c4, 0x1c5],
  [0x1c7, 0x1c8],
  [0x1ca, 0x1cb],
  [0x1f1, 0x1f2],
];
const IOTA_SUBSCRIPT: ReadonlyMap<number, number> = new Map([
  [0x1fb3, 0x1fbc],
  [0x1fc3, 0x1fcc],
  [0x1ff3, 0x1ffc],
]);

/** Simple_Titlecase_Mapping of one character. */
function titleCase(character: string): string {
  const code = character.codePointAt(0)!;
  for (const [first, title] of DIGRAPHS) if (code >= first && code <= first + 2) return String.fromCodePoint(title);
  // Georgian has no title case: its letters stay as they are.
  if (code >= 0x10d0 && code <= 0x10ff) return character;
  if (code >= 0x1f80 && code <= 0x1faf && code % 16 < 8) return String.fromCodePoint(code + 8);
  const iota = IOTA_SUBSCRIPT.get(code);
  if (iota !== undefined) return String.fromCodePoint(iota);
  const upper = character.toUpperCase();
  return [...upper].length === 1 ? upper : character;
}

/** The order of two forms: that of their octets in UTF-8, which is that of their code points. */
export function compareForms(a: string, b: string): number {
  if (a === b) return 0;
  if (/[\ud800-\udfff]/.test(a) || /[\ud800-\udfff]/.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}
