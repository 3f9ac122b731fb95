import { expect, test } from 'vitest';
import { payloadBlob } from '../../mail/account/codec.ts';
import { PART_EMAILS } from '../../mail/account/parts.ts';
import { blobsOf } from '../../mail/account/snapshot.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import { DAY, dump, message, summary, world } from '../support/accounts.ts';
import { A, addTo, blobNames, boxOf, emailsIn, items, makeInbox, noted, uids } from './account-support.ts';

/** Adds many messages, a few thousand an entry, with subjects `0`, `1`, ... */
async function fill(
  account: Awaited<ReturnType<ReturnType<ReturnType<typeof world>['process']>['openWhole']>>,
  count: number,
  name = 'INBOX',
) {
  for (let from = 0; from < count; from += 2000) {
    await account.write((draft) => {
      const inbox = boxOf(draft, name).id;
      for (let n = from; n < Math.min(count, from + 2000); n++) {
        draft.add(
          message([inbox], { size: n, flags: n % 3 === 0 ? ['\\Seen'] : [], summary: summary({ subject: String(n) }) }),
        );
      }
    });
  }
}

test('a snapshot gives back all of a state: many mailboxes, roles, objects, keywords, tombstones, what is known', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  await makeInbox(account);
  await account.write((draft) => {
    for (let n = 0; n < 300; n++) {
      const { id } = draft.createMailbox(`box ${n}/ü${n}`);
      draft.subscribe(`box ${n}`, n % 2 === 0);
      if (n % 4 === 0)
        draft.add(message([id, boxOf(draft).id], { flags: [`k${n}`, '\\Flagged'], delivery: `job${n}`, size: n }));
    }
    draft.setRole(boxOf(draft, 'box 3').id, 'trash');
    draft.putObject('identity', 'i', { name: 'Ünï', list: [1, null, { deep: true }] });
  });
  await account.write((draft) => draft.expunge(boxOf(draft).id, uids(1, 3, 5)));
  await accounts.compact(A);
  const fresh = await w.process().openWhole(A);
  expect(fresh.tail.entries).toEqual([]);
  expect(dump(fresh.state)).toEqual(dump(account.state));
  expect(fresh.state.delivered('job4')).toBe(true);
  expect(fresh.state.object('identity', 'i')).toEqual({ name: 'Ünï', list: [1, null, { deep: true }] });
  // The two go on alike.
  await addTo(fresh, { flags: ['K4', 'new'] });
  await account.refresh();
  expect(dump(fresh.state)).toEqual(dump(account.state));
});

test('opening is a handful of calls, however many snapshots were written and wherever changes fell', async () => {
  const { w, calls, watch } = noted();
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  await makeInbox(account);
  await account.write((draft) => {
    for (const name of ['Two', 'Three', 'Four']) draft.createMailbox(name);
  });
  await fill(account, 9000);
  for (let round = 0; round < 25; round++) {
    await account.write((draft) => {
      const names = ['INBOX', 'Two', 'Three', 'Four'];
      draft.copy(boxOf(draft).id, UidSet.range(1 + round * 300, 200 + round * 300), boxOf(draft, names[round % 4]!).id);
      draft.store(boxOf(draft).id, UidSet.from([round * 350 + 1]), 'add', ['\\Answered']);
    });
    await accounts.compact(A);
    await addTo(account);
    calls.length = 0;
    const fresh = await w.process(watch()).openWhole(A);
    expect(calls.filter(({ method }) => method === 'query')).toHaveLength(1);
    expect(calls.filter(({ port }) => port === 'blobs').length).toBeLessThanOrEqual(4);
    expect(dump(fresh.state)).toEqual(dump(account.state));
    expect(new Set(account.base!.manifest.blobs).size).toBeLessThanOrEqual(3);
  }
});

test('chunks that did not change stay where they are stored', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  await makeInbox(account);
  await fill(account, 20_000);
  await accounts.compact(A);
  const first = (await w.ports.blobs.info(account.base!.head.at.blob)).size;
  await account.write((draft) => draft.store(boxOf(draft).id, uids(19_999), 'add', ['x']));
  await accounts.compact(A);
  const second = (await w.ports.blobs.info(account.base!.head.at.blob)).size;
  expect(second).toBeLessThan(first / 4);
  expect(account.base!.manifest.blobs).toHaveLength(2);
  const [inbox] = account.base!.manifest.mailboxes;
  expect(inbox!.chunks.map(([blob]) => blob)).toEqual([...Array.from({ length: 19 }, () => 1), 0]);
});

test('summaries are in parts: full ones stay, the last one grows, a released email leaves its part', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  await makeInbox(account);
  await fill(account, PART_EMAILS + 100);
  await accounts.compact(A);
  const shape = () => account.base!.manifest.parts.map(({ count }) => count);
  expect(shape()).toEqual([PART_EMAILS, 100]);
  const [full] = account.base!.manifest.parts;
  await fill(account, 50);
  await accounts.compact(A);
  expect(shape()).toEqual([PART_EMAILS, 150]);
  expect(account.base!.manifest.parts[0]).toEqual(full);
  const emails = emailsIn(account.state);
  await accounts.eraseEmails(A, emails.slice(3, 13));
  expect(shape()).toEqual([PART_EMAILS - 10, 150]);
  await fill(account, PART_EMAILS);
  await accounts.compact(A);
  expect(shape()).toEqual([PART_EMAILS - 10, PART_EMAILS, 150]);
  const fresh = await w.process().openWhole(A);
  const found = await fresh.emails(emails);
  expect(found.size).toBe(emails.length - 10);
  expect(emails.flatMap((email) => found.get(email)?.summary.subject ?? []).slice(0, 5)).toEqual([
    '0',
    '1',
    '2',
    '13',
    '14',
  ]);
  expect(await fresh.emails([1, 2 ** 50])).toEqual(new Map());
});

test('blobs of snapshots are deleted when history no longer needs them; those of the entries with the entries', async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  await makeInbox(account);
  const counts: number[] = [];
  const preview = Array.from({ length: 3000 }, (_, i) => Math.imul(i, 2654435761) >>> 0).join(' ');
  for (let day = 0; day < 300; day += 3) {
    // So long, packed as it is, that the entry's operations go to a blob.
    await addTo(account, { summary: summary({ preview }) });
    await accounts.compact(A);
    counts.push((await blobNames(w)).length);
    await w.clock.advance(3 * DAY);
  }
  expect(Math.max(...counts.slice(60))).toBeLessThanOrEqual(Math.max(...counts.slice(30, 60)) + 3);
  const { manifest, head } = account.base!;
  const named = new Set([
    ...blobsOf(manifest),
    ...manifest.retired.map(({ blob }) => blob),
    ...manifest.kept.map(({ stored }) => stored!.at.blob),
  ]);
  for (const { body } of items(w).slice(0, -1)) named.add(payloadBlob(body)!);
  expect((await blobNames(w)).length).toBe(named.size);
  for (const blob of named) expect((await w.ports.blobs.info(blob)).size).toBeGreaterThan(0);
  expect(head.floor).toBe(manifest.kept[0]!.seq);
  // Every kept snapshot can still be read.
  for (const { time } of manifest.kept) await w.process().stateAt(A, time);
});

test("a snapshot whose writer died is no one's: the account goes on from the one before", async () => {
  const w = world();
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  await makeInbox(account);
  await addTo(account);
  await accounts.compact(A);
  await addTo(account);
  await w.ports.blobs.put('log', Buffer.from('half a snapshot'), { owners: 1 });
  const fresh = await w.process().openWhole(A);
  expect(dump(fresh.state)).toEqual(dump(account.state));
  expect(fresh.tail.entries).toHaveLength(1);
});

test('rule 12: a COPY of 100,000 messages is a small entry; times of such an account', async () => {
  const { w, calls, watch } = noted();
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  await makeInbox(account);
  await account.write((draft) => draft.createMailbox('Copy'));
  const times: Record<string, number> = {};
  const timed = async <T>(what: string, action: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await action();
    times[what] = Math.round(performance.now() - start);
    return result;
  };
  await timed('add 100,000 in 50 entries', () => fill(account, 100_000));
  await timed('first snapshot', () => accounts.compact(A));
  await timed('copy all', () =>
    account.write((draft) => draft.copy(boxOf(draft).id, UidSet.range(1, 100_000), boxOf(draft, 'Copy').id)),
  );
  const entry = items(w).findLast(({ sk }) => sk.startsWith('e/'))!;
  expect(entry.body.length).toBeLessThan(1000);
  await timed('flag all', () =>
    account.write((draft) => draft.store(boxOf(draft).id, UidSet.range(1, 100_000), 'add', ['\\Flagged'])),
  );
  await timed('second snapshot', () => accounts.compact(A));
  calls.length = 0;
  const fresh = await timed('open (200,000 placements)', () => w.process(watch()).openWhole(A));
  expect(calls.length).toBeLessThanOrEqual(5);
  expect(boxOf(fresh.state, 'Copy').messages).toBe(100_000);
  await timed('one flag', () =>
    fresh.write((draft) => draft.store(boxOf(draft).id, uids(50_000), 'remove', ['\\Flagged'])),
  );
  await timed('snapshot after one flag', () => accounts.compact(A));
  await timed('1000 summaries', () => fresh.emails(emailsIn(fresh.state).slice(40_000, 41_000)));
  const { size } = await w.ports.blobs.info(account.base!.head.at.blob);
  console.info(`100,000 messages, ms: ${JSON.stringify(times)}; last snapshot ${size} bytes, weight ${fresh.weight}`);
}, 120_000);
