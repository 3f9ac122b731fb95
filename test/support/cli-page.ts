import type { Command } from '../../bin/cli/command.ts';
import { COMMANDS } from '../../bin/cli/commands/table.ts';
import { COMMON, FIRST_STEPS, groups, optionsOf, usageLine, written } from '../../bin/cli/help.ts';

/** docs/cli.md: what the CLI says of itself, from its table of commands. */
export function cliPage(): string {
  return [
    '# The command line',
    '',
    'Made from the table of commands by `test/unit/cli-page.test.ts`; `npx vitest run cli-page -u` writes it anew. The same is in',
    '`npx postern --help`, `postern COMMAND --help`.',
    '',
    'It talks to the admin API at POSTERN_URL with POSTERN_TOKEN; by default to the server of this machine, whose token is in',
    'POSTERN_HOME/admin-token (./.postern). Passwords are never taken from the environment.',
    '',
    'Every command takes `--json` (`-j`), which prints data as JSON, and `--help` (`-h`). Exit code: 0 done, 1 refused (one line on',
    'stderr says why), 2 usage. What destroys something asks first where a terminal is there to ask, unless `--yes` (`-y`) is given. Tables',
    'are made as narrow as the terminal; into a file or a pipe they go whole.',
    '',
    '## First steps',
    '',
    'An account is made, mailed, traced and removed:',
    '',
    ...block(FIRST_STEPS),
    '',
    '## All commands',
    '',
    '| | |',
    '|---|---|',
    ...COMMANDS.map(({ name, help }) => `| [\`${name}\`](#postern-${name.replaceAll(' ', '-')}) | ${help} |`),
    ...groups().flatMap(([title, commands]) => ['', `## ${title}`, ...commands.flatMap(section)]),
    '',
  ].join('\n');
}

function section(command: Command): string[] {
  const own = Object.entries(optionsOf(command)).filter(([name]) => !Object.hasOwn(COMMON, name));
  return [
    '',
    `### postern ${command.name}`,
    '',
    `${command.help}.`,
    '',
    ...block([usageLine(command)]),
    ...(own.length === 0
      ? []
      : ['', ...own.map(([name, each]) => `- \`${written(name, each).trim()}\`: ${each.help}`)]),
    ...(command.examples === undefined ? [] : ['', 'Examples:', '', ...block(command.examples)]),
  ];
}

function block(lines: readonly string[]): string[] {
  return ['```', ...lines, '```'];
}
