/** POP3 RETR of 1,000 messages, one by one and pipelined, in turn from Postern and from Dovecot. */
import { connect, type Socket } from 'node:net';
import { fill, type Server, Table, withServers } from './two.ts';

const MESSAGES = 1_000;
const RUNS = 5;
/** Commands that are sent before their answers are awaited. */
const DEPTH = 50;

const BARS = {
  restarted: { what: `RETR, ${DEPTH} at a time, after a restart`, unit: 'messages', bar: undefined },
  list: { what: 'connect, sign in, LIST, UIDL', unit: 'messages', bar: undefined },
  one: { what: 'RETR one by one', unit: 'messages', bar: 0.7 },
  pipelined: { what: `RETR, ${DEPTH} at a time`, unit: 'messages', bar: 0.7 },
} as const;

interface Waiting {
  left: number;
  readonly long: boolean;
  resolve(): void;
  reject(error: Error): void;
}

/** Counts answers, and keeps nothing of them. */
class Pop3Client {
  readonly #socket: Socket;
  /** What came and may be the beginning of an answer, or of its end. */
  #tail = '';
  /** Whether `+OK` of the next answer has come, where that has several lines. */
  #begun = false;
  #waiting: Waiting | undefined;

  private constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (piece: Buffer) => this.#take(piece));
    this.#socket.on('error', (error) => this.#waiting?.reject(error));
    this.#socket.on('close', () => this.#waiting?.reject(new Error('the connection ended')));
  }

  static async login({ pop3Port, user, password }: Server): Promise<Pop3Client> {
    const client = new Pop3Client(pop3Port);
    await client.answers([], false, 1);
    for (const command of [`USER ${user}`, `PASS ${password}`]) await client.answers([command], false);
    return client;
  }

  /** Sends commands, and waits for as many answers; `long`: of several lines. */
  answers(commands: readonly string[], long: boolean, count = commands.length): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { left: count, long, resolve, reject };
      this.#socket.write(commands.map((command) => `${command}\r\n`).join(''), 'latin1');
    });
  }

  async quit(): Promise<void> {
    await this.answers(['QUIT'], false);
    this.#socket.destroy();
  }

  #take(piece: Buffer): void {
    const text = this.#tail + piece.toString('latin1');
    let at = 0;
    while (this.#waiting !== undefined) {
      const end = this.#end(text, at);
      if (end < 0) break;
      at = end;
    }
    this.#tail = text.slice(this.#begun ? Math.max(at, text.length - 4) : at);
  }

  /** Where the part of an answer ends that is awaited next; -1 where it has not all come. */
  #end(text: string, at: number): number {
    const waiting = this.#waiting!;
    if (!this.#begun) {
      const lf = text.indexOf('\n', at);
      if (lf < 0) return -1;
      if (!text.startsWith('+OK', at)) waiting.reject(new Error(text.slice(at, lf)));
      if (waiting.long) this.#begun = true;
      else this.#count(waiting);
      // The first line's end may belong to the answer's end, where nothing stands between.
      return waiting.long ? lf - 1 : lf + 1;
    }
    const end = text.indexOf('\r\n.\r\n', at);
    if (end < 0) return -1;
    this.#begun = false;
    this.#count(waiting);
    return end + 5;
  }

  #count(waiting: Waiting): void {
    if (--waiting.left > 0) return;
    this.#waiting = undefined;
    waiting.resolve();
  }
}

const COMMANDS = Array.from({ length: MESSAGES }, (_, n) => `RETR ${n + 1}`);

async function pipelined(client: Pop3Client): Promise<void> {
  for (let n = 0; n < MESSAGES; n += DEPTH) await client.answers(COMMANDS.slice(n, n + DEPTH), true);
}

async function once(server: Server, table: Table): Promise<void> {
  await server.restart();
  const first = await Pop3Client.login(server);
  await table.measure(BARS.restarted, server, MESSAGES, () => pipelined(first));
  await first.quit();
  let client: Pop3Client | undefined;
  await table.measure(BARS.list, server, MESSAGES, async () => {
    client = await Pop3Client.login(server);
    for (const command of ['LIST', 'UIDL']) await client.answers([command], true);
  });
  await table.measure(BARS.one, server, MESSAGES, async () => {
    for (const command of COMMANDS) await client!.answers([command], true);
  });
  await table.measure(BARS.pipelined, server, MESSAGES, () => pipelined(client!));
  await client!.quit();
}

/** Runs it, prints the table; false where a bar is missed. `--alone` leaves the peer out. */
export async function run(): Promise<boolean> {
  return withServers(async (servers) => {
    const table = new Table(servers);
    for (const server of servers) await fill(server, MESSAGES);
    for (let n = 0; n < RUNS; n++) for (const server of servers) await once(server, table);
    console.log(`${MESSAGES} messages; medians of ${RUNS} runs`);
    return table.print();
  });
}

if (import.meta.main) process.exitCode = (await run()) ? 0 : 1;
