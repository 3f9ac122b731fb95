import { MAX_DEPTH, MAX_LIST, MAX_NODES, MAX_SCRIPT } from './limits.ts';
import { type Argument, type Node, type Place, SieveError } from './script.ts';
import { type Token, Tokens } from './tokens.ts';

/** The grammar of RFC 5228 section 8.2, without any knowledge of commands. Throws `SieveError`. */
export function parseScript(bytes: Uint8Array): readonly Node[] {
  const start: Place = { line: 1, column: 1 };
  if (bytes.length > MAX_SCRIPT) throw new SieveError(start, `a script has at most ${MAX_SCRIPT} bytes`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SieveError(start, 'a script is UTF-8');
  }
  return new Parser(text).script();
}

class Parser {
  readonly #tokens: Tokens;
  #token: Token;
  #nodes = 0;

  constructor(text: string) {
    this.#tokens = new Tokens(text);
    this.#token = this.#tokens.next();
  }

  script(): readonly Node[] {
    const commands = this.#commands(0);
    if (this.#token.kind !== 'end') throw this.#unexpected('a command');
    return commands;
  }

  #commands(depth: number): readonly Node[] {
    const commands: Node[] = [];
    while (this.#token.kind === 'identifier') commands.push(this.#command(depth));
    return commands;
  }

  #command(depth: number): Node {
    const head = this.#head(depth);
    if (this.#take(';')) return { ...head, block: undefined };
    if (!this.#take('{')) throw this.#unexpected(`";" or a block behind ${head.name}`);
    const block = this.#commands(depth + 1);
    if (!this.#take('}')) throw this.#unexpected('a command or "}"');
    return { ...head, block };
  }

  /** An identifier, its arguments and its tests. */
  #head(depth: number): Node {
    const { at, name } = this.#name();
    if (depth > MAX_DEPTH) throw new SieveError(at, `at most ${MAX_DEPTH} levels of blocks and tests`);
    if (++this.#nodes > MAX_NODES) throw new SieveError(at, `at most ${MAX_NODES} commands and tests`);
    const args = this.#arguments();
    const isTestList = this.#take('(');
    const tests: Node[] = [];
    if (isTestList) {
      do tests.push(this.#head(depth + 1));
      while (this.#take(','));
      if (!this.#take(')')) throw this.#unexpected('"," or ")"');
    } else if (this.#token.kind === 'identifier') tests.push(this.#head(depth + 1));
    return { name, at, args, tests, isTestList, block: undefined };
  }

  #arguments(): readonly Argument[] {
    const args: Argument[] = [];
    for (;;) {
      const token = this.#token;
      const { at } = token;
      if (token.kind === 'number') args.push({ kind: 'number', at, value: token.value });
      else if (token.kind === 'tag') args.push({ kind: 'tag', at, name: token.text });
      else if (token.kind === 'string') args.push({ kind: 'strings', at, values: [token.text], isList: false });
      else if (token.kind === '[') {
        args.push({ kind: 'strings', at, values: this.#list(), isList: true });
        continue;
      } else return args;
      this.#advance();
    }
  }

  #list(): readonly string[] {
    const values: string[] = [];
    this.#advance();
    do {
      const token = this.#token;
      if (token.kind !== 'string') throw this.#unexpected('a string');
      if (values.length >= MAX_LIST) throw new SieveError(token.at, `a list has at most ${MAX_LIST} strings`);
      values.push(token.text);
      this.#advance();
    } while (this.#take(','));
    if (!this.#take(']')) throw this.#unexpected('"," or "]"');
    return values;
  }

  #name(): { readonly at: Place; readonly name: string } {
    const token = this.#token;
    if (token.kind !== 'identifier') throw this.#unexpected('a test');
    this.#advance();
    return { at: token.at, name: token.text };
  }

  #take(kind: Token['kind']): boolean {
    if (this.#token.kind !== kind) return false;
    this.#advance();
    return true;
  }

  #advance(): void {
    this.#token = this.#tokens.next();
  }

  #unexpected(expected: string): SieveError {
    const { kind, at } = this.#token;
    return new SieveError(
      at,
      `expected ${expected}, not ${kind === 'end' ? 'the end of the script' : shown(this.#token)}`,
    );
  }
}

function shown(token: Token): string {
  switch (token.kind) {
    case 'identifier':
      return token.text;
    case 'tag':
      return `:${token.text}`;
    case 'number':
    case 'string':
      return `a ${token.kind}`;
    default:
      return `"${token.kind}"`;
  }
}
