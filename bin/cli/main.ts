import type { Readable } from 'node:stream';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { Client } from './client.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands/table.ts';
import { Failure, usage } from './failure.ts';

export interface Streams {
  readonly stdin: Readable;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** Runs one command line. Gives the exit code: 0 done, 1 refused, 2 usage. */
export async function main(argv: readonly string[], client: () => Client, streams: Streams): Promise<0 | 1 | 2> {
  try {
    if (argv.length === 0) throw usage(`Give a command.\n${overview()}`);
    if (['--help', '-h', 'help'].includes(argv[0]!)) {
      streams.stdout(`${overview()}\n`);
      return 0;
    }
    if (['--help', '-h'].includes(argv[1]!) && groupOf(argv[0]!).length > 0) {
      streams.stdout(`${groupUsage(argv[0]!)}\n`);
      return 0;
    }
    await run(argv, client, streams);
    return 0;
  } catch (error) {
    const failure = failureOf(error);
    streams.stderr(`postern: ${failure.message}\n`);
    return failure.exit;
  }
}

/** What the file system refuses is a refusal like any other; the rest is a bug and keeps its stack. */
function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { syscall, path, code } = error as NodeJS.ErrnoException;
  if (syscall !== undefined && path !== undefined)
    return new Failure(1, `${path} cannot be used (${syscall}: ${code}).`);
  throw error;
}

async function run(argv: readonly string[], client: () => Client, streams: Streams): Promise<void> {
  const command = find(argv);
  const rest = argv.slice(command.name.split(' ').length);
  const { values, positionals } = parse(command, rest);
  if (values.help === true) {
    streams.stdout(`${describe(command)}\n`);
    return;
  }
  if (positionals.length < command.min || positionals.length > (command.max ?? command.min)) {
    throw usage(`Usage: ${usageLine(command)}`);
  }
  const asJson = values.json === true;
  await command.run({
    client: client(),
    args: positionals,
    options: values,
    stdin: streams.stdin,
    print: (data, text) => streams.stdout(`${asJson ? JSON.stringify(data, undefined, 2) : text()}\n`),
    note: (line) => {
      if (!asJson) streams.stderr(`${line}\n`);
    },
  });
}

function find(argv: readonly string[]): Command {
  const found = COMMANDS.find(({ name }) => name === argv.slice(0, name.split(' ').length).join(' '));
  if (found !== undefined) return found;
  if (groupOf(argv[0]!).length === 0) throw usage(`There is no command "${argv[0]}". "postern --help" lists them.`);
  throw usage(groupUsage(argv[0]!));
}

/** The commands that begin with a word: `account add`, `account list` ... */
function groupOf(word: string): Command[] {
  return COMMANDS.filter(({ name }) => name.startsWith(`${word} `));
}

function groupUsage(word: string): string {
  return `Usage:\n${groupOf(word)
    .map((each) => `  ${usageLine(each)}`)
    .join('\n')}`;
}

function parse(command: Command, args: readonly string[]) {
  const options: ParseArgsOptionsConfig = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } };
  for (const [name, { type, multiple }] of Object.entries(command.options ?? {})) {
    options[name] = { type, ...(multiple === undefined ? {} : { multiple }) };
  }
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values: parsed.values as Record<string, string | boolean | string[]>, positionals: parsed.positionals };
  } catch (error) {
    throw usage(`${(error as Error).message.split('. ')[0]}. Usage: ${usageLine(command)}`);
  }
}

function usageLine(command: Command): string {
  const options = Object.entries(command.options ?? {}).map(([name, { type, value, multiple }]) => {
    return `[--${name}${type === 'string' ? ` ${value ?? 'VALUE'}` : ''}]${multiple === true ? '...' : ''}`;
  });
  return ['postern', command.name, command.operands, ...options].filter((word) => word !== '').join(' ');
}

function describe(command: Command): string {
  const options = Object.entries(command.options ?? {}).map(
    ([name, { value, help }]) => `  --${name}${value === undefined ? '' : ` ${value}`}\n      ${help}`,
  );
  return [usageLine(command), '', command.help, ...options, '  --json\n      Print data as JSON'].join('\n');
}

function overview(): string {
  const names = COMMANDS.map(({ name, operands }) => `${name} ${operands}`.trim());
  const width = Math.max(...names.map((name) => name.length));
  return [
    'Usage: postern COMMAND [--json] [--help]',
    '',
    ...COMMANDS.map(({ help }, i) => `  ${names[i]!.padEnd(width)}  ${help}`),
    '',
    'It talks to the admin API at POSTERN_URL with POSTERN_TOKEN; by default to the server of this machine,',
    'whose token is in POSTERN_HOME/admin-token (./.postern).',
  ].join('\n');
}
