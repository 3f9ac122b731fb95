import { type Place, SieveError } from './script.ts';

/** One token of RFC 5228 section 8.1. */
export type Token =
  | { readonly kind: 'identifier' | 'tag' | 'string'; readonly at: Place; readonly text: string }
  | { readonly kind: 'number'; readonly at: Place; readonly value: number }
  | { readonly kind: '{' | '}' | '(' | ')' | '[' | ']' | ',' | ';' | 'end'; readonly at: Place };

const SPACE = /[\t\r\n ]+/y;
const COMMENT = /#[^\n]*/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const TAG = /:([A-Za-z_][A-Za-z0-9_]*)/y;
const NUMBER = /([0-9]+)([KkMmGg]?)(?![A-Za-z0-9_])/y;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"/y;
/** `text:`, and the rest of its line, which can be a comment. */
const TEXT = /text:[\t ]*(?:#[^\n]*)?\r?\n/iy;
const PUNCTUATION = '{}()[],;';
const UNIT: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Reads a script token by token; lines may end in LF alone. Throws `SieveError`. */
export class Tokens {
  readonly #text: string;
  #offset = 0;
  /** Where the last place that was asked for is: places are asked for in order. */
  #seen = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
    const nul = text.indexOf('\0');
    if (nul >= 0) throw new SieveError(this.#place(nul), 'a NUL cannot stand in a script');
  }

  next(): Token {
    this.#skip();
    const start = this.#offset;
    const at = this.#place(start);
    const c = this.#text[start];
    if (c === undefined) return { kind: 'end', at };
    if (PUNCTUATION.includes(c)) {
      this.#offset++;
      return { kind: c as ';', at };
    }
    if (c === '"') return { kind: 'string', at, text: this.#quoted(at) };
    if (this.#match(TEXT)) return { kind: 'string', at, text: this.#lines(at) };
    const tag = this.#match(TAG);
    if (tag) return { kind: 'tag', at, text: tag[1]!.toLowerCase() };
    const identifier = this.#match(IDENTIFIER);
    if (identifier) return { kind: 'identifier', at, text: identifier[0].toLowerCase() };
    const number = this.#match(NUMBER);
    if (number) return { kind: 'number', at, value: numberOf(number[1]!, number[2]!, at) };
    const shown = String.fromCodePoint(this.#text.codePointAt(start)!);
    throw new SieveError(at, `${JSON.stringify(shown)} means nothing here`);
  }

  #skip(): void {
    for (;;) {
      if (this.#match(SPACE) || this.#match(COMMENT)) continue;
      if (!this.#text.startsWith('/*', this.#offset)) return;
      const end = this.#text.indexOf('*/', this.#offset + 2);
      if (end < 0) throw new SieveError(this.#place(this.#offset), 'the comment is not closed by */');
      this.#offset = end + 2;
    }
  }

  /** RFC 5228 section 2.4.2: a backslash goes before a quote or a backslash; before others it means nothing. */
  #quoted(at: Place): string {
    const quoted = this.#match(QUOTED);
    if (!quoted) throw new SieveError(at, 'the string is not closed by a quote');
    return crlf(quoted[1]!.replace(/\\([\s\S])/g, '$1'));
  }

  /** The lines of a `text:` up to the one that is a dot; a dot in front of others is taken off. */
  #lines(at: Place): string {
    let text = '';
    for (;;) {
      const end = this.#text.indexOf('\n', this.#offset);
      const line = this.#text.slice(this.#offset, end < 0 ? undefined : end).replace(/\r$/, '');
      // RFC 5228 section 8.1 wants a line end behind the dot; at the end of a script it is often missing.
      this.#offset = end < 0 ? this.#text.length : end + 1;
      if (line === '.') return text;
      if (end < 0) throw new SieveError(at, 'the text is not closed by a line with a dot alone');
      text += `${line.startsWith('.') ? line.slice(1) : line}\r\n`;
    }
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#offset;
    const match = pattern.exec(this.#text);
    if (match) this.#offset = pattern.lastIndex;
    return match;
  }

  #place(offset: number): Place {
    for (let at = this.#text.indexOf('\n', this.#seen); at >= 0 && at < offset; at = this.#text.indexOf('\n', at + 1)) {
      this.#line++;
      this.#lineStart = at + 1;
    }
    this.#seen = Math.max(this.#seen, offset);
    return { line: this.#line, column: offset - this.#lineStart + 1 };
  }
}

function numberOf(digits: string, unit: string, at: Place): number {
  const value = Number(digits) * UNIT[unit.toLowerCase()]!;
  if (!Number.isSafeInteger(value)) throw new SieveError(at, `${digits}${unit} is too large a number`);
  return value;
}

/** RFC 5228 section 2.4.2: line ends in strings are CRLF. */
function crlf(text: string): string {
  return text.includes('\n') ? text.replace(/\r?\n/g, '\r\n') : text;
}
