import type { Command, Option } from './command.ts';
import { COMMANDS } from './commands/table.ts';
import { usage } from './failure.ts';

const TITLES: Readonly<Record<string, string>> = {
  tenant: 'Tenants',
  domain: 'Domains',
  account: 'Accounts',
  alias: 'Aliases',
  group: 'Groups',
  users: 'Many at once',
  settings: 'Settings',
  queue: 'The outbound queue',
};
const REST = 'Messages and state';

/** What somebody new does first. The lines run as they stand, in this order. */
export const FIRST_STEPS: readonly string[] = [
  'postern domain add example.com',
  'postern account add alice@example.com',
  "printf 'Subject: Hello\\n\\nIt works.\\n' | postern send --from alice@example.com --to alice@example.com",
  'postern trace --to alice@example.com',
  'postern account show alice@example.com',
  'postern account remove alice@example.com --yes',
  'postern domain remove example.com --yes',
];

export const COMMON: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', short: 'j', help: 'Print data as JSON' },
  help: { type: 'boolean', short: 'h', help: 'Show this help' },
};
const YES: Option = { type: 'boolean', short: 'y', help: 'Do not ask' };

/** All options that a command takes. */
export function optionsOf(command: Command): Readonly<Record<string, Option>> {
  return { ...command.options, ...(command.confirm === undefined ? {} : { yes: YES }), ...COMMON };
}

export function find(argv: readonly string[]): Command {
  const found = COMMANDS.find(({ name }) => name === argv.slice(0, name.split(' ').length).join(' '));
  if (found !== undefined) return found;
  const word = argv[0]!;
  if (groupOf(word).length === 0) throw usage(`There is no command "${word}". "postern --help" lists them.`);
  throw usage(
    argv.length > 1
      ? `There is no command "${word} ${argv[1]}". "postern ${word} --help" lists them.`
      : groupUsage(word),
  );
}

/** The commands that begin with a word: `account add`, `account list` ... */
export function groupOf(word: string): Command[] {
  return COMMANDS.filter(({ name }) => name.startsWith(`${word} `));
}

export function usageLine(command: Command): string {
  const { json: _, help: __, ...options } = optionsOf(command);
  const words = Object.entries(options).map(([name, { type, value, multiple }]) => {
    return `[--${name}${type === 'string' ? ` ${value ?? 'VALUE'}` : ''}]${multiple === true ? '...' : ''}`;
  });
  return ['postern', command.name, command.operands, ...words].filter((word) => word !== '').join(' ');
}

/** Help of one command. */
export function describe(command: Command): string {
  const options = Object.entries(optionsOf(command)).map(([name, each]) => [written(name, each), each.help] as const);
  return [
    `Usage: ${usageLine(command)}`,
    `${command.help}.`,
    `Options:\n${columns(options)}`,
    ...(command.examples === undefined ? [] : [`Examples:\n${command.examples.map((line) => `  ${line}`).join('\n')}`]),
  ].join('\n\n');
}

/** Help of the commands that begin with a word. */
export function groupUsage(word: string): string {
  const commands = groupOf(word).map((each) => `  ${usageLine(each)}\n      ${each.help}`);
  return `Usage:\n${commands.join('\n')}\n\n"postern ${word} COMMAND --help" tells its options, with examples.`;
}

/** Help of all. */
export function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name, operands }) => `${name} ${operands}`.trim().length));
  return [
    'Usage: postern COMMAND [OPTIONS]',
    ...groups().map(([title, commands]) => {
      const rows = commands.map(({ name, operands, help }) => [`${name} ${operands}`.trim(), help] as const);
      return `${title}:\n${columns(rows, width)}`;
    }),
    `First steps:\n${FIRST_STEPS.map((line) => `  ${line}`).join('\n')}`,
    [
      '"postern COMMAND --help" (-h) tells a command\'s options, with examples. --json (-j) prints data as JSON.',
      'Exit code: 0 done, 1 refused (one line on stderr says why), 2 usage.',
      'It talks to the admin API at POSTERN_URL with POSTERN_TOKEN; by default to the server of this machine,',
      'whose token is in POSTERN_HOME/admin-token (./.postern).',
    ].join('\n'),
  ].join('\n\n');
}

/** All commands by what they are about, in the order of the table. */
export function groups(): [title: string, commands: Command[]][] {
  const found = new Map<string, Command[]>();
  for (const command of COMMANDS) {
    const title = TITLES[command.name.split(' ')[0]!] ?? REST;
    found.set(title, [...(found.get(title) ?? []), command]);
  }
  return [...found];
}

/** `-d, --domain D` */
export function written(name: string, { short, type, value }: Option): string {
  const long = `--${name}${type === 'string' ? ` ${value ?? 'VALUE'}` : ''}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

function columns(rows: readonly (readonly [string, string])[], width = 0): string {
  const first = Math.max(width, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(first)}  ${right}`).join('\n');
}
