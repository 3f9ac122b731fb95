/** An IMAP client for benches: sends a command, waits for its tagged answer, parses nothing. */
import { connect, type Socket } from 'node:net';

/** Characters that an answer's last lines are looked for in: an answer of many megabytes is searched but once. */
const TAIL = 4096;

export class ImapClient {
  readonly #socket: Socket;
  /** What came and was not yet given to anybody, and the end of it, where answers end. */
  #pieces: string[] = [];
  #tail = '';
  #tag = 0;
  #waiting: { end: RegExp; resolve: (text: string) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#pieces.push(text);
      this.#tail = (this.#tail + text).slice(-TAIL);
      this.#look();
    });
    const fail = (error?: Error) => {
      this.#waiting?.reject(error ?? new Error(`the connection ended: ${this.#tail.slice(-200)}`));
      this.#waiting = undefined;
    };
    socket.on('error', fail);
    socket.on('close', () => fail());
  }

  static async connect(port: number): Promise<ImapClient> {
    const client = new ImapClient(connect(port, '127.0.0.1'));
    await client.until(/^\* OK[^\r\n]*\r\n/);
    return client;
  }

  static async login(port: number, user: string, password: string): Promise<ImapClient> {
    const client = await ImapClient.connect(port);
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
    const all = this.#pieces.join('');
    this.#pieces = [rest];
    this.#tail = rest;
    resolve(all.slice(0, all.length - rest.length));
  }
}
