import { Bad } from '../errors.ts';

/** Beyond these a pattern is an attack: matching takes time in proportion to their product. */
const MAX_PATTERN = 1_000;
const MAX_WILDCARDS = 20;

/** A list pattern (RFC 3501 section 6.3.8): "*" stands for anything, "%" for anything within a level. */
export class MailboxPattern {
  /** Literal text and wildcards in turn. */
  readonly #tokens: readonly string[];

  constructor(pattern: string) {
    const tokens = pattern.match(/[*%]+|[^*%]+/g) ?? [];
    if (pattern.length > MAX_PATTERN || tokens.length > 2 * MAX_WILDCARDS) {
      throw new Bad(`A pattern has at most ${MAX_PATTERN} characters and ${MAX_WILDCARDS} wildcards`);
    }
    // Wildcards side by side match what the widest of them does, since % takes no part in what * has taken.
    this.#tokens = tokens.map((token) => (/^[*%]/.test(token) ? (token.includes('*') ? '*' : '%') : token));
    // INBOX is matched in any case, alone or as the first level.
    const first = this.#tokens[0] ?? '';
    if (/^inbox(?=\/|$)/i.test(first)) this.#tokens = [`INBOX${first.slice(5)}`, ...this.#tokens.slice(1)];
  }

  matches(name: string): boolean {
    // Where in the name the tokens so far can have ended.
    let ends = [0];
    for (const token of this.#tokens) {
      if (token === '*') ends = from(ends[0]!, name.length);
      else if (token === '%') ends = withinLevel(ends, name);
      else ends = ends.filter((at) => name.startsWith(token, at)).map((at) => at + token.length);
      if (ends.length === 0) return false;
    }
    return ends.at(-1) === name.length;
  }
}

function from(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Ascending, as `starts` is. */
function withinLevel(starts: readonly number[], name: string): number[] {
  const ends: number[] = [];
  for (const start of starts) {
    const slash = name.indexOf('/', start);
    const last = slash < 0 ? name.length : slash;
    for (let at = Math.max(start, (ends.at(-1) ?? -1) + 1); at <= last; at++) ends.push(at);
  }
  return ends;
}
