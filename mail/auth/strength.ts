/** How hard a password is to guess, for people who choose one: a hint, not a rule. */
export type Strength = 'short' | 'weak' | 'fair' | 'strong';

/** Characters. */
export const LEAST = 8;

/**
 * Each letter counts for as much as its kind is large, but one that could be foreseen for little. `own`: words that others know of its owner:
 * his name, his domain. It uses nothing from outside: its source goes into a page (routes/pages.ts).
 */
export function strength(password: string, own: readonly string[] = []): Strength {
  if ([...password].length < 8) return 'short';
  // What passwords are made of that are guessed first; the server knows whole ones.
  const common = 'password passwort qwerty qwertz azerty welcome letmein admin secret iloveyou'.split(' ');
  let text = password.toLowerCase();
  for (const word of [...common, ...own]) {
    if (word.length > 2) text = text.replaceAll(word.toLowerCase(), '\u0000');
  }
  let size = 0;
  if (/[a-z]/.test(password)) size += 26;
  if (/[A-Z]/.test(password)) size += 26;
  if (/[0-9]/.test(password)) size += 10;
  if (/[\x20-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]/.test(password)) size += 33;
  if (/[^\x20-\x7e]/.test(password)) size += 100;
  let bits = 0;
  let before = 0;
  const seen = new Set<string>();
  for (const char of text) {
    const code = char.codePointAt(0)!;
    const isForeseen = code === 0 || seen.has(char) || Math.abs(code - before) <= 1;
    bits += isForeseen ? 1.5 : Math.log2(size);
    seen.add(char);
    before = code;
  }
  return bits < 40 ? 'weak' : bits < 60 ? 'fair' : 'strong';
}
