import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { decodeHead, encodeHead, INLINE_LIMIT } from '../../mail/account/codec.ts';
import { entryKey } from '../../mail/account/log.ts';
import type { Account } from '../../mail/account/types.ts';
import type { Item } from '../../mail/ports/index.ts';
import { Refused } from '../../mail/refused.ts';
import { DAY, dump, message, summary, world } from '../support/accounts.ts';
import { type Call, type Fault, failing } from '../support/failing.ts';
import { A, addTo, blobNames, boxOf, emailsIn, items, makeInbox, noted, seqs, uids } from './account-support.ts';

const HOUR = 3_600_000;

function isEntryPut({ method, subject }: Call): boolean {
  return method === 'put' && subject.startsWith(`a/${A} e/`);
}

/** An account whose first year has passed: entries were dropped, the floor has moved. */
async function aged() {
  const { w } = noted();
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  await makeInbox(account);
  const stale = await w.process().openWhole(A);
  for (let day = 0; day < 100; day += 5) {
    await addTo(account, { size: 1 });
    await accounts.compact(A);
    await w.clock.advance(5 * DAY);
  }
  return { w, account, stale };
}

test('rule 1: an entry goes only when a kept snapshot above it is in use, the oldest first, after the floor was moved', async () => {
  const w = world();
  const drops: number[] = [];
  const watched = failing(w.ports, {
    clock: w.clock,
    decide: ({ method, subject }) => {
      if (method !== 'delete' || !subject.startsWith(`a/${A} e/`)) return undefined;
      drops.push(Number(subject.split(' e/')[1]));
      return undefined;
    },
  });
  const accounts = w.process(watched);
  const account = await accounts.openWhole(A);
  await makeInbox(account);
  for (let day = 0; day < 110; day += 2) {
    for (let n = 0; n < 3; n++) await addTo(account);
    const before = drops.length;
    await accounts.compact(A);
    const { head, manifest } = account.base!;
    expect(head.seq).toBeGreaterThanOrEqual(head.floor);
    expect(manifest.kept.map(({ seq }) => seq)).toContain(head.floor);
    expect(Math.max(0, ...drops)).toBeLessThanOrEqual(head.floor);
    // The head in the store, not only in memory.
    const stored = (await account.log.after(account.state.seq, true)).head!;
    expect(stored.floor).toBe(head.floor);
    if (day < 90) expect(drops.length).toBe(before);
    await w.clock.advance(2 * DAY);
  }
  expect(drops.length).toBeGreaterThan(10);
  expect(drops).toEqual([...drops].sort((a, b) => a - b));
  expect(seqs(w)[0]).toBe(account.base!.head.floor + 1);
});

test('rule 1: no entry has an expiry', async () => {
  const { w } = await aged();
  for (const item of items(w)) expect(item.expires).toBeUndefined();
});

test('rule 1: a writer whose view is older than an hour reads the head before it puts', async () => {
  const { w, account, stale } = await aged();
  const slot = stale.state.seq + 1;
  expect(seqs(w)).not.toContain(slot);
  const { seq } = await stale.write((draft) => draft.putObject('test', 'x', 1));
  expect(seqs(w)).not.toContain(slot);
  expect(seq).toBe(account.state.seq + 1);
  await account.refresh();
  expect(dump(stale.state)).toEqual(dump(account.state));
});

test('rule 1: a reader whose view is older than the floor begins with the snapshot in use, and its listeners hear of it', async () => {
  const { account, stale } = await aged();
  let heard = 0;
  const stop = stale.watch(() => {
    heard += 1;
  });
  await stale.refresh();
  stop();
  expect(heard).toBeGreaterThan(0);
  expect(dump(stale.state)).toEqual(dump(account.state));
});

test('rule 1: a view that is younger than an hour writes without reading', async () => {
  const { w, calls, watch } = noted();
  const account = await w.process(watch()).open(A);
  await makeInbox(account);
  await w.clock.advance(HOUR - 1);
  calls.length = 0;
  await addTo(account);
  expect(calls.filter(({ method }) => method === 'query')).toEqual([]);
  await w.clock.advance(2);
  await addTo(account);
  expect(calls.filter(({ method }) => method === 'query')).toHaveLength(1);
});

/** One write by a process whose first puts of an entry suffer `faults`, one after the other. */
async function writeUnder(faults: readonly Fault[], meanwhile?: (account: Account) => Promise<unknown>) {
  const w = world();
  await makeInbox(await w.process().open(A));
  const left = [...faults];
  const ports = failing(w.ports, { clock: w.clock, decide: (call) => (isEntryPut(call) ? left.shift() : undefined) });
  const account = await w.process(ports).openWhole(A);
  const written = addTo(account, { delivery: 'd1' });
  await meanwhile?.(await w.process().open(A));
  const outcome = await w.clock.run(
    written.then(
      () => 'done',
      (error: unknown) => error,
    ),
  );
  // What was to take effect later has done so.
  await w.clock.advance(HOUR);
  const fresh = await w.process().openWhole(A);
  await account.refresh();
  expect(dump(fresh.state)).toEqual(dump(account.state));
  return { outcome, state: fresh.state, left };
}

const unknown = (effect: 'none' | 'now'): Fault => ({ kind: 'unknown', effect });

test.each<[string, Fault[]]>([
  ['never had an effect', [unknown('none')]],
  ['had its effect', [unknown('now')]],
  ['has its effect later', [{ kind: 'unknown', effect: 'later', ms: 60_000 }]],
  ['has its effect after ours was put again', [{ kind: 'unknown', effect: 'later', ms: 25 }]],
  [
    'was unknown again and again',
    [unknown('none'), unknown('none'), { kind: 'unknown', effect: 'later', ms: 60_000 }, unknown('now')],
  ],
  [
    'has its effect just before ours is put again',
    [
      { kind: 'unknown', effect: 'later', ms: 45 },
      { kind: 'delay', ms: 100 },
    ],
  ],
  [
    'was unknown, then refused',
    [unknown('none'), ...Array.from({ length: 20 }, (): Fault => ({ kind: 'unavailable' }))],
  ],
])('rule 2: a put that %s is settled, and filed once', async (_, faults) => {
  const { outcome, state, left } = await writeUnder(faults);
  expect(outcome).toBe('done');
  expect(emailsIn(state)).toHaveLength(1);
  expect(left).toEqual([]);
});

test.each<[string, Fault]>([
  ['none', unknown('none')],
  ['later', { kind: 'unknown', effect: 'later', ms: 5000 }],
])("rule 2: a slot that another's entry took meanwhile is resolved anew (effect %s)", async (_, fault) => {
  const { outcome, state } = await writeUnder([fault], (other) => addTo(other, { size: 7 }));
  expect(outcome).toBe('done');
  expect(emailsIn(state)).toHaveLength(2);
  expect(state.bytes).toBe(107);
});

test('rule 2: refused for sure, nothing was written and nothing will be', async () => {
  const { outcome, state } = await writeUnder(Array.from({ length: 6 }, () => ({ kind: 'unavailable' }) as const));
  expect(outcome).toBeInstanceOf(Refused);
  expect(outcome).toMatchObject({ code: 'unavailable' });
  expect(emailsIn(state)).toEqual([]);
});

test('rule 2: no answer, good or bad, while the slot is not settled', async () => {
  const w = world();
  await makeInbox(await w.process().open(A));
  let put = false;
  let dark = true;
  const ports = failing(w.ports, {
    clock: w.clock,
    decide: (call) => {
      if (isEntryPut(call)) {
        if (put && dark) return { kind: 'unavailable' };
        put = true;
        return dark ? unknown('now') : undefined;
      }
      return put && dark ? { kind: 'unavailable' } : undefined;
    },
  });
  const account = await w.process(ports).open(A);
  let answered = false;
  const written = addTo(account).finally(() => {
    answered = true;
  });
  await w.clock.advance(10 * 60_000);
  expect(answered).toBe(false);
  dark = false;
  await w.clock.run(written);
  expect(emailsIn(account.state)).toHaveLength(1);
  expect(seqs(w)).toEqual([1, 2]);
});

test('rule 2: a snapshot that was in use for a moment stays, though its writer never heard of it', async () => {
  const w = world();
  const first = await w.process().open(A);
  await makeInbox(first);
  for (let n = 0; n < 5; n++) await addTo(first);
  // What does not change between the two is shared by them.
  await first.write((draft) => draft.copy(boxOf(draft).id, uids(1, 2), draft.createMailbox('Quiet').id));
  let cut = true;
  const ports = failing(w.ports, {
    clock: w.clock,
    decide: ({ method, subject }) => {
      if (method !== 'put' || subject !== `a/${A} h` || !cut) return undefined;
      cut = false;
      return unknown('now');
    },
  });
  const both = async () => {
    const slow = w.process(ports).compact(A);
    await w.clock.sleep(1);
    // Another builds on it before its writer asks again.
    const other = w.process();
    await addTo(await other.open(A));
    await other.compact(A);
    await slow;
  };
  await w.clock.run(both());
  const fresh = await w.process().openWhole(A);
  await first.refresh();
  expect(dump(fresh.state)).toEqual(dump(first.state as never));
  expect((await fresh.emails(emailsIn(fresh.state))).size).toBe(6);
});

test('rule 2: the loser of a race for the head leaves nothing behind', async () => {
  const w = world();
  const account = await w.process().open(A);
  await makeInbox(account);
  await addTo(account);
  await Promise.all([w.process().compact(A), w.process().compact(A), w.process().compact(A)]);
  expect(await blobNames(w)).toHaveLength(1);
});

async function putEntry(w: ReturnType<typeof world>, seq: number, body: Uint8Array): Promise<Item> {
  const item = { pk: `a/${A}`, sk: entryKey(seq), body };
  await w.ports.records.put(item, 'absent');
  return item;
}

function framed(format: number, kind: number, operations: unknown[]): Uint8Array {
  return Buffer.concat([Buffer.of(format, kind), Buffer.from(JSON.stringify({ n: 'x', t: 0, o: operations }))]);
}

test.each<[string, Uint8Array]>([
  ['operation', framed(1, 0, [{ op: 'teleport', uids: '1' }])],
  ['format', framed(2, 0, [])],
  ['kind of body', framed(1, 3, [])],
  [
    'result that does not fit',
    framed(1, 0, [
      {
        op: 'add',
        email: 9,
        thread: 1,
        blob: 'b',
        size: 1,
        date: 0,
        flags: [],
        in: [['m35s', 77]],
        summary: summary(),
      },
    ]),
  ],
])('rule 4: an unknown %s stops the account in this process, and nothing is compacted over it', async (_, body) => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.open(A);
  const inbox = await makeInbox(account);
  const known = Buffer.from(Buffer.from(body).toString().replace('m35s', inbox.id));
  await putEntry(w, 2, known);
  const before = items(w);
  const unavailable = { name: 'Refused', code: 'unavailable' };
  await expect(account.refresh()).rejects.toMatchObject(unavailable);
  await expect(addTo(account)).rejects.toMatchObject(unavailable);
  await expect(accounts.compact(A)).rejects.toMatchObject(unavailable);
  await expect(w.process().open(A)).rejects.toMatchObject(unavailable);
  await expect(w.process().openToAppend(A)).rejects.toMatchObject(unavailable);
  await expect(w.process().compact(A)).rejects.toMatchObject(unavailable);
  expect(items(w)).toEqual(before);
  // Other accounts go on.
  const other = await accounts.open('a2');
  await makeInbox(other);
  await addTo(other);
  await accounts.compact('a2');
});

test('rule 4: a snapshot of an unknown format stops the account', async () => {
  const w = world();
  const accounts = w.process();
  await makeInbox(await accounts.open(A));
  await accounts.compact(A);
  const head = items(w).at(-1)!;
  await w.ports.records.put({ ...head, body: Buffer.concat([Buffer.of(9), head.body.subarray(1)]) }, 'any');
  await expect(w.process().open(A)).rejects.toMatchObject({ code: 'unavailable' });
  const { rev: _, ...fields } = decodeHead(head.body, 0);
  const body = encodeHead({ ...fields, manifest: { ...(fields.manifest as object), v: 99 } });
  await w.ports.records.put({ ...head, body }, 'any');
  await expect(w.process().open(A)).rejects.toMatchObject({ code: 'unavailable' });
});

test('rule 9: a refresh sees every write that was acknowledged before it, also while another read is under way', async () => {
  const w = world();
  let slow = false;
  let queries = 0;
  const ports = failing(w.ports, {
    clock: w.clock,
    decide: ({ method }) => {
      if (method !== 'query') return undefined;
      queries += 1;
      return slow ? { kind: 'delay', ms: 0, replyMs: 100 } : undefined;
    },
  });
  const reader = await w.process(ports).open(A);
  const writer = await w.process().open(A);
  await makeInbox(writer);
  await reader.refresh();
  slow = true;
  const both = async () => {
    const early = reader.refresh();
    await w.clock.sleep(50);
    const email = await addTo(writer);
    const late = await reader.refresh();
    expect(emailsIn(late)).toEqual([email]);
    expect(late.seq).toBe(2);
    await early;
    // However many ask while one reads, one more read serves them all.
    queries = 0;
    await Promise.all(Array.from({ length: 10 }, () => reader.refresh()));
    expect(queries).toBe(2);
  };
  await w.clock.run(both());
});

test('rule 9: only the contiguous prefix of the tail is used', async () => {
  const w = world();
  const account = await w.process().open(A);
  await makeInbox(account);
  const beyond = await putEntry(w, 3, framed(1, 0, [{ op: 'put', type: 't', id: 'late', value: 1 }]));
  expect((await account.refresh()).seq).toBe(1);
  expect((await w.process().open(A)).state.seq).toBe(1);
  await account.write((draft) => draft.putObject('t', 'gap', 1));
  const state = await account.refresh();
  expect(state.seq).toBe(3);
  expect([...state.objects('t').keys()]).toEqual(['gap', 'late']);
  expect(beyond.sk).toBe(entryKey(3));
});

/** When a process put entries, while another was always there before it. */
async function lossesOf(writer: 'person' | 'worker'): Promise<number[]> {
  const w = world();
  const rival = await w.process().open(A);
  await makeInbox(rival);
  const puts: number[] = [];
  let losses = 8;
  const ports = failing(w.ports, {
    clock: w.clock,
    decide: (call) => {
      if (!isEntryPut(call)) return undefined;
      puts.push(w.clock.now());
      if (losses-- <= 0) return undefined;
      void addTo(rival);
      return { kind: 'delay', ms: 1 };
    },
  });
  const account = await w.process({ ...ports, writer }).open(A);
  await w.clock.run(addTo(account));
  return puts.slice(1).map((at, i) => at - puts[i]! - 1);
}

test('rule 11: a worker waits 10 ms or more after each loss, a person does not', async () => {
  const worker = await lossesOf('worker');
  expect(worker).toHaveLength(8);
  for (const wait of worker) expect(wait).toBeGreaterThanOrEqual(10);
  const person = await lossesOf('person');
  expect(person).toHaveLength(8);
  for (const wait of person) expect(wait).toBe(0);
});

test('rule 11: writes at the same moment in one process are few entries', async () => {
  const { w, calls, watch } = noted();
  const slow = failing(watch(), {
    clock: w.clock,
    decide: ({ method }) => (method === 'put' ? { kind: 'delay', ms: 5 } : undefined),
  });
  const account = await w.process(slow).open(A);
  const all = async () => {
    await makeInbox(account);
    calls.length = 0;
    const states = await Promise.all(Array.from({ length: 200 }, (_, n) => addTo(account, { size: n })));
    expect(new Set(states).size).toBe(200);
  };
  await w.clock.run(all());
  expect(calls.filter(isEntryPut).length).toBeLessThanOrEqual(3);
  expect(boxOf(account.state).uidnext).toBe(201);
});

test('rule 11: who waits to load the account gets a turn between two groups of writes', async () => {
  const w = world();
  const slow = failing(w.ports, {
    clock: w.clock,
    decide: ({ method }) => (method === 'put' ? { kind: 'delay', ms: 5 } : undefined),
  });
  const accounts = w.process(slow);
  let going = true;
  const history = async () => {
    const account = await accounts.openToAppend(A);
    const { result: inbox } = await account.write((draft) => draft.createMailbox('INBOX'));
    const writer = async () => {
      while (going) await account.write((draft) => draft.add(message([inbox.id])));
    };
    const writers = Promise.all([writer(), writer(), writer()]);
    const began = w.clock.now();
    await w.clock.sleep(20);
    await accounts.open(A);
    const took = w.clock.now() - began;
    going = false;
    await writers;
    return took;
  };
  expect(await w.clock.run(history(), 60_000)).toBeLessThan(100);
});

test('rule 12: what is long goes to a blob; the entry stays small, and says the same', async () => {
  const w = world();
  const account = await w.process().open(A);
  await makeInbox(account);
  const added = await account.write((draft) => {
    const inbox = boxOf(draft).id;
    for (let n = 0; n < 500; n++) {
      const preview = String(Math.imul(n + 1, 2654435761)).repeat(9);
      draft.add(message([inbox], { size: n, summary: summary({ subject: `message ${n}`, preview }) }));
    }
  });
  expect(added.seq).toBe(2);
  const [, entry] = items(w);
  expect(entry!.body.length).toBeLessThan(200);
  expect(await blobNames(w)).toHaveLength(1);
  const fresh = await w.process().openWhole(A);
  expect(dump(fresh.state)).toEqual(dump(account.state as never));
  const found = await fresh.emails(emailsIn(fresh.state));
  expect([...found.values()].map(({ summary: { subject } }) => subject)).toEqual(
    Array.from({ length: 500 }, (_, n) => `message ${n}`),
  );
});

test('rule 12: what is too much for an entry that others share has one of its own', async () => {
  const account = await world().process().open(A);
  await makeInbox(account);
  const adding = (count: number) =>
    account.write((draft) => {
      for (let n = 0; n < count; n++) draft.add(message([boxOf(draft).id]));
    });
  await Promise.all([adding(1), adding(200), adding(4096), adding(1)]);
  expect(boxOf(account.state).messages).toBe(4298);
  await expect(adding(4097)).rejects.toMatchObject({ code: 'limit' });
  expect(boxOf(account.state).messages).toBe(4298);
});

test('rule 12: an entry under the limit stays in its item', async () => {
  const w = world();
  const account = await w.process().open(A);
  await makeInbox(account);
  const preview = Array.from({ length: 1500 }, (_, n) => Math.imul(n + 1, 2654435761).toString(36)).join('');
  await addTo(account, { summary: summary({ preview: preview.slice(0, 9000) }) });
  expect(await blobNames(w)).toEqual([]);
  expect(items(w)[1]!.body.length).toBeGreaterThan(INLINE_LIMIT / 2);
  await addTo(account, { summary: summary({ preview: preview.repeat(1) + preview.split('').reverse().join('') }) });
  expect(await blobNames(w)).toHaveLength(1);
});

test('rule 12: the payload of an entry that lost its race is deleted', async () => {
  const w = world();
  const rival = await w.process().open(A);
  await makeInbox(rival);
  const account = await w.process().open(A);
  await addTo(rival);
  const preview = Array.from({ length: 9000 }, (_, n) => Math.imul(n + 1, 2654435761).toString(36)).join('');
  await addTo(account, { summary: summary({ preview }) });
  expect(await blobNames(w)).toHaveLength(1);
});

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let n = 0; n < 3; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
}

test('rule 13: accounts that nobody uses are forgotten beyond the limit; one that is held stays the same object', async () => {
  const { w, calls, watch } = noted();
  const accounts = w.process(watch(), { accountBytes: 40_000 });
  const held = await accounts.open('held');
  await makeInbox(held);
  const watched = new WeakRef(await accounts.open('watched'));
  const stop = watched.deref()!.watch(() => {});
  for (let n = 0; n < 50; n++) await accounts.open(`other${n}`);
  await collectGarbage();
  const calledFor = async (id: string) => {
    calls.length = 0;
    await accounts.open(id);
    return calls.length;
  };
  expect(await calledFor('other49')).toBe(0);
  expect(await calledFor('other0')).toBeGreaterThan(0);
  expect(await accounts.open('held')).toBe(held);
  expect(await calledFor('watched')).toBe(0);
  stop();
});

test('rule 13: a load that fails does not part a process into two views of an account', async () => {
  const w = world();
  let down = false;
  const ports = failing(w.ports, {
    clock: w.clock,
    decide: ({ method }) => (down && method === 'query' ? { kind: 'unavailable' } : undefined),
  });
  const accounts = w.process({ ...ports, exclusive: true });
  const first = await accounts.openToAppend(A);
  await first.write((draft) => draft.createMailbox('INBOX'));
  down = true;
  await expect(accounts.open(A)).rejects.toThrow();
  down = false;
  const second = await accounts.open(A);
  expect(second).toBe(first);
  await addTo(second);
  expect(emailsIn(await first.refresh())).toHaveLength(1);
});

test('a listener or a wake-up that fails is no failure of the write', async () => {
  const w = world();
  const ports = {
    ...w.ports,
    wakeups: { ...w.ports.wakeups, publish: () => Promise.reject(new Error('no events')), subscribe: () => () => {} },
  };
  const account = await w.process(ports).open(A);
  account.watch(() => {
    throw new Error('a broken session');
  });
  await makeInbox(account);
  expect(await addTo(account)).toBeGreaterThan(0);
});
