import type { Wire } from '../ports/index.ts';

/** Text is gathered up to this before it goes to the wire, so that a long answer leaves in large pieces. */
const GATHER = 32 * 1024;
/** Byte strings up to this are gathered with the text; longer ones go by themselves, uncopied. */
const SMALL = 1024;

/**
 * What the server says. Text is latin1, one char a byte. Whoever writes much awaits `room` now and then: it resolves when the
 * client keeps up, so a client that stops reading costs no more than one piece.
 */
export class Output {
  readonly #wire: Wire;
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
    if (data.length <= SMALL) {
      this.text(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1'));
      return;
    }
    this.#send();
    this.#write(data);
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
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#write(text);
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
