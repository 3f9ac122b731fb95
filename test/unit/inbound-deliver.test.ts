import { describe, expect, it } from 'vitest';
import { OpenAccounts } from '../../mail/account/accounts.ts';
import { createDeliver, type Relayed } from '../../mail/inbound/deliver.ts';
import type { InboundJob } from '../../mail/inbound/job.ts';
import { listParked } from '../../mail/inbound/parked.ts';
import { createTraces } from '../../mail/inbound/trace.ts';
import { type ReceivedJob, Unavailable } from '../../mail/ports/index.ts';
import { type Call, type Fault, failing } from '../support/failing.ts';
import { memoryPorts, silentLog } from '../support/memory.ts';
import { SimClock } from '../support/simclock.ts';
import { SimRandom } from '../support/simrandom.ts';

const MESSAGE = Buffer.from('Message-ID: <m1@y.test>\r\nSubject: hi\r\n\r\ntext\r\n');
const DAY = 86_400_000;

function rig(options: { readonly submitFails?: Error } = {}) {
  const clock = new SimClock();
  const random = new SimRandom(7);
  const memory = memoryPorts({ clock, random });
  let decide: (call: Call) => Fault | undefined = () => undefined;
  const calls: string[] = [];
  const ports = failing(memory, {
    clock,
    decide: (call) => {
      calls.push(`${call.port}.${call.method}`);
      return decide(call);
    },
  });
  const accounts = new OpenAccounts(
    {
      records: ports.records,
      blobs: ports.blobs,
      wakeups: ports.wakeups,
      clock,
      random,
      log: silentLog,
      writer: 'worker',
      exclusive: false,
      retentionMs: async () => 90 * DAY,
      onLongTail: () => undefined,
    },
    { accountBytes: 1 << 24, summaryBytes: 1 << 24 },
  );
  const gone = new Set<string>();
  const submitted: Relayed[] = [];
  const traces = createTraces({ records: ports.records, clock, random, log: silentLog });
  const deliver = createDeliver({
    ...ports,
    accounts,
    clock,
    log: silentLog,
    traces,
    directory: {
      account: async (id) =>
        gone.has(id)
          ? undefined
          : { id, address: `${id}@example.test`, tenant: 't', enabled: true, imap: true, pop3: true },
    },
    submit: async (message) => {
      if (options.submitFails !== undefined) throw options.submitFails;
      submitted.push(message);
    },
  });
  let serial = 0;
  const job = async (change: Partial<InboundJob> = {}, bytes: Uint8Array = MESSAGE): Promise<ReceivedJob> => {
    const blob = (await memory.blobs.put('raw', bytes, { owners: 1 })).name;
    const value: InboundJob = {
      v: 1,
      id: `job-${++serial}-abcdef`,
      blob,
      size: bytes.length,
      received: clock.now(),
      from: 'x@y.test',
      smtputf8: false,
      eightBit: false,
      deliveries: [{ account: 'a1', recipient: 'a@example.test' }],
      relay: [],
      via: 'mx',
      tenant: 't',
      ...change,
    };
    return { handle: `h${serial}`, body: JSON.stringify(value), attempt: 1 };
  };
  const inbox = async (id: string) => {
    const account = await accounts.open(id);
    const state = await account.refresh();
    const mailbox = state.mailboxNamed('INBOX');
    if (mailbox === undefined) return [];
    const rows = state.rows(mailbox.id);
    const numbers = Array.from({ length: rows.length }, (_, i) => rows.email(i));
    const emails = await account.emails(numbers);
    return numbers.map((number) => emails.get(number)!);
  };
  const parked = () => collect(listParked(memory.records));
  return {
    clock,
    ports,
    memory,
    deliver: (jobs: readonly ReceivedJob[]) => clock.run(deliver(jobs)),
    job,
    inbox,
    parked,
    gone,
    submitted,
    traces,
    calls,
    fail: (how: typeof decide) => {
      decide = how;
    },
  };
}

describe('deliver', () => {
  it('files a batch with one write per account, in the order it came', async () => {
    const it = rig();
    const both = [
      { account: 'a1', recipient: 'list@example.test' },
      { account: 'b1', recipient: 'list@example.test' },
    ];
    const jobs = [
      await it.job(),
      await it.job({ deliveries: both }),
      await it.job({ received: it.clock.now() - 5_000 }),
    ];
    it.calls.length = 0;
    expect(await it.deliver(jobs)).toEqual([]);
    expect(it.calls.filter((call) => call === 'records.put')).toHaveLength(3);
    expect(it.calls.filter((call) => call === 'blobs.get')).toHaveLength(3);
    expect(it.calls.filter((call) => call === 'wakeups.publish')).toHaveLength(2);
    const filed = await it.inbox('a1');
    expect(filed.map((email) => email.blob)).toEqual(jobs.map((job) => (JSON.parse(job.body) as InboundJob).blob));
    expect(filed[0]!.summary.subject).toBe('hi');
    expect(await it.inbox('b1')).toHaveLength(1);
  });

  it('files once, however often a job repeats, and wakes again', async () => {
    const it = rig();
    const job = await it.job();
    expect(await it.deliver([job, job])).toEqual([]);
    it.calls.length = 0;
    expect(await it.deliver([{ ...job, attempt: 2 }])).toEqual([]);
    expect(it.calls).toContain('wakeups.publish');
    expect(await it.inbox('a1')).toHaveLength(1);
  });

  it('files a message that is none as it came, and a large one', async () => {
    const it = rig();
    const ugly = Buffer.from([0, 255, 13, 10, 58, 0, 200]);
    const large = Buffer.alloc(3_000_000, 'Subject: large\r\n\r\n0123456789abcdef\r\n');
    expect(await it.deliver([await it.job({}, ugly), await it.job({}, large)])).toEqual([]);
    const filed = await it.inbox('a1');
    expect(filed.map((email) => email.size)).toEqual([ugly.length, large.length]);
    expect(filed[1]!.summary.subject).toBe('large');
  });

  it('submits what goes on, under the id of the job', async () => {
    const it = rig();
    const job = await it.job({ relay: ['far@elsewhere.test'], deliveries: [], sender: 'a9', via: 'submission' });
    expect(await it.deliver([job])).toEqual([]);
    const { id, blob } = JSON.parse(job.body) as InboundJob;
    expect(it.submitted).toEqual([
      expect.objectContaining({ id, blob, recipients: ['far@elsewhere.test'], sender: 'a9', via: 'submission' }),
    ]);
    expect(it.calls).not.toContain('blobs.get');
  });

  it('has only the failed jobs come again', async () => {
    const it = rig();
    const good = await it.job({ deliveries: [{ account: 'b1', recipient: 'b@example.test' }] });
    const bad = await it.job();
    it.fail((call) =>
      call.port === 'records' && call.method === 'put' && call.subject.includes('a1')
        ? { kind: 'unavailable' }
        : undefined,
    );
    expect(await it.deliver([good, bad])).toEqual([bad.handle]);
    expect(await it.inbox('b1')).toHaveLength(1);
    it.fail(() => undefined);
    expect(await it.deliver([{ ...bad, attempt: 9 }])).toEqual([]);
    expect(await it.inbox('a1')).toHaveLength(1);
    expect(await it.parked()).toEqual([]);
  });

  it('files once when the append took effect and nobody said so', async () => {
    const it = rig();
    const job = await it.job();
    it.fail((call) =>
      call.port === 'records' && call.method === 'put' ? { kind: 'unknown', effect: 'now' } : undefined,
    );
    const failed = await it.deliver([job]);
    it.fail(() => undefined);
    if (failed.length > 0) expect(await it.deliver([{ ...job, attempt: 2 }])).toEqual([]);
    expect(await it.inbox('a1')).toHaveLength(1);
  });

  it.each([
    ['{', 'not JSON'],
    ['{"v":2}', 'a form that this version does not know'],
    ['null', 'a form that this version does not know'],
  ])('parks %s', async (body, reason) => {
    const it = rig();
    const good = await it.job();
    expect(await it.deliver([{ handle: 'x', body, attempt: 1 }, good])).toEqual([]);
    expect(await it.parked()).toEqual([expect.objectContaining({ body, reason: expect.stringContaining(reason) })]);
    expect(await it.inbox('a1')).toHaveLength(1);
  });

  it('parks a job that is too old to be known', async () => {
    const it = rig();
    const job = await it.job({ received: it.clock.now() - 46 * DAY });
    expect(await it.deliver([job])).toEqual([]);
    expect((await it.parked())[0]).toMatchObject({ body: job.body, reason: expect.stringContaining('45 days') });
    expect(await it.inbox('a1')).toEqual([]);
  });

  it('parks a very large job too, and has it come again while that is not possible', async () => {
    const it = rig();
    const body = `"${'x'.repeat(900_000)}"`;
    it.fail((call) => (call.port === 'records' ? { kind: 'unavailable' } : undefined));
    expect(await it.deliver([{ handle: 'x', body, attempt: 1 }])).toEqual(['x']);
    it.fail(() => undefined);
    expect(await it.deliver([{ handle: 'x', body, attempt: 2 }])).toEqual([]);
    const [kept] = await it.parked();
    expect(Buffer.from(await it.memory.blobs.get(kept!.blob!)).toString()).toBe(body);
  });

  it('parks a job whose message is gone, after some tries', async () => {
    const it = rig();
    const job = await it.job({ blob: 'nowhere' });
    for (let attempt = 1; attempt < 5; attempt++) expect(await it.deliver([{ ...job, attempt }])).toEqual([job.handle]);
    expect(await it.deliver([{ ...job, attempt: 5 }])).toEqual([]);
    expect(await it.parked()).toHaveLength(1);
  });

  it('is done with a late repeat whose message was delivered, and since then deleted for good', async () => {
    const it = rig();
    const job = await it.job();
    await it.deliver([job]);
    await it.memory.blobs.delete((JSON.parse(job.body) as InboundJob).blob);
    expect(await it.deliver([{ ...job, attempt: 9 }])).toEqual([]);
    expect(await it.parked()).toEqual([]);
  });

  it('does not give up what can pass, and does what it can of it', async () => {
    const it = rig({ submitFails: new Unavailable('no') });
    const job = await it.job({ relay: ['far@elsewhere.test'] });
    expect(await it.deliver([{ ...job, attempt: 50 }])).toEqual([job.handle]);
    expect(await it.inbox('a1')).toHaveLength(1);
    const bug = rig({ submitFails: new TypeError('bug') });
    expect(await bug.deliver([{ ...(await bug.job({ relay: ['a@b.test'] })), attempt: 5 }])).toEqual([]);
    expect((await bug.parked())[0]!.reason).toMatch(/5 times: bug/);
  });

  it('gives mail for an account that is gone back to its sender', async () => {
    const it = rig();
    it.gone.add('a1');
    const job = await it.job({
      received: it.clock.now() - 61_000,
      deliveries: [
        { account: 'a1', recipient: 'a@example.test' },
        { account: 'b1', recipient: 'b@example.test' },
      ],
    });
    expect(await it.deliver([job])).toEqual([]);
    expect(it.submitted).toEqual([expect.objectContaining({ recipients: ['a@example.test'], from: 'x@y.test' })]);
    expect(it.submitted[0]!.id).not.toBe((JSON.parse(job.body) as InboundJob).id);
    expect(await it.inbox('b1')).toHaveLength(1);
  });

  it('does not look an account up again that was there a moment ago', async () => {
    const it = rig();
    it.gone.add('a1');
    expect(await it.deliver([await it.job({ received: it.clock.now() - 59_000 })])).toEqual([]);
    expect(it.submitted).toEqual([]);
    expect(await it.inbox('a1')).toHaveLength(1);
  });
});

describe('traces', () => {
  it('are found by queue id, Message-ID, sender, recipient and time', async () => {
    const it = rig();
    const jobs = [await it.job(), await it.job({ from: 'other@y.test', relay: ['far@elsewhere.test'] })];
    await it.deliver(jobs);
    const ids = jobs.map((job) => (JSON.parse(job.body) as InboundJob).id);
    const find = async (query: Parameters<typeof it.traces.find>[0]) =>
      (await collect(it.traces.find(query))).map((trace) => trace.id);
    expect(await find({ id: ids[0]! })).toEqual([ids[0]]);
    expect(await find({ id: '<m1@y.test>' })).toEqual(ids);
    expect(await find({ from: 'OTHER@y.test' })).toEqual([ids[1]]);
    expect(await find({ to: 'far@elsewhere.test' })).toEqual([ids[1]]);
    expect(await find({ to: 'nobody@elsewhere.test' })).toEqual([]);
    await it.clock.advance(2 * DAY);
    expect(await find({})).toEqual([]);
    expect(await find({ since: it.clock.now() - 3 * DAY })).toEqual(ids);
  });

  it('hold nothing up when they cannot be written', async () => {
    const it = rig();
    it.fail((call) => (call.subject.startsWith('trace') ? { kind: 'unavailable' } : undefined));
    expect(await it.deliver([await it.job()])).toEqual([]);
    expect(await it.inbox('a1')).toHaveLength(1);
  });

  it('fit an item each, however many recipients there are', async () => {
    const it = rig();
    const recipients = Array.from({ length: 20_000 }, (_, i) => `somebody${i}@example.test`);
    const trace = {
      id: 'x',
      from: 'a@b',
      recipients,
      received: 0,
      filed: it.clock.now(),
      via: 'mx',
      size: 1,
      accounts: [],
      relay: [],
    };
    await it.traces.record([
      trace,
      { ...trace, id: 'y', recipients: recipients.slice(0, 3000) },
      { ...trace, id: 'z', recipients: recipients.slice(0, 3000) },
    ]);
    expect((await collect(it.traces.find({}))).map((one) => one.id)).toEqual(['x', 'y', 'z']);
  });
});

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}
