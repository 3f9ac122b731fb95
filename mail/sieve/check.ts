import { EXTENSIONS, IMPLIED } from './extensions.ts';
import { parseScript } from './parse.ts';
import type { Program, Step, Value } from './program.ts';
import { type Argument, type Node, type Place, SieveError } from './script.ts';
import type { Signature, ValueType } from './signature.ts';
import { checkReferences, decodeCharacters, hasReferences } from './strings.ts';
import { COMMANDS, TESTS } from './tables.ts';
import { checkMeaning } from './values.ts';

/**
 * Reads a script and checks all that can be known without a message: grammar, commands, their arguments and the extensions that they
 * need. Throws `SieveError`.
 */
export function checkScript(bytes: Uint8Array): Program {
  const nodes = parseScript(bytes);
  const checker = new Checker();
  const steps = checker.commands(nodes, true);
  return { extensions: checker.extensions, steps };
}

class Checker {
  readonly extensions = new Set<string>();
  /** Whether a test of `ihave` came before: what is not known, or not required, is an error only where it is run (RFC 5463 section 4). */
  #isDeferred = false;
  /** What the step that is read needs besides what is required. */
  #missing = new Set<string>();

  commands(nodes: readonly Node[], isTop = false): readonly Step[] {
    const steps: Step[] = [];
    let isHead = isTop;
    let before = '';
    for (const node of nodes) {
      if (node.name === 'require') {
        // RFC 5228 section 3.2: before all else.
        if (!isHead) throw new SieveError(node.at, 'require stands before all other commands');
        this.#require(node);
        continue;
      }
      isHead = false;
      if ((node.name === 'elsif' || node.name === 'else') && before !== 'if' && before !== 'elsif') {
        throw new SieveError(node.at, `${node.name} stands behind if or elsif`);
      }
      before = node.name;
      steps.push(this.#step(node, COMMANDS, 'command'));
    }
    return steps;
  }

  #require(node: Node): void {
    const [list, ...more] = node.args;
    if (list?.kind !== 'strings' || more.length > 0 || node.tests.length > 0 || node.block !== undefined) {
      throw new SieveError(node.at, 'require takes a list of strings');
    }
    for (const name of list.values) {
      if (!EXTENSIONS.has(name)) throw new SieveError(list.at, `there is no extension ${JSON.stringify(name)}`);
      for (const one of [name, ...(IMPLIED.get(name) ?? [])]) this.extensions.add(one);
    }
  }

  #step(node: Node, table: ReadonlyMap<string, Signature>, what: 'command' | 'test'): Step {
    if (this.extensions.has('ihave') && asksForExtensions(node)) this.#isDeferred = true;
    try {
      return this.#checked(node, table, what);
    } catch (error) {
      if (!(error instanceof Unknown) || !this.#isDeferred) throw error;
      return { ...NOTHING, name: node.name, at: node.at, refused: error.message };
    }
  }

  #checked(node: Node, table: ReadonlyMap<string, Signature>, what: 'command' | 'test'): Step {
    const { name, at } = node;
    const signature = table.get(name);
    if (signature === undefined) throw new Unknown(at, `there is no ${what} ${name}`);
    const { needs } = signature;
    this.#missing = new Set();
    if (needs !== undefined) this.#need(needs, at, name);
    const { tags, values } = this.#arguments(node, signature);
    checkMeaning({ name, at, tags, values }, (extension) => this.#need(extension, at, name));
    const missing = this.#missing.size === 0 ? {} : { needs: [...this.#missing] };
    const tests = this.#tests(node, signature);
    const block = this.#block(node, signature);
    return { name, at, tags, values, tests, block, ...missing };
  }

  #need(extension: string, at: Place, what: string): void {
    if (this.extensions.has(extension)) return;
    if (!this.#isDeferred) throw new SieveError(at, `${what} needs require ${JSON.stringify(extension)}`);
    this.#missing.add(extension);
  }

  #arguments(node: Node, signature: Signature): Pick<Step, 'tags' | 'values'> {
    const { name } = node;
    const tags = new Map<string, Value>();
    const groups = new Map<string, string>();
    let next = 0;
    for (let arg = node.args[next]; arg?.kind === 'tag'; arg = node.args[next]) {
      const tag = Object.hasOwn(signature.tags ?? {}, arg.name) ? signature.tags![arg.name]! : undefined;
      if (tag === undefined) throw new Unknown(arg.at, `${name} has no argument :${arg.name}`);
      if (tag.needs !== undefined) this.#need(tag.needs, arg.at, `:${arg.name}`);
      if (tags.has(arg.name)) throw new SieveError(arg.at, `:${arg.name} is given twice`);
      const other = tag.group === undefined ? undefined : groups.get(tag.group);
      if (other !== undefined) throw new SieveError(arg.at, `:${arg.name} and :${other} exclude each other`);
      if (tag.group !== undefined) groups.set(tag.group, arg.name);
      next++;
      if (tag.value === undefined) tags.set(arg.name, true);
      else tags.set(arg.name, this.#value(node, node.args[next++], tag.value, `:${arg.name}`));
    }
    for (const [tag, { with: other }] of Object.entries(signature.tags ?? {})) {
      if (other !== undefined && tags.has(tag) && !tags.has(other)) {
        throw new SieveError(node.at, `:${tag} means nothing without :${other}`);
      }
    }
    if (signature.group !== undefined && !groups.has(signature.group)) {
      const all = Object.entries(signature.tags!).filter(([, { group }]) => group === signature.group);
      throw new SieveError(node.at, `${name} needs one of ${all.map(([tag]) => `:${tag}`).join(', ')}`);
    }
    return { tags, values: this.#values(node, signature, node.args.slice(next)) };
  }

  #values(
    node: Node,
    { values = [], optional }: Signature,
    given: readonly Argument[],
  ): readonly (Value | undefined)[] {
    const late = given.find(({ kind }) => kind === 'tag');
    if (late !== undefined) throw new SieveError(late.at, 'arguments with a colon stand before the others');
    const missing = values.length - given.length;
    if (missing < 0) throw new SieveError(given[values.length]!.at, `${node.name} takes no more arguments`);
    if (missing > (optional?.count ?? 0)) throw new SieveError(node.at, `${node.name} needs more arguments`);
    const needs = missing === 0 ? optional?.needs : undefined;
    if (needs !== undefined) this.#need(needs, given[0]!.at, 'a variable here');
    return values.map((type, i) =>
      i < missing ? undefined : this.#value(node, given[i - missing], type, `argument ${i - missing + 1}`),
    );
  }

  #value(node: Node, arg: Argument | undefined, type: ValueType, which: string): Value {
    const wanted = type === 'number' ? 'a number' : type === 'strings' || type === 'constants' ? 'strings' : 'a string';
    const wrong = () => new SieveError(arg?.at ?? node.at, `${node.name}: ${which} is ${wanted}`);
    if (arg === undefined) throw wrong();
    if (type === 'number') {
      if (arg.kind !== 'number') throw wrong();
      return arg.value;
    }
    if (arg.kind !== 'strings') throw wrong();
    const isConstant = type === 'constant' || type === 'constants';
    const texts = arg.values.map((text) => this.#text(text, arg, isConstant));
    if (type === 'strings' || type === 'constants') return texts;
    if (arg.isList) throw wrong();
    return texts[0]!;
  }

  #text(text: string, { at }: Argument, isConstant: boolean): string {
    const decoded = this.extensions.has('encoded-character') ? decodeCharacters(text, at) : text;
    if (!this.extensions.has('variables')) return decoded;
    if (isConstant && hasReferences(decoded))
      throw new SieveError(at, 'here a string is as it is: it has no variables');
    checkReferences(decoded, at);
    return decoded;
  }

  #tests(node: Node, { tests }: Signature): readonly Step[] {
    const { name, at } = node;
    if (tests === undefined && node.tests.length > 0) throw new SieveError(node.tests[0]!.at, `${name} takes no test`);
    if (tests === 'one' && (node.tests.length !== 1 || node.isTestList)) {
      throw new SieveError(at, `${name} takes one test, without parentheses`);
    }
    if (tests === 'list' && !node.isTestList) throw new SieveError(at, `${name} takes tests in parentheses`);
    return node.tests.map((test) => this.#step(test, TESTS, 'test'));
  }

  #block(node: Node, signature: Signature): readonly Step[] {
    const { name, at, block } = node;
    if (signature.block === undefined && block !== undefined) throw new SieveError(at, `${name} has no block`);
    if (signature.block === true && block === undefined) throw new SieveError(at, `${name} has a block`);
    return block === undefined ? [] : this.commands(block);
  }
}

const NOTHING = { tags: new Map<string, Value>(), values: [], tests: [], block: [] } as const;

/** A command, test or argument that there is not. */
class Unknown extends SieveError {}

function asksForExtensions({ name, tests }: Node): boolean {
  return name === 'ihave' || tests.some(asksForExtensions);
}
