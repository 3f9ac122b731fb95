import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../mail/pop3/commands/table.ts';
import type { PipeClient } from '../../support/pipe.ts';
import { transcript } from '../../support/transcript.ts';
import { LOGIN, World } from './support.ts';

type State = 'before login' | 'after login';

interface Row {
  readonly states: readonly State[];
  /** Arguments that are answered with +OK. */
  readonly good: string;
  /** What is understood and refused, with what the answer says. Message 1 is marked for deletion. */
  readonly refused?: readonly (readonly [args: string, says: string])[];
  readonly malformed: readonly (readonly [args: string, says: string])[];
}

const BOTH: readonly State[] = ['before login', 'after login'];
const none = (states: readonly State[]): Row => ({
  states,
  good: '',
  malformed: [
    [' x', 'takes no arguments'],
    [' 1 2', 'takes no arguments'],
    [' "', 'takes no arguments'],
  ],
});
/** A command that takes the number of a message, and behind it `more`. */
const ofMessage = (optional: boolean, more = ''): Row => ({
  states: ['after login'],
  good: ` 2${more}`,
  refused: [
    [` 3${more}`, ''],
    [` 0${more}`, ''],
    [` 1${more}`, ''],
    [` 9999999999${more}`, ''],
  ],
  malformed: [
    ...(optional ? [] : ([['', 'Expected a message number']] as const)),
    [` x${more}`, 'Expected a message number'],
    [` -1${more}`, 'Expected a message number'],
    [` 99999999999${more}`, 'Expected a message number'],
    [` 2${more} 3`, 'Expected a message number'],
    [` "2"${more}`, 'Expected a message number'],
    [` 2\x00${more}`, 'Expected a message number'],
  ],
});

const ROWS: Readonly<Record<string, Row>> = {
  AUTH: {
    states: ['before login'],
    good: ` PLAIN ${Buffer.from('\0alice@example.test\0secret pass').toString('base64')}`,
    refused: [
      [' CRAM-MD5', 'The SASL mechanisms here are'],
      [` PLAIN ${Buffer.from('\0alice@example.test\0wrong').toString('base64')}`, '[AUTH] '],
    ],
    malformed: [
      ['', 'Expected a SASL mechanism'],
      [' "PLAIN"', 'Expected a SASL mechanism'],
      [' PLAIN = =', 'Expected a SASL mechanism'],
      [' PLAIN !', 'Expected base64'],
    ],
  },
  CAPA: none(BOTH),
  DELE: ofMessage(false),
  LANG: {
    states: BOTH,
    good: ' en',
    refused: [[' tlh', 'There is no language tlh here']],
    malformed: [
      [' "en"', 'Expected a language tag'],
      [' en de', 'Expected a language tag'],
      [' waytoolonge', 'Expected a language tag'],
    ],
  },
  LIST: ofMessage(true),
  NOOP: none(['after login']),
  PASS: {
    states: ['before login'],
    good: ' secret pass',
    refused: [
      [' wrong', '[AUTH] '],
      ['', '[AUTH] '],
    ],
    malformed: [],
  },
  QUIT: none(BOTH),
  RETR: ofMessage(false),
  RSET: none(['after login']),
  STAT: none(['after login']),
  STLS: none(['before login']),
  TOP: {
    ...ofMessage(false, ' 0'),
    malformed: [
      ['', 'Expected a message number'],
      [' 2', 'Expected a message number and a number of lines'],
      [' 2 x', 'Expected a message number and a number of lines'],
      [' 2 -1', 'Expected a message number and a number of lines'],
      [' 2 99999999999', 'Expected a message number and a number of lines'],
      [' 2 0 0', 'Expected a message number and a number of lines'],
      [' x 0', 'Expected a message number'],
      [' 99999999999 0', 'Expected a message number'],
    ],
  },
  UIDL: ofMessage(true),
  USER: { states: ['before login'], good: ' alice@example.test', malformed: [['', 'Expected a name']] },
  UTF8: none(['before login']),
};

async function clientIn(state: State): Promise<PipeClient> {
  const message = 'Subject: x\r\n\r\nHello\r\n';
  const client = new World([message, message]).connect();
  await transcript(client, state === 'before login' ? 'S~ ^\\+OK ' : `${LOGIN}\nC: DELE 1\nS~ ^\\+OK `);
  return client;
}

/** The first line of the reply. PASS is what it is only behind USER. */
async function play(client: PipeClient, name: string, args: string, user = true): Promise<string> {
  if (name === 'PASS' && user) await transcript(client, 'C: USER alice@example.test\nS~ ^\\+OK ');
  client.send(`${name}${args}\r\n`);
  return (await client.line())!;
}

/** Two commands that show that the connection is well and nothing of the last reply is left. */
async function goesOn(client: PipeClient, state: State): Promise<void> {
  client.send(state === 'before login' ? 'LANG *\r\n' : 'STAT\r\n');
  await client.expect(state === 'before login' ? '+OK en Replies are in English' : /^\+OK \d+ \d+$/);
}

test('there is a row for every command, and no other', () => {
  expect(Object.keys(ROWS).sort()).toEqual([...COMMANDS.keys()].sort());
});

describe.each(Object.entries(ROWS))('%s', (name, row: Row) => {
  test.each(row.states)('is done %s, whatever its case', async (state) => {
    expect(await play(await clientIn(state), name, row.good)).toMatch(/^\+OK/);
    expect(await play(await clientIn(state), name.toLowerCase(), row.good, name !== 'PASS')).toMatch(
      name === 'PASS' ? /^-ERR USER comes before PASS$/ : /^\+OK/,
    );
  });

  test('is refused, malformed, or too long, and the connection goes on', async () => {
    const [state] = row.states;
    const client = await clientIn(state!);
    for (const [args, says] of [...(row.refused ?? []), ...row.malformed]) {
      const reply = await play(client, name, args);
      expect(reply, args).toMatch(/^-ERR \S/);
      expect(reply, args).toContain(says);
      await goesOn(client, state!);
    }
    const long = await play(client, name, ` ${'x'.repeat(1_100)}`);
    expect(long).toMatch(/^-ERR A command has at most 1024 octets/);
    await goesOn(client, state!);
    client.destroy();
  });

  test('is an error in the other state, whatever its arguments', async () => {
    for (const state of BOTH.filter((one) => !row.states.includes(one))) {
      const client = await clientIn(state);
      const says = state === 'before login' ? `${name} is allowed after login only` : 'You are logged in already';
      expect(await play(client, name, row.good, false)).toBe(`-ERR ${says}`);
      expect(await play(client, name, ' "', false)).toBe(`-ERR ${says}`);
      await goesOn(client, state);
      client.destroy();
    }
  });
});
