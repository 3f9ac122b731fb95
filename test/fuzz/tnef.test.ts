import { expect, it } from 'vitest';
import { readTnef } from '../../frontend/src/data/tnef.ts';
import { tnef } from '../support/tnef.ts';
import { Dice } from './messages.ts';

const data = Buffer.from('Some bytes of a file.');
const inner = tnef([{ title: 'inner.txt', data }]);
const read = (bytes: Uint8Array) => {
  const { files, isBroken } = readTnef(new Uint8Array(bytes));
  return { isBroken, files: files.map((file) => [file.name, Buffer.from(file.bytes).toString()]) };
};

it('gives the files, under their long names, with those of messages within', () => {
  const bytes = tnef([
    { title: 'FIGURE~1.CSV', longName: 'Figures of the quarter – ü.csv', data },
    { title: 'caf\xe9.txt', data: Buffer.alloc(0) },
    { title: 'Message', message: inner },
    { title: 'no content' },
  ]);
  expect(read(bytes)).toEqual({
    isBroken: false,
    files: [
      ['Figures of the quarter – ü.csv', 'Some bytes of a file.'],
      ['café.txt', ''],
      ['inner.txt', 'Some bytes of a file.'],
    ],
  });
});

it('reads names in the code page that it names, and in the usual one where it is unknown', () => {
  expect(read(tnef([{ title: '\xd4\xe0\xe9\xeb', data }], 1251)).files[0]![0]).toBe('Файл');
  expect(read(tnef([{ title: 'caf\xe9', data }], 4711)).files[0]![0]).toBe('café');
});

it('gives what came of one that is cut, and says so', () => {
  const whole = tnef([
    { title: 'one', data },
    { title: 'two', data },
  ]);
  for (let length = 6; length < whole.length; length++) {
    const { files } = readTnef(new Uint8Array(whole.subarray(0, length)));
    expect(files.length).toBeLessThanOrEqual(2);
  }
  expect(read(whole.subarray(0, -60))).toEqual({ isBroken: true, files: expect.any(Array) });
});

it('is bounded: messages in messages, files without end', () => {
  let nested = inner;
  for (let n = 0; n < 20; n++) nested = tnef([{ message: nested }]);
  expect(read(nested)).toEqual({ isBroken: true, files: [] });
  const many = readTnef(new Uint8Array(tnef(Array.from({ length: 1_500 }, () => ({ data: Buffer.from('x') })))));
  expect([many.files.length, many.isBroken]).toEqual([1_000, true]);
});

it('says of anything else that it is none', () => {
  for (const bytes of [[], [0x78], [...Buffer.from('%PDF-1.7')]])
    expect(() => readTnef(new Uint8Array(bytes))).toThrow('This is no winmail.dat.');
});

it('ends, and throws nothing, whatever bytes are bent', () => {
  const whole = tnef([
    { title: 'one', longName: 'one.txt', data },
    { title: 'two', message: inner },
  ]);
  for (let seed = 1; seed <= 3_000; seed++) {
    const dice = new Dice(seed);
    const bent = new Uint8Array(whole);
    for (let n = dice.below(8); n >= 0; n--)
      bent[6 + dice.below(bent.length - 6)] = dice.pick([0, 1, 0x7f, 0xff, dice.below(256)]);
    const { files } = readTnef(bent.slice(0, 6 + dice.below(bent.length)));
    // No byte is given twice: the files are no more than what came.
    expect(files.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(bent.length);
  }
});
