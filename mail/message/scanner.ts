const SPACE = 0x20;
const TAB = 0x09;
const CR = 0x0d;
const LF = 0x0a;

/**
 * A cursor over a structured header value (a latin1 string), with the lexical pieces that address lists and MIME
 * parameters share (RFC 5322 3.2): white space, comments, quoted strings. Every method moves forward only.
 */
export class Scanner {
  readonly text: string;
  at = 0;
  /** The content of the last comment passed, its escapes undone and nested parentheses kept; undefined when none was passed since it was last cleared. */
  comment: string | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** The char under the cursor, '' at the end. */
  peek(): string {
    return this.text.charAt(this.at);
  }

  /** Passes white space and line ends. Returns whether there was any. */
  space(): boolean {
    const from = this.at;
    for (; this.at < this.text.length; this.at++) {
      const c = this.text.charCodeAt(this.at);
      if (c !== SPACE && c !== TAB && c !== CR && c !== LF) break;
    }
    return this.at > from;
  }

  /** Passes white space and comments (CFWS). Returns whether there was any. */
  skip(): boolean {
    const from = this.at;
    for (;;) {
      this.space();
      if (this.peek() !== '(') return this.at > from;
      this.#comment();
    }
  }

  #comment(): void {
    let depth = 0;
    let out = '';
    for (; this.at < this.text.length; this.at++) {
      const c = this.text[this.at]!;
      if (c === '\\' && this.at + 1 < this.text.length) out += this.text[++this.at];
      else if (c === '(') {
        if (depth++ > 0) out += c;
      } else if (c === ')') {
        if (--depth === 0) {
          this.at++;
          break;
        }
        out += c;
      } else out += c;
    }
    this.comment = out;
  }

  /** Reads a quoted string whose opening quote is under the cursor: its content with escapes and line ends undone. A missing closing quote ends at the end. */
  quoted(): string {
    let out = '';
    let from = ++this.at;
    for (; this.at < this.text.length; this.at++) {
      const c = this.text.charCodeAt(this.at);
      if (c === 0x22) break;
      if (c !== 0x5c && c !== CR && c !== LF) continue;
      out += this.text.slice(from, this.at);
      if (c === 0x5c && this.at + 1 < this.text.length) out += this.text[++this.at];
      from = this.at + 1;
    }
    out += this.text.slice(from, this.at);
    this.at = Math.min(this.at + 1, this.text.length);
    return out;
  }

  /** Reads up to the next char of `stops` (or white space, when `spaceStops`); '' where one is under the cursor. */
  until(stops: string, spaceStops: boolean): string {
    const from = this.at;
    for (; this.at < this.text.length; this.at++) {
      const c = this.text[this.at]!;
      if (stops.includes(c) || (spaceStops && (c === ' ' || c === '\t' || c === '\r' || c === '\n'))) break;
    }
    return this.text.slice(from, this.at);
  }
}
