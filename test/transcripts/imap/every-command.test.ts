import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../mail/imap/commands/table.ts';
import { type ImapWorld, imapWorld, message } from '../../support/imap.ts';
import type { PipeClient } from '../../support/pipe.ts';
import { ROWS, type Row, type Where } from './every-command.ts';

/** A string in the arguments of a row: which forms it may have, and its text. */
const MARKED = /«(~?)('?)([^»]*)»/g;

async function newWorld(): Promise<ImapWorld> {
  const world = await imapWorld({ jmap: 'https://mail.example.test/.well-known/jmap', quota: 1_000_000 });
  await world.deliver('INBOX', message('m1'), message('m2'));
  return world;
}

type State = 'not authenticated' | 'authenticated' | 'selected';

const STATES: Readonly<Record<Where, readonly State[]>> = {
  anywhere: ['not authenticated', 'authenticated', 'selected'],
  'before login': ['not authenticated'],
  'after login': ['authenticated', 'selected'],
  selected: ['selected'],
};

async function clientIn(world: ImapWorld, state: State, user = 'alice'): Promise<PipeClient> {
  if (state !== 'not authenticated') return world.login(state === 'selected' ? 'INBOX' : undefined, user);
  const { client } = world.connect();
  await client.expect(/^\* OK /);
  return client;
}

/** Sends a command, its literals as they are announced; gives the tagged answer without its tag. */
async function play(client: PipeClient, name: string, args: string): Promise<string> {
  const parts = `t ${name}${args}\r\n`.split(/(?<=[^+]\}\r\n)/);
  client.send(parts.shift()!);
  for (;;) {
    const line = await client.line();
    if (line === undefined) throw new Error(`closed by ${name}${args}`);
    if (/^[t*] (?:OK|NO|BAD)/.test(line) && line.startsWith('t ')) return line.slice(2);
    if (line.startsWith('+ ')) client.send(parts.shift() ?? 'DONE\r\n');
  }
}

/** The arguments with every string in its plainest form. */
function plain(args: string): string {
  return args.replace(MARKED, (_, __, quoted: string, text: string) => (quoted === '' ? text : `"${text}"`));
}

/** The arguments with the string at `index` written by `form`, the others plain; what follows it is left out where `cut`. */
function withForm(args: string, index: number, form: (text: string) => string, cut = false): string {
  const marks = [...args.matchAll(MARKED)];
  const mark = marks[index]!;
  const behind = cut ? '' : plain(args.slice(mark.index + mark[0].length));
  return plain(args.slice(0, mark.index)) + form(mark[3]!) + behind;
}

const quoted = (text: string): string => `"${text}"`;
const synchronizing = (text: string): string => `{${text.length}}\r\n${text}`;
const nonSynchronizing = (text: string): string => `{${text.length}+}\r\n${text}`;
const literal8 = (text: string): string => `~{${text.length}+}\r\n${text}`;

/** Without what differs from one world to the other. */
const comparable = (answer: string): string => answer.replace(/\d+|MAILBOXID \(\S+\)/g, 'N');

test('there is a row for every command, and no other', () => {
  expect(Object.keys(ROWS).sort()).toEqual([...COMMANDS.keys()].sort());
});

describe.each(Object.entries(ROWS))('%s', (name, row: Row) => {
  let world: ImapWorld;
  beforeAll(async () => {
    world = await newWorld();
  });
  afterAll(() => expect(world.errors).toEqual([]));

  test.each(STATES[row.where])('is done: %s', async (state) => {
    const own = await newWorld();
    expect(await play(await clientIn(own, state, row.user), name, plain(row.good))).toMatch(/^OK /);
    expect(own.errors).toEqual([]);
  });

  test('is refused, and the connection goes on', async () => {
    for (const [args, answer, how] of row.refused ?? []) {
      const client = await clientIn(world, STATES[row.where].at(-1)!, row.user);
      if (how !== undefined) await play(client, how, ' INBOX');
      expect(await play(client, name, args), args).toContain(answer);
      expect(await play(client, 'NOOP', '')).toMatch(/^OK /);
      client.destroy();
    }
  });

  test('is bad in every other state, whatever its arguments', async () => {
    const states = (['not authenticated', 'authenticated', 'selected'] as const).filter(
      (state) => !STATES[row.where].includes(state),
    );
    for (const state of states) {
      const client = await clientIn(world, state, row.user);
      const says =
        state === 'not authenticated'
          ? 'after login only'
          : row.where === 'selected'
            ? 'selected mailbox'
            : 'after login';
      expect(await play(client, name, plain(row.good)), state).toMatch(new RegExp(`^BAD ${name} .*${says}`));
      expect(await play(client, name, ' "'), state).toMatch(new RegExp(`^BAD ${name} .*${says}`));
      expect(await play(client, 'NOOP', '')).toMatch(/^OK /);
      client.destroy();
    }
  });

  test('is bad when malformed: told what was expected, and the connection goes on', async () => {
    const marks = [...row.good.matchAll(MARKED)].map((_, index) => index);
    const cases: (readonly [string, string])[] = [
      [`${plain(row.good)} )`, 'Expected '],
      [`${plain(row.good)} "`, 'Expected '],
      [' ', 'Expected '],
      ...(row.good === '' ? [] : [['', 'Expected '] as const]),
      ...marks.map((index) => [withForm(row.good, index, () => '"open', true), 'ends on its line'] as const),
      ...marks.map((index) => [withForm(row.good, index, () => '('), ''] as const),
      ...marks.map((index) => [withForm(row.good, index, () => '', true), 'Expected '] as const),
      ...(row.malformed ?? []),
    ];
    const client = await clientIn(world, STATES[row.where].at(-1)!, row.user);
    for (const [args, says] of cases) {
      const answer = await play(client, name, args);
      expect(answer, args).toMatch(/^BAD \S/);
      expect(answer, args).toContain(says);
      expect(await play(client, 'NOOP', ''), args).toMatch(/^OK /);
    }
    client.destroy();
  });

  const marks = [...row.good.matchAll(MARKED)].map(([, binary, , text], index) => ({ binary, text, index }));
  test.each(marks)('takes «$text» in every form', async ({ binary, index }) => {
    const answers = new Set<string>();
    for (const form of [quoted, synchronizing, nonSynchronizing, ...(binary === '' ? [] : [literal8])]) {
      const own = await newWorld();
      const client = await clientIn(own, STATES[row.where].at(-1)!, row.user);
      answers.add(comparable(await play(client, name, withForm(row.good, index, form))));
      expect(own.errors).toEqual([]);
      client.destroy();
    }
    const own = await newWorld();
    const client = await clientIn(own, STATES[row.where].at(-1)!, row.user);
    if (binary === '') expect(await play(client, name, withForm(row.good, index, literal8))).toMatch(/^BAD /);
    answers.add(comparable(await play(client, name, plain(row.good))));
    expect([...answers]).toEqual([expect.stringMatching(/^OK /)]);
    client.destroy();
  });
});
