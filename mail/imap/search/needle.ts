import { unicodeCasemap } from './collation.ts';

/** What is looked for in text, compared by i;unicode-casemap (RFC 5255 section 4.6). */
export class Needle {
  readonly text: string;
  /** Only ASCII: then it can be looked for in raw bytes of any charset that contains ASCII. */
  readonly isAscii: boolean;

  constructor(text: string) {
    this.text = unicodeCasemap(text);
    this.isAscii = /^[\x00-\x7f]*$/.test(this.text);
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
    if (text.replace(/[a-z]+/g, (run) => run.toUpperCase()).includes(this.text)) return true;
    return /[\x80-\xff]/.test(text) ? undefined : false;
  }
}
