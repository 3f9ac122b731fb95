import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';

/**
 * Somebody else's SMTP server, on loopback, that does what a test tells it. Without a script it accepts everything.
 */

export interface PeerScript {
  /** Default 127.0.0.1; other MX hosts get 127.0.0.2, ... on the same port. */
  readonly host?: string;
  /** Default: a free one of 23000-23099. */
  readonly port?: number;
  /** Whole reply without the last CRLF; 'close' closes instead; 'silent' says nothing. */
  readonly greeting?: string;
  /** EHLO keywords. Default: PIPELINING, SIZE, 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES; STARTTLS and AUTH as set up below. */
  readonly extensions?: readonly string[];
  /**
   * The reply to a command line, or to a whole message ('.'); undefined: the usual one; 'close' and 'silent' as above.
   * `nth`: how many messages were begun, this one included.
   */
  readonly reply?: (command: string, session: PeerSession, nth: number) => string | undefined;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly implicit?: boolean;
  readonly auth?: { readonly user: string; readonly password: string };
}

export interface PeerSession {
  readonly secure: boolean;
  readonly from: string;
  readonly to: readonly string[];
}

export interface PeerMessage {
  readonly from: string;
  /** The MAIL FROM line with its parameters. */
  readonly mail: string;
  readonly to: readonly string[];
  /** Without dot stuffing and without the final dot. */
  readonly bytes: Buffer;
  readonly secure: boolean;
  readonly authenticated: boolean;
}

export interface SmtpPeer {
  readonly host: string;
  readonly port: number;
  /** Every command line that came, in order; AUTH without its secret. */
  readonly commands: string[];
  readonly messages: PeerMessage[];
  /** Connections accepted so far, and open now at the most. */
  readonly connections: { total: number; open: number; most: number };
  close(): Promise<void>;
}

export async function startSmtpPeer(script: PeerScript = {}): Promise<SmtpPeer> {
  const state = {
    commands: [] as string[],
    messages: [] as PeerMessage[],
    connections: { total: 0, open: 0, most: 0 },
  };
  const sockets = new Set<Socket>();
  let begun = 0;
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    state.connections.total++;
    state.connections.open++;
    state.connections.most = Math.max(state.connections.most, state.connections.open);
    socket.once('close', () => {
      sockets.delete(socket);
      state.connections.open--;
    });
    new Session(script, state, socket, script.implicit ?? false, () => ++begun).start();
  };
  const server = script.implicit ? createTlsServer({ ...script.tls }, accept) : createServer(accept);
  const host = script.host ?? '127.0.0.1';
  const port = await listen(server, host, script.port);
  return {
    ...state,
    host,
    port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The port asked for, or the first free one of the range from a random start. */
async function listen(server: Server, host: string, port: number | undefined): Promise<number> {
  const start = Math.floor(Math.random() * 100);
  for (let i = 0; ; i++) {
    const candidate = port ?? 23_000 + ((start + i) % 100);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(candidate, host, () => {
          server.removeListener('error', reject);
          resolve();
        });
      });
      return candidate;
    } catch (error) {
      if (port !== undefined || i === 99) throw error;
    }
  }
}

type PeerState = Pick<SmtpPeer, 'commands' | 'messages' | 'connections'>;

class Session implements PeerSession {
  secure: boolean;
  from = '';
  to: string[] = [];
  private mail = '';
  private authenticated = false;
  private login: string[] | undefined;
  private pending: Buffer = Buffer.alloc(0);
  private inData = false;
  private data: Buffer[] = [];
  private nth = 0;
  private readonly script: PeerScript;
  private readonly state: PeerState;
  private readonly begin: () => number;
  private socket: Socket;

  constructor(script: PeerScript, state: PeerState, socket: Socket, secure: boolean, begin: () => number) {
    this.script = script;
    this.state = state;
    this.socket = socket;
    this.secure = secure;
    this.begin = begin;
  }

  start(): void {
    this.listen();
    this.say(this.script.greeting ?? '220 peer.test ESMTP');
  }

  private listen(): void {
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk: Buffer) => this.take(chunk));
  }

  private take(chunk: Buffer): void {
    if (this.inData) {
      this.takeData(chunk);
      return;
    }
    this.pending = Buffer.concat([this.pending, chunk]);
    for (let end = this.pending.indexOf('\r\n'); end >= 0; end = this.pending.indexOf('\r\n')) {
      const line = this.pending.subarray(0, end).toString();
      const rest = this.pending.subarray(end + 2);
      this.pending = rest;
      this.command(line);
      if (this.inData) {
        this.pending = Buffer.alloc(0);
        // So that an empty message, or one that begins with a dot, has its line end before it.
        this.data = [Buffer.from('\r\n')];
        this.takeData(rest);
        return;
      }
    }
  }

  private takeData(chunk: Buffer): void {
    // Only what is new is searched: a message of 20 MB comes in thousands of pieces.
    const tail = Buffer.concat([...this.data.slice(-4).map((one) => one.subarray(-4)), chunk]);
    this.data.push(chunk);
    if (!tail.includes('\r\n.\r\n')) return;
    const all = Buffer.concat(this.data);
    const end = all.indexOf('\r\n.\r\n');
    this.inData = false;
    this.message(all.subarray(0, end));
    this.take(all.subarray(end + 5));
  }

  private message(taken: Buffer): void {
    const text = `${taken.toString('latin1')}\r\n`.replace(/^\r\n/, '').replace(/(^|\r\n)\./g, '$1');
    const reply = this.script.reply?.('.', this, this.nth) ?? '250 2.0.0 taken';
    // Whoever loses the connection here may have taken the message all the same.
    if (/^2|^close/.test(reply)) {
      const { from, mail, to, secure, authenticated } = this;
      this.state.messages.push({ from, mail, to: [...to], bytes: Buffer.from(text, 'latin1'), secure, authenticated });
    }
    this.say(reply);
  }

  private command(line: string): void {
    if (this.login !== undefined) {
      this.say(this.loginStep(line));
      return;
    }
    const verb = line.split(/[ :]/, 1)[0]!.toUpperCase();
    this.state.commands.push(verb === 'AUTH' ? line.split(' ').slice(0, 2).join(' ') : line);
    if (verb === 'MAIL') this.nth = this.begin();
    const scripted = this.script.reply?.(line, this, this.nth);
    this.say(scripted ?? this.usual(verb, line));
    if (verb === 'MAIL' && scripted?.startsWith('2')) this.mailFrom(line);
    if (verb === 'STARTTLS' && scripted === undefined) this.startTls();
    if (verb === 'QUIT') this.socket.end();
  }

  private usual(verb: string, line: string): string {
    switch (verb) {
      case 'EHLO':
        return this.ehlo();
      case 'HELO':
      case 'RSET':
      case 'NOOP':
        return '250 OK';
      case 'STARTTLS':
        return '220 2.0.0 go on';
      case 'AUTH':
        return this.auth(line.split(' '));
      case 'MAIL':
        this.mailFrom(line);
        return '250 2.1.0 OK';
      case 'RCPT':
        this.to.push(/<(.*)>/.exec(line)?.[1] ?? '');
        return '250 2.1.5 OK';
      case 'DATA':
        if (this.to.length === 0) return '554 5.5.1 No valid recipients';
        this.inData = true;
        return '354 go on';
      case 'QUIT':
        return '221 2.0.0 bye';
      default:
        return '500 5.5.2 What?';
    }
  }

  private mailFrom(line: string): void {
    this.mail = line;
    this.from = /<(.*?)>/.exec(line)?.[1] ?? '';
    this.to = [];
  }

  private ehlo(): string {
    const words = [
      ...(this.script.extensions ?? ['PIPELINING', 'SIZE', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES']),
    ];
    if (this.script.tls !== undefined && !this.secure) words.push('STARTTLS');
    if (this.script.auth !== undefined) words.push('AUTH PLAIN LOGIN');
    const lines = ['peer.test', ...words];
    return lines.map((word, i) => `250${i === lines.length - 1 ? ' ' : '-'}${word}`).join('\r\n');
  }

  private startTls(): void {
    const plain = this.socket;
    plain.removeAllListeners('data');
    this.socket = new TLSSocket(plain, { isServer: true, ...this.script.tls });
    this.secure = true;
    this.pending = Buffer.alloc(0);
    this.listen();
  }

  private auth([, mechanism, initial]: readonly string[]): string {
    if (mechanism?.toUpperCase() === 'LOGIN') {
      this.login = [];
      return '334 VXNlcm5hbWU6';
    }
    const [, user, password] = Buffer.from(initial ?? '', 'base64')
      .toString()
      .split('\0');
    return this.decide(user, password);
  }

  private loginStep(line: string): string {
    this.login!.push(Buffer.from(line, 'base64').toString());
    if (this.login!.length === 1) return '334 UGFzc3dvcmQ6';
    const [user, password] = this.login!;
    this.login = undefined;
    return this.decide(user, password);
  }

  private decide(user: string | undefined, password: string | undefined): string {
    this.authenticated = user === this.script.auth?.user && password === this.script.auth?.password;
    return this.authenticated ? '235 2.7.0 welcome' : '535 5.7.8 wrong';
  }

  private say(reply: string): void {
    if (reply === 'close') this.socket.destroy();
    else if (reply !== 'silent') this.socket.write(`${reply}\r\n`);
  }
}
