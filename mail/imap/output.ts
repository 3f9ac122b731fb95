import type { Wire } from '../ports/index.ts';

/** Text is gathered up to this before it goes to the wire, so that a long answer leaves in large pieces. */
const GATHER = 32 * 1024;
/** Byte strings up to this become text, where nothing has been gathered but text. */
const TINY = 2 * 1024;
/** Byte strings up to this are gathered with the text around them; longer ones go by themselves, uncopied. */
const SMALL = 16 * 1024;
/** What text and byte strings are gathered in: room for all the text that may wait, and one of them. */
const BLOCK = 64 * 1024;

/**
 * What the server says. Text is latin1, one char a byte. Whoever writes much awaits `room` now and then: it resolves when the
 * client keeps up, so a client that stops reading costs no more than one piece.
 */
export class Output {
  readonly #wire: Wire;
  /** What comes first of what has been gathered, where there are byte strings in it; then comes the text. */
  #block: Buffer | undefined;
  #used = 0;
  #text = '';
  #pending: Promise<void> | undefined;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** One line, CRLF added. */
  line(text: string): void {
    this.#text += `${text}\r\n`;
    if (this.#text.length >= GATHER) this.#send();
  }

  /** Text as it is. */
  text(text: string): void {
    this.#text += text;
    if (this.#text.length >= GATHER) this.#send();
  }

  bytes(data: Uint8Array): void {
    if (data.length > SMALL) {
      this.#send();
      this.#write(data);
      return;
    }
    if (this.#block === undefined && data.length <= TINY) {
      this.text(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1'));
      return;
    }
    if (this.#used + this.#text.length + data.length > BLOCK) this.#send();
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK);
    this.#used += this.#block.write(this.#text, this.#used, 'latin1');
    this.#text = '';
    this.#block.set(data, this.#used);
    this.#used += data.length;
  }

  /** A promise only where the client does not keep up. Rejects with WireClosed. */
  room(): Promise<void> | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  /** Sends all that was gathered. */
  flush(): Promise<void> | undefined {
    this.#send();
    return this.room();
  }

  #send(): void {
    const block = this.#block?.subarray(0, this.#used);
    this.#block = undefined;
    this.#used = 0;
    const text = this.#text;
    this.#text = '';
    if (block !== undefined) this.#write(block);
    if (text !== '') this.#write(text);
  }

  #write(data: Uint8Array | string): void {
    const written = this.#wire.write(data);
    if (written === undefined) return;
    // The newest promise stands for all: a wire has caught up with all or none. Its failure is seen by whoever awaits `room`,
    // and by the next read.
    written.catch(() => undefined);
    this.#pending = written;
  }
}
