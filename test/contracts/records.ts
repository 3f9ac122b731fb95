/** What every adapter of Records must do (mail/ports/records.ts). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConditionFailed, ITEM_LIMIT, type Item, queryAll, type Records, TooLarge } from '../../mail/ports/index.ts';
import { all, failure, fresh, pattern, type UnderTest } from './harness.ts';

export interface RecordsUnderTest extends UnderTest {
  readonly records: Records;
  /** Another client of the same table, as another process would be. @default the same one */
  readonly other?: Records;
  /** What a new process finds when this one dies now. Absent where nothing outlives the process. */
  readonly crash?: () => Promise<Records>;
}

const text = (body: Uint8Array) => Buffer.from(body).toString();
const bytes = (value: string) => new Uint8Array(Buffer.from(value));
const item = (pk: string, sk: string, body = 'x', rev = 0): Item => ({ pk, sk, body: bytes(body), rev });
const keys = (items: readonly Item[]) => items.map(({ sk }) => sk);

export function describeRecords(name: string, make: () => Promise<RecordsUnderTest>): void {
  describe(`records: ${name}`, () => {
    let under: RecordsUnderTest;
    let records: Records;
    let other: Records;
    beforeAll(async () => {
      under = await make();
      records = under.records;
      other = under.other ?? records;
    });
    afterAll(() => under.close());

    async function fill(pk: string, sks: readonly string[]): Promise<void> {
      await Promise.all(sks.map((sk) => records.put(item(pk, sk, sk), 'absent')));
    }

    test('an item comes back as it was put', async () => {
      const pk = fresh('p');
      const body = pattern(3000);
      const expires = Math.floor(Date.now() / 1000) + 86_400;
      expect(await records.get(pk, 'a')).toBeUndefined();
      await records.put({ pk, sk: 'a', body, rev: 7, expires }, 'absent');
      const found = await other.get(pk, 'a');
      expect(found).toMatchObject({ pk, sk: 'a', rev: 7, expires });
      expect(Buffer.compare(found!.body, body)).toBe(0);
      expect((await records.query({ pk })).items).toEqual([found]);
    });

    test('a body may be empty, and rev absent is 0', async () => {
      const pk = fresh('p');
      await records.put({ pk, sk: 'a', body: new Uint8Array(0) }, 'absent');
      const found = await records.get(pk, 'a');
      expect(found!.body.length).toBe(0);
      expect(found!.rev ?? 0).toBe(0);
      expect(found!.expires).toBeUndefined();
      await records.put(item(pk, 'a', 'new', 1), { rev: 0 });
      expect(text((await records.get(pk, 'a'))!.body)).toBe('new');
    });

    test('absent: refuses a key that is there, and changes nothing', async () => {
      const pk = fresh('p');
      await records.put(item(pk, 'a', 'first'), 'absent');
      expect(await failure(other.put(item(pk, 'a', 'second'), 'absent'))).toBeInstanceOf(ConditionFailed);
      expect(text((await records.get(pk, 'a'))!.body)).toBe('first');
    });

    test('rev: replaces only the version expected', async () => {
      const pk = fresh('p');
      expect(await failure(records.put(item(pk, 'a'), { rev: 0 }))).toBeInstanceOf(ConditionFailed);
      expect(await records.get(pk, 'a')).toBeUndefined();
      await records.put(item(pk, 'a', 'one', 1), 'absent');
      await records.put(item(pk, 'a', 'two', 2), { rev: 1 });
      expect(await failure(other.put(item(pk, 'a', 'late', 2), { rev: 1 }))).toBeInstanceOf(ConditionFailed);
      expect(await records.get(pk, 'a')).toMatchObject({ rev: 2, body: bytes('two') });
    });

    test('any: writes whatever is there, and drops an expiry that the new item has not', async () => {
      const pk = fresh('p');
      const expires = Math.floor(Date.now() / 1000) + 86_400;
      await records.put({ ...item(pk, 'a', 'one', 5), expires }, 'any');
      await records.put(item(pk, 'a', 'two'), 'any');
      const found = await records.get(pk, 'a');
      expect(text(found!.body)).toBe('two');
      expect(found!.rev ?? 0).toBe(0);
      expect(found!.expires).toBeUndefined();
    });

    test('delete: with any, and with the version expected', async () => {
      const pk = fresh('p');
      await records.delete(pk, 'never', 'any');
      expect(await failure(records.delete(pk, 'never', { rev: 0 }))).toBeInstanceOf(ConditionFailed);
      await records.put(item(pk, 'a', 'x', 3), 'absent');
      expect(await failure(records.delete(pk, 'a', { rev: 2 }))).toBeInstanceOf(ConditionFailed);
      expect(await records.get(pk, 'a')).toBeDefined();
      await records.delete(pk, 'a', { rev: 3 });
      expect(await other.get(pk, 'a')).toBeUndefined();
      await records.put(item(pk, 'a', 'again'), 'absent');
      await records.delete(pk, 'a', 'any');
      expect(await records.get(pk, 'a')).toBeUndefined();
    });

    test('of writers that race for a new key exactly one succeeds', async () => {
      const pk = fresh('p');
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          failure((n % 2 === 0 ? records : other).put(item(pk, 'slot', `writer ${n}`), 'absent')),
        ),
      );
      expect(outcomes.filter((error) => error instanceof ConditionFailed)).toHaveLength(19);
      const winner = outcomes.indexOf(undefined);
      expect(text((await records.get(pk, 'slot'))!.body)).toBe(`writer ${winner}`);
    });

    test('of writers that race for one version exactly one succeeds, so none of their changes is lost', async () => {
      const pk = fresh('p');
      await records.put(item(pk, 'count', '0', 0), 'absent');
      const add = async (client: Records) => {
        for (;;) {
          const found = (await client.get(pk, 'count'))!;
          const rev = found.rev ?? 0;
          const error = await failure(
            client.put(item(pk, 'count', String(Number(text(found.body)) + 1), rev + 1), { rev }),
          );
          if (error === undefined) return;
          expect(error).toBeInstanceOf(ConditionFailed);
        }
      };
      await Promise.all(
        Array.from({ length: 8 }, async (_, n) => {
          for (let i = 0; i < 5; i++) await add(n % 2 === 0 ? records : other);
        }),
      );
      expect(await records.get(pk, 'count')).toMatchObject({ rev: 40, body: bytes('40') });
    });

    test('a write that fails does not disturb those at the same time', async () => {
      const pk = fresh('p');
      await records.put(item(pk, 'taken'), 'absent');
      const outcomes = await Promise.all([
        ...Array.from({ length: 10 }, (_, n) => failure(records.put(item(pk, `free-${n}`), 'absent'))),
        failure(records.put(item(pk, 'taken'), 'absent')),
        ...Array.from({ length: 10 }, (_, n) => failure(records.put(item(pk, `more-${n}`), 'absent'))),
      ]);
      expect(outcomes.filter((error) => error !== undefined)).toHaveLength(1);
      expect((await records.query({ pk })).items).toHaveLength(21);
    });

    test('a write that resolved is seen by every later read', async () => {
      const pk = fresh('p');
      for (let n = 0; n < 20; n++) {
        await records.put(item(pk, `k${String(n).padStart(2, '0')}`), 'absent');
        expect((await other.query({ pk, reverse: true, limit: 1 })).items[0]!.sk).toBe(
          `k${String(n).padStart(2, '0')}`,
        );
        expect(await other.get(pk, `k${String(n).padStart(2, '0')}`)).toBeDefined();
      }
    });

    test('keys order by their UTF-8 bytes', async () => {
      const pk = fresh('p');
      // U+FFFD sorts before U+1F600 in UTF-8, behind it in UTF-16.
      const ordered = ['!', '0', '00', 'A', 'B', 'a', 'aa', 'b', 'é', '\u{fffd}', '\u{1f600}'];
      await fill(pk, ordered.toReversed());
      expect(keys((await records.query({ pk })).items)).toEqual(ordered);
      expect(keys((await records.query({ pk, reverse: true })).items)).toEqual(ordered.toReversed());
    });

    test('a range has both its ends, and nothing of another partition', async () => {
      const pk = fresh('p');
      await fill(pk, ['a', 'b', 'c', 'd', 'e']);
      await fill(`${pk}x`, ['a', 'c']);
      const found = async (range: object) => keys((await records.query({ pk, ...range })).items);
      expect(await found({ from: 'b', to: 'd' })).toEqual(['b', 'c', 'd']);
      expect(await found({ from: 'b', to: 'd', reverse: true })).toEqual(['d', 'c', 'b']);
      expect(await found({ from: 'bb' })).toEqual(['c', 'd', 'e']);
      expect(await found({ to: 'bb' })).toEqual(['a', 'b']);
      expect(await found({ to: 'bb', reverse: true })).toEqual(['b', 'a']);
      expect(await found({ from: 'c', to: 'c' })).toEqual(['c']);
      expect(await found({ from: 'f' })).toEqual([]);
      expect((await records.query({ pk: fresh('nobody') })).items).toEqual([]);
    });

    test('a limited page says where to go on, in both directions', async () => {
      const pk = fresh('p');
      await fill(pk, ['a', 'b', 'c', 'd', 'e']);
      const up = await records.query({ pk, limit: 2 });
      expect(keys(up.items)).toEqual(['a', 'b']);
      expect(up.next).toBe('b');
      const upOn = await records.query({ pk, limit: 2, to: 'd', startAfter: up.next! });
      expect(keys(upOn.items)).toEqual(['c', 'd']);
      const down = await records.query({ pk, limit: 2, reverse: true, from: 'b' });
      expect(keys(down.items)).toEqual(['e', 'd']);
      const downOn = await records.query({ pk, limit: 5, reverse: true, from: 'b', startAfter: down.next! });
      expect(keys(downOn.items)).toEqual(['c', 'b']);
      expect(downOn.next).toBeUndefined();
      expect(keys(await all(queryAll(records, { pk, limit: 3 })))).toEqual(['a', 'b', 'c']);
    });

    test('a range of many megabytes comes in pages, whole and in order', async () => {
      const pk = fresh('p');
      const sks = Array.from({ length: 35 }, (_, n) => String(n).padStart(3, '0'));
      await Promise.all(sks.map((sk, n) => records.put({ pk, sk, body: pattern(100_000, n) }, 'absent')));
      const first = await records.query({ pk });
      expect(first.items.length).toBeGreaterThan(0);
      expect(first.items.length).toBeLessThanOrEqual(12);
      expect(first.next).toBe(first.items.at(-1)!.sk);
      const up = await all(queryAll(records, { pk }));
      expect(keys(up)).toEqual(sks);
      for (const [n, { body }] of up.entries()) expect(Buffer.compare(body, pattern(100_000, n))).toBe(0);
      expect(keys(await all(queryAll(records, { pk, reverse: true })))).toEqual(sks.toReversed());
    });

    test('an item up to the limit is taken, one over it refused', async () => {
      const pk = fresh('p');
      await records.put({ pk, sk: 'fits', body: pattern(ITEM_LIMIT - 1024) }, 'absent');
      expect((await records.get(pk, 'fits'))!.body.length).toBe(ITEM_LIMIT - 1024);
      const error = await failure(records.put({ pk, sk: 'over', body: pattern(ITEM_LIMIT) }, 'absent'));
      expect(error).toBeInstanceOf(TooLarge);
      expect(await records.get(pk, 'over')).toBeUndefined();
    });

    test('neither side can change what is stored through its own bytes', async () => {
      const pk = fresh('p');
      const body = bytes('stored');
      await records.put({ pk, sk: 'a', body }, 'absent');
      body.fill(0);
      (await records.get(pk, 'a'))!.body.fill(0);
      (await records.query({ pk })).items[0]!.body.fill(0);
      expect(text((await records.get(pk, 'a'))!.body)).toBe('stored');
    });

    test('what was acknowledged outlives a crash', async ({ skip }) => {
      if (under.crash === undefined) skip();
      const pk = fresh('p');
      await fill(pk, ['a', 'b', 'c']);
      await records.put(item(pk, 'b', 'changed', 1), { rev: 0 });
      await records.delete(pk, 'c', 'any');
      const after = await under.crash!();
      expect((await after.query({ pk })).items.map(({ sk, body }) => [sk, text(body)])).toEqual([
        ['a', 'a'],
        ['b', 'changed'],
      ]);
    });
  });
}
