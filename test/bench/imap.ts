/** An IMAP client for benches: sends a command, waits for its tagged answer, parses nothing. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Characters that an answer's last lines are looked for in: an answer of many megabytes is searched but once. */
const TAIL = 4096;

export class ImapClient {
  readonly #socket: Socket;
  /** What came and was not yet given to anybody, and the end of it, where answers end. */
  #pieces: Buffer[] = [];
  #tail = '';
  /** Whether answers are kept; else only their end is. */
  #keeping = true;
  /** Bytes that ever came. */
  received = 0;
  #tag = 0;
  #waiting: { end: RegExp; resolve: (text: string) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (piece: Buffer) => {
      this.received += piece.length;
      if (this.#keeping) this.#pieces.push(piece);
      this.#tail = (this.#tail + piece.toString('latin1', Math.max(0, piece.length - TAIL))).slice(-TAIL);
      this.#look();
    });
    const fail = (error?: Error) => {
      this.#waiting?.reject(error ?? new Error(`the connection ended: ${this.#tail.slice(-200)}`));
      this.#waiting = undefined;
    };
    socket.on('error', fail);
    socket.on('close', () => fail());
  }

  /** `secure`: TLS from the first byte, with whatever certificate. */
  static async connect(port: number, secure = false): Promise<ImapClient> {
    const client = new ImapClient(
      secure ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }) : connect(port, '127.0.0.1'),
    );
    await client.until(/^\* OK[^\r\n]*\r\n/);
    return client;
  }

  static async login(port: number, user: string, password: string, secure = false): Promise<ImapClient> {
    const client = await ImapClient.connect(port, secure);
    await client.command(`LOGIN "${user}" "${password}"`);
    return client;
  }

  write(text: string | Uint8Array): void {
    this.#socket.write(text as string, 'latin1');
  }

  /** The text up to the end of what matches; throws when the connection ends first. */
  until(end: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting = { end, resolve, reject };
      this.#look();
    });
  }

  /** The answer to one command, its tagged line last. Throws unless that says OK. */
  async command(command: string): Promise<string> {
    const tag = `b${++this.#tag}`;
    this.write(`${tag} ${command}\r\n`);
    return this.#answer(tag, command);
  }

  /** As `command`, for answers of many megabytes: gives their bytes only, and keeps nothing of them. */
  async drain(command: string): Promise<number> {
    const before = this.received;
    this.#keeping = false;
    await this.command(command);
    this.#keeping = true;
    return this.received - before;
  }

  /** APPEND with a literal that waits for nothing (RFC 7888). */
  async append(mailbox: string, message: Uint8Array): Promise<void> {
    const tag = `b${++this.#tag}`;
    const begin = `${tag} APPEND ${mailbox} {${message.length}+}\r\n`;
    this.write(Buffer.concat([Buffer.from(begin, 'latin1'), message, Buffer.from('\r\n')]));
    await this.#answer(tag, 'APPEND');
  }

  async #answer(tag: string, command: string): Promise<string> {
    const answer = await this.until(new RegExp(`(?:^|\\n)${tag} [^\\r\\n]*\\r\\n`));
    if (!answer.slice(answer.lastIndexOf(`${tag} `)).startsWith(`${tag} OK`)) {
      throw new Error(`${command.slice(0, 80)}: ${answer.slice(-200)}`);
    }
    return answer;
  }

  /** How many messages INBOX has, by STATUS. */
  async messages(): Promise<number> {
    return Number(/MESSAGES (\d+)/.exec(await this.command('STATUS INBOX (MESSAGES)'))![1]);
  }

  /** Empties INBOX. */
  async purge(): Promise<void> {
    const selected = await this.command('SELECT INBOX');
    if (!/\* 0 EXISTS/.test(selected)) {
      await this.command('STORE 1:* +FLAGS.SILENT (\\Deleted)');
      await this.command('EXPUNGE');
    }
    await this.command('CLOSE');
  }

  close(): void {
    this.#socket.destroy();
  }

  #look(): void {
    const found = this.#waiting?.end.exec(this.#tail);
    if (!found || this.#waiting === undefined) return;
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    const rest = this.#tail.slice(found.index + found[0].length);
    const all = this.#keeping ? Buffer.concat(this.#pieces).toString('latin1') : this.#tail;
    this.#pieces = [Buffer.from(rest, 'latin1')];
    this.#tail = rest;
    resolve(all.slice(0, all.length - rest.length));
  }
}
