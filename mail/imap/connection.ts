import { type Wire, WireClosed, WireTimeout } from '../ports/index.ts';
import { CompressibleWire } from '../wire/compressible.ts';
import { LineReader, LineTooLong } from '../wire/reader.ts';
import { capabilities } from './capabilities.ts';
import { type Command, type Done, SELECTED, type Sync } from './command.ts';
import { COMMANDS } from './commands/table.ts';
import { Bad, Bye, failure, isConnectionEnd, No } from './errors.ts';
import { NeedLiteral, Parser } from './grammar/parser.ts';
import { Input } from './input.ts';
import { Output } from './output.ts';
import { watchProgress } from './progress.ts';
import type { Recents } from './recent.ts';
import { type ImapDeps, Session } from './session.ts';
import { refuseNumbers } from './uidonly.ts';

/** Bytes of a line, of a whole command with its literals, and of a literal that is read only to be thrown away. */
const LIMITS = {
  beforeLogin: { line: 8 * 1024, command: 16 * 1024, skipped: 256 * 1024 },
  afterLogin: { line: 64 * 1024, command: 256 * 1024, skipped: 64 * 1024 * 1024 },
};
/** Waiting for the client. RFC 3501 section 5.4: at least 30 minutes after login. */
const IDLE_BEFORE_LOGIN = 60_000;
const IDLE_AFTER_LOGIN = 30 * 60_000;
/** Whoever has not logged in by then, however busy, makes room. */
const LOGIN_DEADLINE = 3 * 60_000;
/** BADs in a row: this is not an IMAP client. */
const MAX_BAD = 20;

/** A literal announced at the end of a line (RFC 3501 section 4.3; "+": RFC 7888). */
interface Announced {
  readonly size: number;
  readonly synchronizing: boolean;
}

/** What is known of a command while it is read. */
interface Reading {
  /** `*` until the tag is known. */
  tag: string;
  /** The last line; '' when what it announced has been read. */
  line: string;
}

/** A command that is ready to be done. */
interface Work {
  readonly name: string;
  readonly command: Command;
  readonly run: () => Promise<Done | undefined> | Done | undefined;
}

/** One client, from greeting to goodbye. */
export class Connection {
  readonly #deps: ImapDeps;
  readonly #wire: Wire;
  readonly #input: Input;
  readonly #out: Output;
  readonly #session: Session;
  #bads = 0;

  constructor(deps: ImapDeps, wire: Wire, recents: Recents) {
    this.#deps = deps;
    const compressible = new CompressibleWire(wire);
    this.#wire = compressible;
    this.#out = new Output(compressible);
    this.#input = new Input(new LineReader(compressible, { bareLf: 'accept' }), this.#out, compressible);
    this.#session = new Session(deps, compressible, this.#input, this.#out, recents);
  }

  /** Resolves when the connection is over. Never rejects. */
  async serve(): Promise<void> {
    const stopDeadline = this.#deps.clock.after(LOGIN_DEADLINE, () => {
      if (this.#session.state === 'not authenticated') this.end('You have not logged in; make room for others');
    });
    try {
      this.#out.line(`* OK [${capabilities(this.#session)}] ${this.#deps.hostname} Postern ready`);
      while (!this.#session.loggedOut) {
        await this.#next();
        await this.#afterReply();
      }
      await this.#out.flush();
      this.#wire.end();
    } catch (error) {
      this.#leave(error);
    } finally {
      stopDeadline();
      this.#session.close();
    }
  }

  /** Ends it with BYE as soon as no command is at work. */
  end(why: string): void {
    this.#input.endSoon(why);
  }

  async #afterReply(): Promise<void> {
    const action = this.#session.afterReply;
    if (action === undefined) return;
    this.#session.afterReply = undefined;
    await this.#out.flush();
    await action();
  }

  #leave(error: unknown): void {
    if (error instanceof WireClosed) {
      this.#wire.destroy();
      return;
    }
    if (error instanceof Bye) {
      this.#deps.log.info('imap.ended', { address: this.#wire.peer.address, reason: error.message });
      this.#out.line(`* BYE ${error.message}`);
    } else if (error instanceof WireTimeout) this.#out.line('* BYE Nothing was heard of you for too long');
    else {
      this.#deps.log.error('imap.connection', { error: String(error), stack: (error as Error).stack });
      this.#out.line('* BYE Internal error; it has been logged');
    }
    this.#out.flush()?.catch(() => undefined);
    this.#wire.end();
  }

  get #limits() {
    return this.#session.state === 'not authenticated' ? LIMITS.beforeLogin : LIMITS.afterLogin;
  }

  /** Reads one command and answers it. */
  async #next(): Promise<void> {
    this.#wire.idleLimit(this.#limits === LIMITS.afterLogin ? IDLE_AFTER_LOGIN : IDLE_BEFORE_LOGIN);
    const reading: Reading = { tag: '*', line: '' };
    try {
      const work = await this.#read(reading);
      await this.#run(reading.tag, work);
    } catch (error) {
      if (isConnectionEnd(error)) throw error;
      await this.#skipRest(reading.line);
      this.#fail(reading.tag, error);
    }
  }

  /** Reads a command whole, with its literals, but for the one that the command takes as a stream. */
  async #read(reading: Reading): Promise<Work> {
    const { line: lineLimit, command: limit } = this.#limits;
    const first = () =>
      this.#line(lineLimit, (head) => {
        reading.tag = TAG.exec(head)?.[0] ?? '*';
      });
    // RFC 5465 section 3.1: between commands, who has asked for it is told what is new.
    reading.line = await (this.#session.notifier?.betweenCommands(first) ?? first());
    let text = reading.line;
    const head = new Parser(text, this.#session.utf8Names);
    reading.tag = commandTag(head);
    head.space();
    const { name, command } = commandNamed(head);
    checkState(this.#session, name, command);
    for (;;) {
      const parser = new Parser(text, this.#session.utf8Names);
      parser.isUtf8 = this.#session.enabled.has('UTF8=ACCEPT');
      parser.pos = head.pos;
      const literal = announced(reading.line);
      if (literal === undefined) return this.#work(name, command, parser);
      const streamed = this.#streamed(command, parser);
      if (streamed !== undefined) {
        reading.line = '';
        return { name, command, run: () => command.run(this.#session, streamed) };
      }
      if (literal.size > limit - text.length) {
        throw new No('LIMIT', `A command has at most ${limit} bytes, its literals included`);
      }
      reading.line = '';
      text += await this.#literal(literal);
      reading.line = await this.#line(lineLimit, () => undefined);
      text += reading.line;
    }
  }

  /** The whole command is parsed before any of it is done. */
  #work(name: string, command: Command, parser: Parser): Work {
    const args = command.parse(parser, this.#session);
    parser.end();
    return { name, command, run: () => command.run(this.#session, args) };
  }

  /** The next line. One that is too long is answered with its tag, and what it announced is skipped. */
  async #line(limit: number, tooLong: (head: string) => void): Promise<string> {
    try {
      return await this.#input.commandLine(limit);
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error;
      if (error.endless) throw new Bye('That line does not end');
      tooLong(error.head);
      await this.#skipRest(error.tail);
      throw new Bad(`A command line has at most ${limit} bytes`);
    }
  }

  /** A literal as it stands in the text of the command. */
  async #literal(literal: Announced): Promise<string> {
    if (literal.synchronizing) this.#out.line('+ Ready for the literal');
    return `\r\n${(await this.#input.exact(literal.size)).toString('latin1')}`;
  }

  /** The arguments so far, where the command takes the literal that was announced as a stream. */
  #streamed(command: Command, parser: Parser): unknown {
    if (command.streams === undefined) return undefined;
    try {
      return command.streams(parser, this.#session);
    } catch (error) {
      if (error instanceof NeedLiteral) return undefined;
      throw error;
    }
  }

  /**
   * Reads what a client sends of a failed command without waiting for leave: literals with "+", and the lines behind them.
   */
  async #skipRest(line: string): Promise<void> {
    let literal = announced(line);
    while (literal !== undefined && !literal.synchronizing) {
      await this.#input.skip(literal.size, this.#limits.skipped);
      literal = announced(await this.#line(this.#limits.line, () => undefined));
    }
  }

  async #run(tag: string, { name, command, run }: Work): Promise<void> {
    let done: Done;
    this.#session.tag = tag;
    const stopWatching = watchProgress(this.#deps.clock, this.#out, name, tag);
    try {
      await this.#checkReading(command);
      done = (await run()) ?? {};
    } catch (error) {
      if (isConnectionEnd(error)) throw error;
      await this.#sync(command);
      this.#fail(tag, error);
      return;
    } finally {
      stopWatching();
    }
    this.#bads = 0;
    await this.#sync(command, done.sync);
    const code = done.code === undefined ? '' : `[${done.code}] `;
    this.#out.line(`${tag} ${done.status ?? 'OK'} ${code}${done.text ?? `${name} completed`}`);
  }

  /**
   * Whoever has selected a mailbox of somebody else's may lose the right to read it at any time. So what works on it looks first; CLOSE and
   * UNSELECT, which tell nothing, do not; what still has a literal to read looks for itself.
   */
  async #checkReading({ states, sync, streams }: Command): Promise<void> {
    const view = this.#session.selected;
    if (view === undefined || view.place.isOwn || states !== SELECTED || sync === 'none') return;
    if (streams !== undefined) return;
    view.check(await view.place.account.refresh());
  }

  async #sync(command: Command, otherwise?: Sync): Promise<void> {
    const { uid = false, expunges = false } = command;
    const sync = otherwise ?? command.sync ?? 'all';
    if (sync !== 'none') await this.#session.news({ expunge: sync === 'all', uid, answers: expunges });
  }

  #fail(tag: string, error: unknown): void {
    const { text, bug } = failure(error);
    if (bug) this.#deps.log.error('imap.command', { error: String(error), stack: (error as Error).stack });
    this.#out.line(`${tag} ${text}`);
    if (error instanceof Bad && ++this.#bads >= MAX_BAD) throw new Bye('Too many commands that are none');
  }
}

/** RFC 3501 section 9: tag = 1*<any ASTRING-CHAR except "+">. */
const TAG = /^[^\x00-\x20\x7f-\xff(){%*"\\+]{1,200}(?= |$)/;

function commandTag(parser: Parser): string {
  const match = TAG.exec(parser.text);
  if (match === null) throw new Bad('Expected a tag, a space and a command');
  parser.pos = match[0].length;
  return match[0];
}

function commandNamed(parser: Parser): { name: string; command: Command } {
  let name = parser.keyword('a command');
  if (name === 'UID') {
    parser.space();
    name = `UID ${parser.keyword('a command behind UID')}`;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) throw new Bad(`There is no command ${name.slice(0, 40)}`);
  return { name, command };
}

function checkState(session: Session, name: string, command: Command): void {
  if (command.states.includes(session.state)) {
    // RFC 9586 section 3.2.
    if (command.numbers === true) refuseNumbers(session);
    return;
  }
  if (session.state === 'not authenticated') throw new Bad(`${name} is allowed after login only`);
  throw new Bad(
    command.states.includes('selected') ? `${name} needs a selected mailbox` : `${name} is not allowed after login`,
  );
}

function announced(line: string): Announced | undefined {
  const match = /\{(\d+)(\+?)\}$/.exec(line);
  return match === null ? undefined : { size: Number(match[1]), synchronizing: match[2] === '' };
}
