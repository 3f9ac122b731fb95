import { BASE64, type EncodingCode, QUOTED_PRINTABLE } from './summary.ts';
import { decodeTransfer } from './transfer.ts';

const LF = 10;
const EQUALS = 0x3d;
/** A quoted-printable line longer than this is cut; RFC 2045 section 6.7 allows 76 characters. */
const MAX_LINE = 64 * 1024;
const NOTHING = new Uint8Array();

/**
 * `decodeTransfer` for a body that comes in chunks, holding at most a line of it. The same bytes are decoded to the same, however they
 * are cut into chunks.
 */
export class TransferDecoder {
  readonly #encoding: EncodingCode;
  #held: Uint8Array = NOTHING;

  constructor(encoding: EncodingCode) {
    this.#encoding = encoding;
  }

  /** What the next chunk adds. */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#encoding === BASE64) return this.#base64(chunk);
    if (this.#encoding === QUOTED_PRINTABLE) return this.#lines(chunk);
    return chunk;
  }

  /** What was held back. */
  end(): Uint8Array {
    const held = this.#held;
    this.#held = NOTHING;
    return decodeTransfer(held, this.#encoding);
  }

  /** Decodes whole groups of four characters; of the one that is begun, its characters alone are held. */
  #base64(chunk: Uint8Array): Uint8Array {
    const bytes = Buffer.concat([this.#held, chunk]);
    let group: number[] = [];
    let end = 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (isBase64(byte)) group.push(byte);
      if (byte === EQUALS || group.length === 4) group = [];
      if (group.length === 0) end = i + 1;
    }
    this.#held = Uint8Array.from(group);
    return decodeTransfer(bytes.subarray(0, end), this.#encoding);
  }

  /** Nothing in quoted-printable reaches over a line end. */
  #lines(chunk: Uint8Array): Uint8Array {
    let bytes = Buffer.concat([this.#held, chunk]);
    const done: Uint8Array[] = [];
    const take = (end: number): void => {
      done.push(decodeTransfer(bytes.subarray(0, end), this.#encoding));
      bytes = bytes.subarray(end);
    };
    for (let lf = bytes.indexOf(LF); lf >= 0 || bytes.length > MAX_LINE; lf = bytes.indexOf(LF)) {
      take(lf >= 0 && lf < MAX_LINE ? lf + 1 : MAX_LINE);
    }
    this.#held = Uint8Array.from(bytes);
    return Buffer.concat(done);
  }
}

function isBase64(byte: number): boolean {
  return (
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2b ||
    byte === 0x2f
  );
}
