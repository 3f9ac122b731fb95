import { describe, expect, it } from 'vitest';
import { type BuildOptions, RETIRED_MS } from '../../mail/search/index/builder.ts';
import { ByteCache } from '../../mail/search/index/cache.ts';
import { blobsOf, readManifest } from '../../mail/search/index/manifest.ts';
import { Segment } from '../../mail/search/index/segment.ts';
import { wordQuery } from '../../mail/search/words.ts';
import { DAY } from '../support/accounts.ts';
import { type Call, Crash, failing } from '../support/failing.ts';
import { OWNER, type SearchWorld, searchWorld, withBlobs } from '../support/search.ts';

const ALL: BuildOptions = { least: 1 };
const message = (n: number) => `Subject: number${n}\r\n\r\nevery word${n} here\r\n`;
const some = (from: number, count: number) => Array.from({ length: count }, (_, i) => message(from + i));

/** The emails that the index knows to have a word; those of which it knows nothing are not among them. */
async function knows(
  { index }: Pick<SearchWorld, 'index'>,
  numbers: readonly number[],
  word: string,
): Promise<number[]> {
  const open = await index.open(OWNER, { emails: Number.MAX_SAFE_INTEGER });
  const verdict = await open?.words(wordQuery(word, true)!);
  return numbers.filter((number) => verdict?.(number) === true);
}

/** Every term that any blob of the index has; all blobs must be in use. */
async function terms({ w, blobs }: SearchWorld): Promise<Set<string>> {
  const { segments } = await readManifest(w.ports.records, OWNER);
  expect(await blobs()).toEqual(segments.map(({ blob }) => blob));
  const found = new Set<string>();
  for (const ref of segments) {
    const segment = await Segment.open(w.ports.blobs, new ByteCache(0), ref);
    for await (const { term } of segment.terms()) found.add(term);
  }
  return found;
}

describe('the index', () => {
  it('grows by segments, which are merged, and those that were replaced go when no search can need them', async () => {
    const world = await searchWorld();
    const numbers: number[] = [];
    for (let n = 0; n < 12; n++) {
      numbers.push(...(await world.file(...some(n * 10, 10))));
      expect(await world.index.update(OWNER, ALL)).toBe(false);
      expect(await world.segments()).toBeLessThanOrEqual(3);
    }
    expect(await knows(world, numbers, 'every')).toEqual(numbers);
    expect(await knows(world, numbers, 'word57')).toEqual([numbers[57]]);
    expect((await world.blobs()).length).toBeGreaterThan(await world.segments());
    await world.w.clock.advance(RETIRED_MS + 1_000);
    await world.index.update(OWNER, ALL);
    expect(await world.blobs()).toHaveLength(await world.segments());
    expect(new Set(await world.blobs()).size).toBe(await world.segments());
  });

  it('leaves few messages to who searches, and asks for many to be indexed', async () => {
    const world = await searchWorld();
    await world.file(...some(0, 20));
    await world.index.update(OWNER);
    expect(await world.segments()).toBe(0);
    await world.index.open(OWNER, world.account.state);
    expect(world.asked).toEqual([]);
    await world.file(...some(20, 150));
    expect(await world.index.open(OWNER, world.account.state)).toBeUndefined();
    expect(world.asked).toEqual([OWNER]);
    await world.index.update(OWNER);
    expect((await world.opened()).size).toBe(170);
  });

  it('gives up what is gone, and takes in again what comes back', async () => {
    const world = await searchWorld();
    const numbers = await world.file(...some(0, 40));
    await world.index.update(OWNER, ALL);
    await world.expunge(numbers.slice(0, 20));
    await world.index.update(OWNER, ALL);
    expect((await world.opened()).size).toBe(20);
    expect(await knows(world, numbers, 'every')).toEqual(numbers.slice(20));
    await world.accounts.undelete(OWNER, numbers.slice(5, 10));
    await world.index.update(OWNER, ALL);
    expect(await knows(world, numbers, 'every')).toEqual([...numbers.slice(5, 10), ...numbers.slice(20)]);
  });

  it('is built anew where it is of a format that is not known', async () => {
    const world = await searchWorld();
    const numbers = await world.file(...some(0, 10));
    await world.index.update(OWNER, ALL);
    const { records } = world.w.ports;
    const item = (await records.get(`index/${OWNER}`, 'manifest'))!;
    for (const body of ['{"v":99,"segments":"?"}', 'not JSON']) {
      await records.put({ ...item, body: Buffer.from(body), rev: 50 }, 'any');
      expect(await knows(world, numbers, 'every')).toEqual([]);
      await world.index.update(OWNER, ALL);
      expect(await knows(world, numbers, 'every')).toEqual(numbers);
    }
    // What the unknown one named, nobody knows: that is swept.
    await world.w.clock.advance(2 * DAY);
    const accounts = async function* () {
      yield OWNER;
    };
    expect((await world.index.sweep(accounts())).deleted).toBe(2);
    expect(await knows(world, numbers, 'every')).toEqual(numbers);
  });
});

describe('erasing (design: rule 15)', () => {
  it('takes a message’s words out of the index, and out of what was replaced', async () => {
    const world = await searchWorld();
    const numbers = await world.file(...some(0, 30));
    await world.index.update(OWNER, ALL);
    await world.file(...some(30, 10));
    await world.index.update(OWNER, ALL);
    expect((await world.blobs()).length).toBeGreaterThan(await world.segments());
    expect(await knows(world, numbers, 'word7')).toEqual([numbers[7]]);
    await world.accounts.eraseEmails(OWNER, [numbers[7]!]);
    const left = await terms(world);
    expect(left.has('word8')).toBe(true);
    expect(left.has('word7') || left.has('number7')).toBe(false);
    expect(await knows(world, numbers, 'every')).toEqual(numbers.filter((_, n) => n !== 7));
  });

  it.each(['before', 'after'] as const)(
    'is completed by calling it again, whichever call it was cut off %s',
    async (when) => {
      for (let cut = 1, done = false; !done; cut++) {
        const world = await searchWorld(cut);
        const numbers = await world.file(...some(0, 12));
        await world.index.update(OWNER, ALL);
        const [old] = await world.blobs();
        const calls: Call[] = [];
        const dying = failing(world.w.ports, {
          clock: world.w.clock,
          decide: (call) => {
            if (!/index/.test(call.subject)) return undefined;
            calls.push(call);
            return calls.length === cut ? { kind: 'crash', when } : undefined;
          },
        });
        try {
          await world.process(dying).accounts.eraseEmails(OWNER, [numbers[3]!]);
          done = true;
        } catch (error) {
          expect(error).toBeInstanceOf(Crash);
        }
        await world.process().accounts.eraseEmails(OWNER, [numbers[3]!]);
        const { segments, retired } = await readManifest(world.w.ports.records, OWNER);
        expect(blobsOf({ segments, retired: [], erased: 0 })).toHaveLength(1);
        expect(await knows(world, numbers, 'word3')).toEqual([]);
        expect(await knows(world, numbers, 'every')).toEqual(numbers.filter((_, n) => n !== 3));
        for (const { blob } of retired) expect(await world.blobs()).not.toContain(blob);
        expect(await world.blobs()).not.toContain(old);
        if (cut > 3) expect(calls.length).toBeGreaterThan(3);
      }
    },
  );

  it('wins over who is indexing the message at that moment', async () => {
    const world = await searchWorld();
    const numbers = await world.file(...some(0, 10));
    const { w } = world;
    let erased = false;
    const slow = withBlobs(w.ports.blobs, {
      async put(kind, source, options) {
        const put = await w.ports.blobs.put(kind, source, options);
        if (kind === 'index' && !erased) {
          erased = true;
          await world.accounts.eraseEmails(OWNER, [numbers[4]!]);
        }
        return put;
      },
    });
    await world.process({ ...w.ports, blobs: slow }).index.update(OWNER, ALL);
    expect(erased).toBe(true);
    expect(await world.blobs()).toEqual([]);
    await world.index.update(OWNER, ALL);
    expect(await knows(world, numbers, 'every')).toEqual(numbers.filter((_, n) => n !== 4));
  });

  it('of an account leaves nothing', async () => {
    const world = await searchWorld();
    for (let n = 0; n < 3; n++) {
      await world.file(...some(n * 10, 10));
      await world.index.update(OWNER, ALL);
    }
    await world.accounts.eraseAccount(OWNER);
    expect(await world.blobs()).toEqual([]);
    expect((await readManifest(world.w.ports.records, OWNER)).rev).toBeUndefined();
    await expect(world.index.update(OWNER, ALL)).rejects.toThrow('erased');
    expect(await world.blobs()).toEqual([]);
  });
});

describe('a process that dies while it indexes', () => {
  it.each(['before', 'after'] as const)(
    'leaves the index that was there, cut off %s whichever call, and the next one completes it',
    async (when) => {
      let reached = 0;
      for (let cut = 1, done = false; !done; cut++) {
        const world = await searchWorld(cut);
        const before = await world.file(...some(0, 15));
        await world.index.update(OWNER, ALL);
        const after = await world.file(...some(15, 10));
        let count = 0;
        const dying = failing(world.w.ports, {
          clock: world.w.clock,
          decide: () => {
            count += 1;
            return count === cut ? { kind: 'crash', when } : undefined;
          },
        });
        try {
          await world.process(dying).index.update(OWNER, ALL);
          done = true;
        } catch (error) {
          expect(error).toBeInstanceOf(Crash);
          reached += 1;
        }
        const there = await knows(world, [...before, ...after], 'every');
        expect(there.slice(0, 15), `cut at ${cut}`).toEqual(before);
        await world.index.update(OWNER, ALL);
        expect(await knows(world, [...before, ...after], 'every'), `cut at ${cut}`).toEqual([...before, ...after]);
        expect(await knows(world, after, 'word20')).toEqual([after[5]]);
      }
      expect(reached).toBeGreaterThan(6);
    },
  );

  it('of two that index at once one wins, and nothing of the other is left', async () => {
    const world = await searchWorld();
    const numbers = await world.file(...some(0, 50));
    const others = Array.from({ length: 3 }, () => world.process().index);
    await Promise.all(others.map((index) => index.update(OWNER, ALL)));
    expect(await world.blobs()).toHaveLength(1);
    expect(await knows(world, numbers, 'every')).toEqual(numbers);
  });

  it('whose outcome is not known goes on from what is there', async () => {
    const world = await searchWorld();
    const numbers = await world.file(...some(0, 10));
    let lost = 0;
    const lossy = failing(world.w.ports, {
      clock: world.w.clock,
      decide: ({ port, method }) =>
        port === 'records' && method === 'put' && lost++ === 0 ? { kind: 'unknown', effect: 'now' } : undefined,
    });
    await world.process(lossy).index.update(OWNER, ALL);
    expect(lost).toBeGreaterThan(0);
    expect(await knows(world, numbers, 'every')).toEqual(numbers);
    expect(await world.blobs()).toHaveLength(1);
  });
});
