import { Readable } from 'node:stream';
import { COMMANDS } from '../../bin/cli/commands/table.ts';
import { main } from '../../bin/cli/main.ts';

const TITLES: Readonly<Record<string, string>> = {
  domain: 'Domains',
  account: 'Accounts',
  alias: 'Aliases',
  settings: 'Settings',
  queue: 'The outbound queue',
};
const REST = 'Messages and state';

/** docs/cli.md: what the CLI says of itself. */
export async function cliPage(): Promise<string> {
  const groups = new Map<string, string[]>();
  for (const { name } of COMMANDS) {
    const title = TITLES[name.split(' ')[0]!] ?? REST;
    groups.set(title, [...(groups.get(title) ?? []), await help([...name.split(' '), '--help'])]);
  }
  const overview = await help(['--help']);
  return [
    '# The command line',
    '',
    'Made from the help of `npx postern` itself by `test/unit/cli-page.test.ts`; `npx vitest run -u cli-page` writes it anew.',
    '',
    overview.slice(overview.lastIndexOf('\n\n') + 2).replace('\n', ' '),
    '`--json` prints data as JSON on every command. Exit code: 0 done, 1 refused (one line on stderr says why), 2 usage.',
    'Passwords are never taken from the environment.',
    ...[...groups].flatMap(([title, texts]) => ['', `## ${title}`, ...texts.flatMap((text) => ['', section(text)])]),
    '',
  ].join('\n');
}

function section(text: string): string {
  const [usage, , what, ...options] = text.split('\n');
  const lines: string[] = [];
  for (let i = 0; i < options.length; i += 2) {
    const name = options[i]!.trim();
    if (name !== '--json') lines.push(`- \`${name}\`: ${options[i + 1]!.trim()}`);
  }
  return ['```', usage, '```', `${what}.`, ...(lines.length > 0 ? ['', ...lines] : [])].join('\n');
}

async function help(argv: readonly string[]): Promise<string> {
  let text = '';
  const client = () => {
    throw new Error('help asks no server');
  };
  const exit = await main(argv, client, {
    stdin: Readable.from([]),
    stdout: (part) => {
      text += part;
    },
    stderr: (part) => {
      throw new Error(part);
    },
  });
  if (exit !== 0) throw new Error(`"postern ${argv.join(' ')}" exits with ${exit}`);
  return text.trimEnd();
}
