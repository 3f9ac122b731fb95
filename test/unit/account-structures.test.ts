/** Tables, UID sets, flag tables, known ids and parts against plain models of them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FlagTable } from '../../mail/account/flags.ts';
import { DELIVERY_MEMORY_MS, Known, threadKey } from '../../mail/account/known.ts';
import { Part, partOf } from '../../mail/account/parts.ts';
import { CHUNK_ROWS, decodeChunk, Edit, encodeChunk, Table } from '../../mail/account/table.ts';
import { type StoredEmail, SYSTEM_FLAGS } from '../../mail/account/types.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import { DAY, summary } from '../support/accounts.ts';

const TYPES = ['u32', 'f64', 'u32'] as const;
type Row = [number, number, number];

function rowsOf(table: Table): Row[] {
  return Array.from({ length: table.length }, (_, row) => [0, 1, 2].map((column) => table.get(row, column)) as Row);
}

/** A change of a table: rows are given as fractions, so that they fit whatever length it has. */
const change = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      count: fc.constantFrom(1, 3, 17, 4100),
      gap: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      at: fc.double({ min: 0, max: 0.999, noNaN: true }),
      count: fc.constantFrom(1, 20, 3000),
      column: fc.constantFrom(1, 2),
      value: fc.integer({ min: 0, max: 0xffffffff }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('remove' as const),
      at: fc.double({ min: 0, max: 0.999, noNaN: true }),
      count: fc.constantFrom(1, 2, 50, 4000),
      step: fc.constantFrom(1, 2, 7),
    }),
  },
);

function applyTo(table: Table, model: Row[], edit: { kind: string } & Record<string, unknown>, value: number): Row[] {
  const one = edit as unknown as {
    kind: 'append' | 'set' | 'remove';
    count: number;
    gap: number;
    at: number;
    column: 1 | 2;
    value: number;
    step: number;
  };
  const rows = [...model];
  if (one.kind === 'append') {
    let key = rows.at(-1)?.[0] ?? 0;
    for (let n = 0; n < one.count; n++) {
      key += one.gap;
      const row: Row = [key, (value + n) * 1.5, (value * 31 + n) >>> 0];
      table.append(row);
      rows.push(row);
    }
    return rows;
  }
  const first = Math.floor(one.at * rows.length);
  const touched: number[] = [];
  for (let row = first; row < rows.length && touched.length < one.count; row += one.step ?? 1) touched.push(row);
  if (one.kind === 'set') {
    for (const row of touched) {
      table.set(row, one.column, one.value);
      rows[row] = rows[row]!.map((old, column) => (column === one.column ? one.value : old)) as Row;
    }
    return rows;
  }
  table.remove(touched);
  const gone = new Set(touched);
  return rows.filter((_, row) => !gone.has(row));
}

test('a table does what an array of rows does, and a version never changes once a newer one is begun', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(change, { minLength: 1, maxLength: 4 }), fc.boolean()), { maxLength: 8 }),
      (edits) => {
        let table = Table.empty(TYPES);
        let model: Row[] = [];
        const versions: { table: Table; model: Row[] }[] = [{ table, model }];
        edits.forEach(([changes, kept], n) => {
          const next = table.edit(new Edit());
          let rows = model;
          for (const one of changes) rows = applyTo(next, rows, one, n);
          // A version that is thrown away must leave no trace in the others.
          if (!kept) return;
          table = next;
          model = rows;
          versions.push({ table, model });
        });
        for (const version of versions) {
          expect(version.table.length).toBe(version.model.length);
          expect(rowsOf(version.table)).toEqual(version.model);
        }
        const last = model.at(-1)?.[0] ?? 0;
        for (const key of [
          0,
          1,
          2,
          Math.floor(last / 2),
          last - 1,
          last,
          last + 1,
          ...model.slice(0, 5).map(([k]) => k),
        ]) {
          const lower = model.findIndex((row) => row[0] >= key);
          expect(table.lowerBound(key)).toBe(lower < 0 ? model.length : lower);
          expect(table.find(key)).toBe(model.findIndex((row) => row[0] === key));
        }
        for (const chunk of table.chunks) {
          expect(chunk.rows).toBeGreaterThan(0);
          expect(chunk.rows).toBeLessThanOrEqual(CHUNK_ROWS);
          const stored = { blob: 'b', offset: 0, length: 0 };
          const decoded = decodeChunk(TYPES, encodeChunk(TYPES, chunk), chunk.rows, stored);
          expect(decoded.columns.map((column) => [...column])).toEqual(
            chunk.columns.map((column) => [...column.subarray(0, chunk.rows)]),
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a chunk that is not changed is shared, and stays as stored; one that is changed is not', () => {
  const first = Table.empty(TYPES).edit(new Edit());
  for (let n = 1; n <= 3 * CHUNK_ROWS; n++) first.append([n, n, n]);
  for (const chunk of first.chunks) chunk.stored = { blob: 'b', offset: 0, length: 1 };
  const second = first.edit(new Edit());
  second.set(CHUNK_ROWS + 5, 2, 0);
  expect(second.chunks.map((chunk, i) => chunk === first.chunks[i])).toEqual([true, false, true]);
  expect(second.chunks.map(({ stored }) => stored !== undefined)).toEqual([true, false, true]);
  // Only the changed column was copied.
  expect(second.chunks[1]!.columns.map((column, i) => column === first.chunks[1]!.columns[i])).toEqual([
    true,
    true,
    false,
  ]);
  expect(() => Table.of(TYPES, first.chunks).set(0, 1, 1)).toThrow();
  expect(() => first.get(first.length, 0)).toThrow(RangeError);
});

const uid = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0xffffffff - 5, max: 0xffffffff }));

test('a UID set is the set of its UIDs, in the shortest form', () => {
  fc.assert(
    fc.property(fc.array(uid), fc.array(uid), (some, others) => {
      const sorted = (list: readonly number[]) => [...new Set(list)].sort((a, b) => a - b);
      const [a, b] = [UidSet.from(some), UidSet.from(others)];
      expect([...a]).toEqual(sorted(some));
      expect(a.size).toBe(new Set(some).size);
      expect([...UidSet.parse(a.toString())]).toEqual(sorted(some));
      expect(UidSet.fromAscending(sorted(some)).toString()).toBe(a.toString());
      expect([...a.union(b)]).toEqual(sorted([...some, ...others]));
      expect([...a.without(b)]).toEqual(sorted(some).filter((one) => !others.includes(one)));
      for (const one of others) expect(a.has(one)).toBe(some.includes(one));
      for (let i = 2; i < a.runs.length; i += 2) expect(a.runs[i]!).toBeGreaterThan(a.runs[i - 1]! + 1);
    }),
  );
  expect(
    UidSet.fromRuns([
      [9, 7],
      [1, 2],
      [3, 3],
      [8, 12],
    ]).toString(),
  ).toBe('1:3,7:12');
  expect(() => UidSet.parse('1,x')).toThrow();
});

const keyword = fc.constantFrom('red', 'Red', 'RED', '$Label', '$label', 'x');
const flagList = fc.array(fc.oneof(fc.constantFrom<string>(...SYSTEM_FLAGS, '\\SEEN', '\\Recent'), keyword), {
  maxLength: 6,
});

test('a flag table finds each combination in any order and spelling, and keeps its numbers', () => {
  fc.assert(
    fc.property(
      fc.array(flagList, { maxLength: 10 }),
      fc.constantFrom('set', 'add', 'remove' as const),
      flagList,
      (lists, mode, more) => {
        let table = FlagTable.EMPTY;
        const numbers: number[] = [];
        for (const list of lists) {
          table = table.including(list);
          numbers.push(table.find(list)!);
        }
        const plain = (list: readonly string[]) =>
          [...new Set(list.map((flag) => flag.toLowerCase()))].filter((flag) => flag !== '\\recent').sort();
        const stored = new FlagTable(JSON.parse(JSON.stringify(table)));
        lists.forEach((list, i) => {
          for (const one of [table, stored]) {
            expect(one.find([...list].reverse())).toBe(numbers[i]);
            expect(plain(one.get(numbers[i]!).list)).toEqual(plain(list));
          }
          const after = plain(table.changed(numbers[i]!, mode as 'set', more));
          const [had, change] = [plain(list), plain(more)];
          const wanted =
            mode === 'set'
              ? change
              : mode === 'add'
                ? plain([...had, ...change])
                : had.filter((f) => !change.includes(f));
          expect(after).toEqual(wanted);
        });
        // One spelling of a keyword in the whole table.
        const spelled = new Set(numbers.flatMap((number) => [...table.get(number).keywords]));
        expect(new Set([...spelled].map((word) => word.toLowerCase())).size).toBe(spelled.size);
      },
    ),
  );
});

test("known ids and threads survive encoding; additions are nobody else's before they are committed", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ maxLength: 8 }), fc.boolean()), { maxLength: 30 }), (steps) => {
      const now = 1_800_000_000_000;
      let known = Known.from();
      const deliveries = new Set<string>();
      const threads = new Map<string, number>();
      for (const [name, kept] of steps) {
        const fork = known.fork();
        fork.addDelivery(name, now);
        fork.addThreads([threadKey(name)], deliveries.size + 1, now);
        expect(fork.delivered(name)).toBe(true);
        expect(known.delivered(name)).toBe(deliveries.has(name));
        if (!kept) continue;
        if (!threads.has(name)) threads.set(name, deliveries.size + 1);
        deliveries.add(name);
        fork.commit();
        known = fork;
      }
      const decoded = Known.from(known.encode(now));
      for (const one of [known, decoded]) {
        for (const [name] of steps) {
          expect(one.delivered(name)).toBe(deliveries.has(name));
          expect(one.thread(threadKey(name))).toBe(threads.get(name));
        }
      }
      // What is added to one that was read goes together with what it held.
      decoded.addDelivery('later', now);
      decoded.commit();
      const again = Known.from(decoded.encode(now + DELIVERY_MEMORY_MS));
      for (const name of [...deliveries, 'later']) expect(again.delivered(name)).toBe(true);
      const old = Known.from(decoded.encode(now + DELIVERY_MEMORY_MS + 4 * DAY));
      for (const name of [...deliveries, 'later']) expect(old.delivered(name)).toBe(false);
    }),
  );
});

function stored(email: number): StoredEmail {
  return { email, blob: `raw/${email}`, size: email, thread: 't1', summary: summary({ subject: `№ ${email} – ünï` }) };
}

test('a part gives back every email, and finds each by its number', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 45 }), { maxLength: 40 }), (numbers) => {
      numbers.sort((a, b) => a - b);
      const part = Part.decode(Part.of(numbers.map(stored)).encode());
      expect(part.numbers).toEqual(numbers);
      expect(part.all()).toEqual(numbers.map(stored));
      for (const number of numbers) {
        expect(part.get(number)).toEqual(stored(number));
        if (!numbers.includes(number + 1)) expect(part.get(number + 1)).toBeUndefined();
      }
    }),
  );
});

test('partOf finds the part whose range holds a number', () => {
  const at = { blob: 'b', offset: 0, length: 1 };
  const parts = [
    [2, 5],
    [6, 6],
    [10, 20],
  ].map(([first, last]) => ({ at, count: 1, first: first!, last: last! }));
  const found = Array.from({ length: 22 }, (_, n) => parts.indexOf(partOf(parts, n)!));
  expect(found).toEqual([-1, -1, 0, 0, 0, 0, 1, -1, -1, -1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, -1]);
  expect(partOf([], 1)).toBeUndefined();
});
