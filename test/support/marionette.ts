/** Drives a Mozilla program by its own remote protocol, Marionette: JSON arrays, each after its length and a colon. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

type Answer = readonly [type: 1, id: number, error: { message: string; stacktrace: string } | null, result: unknown];

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Marionette {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #bytes = Buffer.alloc(0);
  #lastId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the program closed its remote connection'));
    });
  }

  /** Connects, and begins a session that may run scripts with the program's own rights. */
  static async open(port: number): Promise<Marionette> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const marionette = new Marionette(socket);
    await marionette.send('WebDriver:NewSession', { capabilities: {} });
    await marionette.send('Marionette:SetContext', { value: 'chrome' });
    await marionette.send('WebDriver:SetTimeouts', { script: 60_000 });
    return marionette;
  }

  send(command: string, parameters: object = {}): Promise<unknown> {
    const id = ++this.#lastId;
    const text = Buffer.from(JSON.stringify([0, id, command, parameters]));
    this.#socket.write(`${text.length}:`);
    this.#socket.write(text);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Runs the body of an async function in the program's window; it has `given`, and its result comes back as JSON. */
  async run(body: string, given: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const script = `
      const [given, done] = arguments;
      (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error), stack: error?.stack }));
    `;
    const answer = (await this.send('WebDriver:ExecuteAsyncScript', { script, args: [given] })) as {
      value: { value?: unknown; error?: string; stack?: string };
    };
    const { value, error, stack } = answer.value;
    if (error !== undefined) throw new Error(`${error}\n${stack}`);
    return value;
  }

  /** A picture of the window, as PNG. */
  async screenshot(): Promise<Buffer> {
    const { value } = (await this.send('WebDriver:TakeScreenshot', { full: true })) as { value: string };
    return Buffer.from(value, 'base64');
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (;;) {
      const colon = this.#bytes.indexOf(':');
      if (colon === -1) return;
      const end = colon + 1 + Number(this.#bytes.subarray(0, colon).toString());
      if (this.#bytes.length < end) return;
      const message = JSON.parse(this.#bytes.subarray(colon + 1, end).toString()) as Answer | object;
      this.#bytes = this.#bytes.subarray(end);
      if (Array.isArray(message)) this.#answered(message as unknown as Answer); // the first is a greeting
    }
  }

  #answered([, id, error, result]: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === null) waiting?.resolve(result);
    else waiting?.reject(new Error(`${error.message}\n${error.stacktrace}`));
  }
}
