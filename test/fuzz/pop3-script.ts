/** What fuzzed POP3 clients say, and what they have to hear: one reply for each command, in order, each in its form. */
import { COMMANDS } from '../../mail/pop3/commands/table.ts';
import type { Script } from './client.ts';
import { show } from './imap-answers.ts';
import { bend } from './imap-commands.ts';
import type { Dice } from './messages.ts';

const NUMBERS = ['1', '2', '3', '0', '9', '-1', '99999999999', '4294967296', '1 1', 'x'];
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  AUTH: [' PLAIN', ' PLAIN AGFsaWNlAHNlY3JldA==', ' PLAIN =', ' SCRAM-SHA-256 biws', ' X', ''],
  CAPA: [''],
  DELE: NUMBERS.map((number) => ` ${number}`),
  LANG: ['', ' en', ' *', ' de-AT', ' en-GB-x'],
  LIST: ['', ...NUMBERS.map((number) => ` ${number}`)],
  NOOP: [''],
  PASS: [' secret', ' wrong', ''],
  QUIT: [''],
  RETR: NUMBERS.map((number) => ` ${number}`),
  RSET: [''],
  STAT: [''],
  STLS: [''],
  TOP: NUMBERS.flatMap((number) => [` ${number} 0`, ` ${number} 1`, ` ${number} 99999999999`]),
  UIDL: ['', ...NUMBERS.map((number) => ` ${number}`)],
  USER: [' alice@example.test', ' bob@example.test', ' alice', ' gr\xc3\xbcn', ' \xff', ''],
  UTF8: [''],
};
const NAMES = [...COMMANDS.keys()];
const RARE = new Set(['QUIT', 'AUTH', 'STLS', 'PASS', 'USER']);

function someCommand(dice: Dice): string {
  let name = dice.pick(NAMES);
  if (RARE.has(name) && dice.chance(0.8)) name = dice.pick(NAMES);
  const behind = ARGUMENTS[name];
  if (behind === undefined) throw new Error(`the grammar of the fuzzer has no ${name}`);
  return (dice.chance(0.1) ? name.toLowerCase() : name) + dice.pick(behind);
}

export function pop3StreamOf(dice: Dice): string[] {
  const commands: string[] = [];
  if (dice.chance(0.1)) commands.push('UTF8');
  if (dice.chance(0.9)) commands.push(`USER ${dice.pick(['alice', 'alice', 'bob'])}@example.test`, 'PASS secret');
  const count = 5 + Math.floor(36 * dice.next() ** 4);
  while (commands.length < count) {
    let text = someCommand(dice);
    for (let n = dice.chance(0.3) ? 1 + dice.below(2) : 0; n > 0; n--) text = bend(text, dice);
    commands.push(text.replace(/[\r\n]+/g, ' '));
  }
  if (dice.chance(0.5)) commands.push('QUIT');
  return commands;
}

/** Pipelines, as PIPELINING allows. */
export class Pop3Script implements Script {
  readonly #dice: Dice;
  readonly #commands: string[];
  #rest = '';
  #due: string[] = ['the greeting'];
  #prompted = false;
  #quits = false;

  constructor(dice: Dice, commands: string[]) {
    this.#dice = dice;
    this.#commands = commands;
  }

  next(): string | undefined {
    const [first] = this.#due;
    if (first !== undefined) {
      if (!this.#prompted) throw new Error(`no reply to ${show(first)}, and nothing asked for`);
      this.#prompted = false;
      return this.#dice.chance(0.5) ? '*\r\n' : 'AAA=\r\n';
    }
    let text = '';
    const most = this.#dice.chance(0.5) ? 1 : 1 + this.#dice.below(6);
    for (let n = 0; n < most && this.#commands.length > 0; n++) {
      const command = this.#commands.shift()!;
      this.#due.push(command);
      text += `${command}\r\n`;
      if (/^(AUTH|STLS)/i.test(command)) break;
    }
    return text === '' ? undefined : text;
  }

  heard(text: string): void {
    this.#rest += text;
    while (this.#reply());
  }

  /** RFC 1939 section 3: a server may close after what is no POP3; what it has begun it ends. */
  end(): void {
    if (this.#rest !== '') throw new Error(`a reply is not finished: ${show(this.#rest)}`);
    const [first] = this.#due;
    if (first !== undefined && !this.#quits) throw new Error(`closed, and ${show(first)} has no reply`);
  }

  /** Takes one reply, where it is there whole. */
  #reply(): boolean {
    const end = this.#rest.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#rest.slice(0, end);
    const [command] = this.#due;
    if (command === undefined) throw new Error(`a reply to nothing: ${show(line)}`);
    if (/^\+ [A-Za-z0-9+/=]*$/.test(line)) {
      this.#rest = this.#rest.slice(end + 2);
      this.#prompted = true;
      return true;
    }
    if (!/^(?:\+OK|-ERR) [\x20-\x7e]+$/.test(line))
      throw new Error(`this is no reply to ${show(command)}: ${show(line)}`);
    if (line.includes('Internal error')) throw new Error(`a bug in ${show(command)}`);
    let length = end + 2;
    if (line.startsWith('+OK') && hasLines(command)) {
      const dot = this.#rest.indexOf('\r\n.\r\n', end);
      if (dot < 0) return false;
      length = dot + 5;
      if (/\r\n\.[^.\r]/.test(this.#rest.slice(end, dot))) throw new Error(`a dot is not stuffed: ${show(command)}`);
    }
    this.#rest = this.#rest.slice(length);
    this.#due.shift();
    this.#prompted = false;
    this.#quits ||= /^quit *$/i.test(command) || this.#isEnd(line);
    return true;
  }

  #bads = 0;
  #failed = 0;

  /** Whether the server has reason to close: too many commands that are none, too many wrong passwords. */
  #isEnd(line: string): boolean {
    this.#bads = line.startsWith('+OK') ? 0 : this.#bads + 1;
    if (/^-ERR \[AUTH\]/.test(line)) this.#failed++;
    return this.#bads >= 20 || this.#failed >= 5;
  }
}

/** RFC 1939 section 3: which replies have several lines. */
function hasLines(command: string): boolean {
  return /^(?:(?:LIST|UIDL|LANG|CAPA) ?|(?:RETR|TOP) .*)$/i.test(command);
}
