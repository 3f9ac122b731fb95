import type { Readable } from 'node:stream';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { Client } from './client.ts';
import type { Command, Context } from './command.ts';
import { candidates } from './completion.ts';
import { Failure, usage } from './failure.ts';
import { describe, find, groupOf, groupUsage, optionsOf, overview, usageLine } from './help.ts';
import { createProgress, type Terminal } from './progress.ts';
import { render } from './text.ts';

export interface Streams {
  readonly stdin: Readable;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Width of stdout where it is a terminal. */
  readonly columns?: number | undefined;
  /** stderr where it is a terminal: progress is shown there. */
  readonly terminal?: Terminal | undefined;
  /** Asks whoever sits at the terminal. Absent: nobody does, and nothing is asked. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

/** What a shell calls for what may come next (completion.ts); no command that people type. */
const COMPLETE = '__complete';

/** Runs one command line. Gives the exit code: 0 done, 1 refused, 2 usage. */
export async function main(argv: readonly string[], client: () => Client, streams: Streams): Promise<0 | 1 | 2> {
  try {
    if (argv.length === 0) throw usage(`Give a command.\n${overview()}`);
    if (argv[0] === COMPLETE) {
      const found = await candidates(argv.slice(1), client);
      streams.stdout(found.map((each) => `${each}\n`).join(''));
      return 0;
    }
    if (['--help', '-h', 'help'].includes(argv[0]!)) {
      const word = argv[0] === 'help' ? argv.slice(1) : [];
      streams.stdout(`${word.length === 0 ? overview() : helpOn(word)}\n`);
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

function helpOn(words: readonly string[]): string {
  return words.length === 1 && groupOf(words[0]!).length > 0 ? groupUsage(words[0]!) : describe(find(words));
}

/** What the file system refuses is a refusal like any other; the rest is a bug, told in one line with where it is. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { syscall, path, code, stack } = error as NodeJS.ErrnoException;
  if (syscall !== undefined && path !== undefined)
    return new Failure(1, `${path} cannot be used (${syscall}: ${code}).`);
  const where = /\(?([^\s(]+:\d+):\d+\)?$/m.exec(stack ?? '')?.[1] ?? 'unknown';
  return new Failure(1, `This is a bug in postern: ${String(error).replace(/\s+/g, ' ')} (${where}).`);
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
  await confirm(command, positionals, values, streams);
  const asJson = values.json === true;
  const progress = createProgress(asJson ? undefined : streams.terminal, Date.now);
  let opened: Client | undefined;
  try {
    await command.run({
      // Opened when it is used first: some commands ask no server.
      get client() {
        return (opened ??= client());
      },
      args: positionals,
      options: values,
      stdin: streams.stdin,
      print: (data, text) => {
        progress.end();
        streams.stdout(`${asJson ? JSON.stringify(data, undefined, 2) : render(text(), streams.columns)}\n`);
      },
      write: streams.stdout,
      progress,
    });
  } finally {
    progress.end();
  }
}

async function confirm(
  command: Command,
  args: readonly string[],
  values: Context['options'],
  { ask }: Streams,
): Promise<void> {
  const question = command.confirm?.(args, values);
  if (question === undefined || question === '' || values.yes === true || ask === undefined) return;
  if (!/^y(es)?$/i.test((await ask(`${question} [y/N] `)).trim())) throw new Failure(1, 'Nothing was changed.');
}

function parse(command: Command, args: readonly string[]) {
  const options: ParseArgsOptionsConfig = {};
  for (const [name, { type, multiple, short }] of Object.entries(optionsOf(command))) {
    options[name] = {
      type,
      ...(multiple === undefined ? {} : { multiple }),
      ...(short === undefined ? {} : { short }),
    };
  }
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values: parsed.values as Record<string, string | boolean | string[]>, positionals: parsed.positionals };
  } catch (error) {
    throw usage(`${(error as Error).message.split('. ')[0]}. Usage: ${usageLine(command)}`);
  }
}
