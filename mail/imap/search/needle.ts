/** What is looked for in text: without regard to case, in one Unicode form. */
export class Needle {
  readonly text: string;
  /** Only ASCII: then it can be looked for in raw bytes of any charset that contains ASCII. */
  readonly isAscii: boolean;

  constructor(text: string) {
    this.text = fold(text);
    this.isAscii = /^[\x00-\x7f]*$/.test(text);
  }

  get isEmpty(): boolean {
    return this.text === '';
  }

  in(text: string): boolean {
    return fold(text).includes(this.text);
  }

  /** Looks for it as it stands in bytes; only for a needle that is ASCII. */
  inBytes(bytes: Uint8Array): boolean {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    return text.toLowerCase().includes(this.text);
  }
}

function fold(text: string): string {
  return /^[\x00-\x7f]*$/.test(text) ? text.toLowerCase() : text.normalize('NFC').toLowerCase();
}
