import { Bad } from '../errors.ts';

/** Thrown when the parse reaches a literal whose bytes have not been read yet: see `command-reader.ts`. */
export class NeedLiteral extends Error {
  override readonly name = 'NeedLiteral';
}

// RFC 3501 section 9: ATOM-CHAR is any CHAR except atom-specials; ASTRING-CHAR adds "]"; list-char adds wildcards too.
const ATOM = /[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y;
const ASTRING = /[^\x00-\x20\x7f-\xff(){%*"\\]+/y;
const LIST_ATOM = /[^\x00-\x20\x7f-\xff(){"\\]+/y;
const NUMBER = /\d{1,20}/y;
const QUOTED = /"((?:[^"\\\r\n\0]|\\["\\])*)"/y;
const LITERAL = /\{(\d+)\+?\}(?:\r\n|$)/y;

/**
 * Reads one command, held as a latin1 string (one char a byte) with its literals in place: `{5}\r\nhello`. Every method
 * consumes what it names or throws `Bad` with what was expected. Strings come back as bytes too; `utf8` turns them into text.
 */
export class Parser {
  readonly text: string;
  /** Whether mailbox names are UTF-8, as with UTF8=ACCEPT and in IMAP4rev2, rather than modified UTF-7. */
  readonly utf8Names: boolean;
  pos = 0;

  /** Whether UTF8=ACCEPT is on (RFC 6855). */
  isUtf8 = false;

  constructor(text: string, utf8Names = false) {
    this.text = text;
    this.utf8Names = utf8Names;
  }

  get atEnd(): boolean {
    return this.pos >= this.text.length;
  }

  /** Another parser of the same text, from here on. */
  behind(): Parser {
    const parser = new Parser(this.text, this.utf8Names);
    parser.isUtf8 = this.isUtf8;
    parser.pos = this.pos;
    return parser;
  }

  /** The next char, '' at the end. */
  peek(): string {
    return this.text.charAt(this.pos);
  }

  /** Consumes `word` if it comes next, whatever its case. */
  skip(word: string): boolean {
    const next = this.text.slice(this.pos, this.pos + word.length);
    if (next !== word && next.toUpperCase() !== word.toUpperCase()) return false;
    this.pos += word.length;
    return true;
  }

  expect(word: string, what = `"${word}"`): void {
    if (!this.skip(word)) this.fail(what);
  }

  space(): void {
    if (this.peek() !== ' ') this.fail('a space');
    this.pos++;
  }

  end(): void {
    if (!this.atEnd) this.fail('the end of the command');
  }

  /** Throws `Bad`: what was expected, and where. */
  fail(expected: string): never {
    const rest = this.text.slice(this.pos, this.pos + 20);
    // A pending literal is where the text ends although the command does not.
    const found = rest === '' ? 'the end of the command' : `"${rest.replace(/[^\x20-\x7e]/g, '?')}"`;
    throw new Bad(`Expected ${expected}, found ${found}`);
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.pos;
    const match = pattern.exec(this.text);
    if (match !== null) this.pos = pattern.lastIndex;
    return match;
  }

  atom(what = 'an atom'): string {
    return this.match(ATOM)?.[0] ?? this.fail(what);
  }

  /** An atom in upper case, for keywords of the protocol. */
  keyword(what: string): string {
    return this.atom(what).toUpperCase();
  }

  /** A number of at most 32 bits. */
  number(what = 'a number'): number {
    const start = this.pos;
    const value = Number(this.match(NUMBER)?.[0] ?? this.fail(what));
    if (value > 0xffffffff) {
      this.pos = start;
      this.fail(`${what} below 4294967296`);
    }
    return value;
  }

  /** A number of at most 63 bits (RFC 9051 section 9). One that is longer than a number can hold exactly is beyond all sizes, and so is its neighbour. */
  number64(what = 'a number'): number {
    const start = this.pos;
    const text = this.match(NUMBER)?.[0] ?? this.fail(what);
    if (BigInt(text) > 0x7fffffffffffffffn) {
      this.pos = start;
      this.fail(`${what} below 9223372036854775808`);
    }
    return Number(text);
  }

  nonZero(what = 'a number'): number {
    return this.aboveZero(what, () => this.number(what));
  }

  nonZero64(what = 'a number'): number {
    return this.aboveZero(what, () => this.number64(what));
  }

  private aboveZero(what: string, read: () => number): number {
    const start = this.pos;
    const value = read();
    if (value === 0) {
      this.pos = start;
      this.fail(`${what} above 0`);
    }
    return value;
  }

  /** A quoted string or literal. */
  string(what = 'a string'): string {
    if (this.peek() === '{') return this.literal(what);
    const match = this.match(QUOTED);
    if (match === null) this.fail(this.peek() === '"' ? 'a quoted string that ends on its line' : what);
    return match[1]!.replace(/\\(.)/g, '$1');
  }

  /** An atom (with "]" allowed), quoted string or literal. */
  astring(what = 'a string'): string {
    return this.match(ASTRING)?.[0] ?? this.string(what);
  }

  /** As `astring`, and the wildcards % and * may stand in the atom (list-mailbox). */
  listString(what: string): string {
    return this.match(LIST_ATOM)?.[0] ?? this.string(what);
  }

  /** NIL, whatever its case. */
  skipNil(): boolean {
    if (!/^nil(?:[ ()]|$)/i.test(this.text.slice(this.pos, this.pos + 4))) return false;
    this.pos += 3;
    return true;
  }

  nstring(what: string): string | undefined {
    return this.skipNil() ? undefined : this.string(what);
  }

  /** A quoted string, a literal, or a literal8 (RFC 3516 section 4.4), in which a NUL byte may stand. */
  binaryString(what: string): string {
    if (this.peek() !== '~') return this.string(what);
    this.pos++;
    return this.literal(what, true);
  }

  private literal(what: string, binary = false): string {
    const start = this.pos;
    const match = this.match(LITERAL);
    if (match === null) this.fail(what);
    const size = Number(match[1]);
    if (this.pos + size > this.text.length) {
      this.pos = start;
      throw new NeedLiteral('the literal is still to be read');
    }
    const value = this.text.slice(this.pos, this.pos + size);
    this.pos += size;
    if (!binary && value.includes('\0')) throw new Bad('A literal here must not contain a NUL byte');
    return value;
  }

  /** One or more, parted by single spaces, in parentheses. With `empty`, none will do. */
  list<T>(item: () => T, options: { readonly empty?: boolean; readonly what: string }): T[] {
    this.expect('(', options.what);
    const items: T[] = [];
    if (options.empty === true && this.skip(')')) return items;
    for (;;) {
      items.push(item());
      if (this.skip(')')) return items;
      this.expect(' ', 'a space or ")"');
    }
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Text from a string's bytes. Throws `Bad` where they are not UTF-8. */
export function utf8(bytes: string): string {
  if (/^[\x00-\x7f]*$/.test(bytes)) return bytes;
  try {
    return UTF8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    throw new Bad('Expected UTF-8 in a string with 8-bit characters');
  }
}

/** A quoted string that may hold UTF-8 (RFC 6855 section 3, RFC 9051 section 4.3). Text in, latin1 out; none with line ends. */
export function quoteUtf8(text: string): string {
  return `"${Buffer.from(text, 'utf8').toString('latin1').replace(/["\\]/g, '\\$&')}"`;
}

/** A string as IMAP writes it, quoted, or as a literal where it cannot be quoted. Latin1 in, latin1 out. */
export function quote(bytes: string): string {
  if (/^[\x01-\x09\x0b\x0c\x0e-\x7e]*$/.test(bytes) && bytes.length <= 1000) {
    return `"${bytes.replace(/["\\]/g, '\\$&')}"`;
  }
  return `{${bytes.length}}\r\n${bytes}`;
}

/** As `quote`, with a literal8 for bytes that a literal may not hold. */
export function binaryQuote(bytes: string): string {
  return bytes.includes('\0') ? `~{${bytes.length}}\r\n${bytes}` : quote(bytes);
}
