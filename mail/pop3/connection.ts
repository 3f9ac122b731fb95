import { isTransient, type Wire, WireClosed, WireTimeout } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { LineReader, LineTooLong } from '../wire/reader.ts';
import { Bad, Quit } from './command.ts';
import { COMMANDS } from './commands/table.ts';
import { CutShort } from './reply.ts';
import { type Pop3Deps, Session } from './session.ts';

/** RFC 2449 section 4 allows 255 octets; a login of some length fits too. */
const MAX_LINE = 1_024;
/** RFC 1939 section 3: at least ten minutes. */
const IDLE_AFTER_LOGIN = 10 * 60_000;
const IDLE_BEFORE_LOGIN = 60_000;
const LOGIN_DEADLINE = 3 * 60_000;
const MAX_FAILED_LOGINS = 5;
/** Syntax errors in a row: this is no POP3 client. */
const MAX_BAD = 20;

/** One client, from greeting to goodbye. */
export class Connection {
  private readonly deps: Pop3Deps;
  private readonly wire: Wire;
  private readonly reader: LineReader;
  private readonly session: Session;
  private waiting = false;
  private ending = false;
  private bads = 0;

  constructor(deps: Pop3Deps, wire: Wire) {
    this.deps = deps;
    this.wire = wire;
    this.reader = new LineReader(wire, { bareLf: 'accept' });
    this.session = new Session(deps, wire, this.reader, () => this.end());
  }

  /** Resolves when the connection is over. Never rejects. */
  async serve(): Promise<void> {
    const stopDeadline = this.deps.clock.after(LOGIN_DEADLINE, () => {
      if (this.session.state === 'authorization') this.end();
    });
    try {
      this.wire.write(`+OK ${this.deps.hostname} Postern ready\r\n`);
      while (!this.ending) await this.next();
      this.wire.end();
    } catch (error) {
      this.leave(error);
    } finally {
      stopDeadline();
      this.session.close();
    }
  }

  /** Closes it as soon as no command is at work. POP3 has no reply that nobody asked for; marks to delete are dropped. */
  end(): void {
    this.ending = true;
    if (this.waiting) this.wire.end();
  }

  /** Reads one command and answers it. */
  private async next(): Promise<void> {
    let line = '';
    try {
      line = await this.line();
      await this.run(line);
      this.bads = 0;
    } catch (error) {
      if (endsConnection(error)) throw error;
      await this.refuse(error, /^quit *$/i.test(line) && this.session.state === 'transaction');
    }
  }

  /** What has arrived is taken without a wait, so that pipelined commands are worked off in one go (RFC 2449 section 6.6). */
  private async line(): Promise<string> {
    const here = this.reader.tryLine(MAX_LINE);
    if (here !== undefined) return here;
    this.wire.idleLimit(this.session.state === 'transaction' ? IDLE_AFTER_LOGIN : IDLE_BEFORE_LOGIN);
    this.waiting = true;
    try {
      const line = await this.reader.line(MAX_LINE);
      if (line === undefined) throw new Quit('the client closed');
      return line;
    } finally {
      this.waiting = false;
    }
  }

  private async run(line: string): Promise<void> {
    const space = line.indexOf(' ');
    const keyword = (space < 0 ? line : line.slice(0, space)).toUpperCase();
    const command = COMMANDS.get(keyword);
    if (command === undefined) throw new Bad('There is no such command');
    const { state } = this.session;
    if (!command.states.includes(state)) {
      throw new Bad(state === 'authorization' ? `${keyword} is allowed after login only` : `You are logged in already`);
    }
    const args = command.parse(space < 0 ? '' : line.slice(space + 1));
    await command.run(this.session, args);
  }

  private async refuse(error: unknown, last: boolean): Promise<void> {
    await this.wire.write(`-ERR ${this.text(error)}\r\n`);
    // RFC 1939 section 6: the session ends with QUIT, also when not all could be deleted.
    if (last) throw new Quit('quit');
    if (error instanceof LineTooLong && error.endless) throw new Quit('a line without end');
    if (this.session.failedLogins >= MAX_FAILED_LOGINS) throw new Quit('too many failed logins');
    if ((error instanceof Bad || error instanceof LineTooLong) && ++this.bads >= MAX_BAD) throw new Quit('no POP3');
  }

  /** Response codes: RFC 2449 section 8, RFC 3206. */
  private text(error: unknown): string {
    if (error instanceof Bad) return error.message;
    if (error instanceof LineTooLong) return `A command has at most ${MAX_LINE} octets`;
    if (error instanceof Refused) {
      if (error.temporary) return `[SYS/TEMP] ${error.message}`;
      if (error.code === 'authenticationfailed') return `[AUTH] ${error.message}`;
      return error.code === 'noperm' ? `[SYS/PERM] ${error.message}` : error.message;
    }
    if (isTransient(error)) return '[SYS/TEMP] The store does not answer at the moment. Try again later.';
    this.deps.log.error('pop3.command', { error: String(error), stack: (error as Error).stack });
    return '[SYS/TEMP] Internal error; it has been logged';
  }

  private leave(error: unknown): void {
    if (error instanceof Quit) {
      this.wire.end();
      return;
    }
    // RFC 1939 section 3: the autologout timer closes without a reply, and without deleting anything.
    const expected = error instanceof WireClosed || error instanceof WireTimeout;
    if (!expected) this.deps.log.error('pop3.connection', { error: String(error), stack: (error as Error).stack });
    this.wire.destroy();
  }
}

function endsConnection(error: unknown): boolean {
  return (
    error instanceof WireClosed || error instanceof WireTimeout || error instanceof Quit || error instanceof CutShort
  );
}
