import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadCsv, csvLine, guard, readCsv, unguard } from '../../mail/admin/csv.ts';

async function read(...chunks: string[]) {
  const records = [];
  for await (const record of readCsv(chunks)) records.push(record);
  return records;
}

describe('CSV', () => {
  it.each<[string, readonly (readonly [number, ...string[]])[]]>([
    // RFC 4180 section 2, its examples one after the other.
    [
      'aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n',
      [
        [1, 'aaa', 'bbb', 'ccc'],
        [2, 'zzz', 'yyy', 'xxx'],
      ],
    ],
    [
      'aaa,bbb,ccc\r\nzzz,yyy,xxx',
      [
        [1, 'aaa', 'bbb', 'ccc'],
        [2, 'zzz', 'yyy', 'xxx'],
      ],
    ],
    [
      '"aaa","bbb","ccc"\r\nzzz,yyy,xxx',
      [
        [1, 'aaa', 'bbb', 'ccc'],
        [2, 'zzz', 'yyy', 'xxx'],
      ],
    ],
    [
      '"aaa","b\r\nbb","ccc"\r\nzzz,yyy,xxx',
      [
        [1, 'aaa', 'b\r\nbb', 'ccc'],
        [3, 'zzz', 'yyy', 'xxx'],
      ],
    ],
    ['"aaa","b""bb","ccc"', [[1, 'aaa', 'b"bb', 'ccc']]],
    [
      '\ufeffa,b\n\n\n,\n""\n" x "',
      [
        [1, 'a', 'b'],
        [4, '', ''],
        [5, ''],
        [6, ' x '],
      ],
    ],
    ['', []],
    ['a,', [[1, 'a', '']]],
  ])('reads %j', async (text, records) => {
    const wanted = records.map(([line, ...cells]) => ({ line, cells }));
    expect(await read(text)).toEqual(wanted);
    expect(await read(...text)).toEqual(wanted);
  });

  it.each([
    ['a\n"b', 'Line 2: a quote is opened and never closed.'],
    ['a\nb"c', 'Line 2: a quote within a cell that does not begin with one.'],
    ['"a"b', 'Line 1: behind a closing quote comes "b", not a comma.'],
    ['a\n"\n\n"x', 'Line 4: behind a closing quote comes "x", not a comma.'],
    ['x'.repeat(70_000), 'Line 1: a cell is longer than 65536 characters.'],
    [`a\n${','.repeat(100)}`, 'Line 2 has more than 100 cells.'],
  ])('says where %j is wrong', async (text, why) => {
    await expect(read(text)).rejects.toThrow(new BadCsv(why));
  });

  it('reads what it writes, in pieces of any length', async () => {
    const records = fc.array(
      fc.array(fc.string({ unit: fc.constantFrom('a', ',', '"', '\r', '\n', "'", '=', 'é') }), {
        minLength: 1,
        maxLength: 4,
      }),
    );
    await fc.assert(
      fc.asyncProperty(records, fc.nat({ max: 9 }), async (rows, size) => {
        // A record of one empty cell is an empty line.
        const some = rows.filter((cells) => cells.length > 1 || cells[0] !== '');
        const text = some.map(csvLine).join('');
        const pieces = text.match(new RegExp(`[^]{1,${size + 1}}`, 'g')) ?? [];
        expect((await read(...pieces)).map(({ cells }) => cells)).toEqual(some);
      }),
      { numRuns: 300 },
    );
  });

  it('makes formulas text, and takes that back', () => {
    for (const cell of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', "'=1", "''@x"]) {
      expect(guard(cell)).toBe(`'${cell}`);
      expect(unguard(guard(cell))).toBe(cell);
    }
    for (const cell of ['a=1', "'quoted'", '', "O'Neil"]) {
      expect(guard(cell)).toBe(cell);
      expect(unguard(cell)).toBe(cell);
    }
  });
});
