import { describe, expect, it } from 'vitest';
import { checkScript } from '../../mail/sieve/check.ts';
import { MAX_SCRIPT } from '../../mail/sieve/limits.ts';
import { parseScript } from '../../mail/sieve/parse.ts';
import { SieveError } from '../../mail/sieve/script.ts';
import { SCRIPTS } from '../support/sieve.ts';
import { Dice } from './messages.ts';

const WORDS = SCRIPTS.flatMap(({ script }) => script.match(/\w+|:\w+|"[^"]*"|[^\s\w]/g) ?? []);
const BYTES = [
  '\\',
  '"',
  '/*',
  '*/',
  '#',
  '\r',
  '\n',
  '.',
  ';',
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ',',
  '\0',
  'é',
  '${',
  ':',
];

/** A script of the RFCs, bent: words taken out, put in, doubled, swapped; bytes in between; cut. */
function bent(seed: number): Buffer {
  const dice = new Dice(seed);
  let script = dice.pick(SCRIPTS).script;
  for (let i = dice.below(6); i >= 0; i--) {
    const at = dice.below(script.length + 1);
    const end = Math.min(script.length, at + dice.below(12));
    const put = dice.pick([
      () => '',
      () => dice.pick(WORDS),
      () => dice.pick(BYTES),
      () => script.slice(at, end).repeat(3),
    ]);
    script = script.slice(0, at) + put() + script.slice(dice.chance(0.5) ? end : at);
  }
  const bytes = Buffer.from(dice.chance(0.1) ? script.slice(0, dice.below(script.length + 1)) : script);
  if (bytes.length > 0 && dice.chance(0.1)) bytes[dice.below(bytes.length)] = dice.below(256);
  return bytes;
}

describe('scripts under fuzz', () => {
  it('are taken, or refused at a place that they have, 20,000 of them', () => {
    let taken = 0;
    for (let seed = 1; seed <= 20_000; seed++) {
      const bytes = bent(seed);
      try {
        checkScript(bytes);
        taken++;
      } catch (error) {
        if (!(error instanceof SieveError)) throw new Error(`seed ${seed}: ${(error as Error).stack}`);
        const lines = bytes.toString().split('\n');
        const { line, column } = error.at;
        expect(line >= 1 && line <= lines.length, `seed ${seed}: line ${line}`).toBe(true);
        expect(column >= 1 && column <= lines[line - 1]!.length + 1, `seed ${seed}: column ${column}`).toBe(true);
      }
    }
    expect(taken).toBeGreaterThan(1_000);
    expect(taken).toBeLessThan(19_000);
  });

  it('take little time, however they are made', () => {
    const worst = [
      '"'.padEnd(MAX_SCRIPT, '\\a'),
      `keep ${'"\\"'.repeat(MAX_SCRIPT / 4)}`,
      '('.repeat(MAX_SCRIPT),
      'if '.repeat(MAX_SCRIPT / 3),
      'if not '.repeat(MAX_SCRIPT / 7),
      '{'.repeat(MAX_SCRIPT),
      '/*'.repeat(MAX_SCRIPT / 2),
      '\n'.repeat(MAX_SCRIPT),
      '9'.repeat(MAX_SCRIPT),
      `require "encoded-character"; redirect "${'${hex:'.repeat(MAX_SCRIPT / 8)}";`,
      `require "encoded-character"; redirect "${'${hex:4 '.repeat(MAX_SCRIPT / 10)}";`,
      `require "variables"; redirect "${'${a'.repeat(MAX_SCRIPT / 4)}";`,
      `text:${'\n..'.repeat(MAX_SCRIPT / 4)}`,
      `redirect text:${'\n..'.repeat(MAX_SCRIPT / 4)}\n.\n;`,
    ];
    for (const script of worst) {
      const start = performance.now();
      try {
        parseScript(Buffer.from(script.slice(0, MAX_SCRIPT)));
        checkScript(Buffer.from(script.slice(0, MAX_SCRIPT)));
      } catch (error) {
        expect(error, script.slice(0, 40)).toBeInstanceOf(SieveError);
      }
      expect(performance.now() - start, script.slice(0, 40)).toBeLessThan(500);
    }
  });
});
