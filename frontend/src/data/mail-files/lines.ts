/** Lines of mail, as bytes: what reading and writing mbox files have in common. */

export const LF = 10;
export const CR = 13;

/** Where the line that begins at `from` ends: behind its LF, or at the end. */
export function endOfLine(bytes: Uint8Array, from: number): number {
  const lf = bytes.indexOf(LF, from);
  return lf < 0 ? bytes.length : lf + 1;
}

/** Nothing but a line end. */
export function isEmptyLine(bytes: Uint8Array, from: number): boolean {
  return bytes[from] === LF || (bytes[from] === CR && bytes[from + 1] === LF);
}

/** Whether these letters of ASCII stand there. */
export function begins(bytes: Uint8Array, from: number, text: string): boolean {
  if (from + text.length > bytes.length) return false;
  for (let index = 0; index < text.length; index++) if (bytes[from + index] !== text.charCodeAt(index)) return false;
  return true;
}

/** Whether a line is "From " behind any number of ">": quoted by one more in an mbox of the kind "rd". */
export function isFromLine(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while (bytes[at] === 0x3e) at++;
  return begins(bytes, at, 'From ');
}

const latin1 = new TextDecoder('latin1');

export function textIn(bytes: Uint8Array, from: number, to: number): string {
  return latin1.decode(bytes.subarray(from, to));
}

export interface Field {
  /** In lower case. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Fields of a header, with their continuations; what is no field has the name "". Gives where the text begins, behind the empty line. */
export function fieldsOf(bytes: Uint8Array): {
  readonly fields: readonly Field[];
  readonly end: number;
  readonly body: number;
} {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length && !isEmptyLine(bytes, at)) {
    const from = at;
    at = endOfLine(bytes, at);
    while (at < bytes.length && (bytes[at] === 0x20 || bytes[at] === 0x09)) at = endOfLine(bytes, at);
    const [, name = ''] = /^([!-9;-~]+)[ \t]*:/.exec(textIn(bytes, from, Math.min(at, from + 200))) ?? [];
    fields.push({ name: name.toLowerCase(), from, to: at });
  }
  return { fields, end: at, body: at < bytes.length ? endOfLine(bytes, at) : at };
}

/** What stands behind the colon, in one line. */
export function fieldText(bytes: Uint8Array, { from, to }: Field): string {
  const text = textIn(bytes, from, to);
  return text
    .slice(text.indexOf(':') + 1)
    .replace(/\r?\n[ \t]/g, ' ')
    .trim();
}

/** Bytes that grow, without one step a byte. */
export class Output {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(expected: number) {
    this.#bytes = new Uint8Array(Math.max(64, expected));
  }

  add(bytes: Uint8Array, from: number, to: number): void {
    this.#room(to - from);
    this.#bytes.set(bytes.subarray(from, to), this.#length);
    this.#length += to - from;
  }

  text(text: string): void {
    this.#room(text.length);
    for (let index = 0; index < text.length; index++) this.#bytes[this.#length++] = text.charCodeAt(index);
  }

  taken(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    grown.set(this.taken());
    this.#bytes = grown;
  }
}
