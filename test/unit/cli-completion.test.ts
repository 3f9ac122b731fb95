import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Client } from '../../bin/cli/client.ts';
import { COMMANDS } from '../../bin/cli/commands/table.ts';
import { candidates } from '../../bin/cli/completion.ts';
import { FIRST_STEPS, optionsOf } from '../../bin/cli/help.ts';
import { SHELLS } from '../../bin/cli/shells.ts';

const LISTS: Readonly<Record<string, readonly object[]>> = {
  '/domains': [{ domain: 'example.com' }, { domain: 'example.org' }, { domain: 'other.test' }],
  '/accounts': [{ address: 'alice@example.com' }, { address: 'bob@example.com' }],
  '/aliases': [{ address: 'sales@example.com' }],
  '/settings': [{ key: 'accounts.pop3' }, { key: 'smtp.maxMessageSize' }],
};
const server = {
  call: async (_: string, path: string) => ({ items: LISTS[path] }),
  async *pages(path: string) {
    yield* LISTS[path] ?? [];
  },
} as unknown as Client;

/** What is offered behind `line`, whose last word is being typed. */
const offered = (line: string, client: () => Client = () => server) => candidates(line.split(' ').slice(1), client);

describe('completion', () => {
  it.each([
    ['postern ac', ['account']],
    ['postern account rem', ['remove']],
    ['postern domain show ex', ['example.com', 'example.org']],
    ['postern domain show example.com ', []],
    ['postern account show a', ['alice@example.com']],
    ['postern account show alice@ex', ['alice@example.com']],
    ['postern account list --domain o', ['other.test']],
    ['postern account list -d o', ['other.test']],
    ['postern account list --do', ['--domain']],
    ['postern account list --domain example.com --d', []],
    ['postern account set alice@example.com p', ['pop3=', 'public=']],
    ['postern alias remove s', ['sales@example.com']],
    ['postern alias add new@example.com b', ['bob@example.com']],
    ['postern settings set --account alice@example.com smtp', ['smtp.maxMessageSize']],
    ['postern send --to alice@example.com --to b', ['bob@example.com']],
    ['postern send --to alice@example.com --t', ['--to']],
    ['postern completion f', ['fish']],
    ['postern import alice@example.com ', []],
    ['postern nothing at all', []],
  ])('offers behind "%s" %j', async (line, found) => {
    expect(await offered(line)).toEqual(found);
  });

  it('offers what needs no server where none answers', async () => {
    const none = () => {
      throw new Error('no token');
    };
    expect(await offered('postern account show ', none)).toEqual([]);
    expect(await offered('postern queue cl', none)).toEqual(['clean']);
  });

  it('works in bash, which splits words at @', () => {
    const complete = (line: string, answers: string) =>
      execFileSync(
        'bash',
        [
          '-c',
          `postern() { printf '${answers}'; }; ${SHELLS.bash}\nCOMP_LINE='${line}' COMP_POINT=${line.length}; _postern; printf '%s|' "\${COMPREPLY[@]}"`,
        ],
        { encoding: 'utf8' },
      );
    expect(complete('postern account show al', 'alice@example.com\\n')).toBe('alice@example.com|');
    expect(complete('postern account show alice@ex', 'alice@example.com\\nalice@example.org\\n')).toBe(
      'example.com|example.org|',
    );
    expect(complete('postern domain ', 'add\\nlist\\n')).toBe('add|list|');
  });
});

describe('the help', () => {
  /** Words of a line as a shell has them, without what it does itself (pipes, redirections). */
  const words = (line: string) => {
    const command = /(?:^|[|(] ?)postern (.*?)\)?(?: [<>].*)?$/.exec(line)?.[1];
    return [...(command ?? '').matchAll(/'([^']*)'|((?:[^\s"]|"[^"]*")+)/g)].map(
      ([, quoted, plain]) => quoted ?? plain ?? '',
    );
  };

  it('has examples for every command that begin with it, and keep to its options and operands', () => {
    for (const command of COMMANDS) {
      expect({ name: command.name, examples: command.examples?.length ?? 0 }).not.toMatchObject({ examples: 0 });
      for (const example of command.examples!) {
        const typed = words(example);
        expect(typed.join(' '), example).toMatch(new RegExp(`^${command.name}( |$)`));
        let operands = 0;
        const rest = typed.slice(command.name.split(' ').length);
        for (let i = 0; i < rest.length; i++) {
          if (!rest[i]!.startsWith('-')) {
            operands++;
            continue;
          }
          const found = Object.entries(optionsOf(command)).find(
            ([name, { short }]) => rest[i] === `--${name}` || rest[i] === `-${short}`,
          );
          expect(found, `${example}: ${rest[i]}`).toBeDefined();
          if (found![1].type === 'string') i++;
        }
        expect(operands, example).toBeGreaterThanOrEqual(command.min);
        expect(operands, example).toBeLessThanOrEqual(command.max ?? command.min);
      }
    }
  });

  it('has no two options of a command with the same letter', () => {
    for (const command of COMMANDS) {
      const letters = Object.values(optionsOf(command)).flatMap(({ short }) => short ?? []);
      expect(letters, command.name).toHaveLength(new Set(letters).size);
    }
  });

  it('begins with steps that are commands', () => {
    for (const step of FIRST_STEPS) {
      const [group, name] = words(step);
      expect(
        COMMANDS.some((each) => each.name === group || each.name === `${group} ${name}`),
        step,
      ).toBe(true);
    }
  });
});
