import { expect, test } from 'vitest';
import { COMMANDS } from '../../mail/imap/commands/table.ts';
import { AnswerReader, Count } from './imap-answers.ts';
import { ARGUMENTS } from './imap-commands.ts';
import { fuzzWorld, STREAMS } from './streams.ts';

const WORLDS = 8;

test(`${WORLDS * STREAMS} streams of IMAP and POP3 commands, each answered in order and in form`, async () => {
  for (let seed = 1; seed <= WORLDS; seed++) await fuzzWorld(seed);
}, 120_000);

test('the grammar of the fuzzer has every command', () => {
  expect(Object.keys(ARGUMENTS).sort()).toEqual([...COMMANDS.keys()].sort());
});

test.each([
  ['* LIST (\\Noselect "/" ""', 'parentheses'],
  ['* LIST () "/" "a', 'quoted string'],
  ['* SEARCH  1', 'a space too many'],
  ['* 1 FETCH (UID NaN)', 'the inside'],
  ['a NO [SERVERBUG] Internal error', 'a bug'],
  ['* OK caf\xe9', 'may not stand'],
  ['nonsense', 'no answer'],
])('the reader of answers refuses %s', (line, why) => {
  expect(() => [...new AnswerReader().push(`${line}\r\n`)]).toThrow(why);
});

test('the reader of answers takes literals as they come, and misses what is left out', () => {
  const reader = new AnswerReader();
  expect([...reader.push('* 1 FETCH (BODY[] {4}\r\n)')]).toEqual([]);
  expect([...reader.push('\r\n( UID 1)\r\na OK done\r\n* 2')].map(({ kind }) => kind)).toEqual(['untagged', 'tagged']);
  expect(() => reader.end()).toThrow('not finished');
});

test('the count of messages notices what does not fit', () => {
  const count = new Count();
  count.hear('3 EXISTS', 'SELECT');
  count.hear('3 EXPUNGE', 'NOOP');
  expect(() => count.hear('3 FETCH (UID 1)', 'FETCH')).toThrow('there are 2');
  expect(() => count.hear('1 EXPUNGE', 'FETCH')).toThrow('EXPUNGE in the answer to FETCH');
  expect(() => count.hear('1 EXISTS', 'NOOP')).toThrow('EXISTS falls');
});
