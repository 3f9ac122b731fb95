import type { Client } from './client.ts';
import type { Command, Kind, Option } from './command.ts';
import { COMMANDS } from './commands/table.ts';
import { groupOf, optionsOf } from './help.ts';

/** A shell waits for the answer; later than this it is of no use. */
const PATIENCE_MS = 1_500;
/** Nobody reads a longer list. */
const AT_MOST = 1_000;

/** What may stand at the last of `words` (all behind `postern`; the last may be empty), each beginning with what is there. */
export async function candidates(words: readonly string[], client: () => Client): Promise<readonly string[]> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const found = await offers(before, typed, client);
  return [...new Set(found)].filter((each) => each.startsWith(typed));
}

async function offers(before: readonly string[], typed: string, client: () => Client): Promise<readonly string[]> {
  if (before.length === 0) return ['--help', ...COMMANDS.map(({ name }) => name.split(' ')[0]!)];
  const command = COMMANDS.find(({ name }) => name === before.slice(0, name.split(' ').length).join(' '));
  if (command === undefined) {
    return before.length === 1 ? ['--help', ...groupOf(before[0]!).map(({ name }) => name.split(' ')[1]!)] : [];
  }
  const rest = before.slice(command.name.split(' ').length);
  const { waiting, operands } = read(command, rest);
  if (waiting !== undefined) return ofKind(waiting.complete, typed, client);
  if (typed.startsWith('-')) {
    return Object.entries(optionsOf(command)).flatMap(([name, { multiple }]) =>
      rest.includes(`--${name}`) && multiple !== true ? [] : [`--${name}`],
    );
  }
  if (operands >= (command.max ?? command.min)) return [];
  return ofKind(command.complete?.[Math.min(operands, command.complete.length - 1)], typed, client);
}

/** How many operands there are already, and the option whose value comes next. */
function read(command: Command, words: readonly string[]): { operands: number; waiting: Option | undefined } {
  const options = optionsOf(command);
  let waiting: Option | undefined;
  let operands = 0;
  for (const word of words) {
    if (waiting !== undefined) waiting = undefined;
    else if (!word.startsWith('-') || word === '-') operands++;
    else {
      const option = Object.entries(options).find(([name, { short }]) => word === `--${name}` || word === `-${short}`);
      waiting = option?.[1].type === 'string' ? option[1] : undefined;
    }
  }
  return { operands, waiting };
}

async function ofKind(kind: Kind | undefined, typed: string, client: () => Client): Promise<readonly string[]> {
  if (kind === undefined || kind === 'file') return [];
  if (typeof kind === 'object') return kind.words;
  try {
    return await Promise.race([names(kind, typed, client()), patience()]);
  } catch {
    // A shell can show nothing better than nothing.
    return [];
  }
}

function patience(): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error('too late')), PATIENCE_MS).unref());
}

interface Named {
  readonly address?: string;
  readonly domain?: string;
  readonly id?: string;
  readonly key?: string;
}

async function names(kind: Exclude<Kind, object | 'file'>, typed: string, client: Client): Promise<readonly string[]> {
  const found: string[] = [];
  const [path, name] = LISTS[kind];
  const items =
    kind === 'setting'
      ? (await client.call<{ items: Named[] }>('GET', path)).items
      : client.pages<Named>(path, { limit: String(AT_MOST) });
  for await (const item of items) {
    const text = item[name];
    if (text?.startsWith(typed) === true) found.push(text);
    if (found.length === AT_MOST) break;
  }
  return found;
}

const LISTS: Readonly<Record<Exclude<Kind, object | 'file'>, readonly [path: string, name: keyof Named]>> = {
  domain: ['/domains', 'domain'],
  account: ['/accounts', 'address'],
  alias: ['/aliases', 'address'],
  group: ['/groups', 'address'],
  tenant: ['/tenants', 'id'],
  setting: ['/settings', 'key'],
  queue: ['/queue', 'id'],
};
