import { expect, test } from 'vitest';
import { unpack } from '../../mail/account/bytes.ts';
import { NotFound } from '../../mail/ports/index.ts';
import { DAY, dump, type World, world } from '../support/accounts.ts';
import { Crash, failing } from '../support/failing.ts';
import { A, addTo, blobNames, boxOf, emailsIn, items, listed, makeInbox, raw, uids } from './account-support.ts';

/** Every byte of the store that could hold content, unpacked wherever it is packed, as one string. */
async function everyByte(w: World): Promise<string> {
  const found: string[] = [];
  const look = (bytes: Uint8Array) => {
    found.push(Buffer.from(bytes).toString('latin1'));
    // Packed pieces begin with the magic number of zstd (RFC 8878 section 3.1.1).
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = whole.indexOf('28b52ffd', 0, 'hex'); at >= 0; at = whole.indexOf('28b52ffd', at + 1, 'hex')) {
      for (const end of ends(whole, at)) {
        try {
          found.push(Buffer.from(unpack(whole.subarray(at, end))).toString('latin1'));
          break;
        } catch {}
      }
    }
  };
  for (const { body } of (w.ports.records as never as { everything(): Iterable<{ body: Uint8Array }> }).everything())
    look(body);
  for (const kind of ['raw', 'log'] as const) {
    for (const name of await blobNames(w, kind)) look(await w.ports.blobs.get(name));
  }
  return found.join('\n');
}

async function holds(w: World, word: string): Promise<boolean> {
  return (await everyByte(w)).includes(word);
}

/** Where a packed piece may end: before the next one, or with the whole. */
function ends(whole: Buffer, at: number): number[] {
  const next: number[] = [];
  for (let i = whole.indexOf('28b52ffd', at + 4, 'hex'); i >= 0; i = whole.indexOf('28b52ffd', i + 4, 'hex'))
    next.push(i);
  return [...next, whole.length];
}

/** A message whose entry is so long, packed as it is, that its operations go to a blob. */
async function rawLong(w: World, subject: string) {
  const { blob, summary } = await raw(w, subject);
  const preview = Array.from({ length: 12_000 }, (_, i) => Math.imul(i, 2654435761) >>> 0).join(' ');
  return { blob, summary: { ...summary, preview } };
}

/** An account with history: kept snapshots that hold SECRET, entries with it inline and in a blob, copies and flags. */
async function prepared(seed = 1): Promise<{ w: World; secrets: number[]; dumped: () => Promise<unknown> }> {
  const w = world(seed);
  const accounts = w.process();
  const account = await accounts.open(A);
  await makeInbox(account);
  await account.write((draft) => draft.createMailbox('Archive'));
  const secrets = [await addTo(account, { ...(await raw(w, 'SECRET one')), flags: ['\\Seen'] })];
  await addTo(account, await raw(w, 'public one'));
  await accounts.compact(A);
  await w.clock.advance(2 * DAY);
  await addTo(account, await raw(w, 'public two'));
  await account.write((draft) => draft.copy(boxOf(draft).id, uids(1, 2), boxOf(draft, 'Archive').id));
  await accounts.compact(A);
  await w.clock.advance(2 * DAY);
  // An entry whose operations go to a blob.
  secrets.push(await addTo(account, await rawLong(w, 'SECRET two')));
  await accounts.compact(A);
  await w.clock.advance(2 * DAY);
  secrets.push(await addTo(account, await raw(w, 'SECRET three')));
  // Snapshots within a day of a kept one: what replaces them leaves them to nobody.
  await accounts.compact(A);
  await addTo(account, await raw(w, 'public three'));
  await accounts.compact(A);
  await addTo(account, await raw(w, 'public four'));
  await accounts.compact(A);
  secrets.push(await addTo(account, await raw(w, 'SECRET four')));
  const dumped = async () => {
    const read = await w.process().openWhole(A);
    return dump(read.state);
  };
  return { w, secrets, dumped };
}

test('rule 15: an erased message is nowhere in the store, and all else is as it was', async () => {
  const { w, secrets } = await prepared();
  expect(await holds(w, 'SECRET')).toBe(true);
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  const others = emailsIn(account.state).filter((email) => !secrets.includes(email));
  const before = await account.emails(others);
  await accounts.eraseEmails(A, secrets);
  const bytes = await everyByte(w);
  expect(bytes.includes('SECRET')).toBe(false);
  for (const subject of ['public one', 'public two', 'public three', 'public four'])
    expect(bytes.includes(subject)).toBe(true);
  expect(emailsIn(account.state)).toEqual(others);
  expect(listed(account.state, 'Archive')).toEqual([[2, '']]);
  expect(await account.emails([...others, ...secrets])).toEqual(before);
  // Another process, and the whole of history, understand what is left.
  const other = await w.process().openWhole(A);
  expect(dump(other.state)).toEqual(dump(account.state));
  expect(await other.emails(others)).toEqual(before);
  const then = await w.process().stateAt(A, w.clock.now() - 3 * DAY);
  expect(emailsIn(then)).toContain(secrets[0]);
});

test('rule 15: the effects of blanked entries stay: ids, sizes, the memory of deliveries', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.open(A);
  await makeInbox(account);
  const email = await addTo(account, { ...(await raw(w, 'SECRET')), delivery: 'job-7', size: 777 });
  await accounts.eraseEmails(A, [email]);
  const again = await w.process().open(A);
  expect(again.state.delivered('job-7')).toBe(true);
  expect(boxOf(again.state).uidnext).toBe(2);
  expect(again.state.bytes).toBe(0);
  expect(again.state.vanishedSince(boxOf(again.state).id, 2)?.toString()).toBe('1');
});

test('rule 15: a blob goes at once when this account was its only owner, else with its last owner', async () => {
  const w = world();
  const accounts = w.process();
  const shared = await raw(w, 'SHARED', 2);
  const own = await raw(w, 'OWN', 1);
  for (const id of ['a1', 'a2']) await makeInbox(await accounts.open(id));
  const first = await accounts.open('a1');
  const numbers = [await addTo(first, shared), await addTo(first, own)];
  const second = await addTo(await accounts.open('a2'), shared);
  await accounts.eraseEmails('a1', numbers);
  await expect(w.ports.blobs.get(own.blob)).rejects.toThrow(NotFound);
  expect(Buffer.from(await w.ports.blobs.get(shared.blob)).toString()).toContain('SHARED');
  await accounts.eraseEmails('a2', [second]);
  await expect(w.ports.blobs.get(shared.blob)).rejects.toThrow(NotFound);
});

test('rule 15: a process that had the account open goes on, from the snapshot in use now', async () => {
  const { w, secrets } = await prepared();
  const reader = w.process();
  const account = await reader.open(A);
  const others = emailsIn(account.state).filter((email) => !secrets.includes(email));
  await w.process().eraseEmails(A, secrets);
  expect([...(await account.emails(others)).keys()].sort()).toEqual([...others].sort());
  await account.refresh();
  expect(emailsIn(account.state)).toEqual(others);
  await reader.compact(A);
  expect(await holds(w, 'SECRET')).toBe(false);
});

test('rule 15: erasing is completed after a crash at any of its calls', async () => {
  let crashes = 0;
  for (const when of ['before', 'after'] as const)
    for (let at = 1; ; at++) {
      const { w, secrets, dumped } = await prepared(at);
      let calls = 0;
      const ports = failing(w.ports, {
        clock: w.clock,
        decide: () => (++calls === at ? { kind: 'crash', when } : undefined),
      });
      const erased = await w
        .process(ports)
        .eraseEmails(A, secrets)
        .then(
          () => true,
          (error: unknown) => {
            if (!(error instanceof Crash)) throw error;
            return false;
          },
        );
      if (erased) break;
      crashes += 1;
      const survivor = w.process();
      if (at % 3 === 0) await survivor.compact(A);
      await survivor.eraseEmails(A, secrets);
      expect(await holds(w, 'SECRET'), `crash ${when} call ${at}`).toBe(false);
      const state = await survivor.openWhole(A);
      expect(await dumped()).toEqual(dump(state.state));
    }
  expect(crashes).toBeGreaterThan(40);
});

test('rule 15: while other processes write and compact, nothing of theirs is lost and nothing comes back', async () => {
  const { w, secrets } = await prepared();
  const writer = w.process({ writer: 'worker' });
  const history = async () => {
    const work = async () => {
      const account = await writer.open(A);
      for (let n = 0; n < 30; n++) {
        await addTo(account, await raw(w, `later ${n}`));
        if (n % 3 === 0) await writer.compact(A);
        await w.clock.sleep(1);
      }
    };
    await Promise.all([work(), w.process().eraseEmails(A, secrets)]);
  };
  await w.clock.run(history());
  expect(await holds(w, 'SECRET')).toBe(false);
  const state = await w.process().open(A);
  expect(emailsIn(state.state)).toHaveLength(34);
  const found = await state.emails(emailsIn(state.state));
  expect([...found.values()].filter(({ summary }) => summary.subject?.startsWith('later'))).toHaveLength(30);
});

test('rule 15: an erased account is gone, its id stays used, and a crash at any call is made good', async () => {
  for (const when of ['before', 'after'] as const)
    for (let at = 1; ; at++) {
      const { w } = await prepared(at);
      const shared = await raw(w, 'SHARED', 2);
      await addTo(await w.process().open(A), shared);
      await makeInbox(await w.process().open('a2'));
      await addTo(await w.process().open('a2'), shared);
      const open = w.process();
      const account = await open.open(A);
      let calls = 0;
      const ports = failing(w.ports, {
        clock: w.clock,
        decide: () => (++calls === at ? { kind: 'crash', when } : undefined),
      });
      const crashed = await w
        .process(ports)
        .eraseAccount(A)
        .then(
          () => false,
          (error: unknown) => error instanceof Crash,
        );
      await open.eraseAccount(A);
      const bytes = await everyByte(w);
      for (const word of ['SECRET', 'public'])
        expect(bytes.includes(word), `${word}, crash ${when} call ${at}`).toBe(false);
      expect(Buffer.from(await w.ports.blobs.get(shared.blob)).toString()).toContain('SHARED');
      expect(items(w).map(({ sk }) => sk)).toEqual(['h']);
      expect(await blobNames(w)).toEqual([]);
      await expect(w.process().open(A)).rejects.toMatchObject({ code: 'nonexistent' });
      await expect(account.refresh()).rejects.toMatchObject({ code: 'nonexistent' });
      await expect(makeInbox(account)).rejects.toMatchObject({ code: 'nonexistent' });
      if (!crashed) break;
    }
});

test('rule 15: who reads the log while a payload moves to another blob reads it there', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.open(A);
  await makeInbox(account);
  const secret = await addTo(account, await rawLong(w, 'SECRET'));
  const slow = failing(w.ports, {
    clock: w.clock,
    decide: ({ port, method }) => (port === 'blobs' && method === 'get' ? { kind: 'delay', ms: 50 } : undefined),
  });
  const both = async () => {
    const reading = w.process(slow).openWhole(A);
    await w.clock.sleep(10);
    await accounts.eraseEmails(A, [secret]);
    return reading;
  };
  const reader = await w.clock.run(both());
  expect(emailsIn(reader.state)).toEqual([secret]);
  expect((await reader.emails([secret])).get(secret)?.summary.subject).toBeUndefined();
  await reader.refresh();
  expect(emailsIn(reader.state)).toEqual([]);
});

test('rule 15: erasing what is not there changes nothing', async () => {
  const { w, dumped } = await prepared();
  const before = await dumped();
  const blobs = await blobNames(w);
  await w.process().eraseEmails(A, [12345]);
  expect(await dumped()).toEqual(before);
  expect(await blobNames(w)).toEqual(blobs);
});
