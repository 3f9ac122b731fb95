/** How hard a password is to guess, for people who choose one: a hint, not a rule. */
export type Strength = 'short' | 'weak' | 'fair' | 'strong';

export const LEAST = 8;

/** What passwords are made of that are guessed first; the server knows whole ones. */
const COMMON = [
  'password',
  'passwort',
  'qwerty',
  'qwertz',
  'azerty',
  'welcome',
  'letmein',
  'admin',
  'secret',
  'iloveyou',
];

/** Bits from which a password is fair, and strong. */
const FAIR = 40;
const STRONG = 60;

/** `own`: words that others know of its owner: his name, his domain. */
export function strength(password: string, own: readonly string[] = []): Strength {
  if ([...password].length < LEAST) return 'short';
  const bits = bitsOf(password, own);
  return bits < FAIR ? 'weak' : bits < STRONG ? 'fair' : 'strong';
}

/** Each letter counts for as much as its kind is large, but one that could be foreseen for little. */
function bitsOf(password: string, own: readonly string[]): number {
  let text = password.toLowerCase();
  for (const word of [...COMMON, ...own]) {
    if (word.length > 2) text = text.replaceAll(word.toLowerCase(), '\u0000');
  }
  const size = kindsOf(password);
  let bits = 0;
  const seen = new Set<string>();
  let before = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    const isForeseen = code === 0 || seen.has(char) || Math.abs(code - before) <= 1;
    bits += isForeseen ? 1.5 : Math.log2(size);
    seen.add(char);
    before = code;
  }
  return bits;
}

function kindsOf(text: string): number {
  const kinds: readonly (readonly [RegExp, number])[] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[0-9]/, 10],
    [/[\x20-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]/, 33],
    [/[^\x00-\x7f]/, 100],
  ];
  return Math.max(
    2,
    kinds.reduce((sum, [kind, size]) => sum + (kind.test(text) ? size : 0), 0),
  );
}
