/** Reads what an IMAP server says, and throws where it is malformed or contradicts itself. */

/** One response, its literals in place. */
export interface Answer {
  readonly kind: 'untagged' | 'prompt' | 'tagged';
  /** The tag of a tagged one, else ''. */
  readonly tag: string;
  /** What stands behind `* `, `+ ` or the tag. */
  readonly text: string;
}

const STATUS = /^(?:OK|NO|BAD|PREAUTH|BYE) (?:\[[^\r\n]+?\] ?)?[\x20-\x7e]*$/;
const TAGGED = /^([^\x00-\x20\x7f-\xff(){%*"\\+]+|\*) (?=(?:OK|NO|BAD) )/;

/** Cuts responses out of a stream of bytes. */
export class AnswerReader {
  #rest = '';
  /** Where the response at hand goes on behind its literals. */
  #at = 0;

  *push(text: string): Generator<Answer> {
    this.#rest += text;
    for (;;) {
      const end = this.#rest.indexOf('\r\n', this.#at);
      if (end < 0) return;
      const literal = /^\* (?!OK|NO|BAD|BYE)/.test(this.#rest)
        ? /\{(\d+)\}$/.exec(this.#rest.slice(this.#at, end))
        : null;
      if (literal !== null) {
        const next = end + 2 + Number(literal[1]);
        if (this.#rest.length < next) return;
        this.#at = next;
        continue;
      }
      const whole = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 2);
      this.#at = 0;
      yield answer(whole);
    }
  }

  /** Throws where a response was left unfinished. */
  end(): void {
    if (this.#rest !== '') throw new Error(`an answer is not finished: ${show(this.#rest)}`);
  }
}

function answer(whole: string): Answer {
  if (whole.startsWith('+ ')) return { kind: 'prompt', tag: '', text: whole.slice(2) };
  const tagged = TAGGED.exec(whole);
  const text = whole.slice(tagged?.[0].length ?? 2);
  if (tagged === null && !whole.startsWith('* ')) throw new Error(`this is no answer: ${show(whole)}`);
  if (/^(?:OK|NO|BAD|BYE) /.test(text)) {
    if (!STATUS.test(text)) throw new Error(`a status with what may not stand in it: ${show(whole)}`);
    if (text.includes('SERVERBUG') || text.includes('Internal error')) throw new Error(`a bug: ${show(whole)}`);
  } else checkData(text);
  // `* BAD` answers what has no tag.
  if (tagged !== null && tagged[1] !== '*') return { kind: 'tagged', tag: tagged[1]!, text };
  return { kind: 'untagged', tag: '', text };
}

/** Strings end, parentheses close, and nothing of the inside shows. */
function checkData(text: string): void {
  let plain = '';
  let at = 0;
  const next = /"(?:[^"\\\r\n\0]|\\["\\])*"|~?\{(\d+)\}\r\n|[^"{]|\{/y;
  while (at < text.length) {
    next.lastIndex = at;
    const match = next.exec(text);
    if (match === null) throw new Error(`a quoted string does not end: ${show(text)}`);
    at = next.lastIndex + Number(match[1] ?? 0);
    plain += match[0].length > 1 ? '"' : match[0];
  }
  if (!/^[\x20-\x7e]+$/.test(plain)) throw new Error(`a character that may not stand there: ${show(text)}`);
  if (/undefined|NaN|Infinity|\[object/.test(plain)) throw new Error(`a value of the inside: ${show(text)}`);
  if (/ {2}|\( | \)/.test(plain)) throw new Error(`a space too many: ${show(text)}`);
  let depth = 0;
  for (const char of plain) {
    if (char === '(') depth++;
    else if (char === ')' && --depth < 0) break;
  }
  if (depth !== 0) throw new Error(`parentheses do not match: ${show(text)}`);
}

/** What a client counts in the mailbox that it has selected. */
export class Count {
  #messages: number | undefined;

  forget(): void {
    this.#messages = undefined;
  }

  /** `command`: the name of the command that is being answered. */
  hear(text: string, command: string): void {
    const match = /^(\d+) (EXISTS|EXPUNGE|FETCH)\b/.exec(text);
    if (match !== null) this.#numbered(Number(match[1]), match[2]!, command);
    const vanished = /^VANISHED (?!\(EARLIER\))(\S+)/.exec(text);
    if (vanished !== null && this.#messages !== undefined) this.#messages -= sizeOf(vanished[1]!);
    if ((this.#messages ?? 0) < 0) throw new Error('more messages went than there were');
  }

  #numbered(number: number, what: string, command: string): void {
    const { selects, quiet } = manners(command);
    if (what === 'EXISTS') {
      if (!selects && number < (this.#messages ?? 0))
        throw new Error(`EXISTS falls from ${this.#messages} to ${number}`);
      this.#messages = number;
      return;
    }
    if (this.#messages !== undefined && (number < 1 || number > this.#messages)) {
      throw new Error(`${what} of message ${number}, and there are ${this.#messages}`);
    }
    if (what !== 'EXPUNGE') return;
    // RFC 3501 section 7.4.1.
    if (quiet) throw new Error(`EXPUNGE in the answer to ${command}`);
    if (this.#messages !== undefined) this.#messages--;
  }
}

function manners(command: string): { selects: boolean; quiet: boolean } {
  return { selects: /^(SELECT|EXAMINE)$/.test(command), quiet: /^(FETCH|STORE|SEARCH)$/.test(command) };
}

function sizeOf(set: string): number {
  return set.split(',').reduce((sum, range) => {
    const [first, last = first] = range.split(':').map(Number);
    return sum + last! - first! + 1;
  }, 0);
}

export function show(text: string): string {
  return JSON.stringify(text.length > 400 ? `${text.slice(0, 400)}...` : text);
}
