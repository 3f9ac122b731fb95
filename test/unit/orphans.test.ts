import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalStore, localClock, localLog, openLocalStore } from '../../adapters/local/index.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import { releaseBlob } from '../../mail/blobs/release.ts';
import { Seen } from '../../mail/blobs/seen.ts';
import type { InboundJob } from '../../mail/inbound/job.ts';
import { park } from '../../mail/inbound/parked.ts';
import { partition } from '../../mail/outbound/queue-entry.ts';
import { create } from '../../mail/outbound/store.ts';
import { createMail, type Mail } from '../../mail/stages.ts';

const DAY = 86_400_000;

describe('names seen', () => {
  it('are always known again, and others hardly ever', () => {
    const seen = new Seen('salt');
    for (let i = 0; i < 20_000; i++) seen.add(`raw/${i}`);
    let missed = 0;
    let mistaken = 0;
    for (let i = 0; i < 20_000; i++) {
      if (!seen.has(`raw/${i}`)) missed++;
      if (seen.has(`raw/x${i}`)) mistaken++;
    }
    expect(missed).toBe(0);
    expect(mistaken).toBeLessThan(20);
  });
});

describe('the sweep of orphans', () => {
  let home: string;
  let store: LocalStore;
  let mail: Mail;
  let account: string;
  let days = 0;

  beforeEach(async () => {
    days = 0;
    home = await mkdtemp(join(tmpdir(), 'postern-orphans-'));
    const clock = { ...localClock, now: () => localClock.now() + days * DAY };
    store = await openLocalStore({ home, log: localLog('error', () => undefined), clock });
    mail = await createMail(store, {
      hostname: 'mail.example.test',
      writer: 'person',
      exclusive: true,
      defaultRoutes: [{ kind: 'mx' }],
      onLongTail: () => undefined,
    });
    await mail.directory.domains.add('example.test');
    account = (await mail.directory.accounts.add('alice@example.test', 'correct horse battery')).id;
  });
  afterEach(async () => {
    await store.close();
    await rm(home, { recursive: true });
  });

  const sweep = () => mail.sweepOrphans(() => store.queues.deliver.bodies());

  async function blob(size = 100): Promise<string> {
    const bytes = Buffer.from(`Subject: x\r\n\r\n${'y'.repeat(size)}\r\n`);
    return (await store.blobs.put('raw', bytes, { owners: 1 })).name;
  }

  function job(id: string, name: string): InboundJob {
    const deliveries = [{ account, recipient: 'alice@example.test' }];
    return {
      ...{ v: 1, id, blob: name, size: 116, received: store.clock.now(), from: 'x@y.test', smtputf8: false },
      ...{ eightBit: false, deliveries, relay: [], via: 'mx', tenant: 'default' },
    };
  }

  async function queue(id: string): Promise<string> {
    const name = await blob();
    await store.queues.deliver.send(JSON.stringify(job(id, name)));
    return name;
  }

  async function deliverAll(): Promise<void> {
    const jobs = await store.queues.deliver.receive({ max: 50, visibility: 60, waitSeconds: 0 });
    expect(await mail.deliver(jobs)).toEqual([]);
    await store.queues.deliver.delete(jobs.map(({ handle }) => handle));
  }

  async function entry(id: string, name: string): Promise<void> {
    const now = store.clock.now();
    await create(store.records, {
      ...{ v: 1 as const, id, job: 'job', blob: name, size: 1, from: '', domain: 'z.test', routing: 'example.test' },
      ...{ tenant: 'default', via: 'local' as const, smtputf8: false, eightBit: false, arrived: now, recipients: [] },
      ...{ failed: [], reports: 0, state: 'held' as const, until: now, attempts: 0, writer: 'w' },
    });
  }

  async function left(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of store.blobs.list('raw')) names.push(name);
    return names.sort();
  }

  it('deletes what nothing names, and nothing else', async () => {
    const filed = await queue('filedaaa');
    const expunged = await queue('goneaaaa');
    await deliverAll();
    const alice = await mail.accounts.open(account);
    await alice.write((draft) => draft.expunge(draft.mailboxNamed('INBOX')!.id, UidSet.range(2, 2)));
    await mail.accounts.compact(account);
    const recent = await queue('recentaa');
    await deliverAll();
    const queued = await queue('queuedaa');
    const underWay = await queue('underway');
    await store.queues.deliver.receive({ max: 1, visibility: 600, waitSeconds: 0 });
    const sending = await blob();
    await entry('entryaaa', sending);
    const parked = await blob();
    await park(store, JSON.stringify(job('parkedaa', parked)), 'a test');
    const parkedLong = await blob();
    await park(store, JSON.stringify({ ...job('longaaaa', parkedLong), from: 'x'.repeat(400_000) }), 'a test');
    const released = await blob();
    await releaseBlob(store.records, released, account, store.clock.now());
    const waiting = { id: 'letteraa', sendAt: store.clock.now() + 30 * DAY };
    const envelope = { from: 'alice@example.test', recipients: ['x@z.test'], smtputf8: false };
    await mail.outbox.put({ ...waiting, account, tenant: 'default', ...envelope }, store.blobs.stream(sending));
    const letter = (await mail.outbox.get(waiting))!.blob;
    const kept = [filed, expunged, recent, queued, underWay, sending, parked, parkedLong, released, letter].sort();
    expect(await left()).toEqual(kept);

    const orphans = [await blob(), await blob(3 << 20)];
    expect(await sweep()).toEqual({ deleted: 0, bytes: 0 });
    expect(await left()).toEqual([...kept, ...orphans].sort());
    days = 8;
    expect(await sweep()).toMatchObject({ deleted: 2 });
    expect(await left()).toEqual(kept);
  });

  it('deletes nothing where it cannot read what may name it', async () => {
    const orphan = await blob();
    const body = Buffer.from('{"v":2,"blob":"elsewhere"}');
    await store.records.put({ pk: partition('later'), sk: 'later', body }, 'any');
    days = 8;
    await expect(sweep()).rejects.toThrow();
    expect(await left()).toEqual([orphan]);
  });

  it('leaves a message alone that is filed while it looks', async () => {
    const name = await queue('movesaaa');
    days = 8;
    const whileDelivering = async function* () {
      yield* store.queues.deliver.bodies();
      await deliverAll();
    };
    expect(await mail.sweepOrphans(whileDelivering)).toEqual({ deleted: 0, bytes: 0 });
    expect(await left()).toEqual([name]);
  });
});
