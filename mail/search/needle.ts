import { unicodeCasemap } from './collation.ts';

/** What is looked for in text, compared by i;unicode-casemap (RFC 5255 section 4.6). */
export class Needle {
  readonly text: string;
  /** Only ASCII: then it can be looked for in raw bytes of any charset that contains ASCII. */
  readonly isAscii: boolean;
  readonly #lower: string;

  constructor(text: string) {
    this.text = unicodeCasemap(text);
    this.isAscii = /^[\x00-\x7f]*$/.test(this.text);
    this.#lower = this.text.toLowerCase();
  }

  get isEmpty(): boolean {
    return this.text === '';
  }

  in(text: string): boolean {
    return unicodeCasemap(text).includes(this.text);
  }

  /**
   * Looks for it as it stands in bytes; only for a needle that is ASCII. Undefined where it is not found and other bytes than ASCII
   * are there, which may stand for it: "é" is an E with an accent.
   */
  inBytes(bytes: Uint8Array): boolean | undefined {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    // In lower case: no other character of latin1 becomes ASCII by that, as some do in upper case.
    if (text.toLowerCase().includes(this.#lower)) return true;
    return /[\x80-\xff]/.test(text) ? undefined : false;
  }
}
