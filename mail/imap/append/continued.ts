import { Parser } from '../grammar/parser.ts';
import type { Session } from '../session.ts';
import { type Literal, literalBehind } from './head.ts';

const MAX_LINE = 8 * 1024;

/**
 * The rest of a command whose literals are taken as they come: the line at hand, and how far the literal at its end has been read. Whoever
 * fails in the middle calls `abandon`, so that what the client sends without asking is not taken for commands.
 */
export class Continued {
  readonly #session: Session;
  /** Of the line at hand. */
  parser: Parser;
  /** Announced by the line at hand, and not begun. */
  #announced: Literal | undefined;
  /** Bytes left of the literal that has been begun; undefined outside of one. */
  #left: number | undefined;

  constructor(session: Session, parser: Parser) {
    this.#session = session;
    this.parser = parser;
    this.#announced = literalBehind(parser.text);
  }

  /** Lets the client send the literal at the end of the line. */
  begin({ size, synchronizing }: Literal): void {
    this.#announced = undefined;
    this.#left = size;
    if (synchronizing) this.#session.out.line('+ Ready for the literal');
  }

  /** The literal's bytes as they come. Each piece is only valid until the next is asked for. */
  async *bytes(): AsyncGenerator<Buffer, void, void> {
    for await (const piece of this.#session.input.bytes(this.#left ?? 0)) {
      this.#left = (this.#left ?? 0) - piece.length;
      yield piece;
    }
  }

  /** The literal's bytes together: for sizes that are known to be small. */
  async exact(): Promise<Buffer> {
    const bytes = await this.#session.input.exact(this.#left ?? 0);
    this.#left = 0;
    return bytes;
  }

  /** Goes on with the line behind the literal, which has been read. */
  async nextLine(): Promise<void> {
    const line = await this.#session.input.line(MAX_LINE);
    this.#left = undefined;
    this.#announced = literalBehind(line);
    const { isUtf8 } = this.parser;
    this.parser = new Parser(line);
    this.parser.isUtf8 = isUtf8;
  }

  /** Reads to the end of a command that has failed, as far as the client sends it without asking. */
  async abandon(): Promise<void> {
    const { input } = this.#session;
    if (this.#left !== undefined) {
      await input.skip(this.#left);
      await this.nextLine();
    }
    while (this.#announced !== undefined && !this.#announced.synchronizing) {
      await input.skip(this.#announced.size);
      await this.nextLine();
    }
  }
}
