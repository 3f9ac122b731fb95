import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Change } from '../../mail/account/types.ts';
import { MethodError, RequestError, SetFailure } from '../../mail/jmap/errors.ts';
import { type Invocation, resolveFilter, resolveReferences } from '../../mail/jmap/references.ts';
import { LIMITS, parseRequest } from '../../mail/jmap/request.ts';
import { slice } from '../../mail/jmap/standard/changes.ts';
import { inOrderOfUse } from '../../mail/jmap/standard/creation-order.ts';
import { patched } from '../../mail/jmap/standard/patch.ts';
import { fits, parseFilter, windowOf } from '../../mail/jmap/standard/query.ts';

function thrown<T extends Error>(act: () => unknown, type: new (...args: never[]) => T): T {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(type);
    return error as T;
  }
  throw new Error('nothing was thrown');
}

describe('result references (RFC 8620 section 3.7)', () => {
  const answers: readonly Invocation[] = [
    ['Email/query', { ids: ['a', 'b'], 'odd/name~': { '': 1 } }, '0'],
    ['error', { type: 'serverFail' }, '1'],
    [
      'Email/get',
      {
        list: [
          { id: 'a', threadId: 't1', to: ['x', 'y'] },
          { id: 'b', threadId: 't2', to: [] },
        ],
      },
      '2',
    ],
    ['Email/set', { created: {} }, '2'],
  ];
  const resolved = (resultOf: string, name: string, path: string) =>
    resolveReferences({ '#ids': { resultOf, name, path }, other: 1 }, answers);

  test.each([
    ['0', 'Email/query', '/ids', ['a', 'b']],
    ['0', 'Email/query', '/ids/1', 'b'],
    ['2', 'Email/get', '/list/*/threadId', ['t1', 't2']],
    // Lists in lists become one.
    ['2', 'Email/get', '/list/*/to', ['x', 'y']],
    ['2', 'Email/get', '/list/*/to/*', ['x', 'y']],
    ['0', 'Email/query', '/odd~1name~0/', 1],
    ['1', 'error', '/type', 'serverFail'],
  ])('of %s %s %s', (resultOf, name, path, value) => {
    expect(resolved(resultOf, name, path)).toEqual({ ids: value, other: 1 });
  });

  test.each([
    ['9', 'Email/query', '/ids'],
    ['0', 'Email/get', '/ids'],
    ['1', 'Email/get', '/ids'],
    // The first answer of a call counts.
    ['2', 'Email/set', '/created'],
    ['0', 'Email/query', 'ids'],
    ['0', 'Email/query', '/ids/2'],
    ['0', 'Email/query', '/ids/-1'],
    ['0', 'Email/query', '/ids/01'],
    ['0', 'Email/query', '/ids/length'],
    ['0', 'Email/query', '/constructor'],
    ['0', 'Email/query', '/ids/0/0'],
    ['2', 'Email/get', '/list/*/nothing'],
  ])('of %s %s %s there is none', (resultOf, name, path) => {
    expect(thrown(() => resolved(resultOf, name, path), MethodError).type).toBe('invalidResultReference');
  });

  test('a name is given once, and a reference is whole', () => {
    const both = { ids: [], '#ids': { resultOf: '0', name: 'Email/query', path: '/ids' } };
    for (const args of [both, { '#ids': 'x' }, { '#ids': null }, { '#ids': { resultOf: '0', name: 'Email/query' } }]) {
      expect(thrown(() => resolveReferences(args, answers), MethodError).type).toBe('invalidArguments');
    }
  });

  test('within a filter that is one condition, where a request uses that', () => {
    const inMailbox = { resultOf: '0', name: 'Email/query', path: '/ids/1' };
    expect(resolveFilter({ filter: { '#inMailbox': inMailbox, hasKeyword: 'a' }, sort: [] }, answers)).toEqual({
      filter: { inMailbox: 'b', hasKeyword: 'a' },
      sort: [],
    });
    for (const filter of [null, undefined, 'x']) expect(resolveFilter({ filter }, answers)).toEqual({ filter });
    const missing = () => resolveFilter({ filter: { '#inMailbox': { ...inMailbox, path: '/ids/2' } } }, answers);
    expect(thrown(missing, MethodError).type).toBe('invalidResultReference');
  });

  test('what an answer is made of cannot become anything else', () => {
    const args = resolveReferences({ '#__proto__': { resultOf: '0', name: 'Email/query', path: '/ids' } }, answers);
    expect(Object.getPrototypeOf(args)).toBe(Object.prototype);
  });
});

describe('requests (RFC 8620 section 3.3)', () => {
  const parse = (value: unknown) => parseRequest(Buffer.from(JSON.stringify(value)), new Set(['urn:a']));

  test('as they are', () => {
    const request = { using: ['urn:a'], methodCalls: [['Core/echo', { a: 1 }, 'c']], createdIds: { x: 'y' } };
    expect(parse(request)).toEqual(request);
  });

  test.each<[unknown, string]>([
    [{ using: ['urn:b'], methodCalls: [] }, 'unknownCapability'],
    [{ using: 'urn:a', methodCalls: [] }, 'notRequest'],
    [{ using: [] }, 'notRequest'],
    [{ using: [], methodCalls: [['Core/echo', []]] }, 'notRequest'],
    [{ using: [], methodCalls: [['Core/echo', [], 'a']] }, 'notRequest'],
    [{ using: [], methodCalls: [['Core/echo', {}, 1]] }, 'notRequest'],
    [[], 'notRequest'],
    [null, 'notRequest'],
    [{ using: [], methodCalls: Array(65).fill(['Core/echo', {}, 'a']) }, 'limit'],
  ])('%j: %s', (request, type) => {
    expect(thrown(() => parse(request), RequestError).type).toBe(type);
  });

  test('no JSON, no UTF-8, too much', () => {
    const parseBytes = (bytes: Uint8Array) => thrown(() => parseRequest(bytes, new Set()), RequestError);
    expect(parseBytes(Buffer.from('{')).type).toBe('notJSON');
    expect(parseBytes(Buffer.from([0x22, 0xff, 0x22])).type).toBe('notJSON');
    expect(parseBytes(Buffer.alloc(LIMITS.maxSizeRequest + 1))).toMatchObject({
      type: 'limit',
      limit: 'maxSizeRequest',
    });
  });
});

describe('changes in slices (RFC 8620 section 5.2)', () => {
  /** What there is at each position, by id: the value is the position of its last change. */
  type World = ReadonlyMap<string, number>;

  const histories = fc
    .array(fc.array(fc.tuple(fc.nat(7), fc.constantFrom('set', 'drop')), { maxLength: 4 }), {
      minLength: 1,
      maxLength: 30,
    })
    .map((entries) => {
      const worlds: World[] = [new Map()];
      const changes = new Map<string, { id: string; created: number; changed: number; gone: number }>();
      let serial = 0;
      const current = new Map<number, string>();
      entries.forEach((steps, i) => {
        const seq = i + 1;
        const next = new Map(worlds.at(-1));
        for (const [slot, what] of steps) {
          let id = current.get(slot);
          if (what === 'set') {
            // An id is never used again.
            if (id === undefined) {
              id = `o${serial++}`;
              current.set(slot, id);
              changes.set(id, { id, created: seq, changed: seq, gone: 0 });
            }
            changes.get(id)!.changed = seq;
            next.set(id, seq);
          } else if (id !== undefined) {
            current.delete(slot);
            Object.assign(changes.get(id)!, { changed: seq, gone: seq });
            next.delete(id);
          }
        }
        worlds.push(next);
      });
      return { worlds, changes: [...changes.values()] as readonly Change[] };
    });

  test('a client that follows them, in slices of any size, ends with what there is', () => {
    fc.assert(
      fc.property(histories, fc.nat(), fc.integer({ min: 1, max: 6 }), ({ worlds, changes }, start, max) => {
        const newest = worlds.length - 1;
        let at = start % worlds.length;
        const known = new Map(worlds[at]);
        while (at < newest) {
          const all = changes.filter(({ changed }) => changed > at);
          let part: ReturnType<typeof slice>;
          try {
            part = slice(all, at, newest, max);
          } catch (error) {
            // One position holds more than that.
            expect((error as MethodError).type).toBe('cannotCalculateChanges');
            const next = all.map(({ created, changed, gone }) => [created, changed, gone].filter((seq) => seq > at));
            expect(next.length).toBeGreaterThan(max);
            return;
          }
          const { created, updated, destroyed, upTo, hasMore } = part;
          expect(created.length + updated.length + destroyed.length).toBeLessThanOrEqual(max);
          expect(upTo).toBeGreaterThan(at);
          expect(hasMore).toBe(upTo < newest);
          for (const id of created) expect(known.has(id)).toBe(false);
          for (const id of [...updated, ...destroyed]) expect(known.has(id)).toBe(true);
          for (const id of destroyed) known.delete(id);
          // The client reads them now, as they are now, and what is gone by now is told of later.
          for (const id of [...created, ...updated]) known.set(id, worlds[newest]!.get(id) ?? 0);
          at = upTo;
        }
        expect([...known].sort()).toEqual([...worlds[newest]!].sort());
      }),
      { numRuns: 500 },
    );
  });

  test('whole, where nobody asks for slices', () => {
    const all = [
      { id: 'new', created: 6, changed: 7, gone: 0 },
      { id: 'old', created: 2, changed: 7, gone: 0 },
      { id: 'away', created: 2, changed: 8, gone: 8 },
      { id: 'brief', created: 6, changed: 8, gone: 8 },
    ];
    expect(slice(all, 5, 9)).toEqual({
      created: ['new'],
      updated: ['old'],
      destroyed: ['away'],
      upTo: 9,
      hasMore: false,
    });
  });
});

describe('patches (RFC 8620 section 5.3)', () => {
  const object = { a: 1, b: { c: { d: 2 }, 'e/f': 3 }, list: [1], keep: true };

  test.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{}, object],
    [{ a: 5 }, { ...object, a: 5 }],
    [{ a: null }, { b: object.b, list: [1], keep: true }],
    [
      { 'b/c/d': 9, 'b/g': 1 },
      { ...object, b: { c: { d: 9 }, 'e/f': 3, g: 1 } },
    ],
    [{ 'b/e~1f': null }, { ...object, b: { c: { d: 2 } } }],
    [{ 'b/c/missing': null }, object],
  ])('%j', (patch, result) => {
    const before = structuredClone(object);
    expect(patched(object, patch)).toEqual(result);
    expect(object).toEqual(before);
  });

  test.each([
    { 'x/y': 1 },
    { 'a/b': 1 },
    { 'list/0': 1 },
    { b: 1, 'b/c': 2 },
    { 'b/c': 1, 'b/c/d': 2 },
    { '__proto__/x': 1 },
    { 'b/__proto__': {} },
  ])('refuses %j', (patch) => {
    expect(thrown(() => patched(object, patch), SetFailure).error.type).toBe('invalidPatch');
  });
});

describe('the window of a query (RFC 8620 section 5.5)', () => {
  const all = Array.from({ length: 20 }, (_, i) => `e${i}`);

  test('shows what a plain reading of position and anchor shows', () => {
    const windows = fc.record(
      {
        position: fc.integer({ min: -30, max: 30 }),
        anchor: fc.constantFrom(...all),
        anchorOffset: fc.integer({ min: -30, max: 30 }),
        limit: fc.nat(30),
        calculateTotal: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(windows, (window) => {
        const { position = 0, anchor, anchorOffset = 0, limit = 20, calculateTotal } = window;
        const start =
          anchor === undefined ? (position < 0 ? 20 + position : position) : all.indexOf(anchor) + anchorOffset;
        const from = Math.max(0, start);
        const answer = windowOf(all, window);
        expect(answer.ids).toEqual(all.slice(from, from + limit));
        if (from <= 20) expect(answer.position).toBe(from);
        expect(answer.total).toBe(calculateTotal === true ? 20 : undefined);
        expect(answer).not.toHaveProperty('limit');
      }),
    );
  });

  test('says where it shows less than was asked for', () => {
    const many = Array.from({ length: 6000 }, (_, i) => `e${i}`);
    expect(windowOf(many, {})).toMatchObject({ limit: 5000 });
    expect(windowOf(many, { limit: 10_000 }).ids).toHaveLength(5000);
    expect(windowOf(many, { limit: 10 })).not.toHaveProperty('limit');
    expect(thrown(() => windowOf(many, { anchor: 'x' }), MethodError).type).toBe('anchorNotFound');
  });
});

describe('filters (RFC 8620 section 5.5)', () => {
  const condition = z.strictObject({ is: z.number() });
  const parse = (value: unknown) => parseFilter(value, condition);

  test('AND, OR, NOT', () => {
    const test = (filter: unknown, value: number) => fits(parse(filter), ({ is }) => is === value);
    const is = (n: number) => ({ is: n });
    expect(test(null, 1)).toBe(true);
    expect(test({ operator: 'AND', conditions: [is(1), is(2)] }, 1)).toBe(false);
    expect(test({ operator: 'OR', conditions: [is(1), is(2)] }, 2)).toBe(true);
    expect(test({ operator: 'NOT', conditions: [is(1), is(2)] }, 3)).toBe(true);
    expect(test({ operator: 'NOT', conditions: [is(1), is(2)] }, 2)).toBe(false);
    expect(test({ operator: 'NOT', conditions: [{ operator: 'NOT', conditions: [is(1)] }] }, 1)).toBe(true);
  });

  test('levels and conditions are counted', () => {
    const deep = (levels: number): unknown =>
      levels === 0 ? { is: 1 } : { operator: 'AND', conditions: [deep(levels - 1)] };
    expect(parse(deep(19))).toBeDefined();
    const wide = { operator: 'OR', conditions: Array(500).fill({ is: 1 }) };
    for (const filter of [deep(20), wide, [], 3, { operator: 'AND' }, { operator: 'AND', conditions: [], is: 1 }]) {
      expect(thrown(() => parse(filter), MethodError).type).toMatch(/^(invalidArguments|unsupportedFilter)$/);
    }
  });
});

test('creations come behind those that they name', () => {
  const names = (creations: Record<string, Record<string, unknown>>) =>
    inOrderOfUse(Object.entries(creations)).map(([name]) => name);
  expect(names({ a: { parentId: '#b' }, b: { boxes: { '#c': true } }, c: { ids: ['#d', 'x'] }, d: {} })).toEqual([
    'd',
    'c',
    'b',
    'a',
  ]);
  expect(names({ a: { x: '#b' }, b: { x: '#a' }, c: { x: '#none' } })).toEqual(['b', 'a', 'c']);
});
