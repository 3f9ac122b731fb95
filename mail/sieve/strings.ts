import { type Place, SieveError } from './script.ts';

const LAST_MATCH = 9;

const HEX = /(?:\$\{hex:[\t\r\n ]*[0-9a-f]{1,2}(?:[\t\r\n ]+[0-9a-f]{1,2})*[\t\r\n ]*\})+/gi;
const UNICODE = /\$\{unicode:[\t\r\n ]*([0-9a-f]{1,6}(?:[\t\r\n ]+[0-9a-f]{1,6})*)[\t\r\n ]*\}/gi;

/** RFC 5228 section 2.4.2.4: `${hex: 41 42}` and `${unicode: 20AC}`; what only looks alike stays. Throws for what is no character. */
export function decodeCharacters(text: string, at: Place): string {
  if (!text.includes('${')) return text;
  // Bytes of one character may be written one by one, so neighbours are read together. Found from both sides at once: what is decoded is
  // not decoded again.
  const found = [...text.matchAll(HEX), ...text.matchAll(UNICODE)].sort((a, b) => a.index - b.index);
  let result = '';
  let end = 0;
  for (const match of found) {
    const [whole, unicode] = match;
    result += text.slice(end, match.index);
    result += unicode === undefined ? bytesText(hexBytes(whole), at) : characters(unicode, whole, at);
    end = match.index + whole.length;
  }
  return result + text.slice(end);
}

function hexBytes(text: string): number[] {
  const words = text.replace(/\$\{hex:|\}/gi, ' ').match(/[0-9a-f]+/gi)!;
  return words.map((word) => Number.parseInt(word, 16));
}

function characters(list: string, whole: string, at: Place): string {
  const codes = list.split(/[\t\r\n ]+/).map((word) => Number.parseInt(word, 16));
  if (codes.some((code) => code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || code === 0)) {
    throw new SieveError(at, `${whole} is no character`);
  }
  return String.fromCodePoint(...codes);
}

function bytesText(bytes: readonly number[], at: Place): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
    if (!text.includes('\0')) return text;
  } catch {
    // Said below.
  }
  throw new SieveError(at, 'these bytes are no text in UTF-8');
}

/** A variable in a string: `${name}`, `${1}` (RFC 5229 section 3). */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*|[0-9]+)\}/g;

export function hasReferences(text: string): boolean {
  return text.search(REFERENCE) >= 0;
}

/** Refuses references to what there cannot be. */
export function checkReferences(text: string, at: Place): void {
  for (const [whole, name] of text.matchAll(REFERENCE)) {
    if (name!.includes('.')) throw new SieveError(at, `there is no namespace of ${whole}`);
    if (/^[0-9]/.test(name!) && Number(name) > LAST_MATCH) {
      throw new SieveError(at, `${whole}: matches are kept up to \${${LAST_MATCH}}`);
    }
  }
}

/** The same string with the values in place of the variables; those that were never set are empty (RFC 5229 section 3). */
export function expand(text: string, valueFor: (name: string) => string): string {
  return text.replace(REFERENCE, (_, name: string) => valueFor(name.toLowerCase()));
}

export function isVariableName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}
