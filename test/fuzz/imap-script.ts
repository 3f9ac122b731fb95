/** What fuzzed IMAP clients say: one that waits where it has to, and knows what must be answered, and one that minds nothing. */
import type { Script } from './client.ts';
import { type Answer, AnswerReader, Count, show } from './imap-answers.ts';
import { bend, commandOf, someCommand } from './imap-commands.ts';
import type { Dice } from './messages.ts';

/** Bytes of a literal that the client does not send whole: it goes away in the middle. */
const TOO_MUCH = 100_000;
const LITERAL = /\{(\d+)(\+?)\}$/;

interface Sent {
  readonly tag: string;
  /** In capitals, for what depends on it. */
  readonly name: string;
  /** Parts of it, each sent when the server asks for it. */
  readonly parts: string[];
  /** Whether the client goes away when its last part has been sent. */
  readonly cut: boolean;
}

const USERS = ['alice', 'alice', 'alice', 'bob', 'boss', 'carol'];

/** The beginning of a stream: most get to a mailbox, some do not even log in. */
function beginning(dice: Dice): string[] {
  const commands: string[] = [];
  if (dice.chance(0.9)) commands.push(`LOGIN ${dice.pick(USERS)}@example.test secret`);
  if (dice.chance(0.3)) commands.push(commandOf('ENABLE', dice));
  if (dice.chance(0.7)) commands.push(dice.chance(0.8) ? 'SELECT INBOX' : commandOf('SELECT', dice));
  if (dice.chance(0.1)) commands.push(commandOf('NOTIFY', dice));
  return commands;
}

/** The commands of a stream, without tags: 5 to 40, more often few, a third of them bent. */
export function streamOf(dice: Dice): string[] {
  const commands = beginning(dice);
  const count = 5 + Math.floor(36 * dice.next() ** 4);
  while (commands.length < count) {
    let text = someCommand(dice);
    for (let n = dice.chance(0.3) ? 1 + dice.below(2) : 0; n > 0; n--) text = bend(text, dice);
    commands.push(text);
  }
  return commands;
}

/** Waits for leave and for answers; several commands that need neither leave together. */
export class PoliteScript implements Script {
  readonly #dice: Dice;
  readonly #commands: string[];
  readonly #answers = new AnswerReader();
  readonly #count = new Count();
  #sent: Sent[] = [];
  #tags = 0;
  #prompted = false;
  #over = false;

  constructor(dice: Dice, commands: string[]) {
    this.#dice = dice;
    this.#commands = commands;
  }

  next(): string | undefined {
    if (this.#over) return undefined;
    const [first] = this.#sent;
    if (first === undefined) return this.#batch();
    if (!this.#prompted) throw new Error(`no answer to ${first.tag} ${first.name}, and nothing asked for`);
    this.#prompted = false;
    if (first.parts.length > 0) return this.#partOf(first);
    return first.name === 'IDLE'
      ? this.#dice.chance(0.9)
        ? 'done\r\n'
        : 'x\r\n'
      : this.#dice.chance(0.5)
        ? '*\r\n'
        : 'AAA=\r\n';
  }

  heard(text: string): void {
    for (const answer of this.#answers.push(text)) this.#hear(answer);
  }

  /** Throws where something is left without an answer. */
  end(): void {
    this.#answers.end();
    if (!this.#over && this.#sent.length > 0) throw new Error(`closed, and ${this.#sent[0]!.tag} has no answer`);
  }

  #hear({ kind, tag, text }: Answer): void {
    const [first] = this.#sent;
    if (kind === 'prompt') {
      if (first === undefined) throw new Error('asked for more of no command');
      this.#prompted = true;
    } else if (kind === 'untagged') {
      // LOGOUT's own is followed by its answer, any other by the end.
      if (text.startsWith('BYE ')) this.#over ||= text !== 'BYE Until next time';
      this.#count.hear(text, first?.name ?? '');
    } else {
      if (first?.tag !== tag) throw new Error(`${tag} is answered, and ${first?.tag ?? 'none'} is due`);
      this.#sent.shift();
      this.#prompted = false;
      this.#settle(first.name, text);
    }
  }

  #settle(name: string, text: string): void {
    if (/^(SELECT|EXAMINE|CLOSE|UNSELECT|UNAUTHENTICATE|DELETE|LOGIN)$/.test(name)) {
      if (!/^(SELECT|EXAMINE)$/.test(name) || !text.startsWith('OK ')) this.#count.forget();
    }
    if (/^(LOGOUT|COMPRESS)$/.test(name) && text.startsWith('OK ')) this.#over = true;
  }

  /** The next commands; the last of them may be one that has to wait. */
  #batch(): string | undefined {
    let text = '';
    const most = this.#dice.chance(0.5) ? 1 : 1 + this.#dice.below(6);
    for (let n = 0; n < most && this.#commands.length > 0; n++) {
      const sent = this.#take(this.#commands.shift()!);
      this.#sent.push(sent);
      if (this.#waits(sent)) return text + this.#partOf(sent);
      text += sent.parts.shift()!;
    }
    return text === '' ? undefined : text;
  }

  #waits({ name, parts, cut }: Sent): boolean {
    return parts.length > 1 || cut || /^(IDLE|AUTHENTICATE|STARTTLS|COMPRESS)$/.test(name);
  }

  #partOf({ parts, cut }: Sent): string {
    const part = parts.shift()!;
    if (cut && parts.length === 0) this.#over = true;
    return part;
  }

  /** Cuts a command where the server has to ask, and makes its literals as long as it says they are. */
  #take(command: string): Sent {
    const tag = `t${++this.#tags}`;
    const parts: string[] = [];
    let rest = `${tag} ${command}`;
    let part = '';
    for (;;) {
      const end = rest.indexOf('\r\n');
      const line = (end < 0 ? rest : rest.slice(0, end)).replaceAll('\n', ' ').replace(/\r+$/, '');
      part += `${line}\r\n`;
      const literal = LITERAL.exec(line);
      const name = /^\S+ ((?:UID )?[A-Z]+)?/i.exec(`${tag} ${command}`)![1]?.toUpperCase() ?? '';
      if (literal === null) return { tag, name, parts: [...parts, part], cut: false };
      const size = Number(literal[1]);
      rest = end < 0 ? '' : rest.slice(end + 2);
      if (literal[2] === '') {
        parts.push(part);
        part = '';
      }
      if (size > TOO_MUCH) return { tag, name, parts: [...parts, `${part}${rest}`], cut: true };
      part += rest.slice(0, size).padEnd(size, 'x');
      rest = rest.slice(size);
    }
  }
}

/** Sends everything at once, bent as bytes, whatever is answered. */
export class RudeScript implements Script {
  readonly #answers = new AnswerReader();
  #text: string | undefined;
  #compressed = false;

  constructor(dice: Dice, commands: readonly string[]) {
    let text = commands.map((command, n) => `t${n + 1} ${command}\r\n`).join('');
    for (let n = dice.below(4); n > 0; n--) text = bend(text, dice);
    this.#text = text;
  }

  next(): string | undefined {
    const text = this.#text;
    this.#text = undefined;
    return text;
  }

  heard(text: string): void {
    if (this.#compressed) return;
    for (const answer of this.#answers.push(text))
      if (answer.text.startsWith('OK DEFLATE active')) this.#compressed = true;
  }

  end(): void {
    if (!this.#compressed) this.#answers.end();
  }
}

export { show };
