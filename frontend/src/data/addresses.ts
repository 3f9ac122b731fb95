import type { Address } from './types.ts';

/** One `@`, no spaces, a domain that can be one. What else is wrong with an address, its own server says. */
const ADDRESS = /^[^\s@<>(),:;"[\]\\]{1,64}@[^\s@<>(),:;"[\]\\.]+(\.[^\s@<>(),:;"[\]\\.]+)*$/u;

export function isAddress(text: string): boolean {
  return text.length <= 320 && ADDRESS.test(text) && !/^\.|\.\.|\.@|@-/.test(text);
}

export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}

export function isSame(a: Pick<Address, 'email'>, b: Pick<Address, 'email'>): boolean {
  return a.email.toLowerCase() === b.email.toLowerCase();
}

/**
 * What somebody typed or pasted as recipients: separated by commas, semicolons or lines, with names (`Mary Smith <mary@example.net>`) or
 * without. What is no address is kept as it stands, so that it can be mended.
 */
export function parseRecipients(text: string): readonly Address[] {
  return split(text)
    .map(one)
    .filter(({ email }) => email !== '');
}

/** Each once; the first stays. */
export function unique(addresses: readonly Address[]): readonly Address[] {
  const seen = new Set<string>();
  return addresses.filter(({ email }) => {
    const key = email.toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** As it is typed and shown. */
export function addressText({ name, email }: Address): string {
  if (name === null || name === '') return email;
  return /[,;<>"@]/.test(name) ? `"${name.replaceAll('"', '')}" <${email}>` : `${name} <${email}>`;
}

/** At separators that stand neither in quotes nor in angle brackets. */
function split(text: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  let inQuotes = false;
  let inBrackets = false;
  for (const letter of text) {
    if (letter === '"') inQuotes = !inQuotes;
    else if (!inQuotes && letter === '<') inBrackets = true;
    else if (!inQuotes && letter === '>') inBrackets = false;
    const isEnd = /[\r\n]/.test(letter) || (/[,;]/.test(letter) && !inQuotes && !inBrackets);
    if (isEnd) {
      parts.push(part);
      part = '';
      inQuotes = false;
      inBrackets = false;
    } else part += letter;
  }
  return [...parts, part].flatMap(several);
}

/** Bare addresses are often separated by spaces only. */
function several(part: string): readonly string[] {
  const words = part.trim().split(/\s+/);
  return words.length > 1 && words.every(isAddress) ? words : [part];
}

function one(text: string): Address {
  const trimmed = text.trim().replace(/^mailto:/i, '');
  const named = /^(.*)<([^<>]*)>$/s.exec(trimmed);
  if (named === null) return { name: null, email: trimmed };
  const name = named[1]!
    .trim()
    .replace(/^["']|["']$/g, '')
    .trim();
  return { name: name === '' ? null : name, email: named[2]!.trim() };
}
