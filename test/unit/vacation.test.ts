/** Answers of who is away (RFC 8621 section 8, RFC 3834, RFC 5230): who is answered, with what, and once. */
import { describe, expect, it } from 'vitest';
import { OpenAccounts } from '../../mail/account/accounts.ts';
import { createDeliver } from '../../mail/inbound/deliver.ts';
import type { InboundJob } from '../../mail/inbound/job.ts';
import { submitBytes } from '../../mail/outbound/submit.ts';
import type { ReceivedJob } from '../../mail/ports/index.ts';
import { AGAIN_AFTER, createAnswer } from '../../mail/vacation/answer.ts';
import { SINGLETON, VACATION, VACATION_RESPONSE } from '../../mail/vacation/object.ts';
import { type Author, answering } from '../../mail/vacation/rules.ts';
import { type Decide, failing } from '../support/failing.ts';
import { outboundWorld, type World } from '../support/outbound.ts';
import type { StorePorts } from '../support/ports.ts';

const FRIEND = 'friend@elsewhere.test';
const MESSAGE = [
  'Message-ID: <m1@elsewhere.test>',
  'References: <m0@elsewhere.test>',
  `From: A Friend <${FRIEND}>`,
  'To: Alice <alice@example.test>',
  'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
  '',
  'Are you there?',
  '',
].join('\r\n');

const DAY = 86_400_000;

interface Rig {
  readonly world: World;
  /** Says that alice is away. */
  away(vacation?: Record<string, unknown>): Promise<void>;
  identity(name: string, email: string): Promise<void>;
  job(change?: Partial<InboundJob>, message?: string): Promise<ReceivedJob>;
  /** A process of its own carries jobs out; `decide` may have it fail. Gives the handles that must come again. */
  deliver(jobs: readonly ReceivedJob[], decide?: Decide): Promise<readonly string[]>;
  /** What the world's servers have got by now. */
  answers(): Promise<World['taken']>;
}

function rig(): Rig {
  const world = outboundWorld({ routes: [{ kind: 'mx' }] });
  const { clock, ports, random } = world;
  const open = (store: StorePorts) =>
    new OpenAccounts(
      {
        ...{ records: store.records, blobs: store.blobs, wakeups: store.wakeups, clock, random, log: world.deps.log },
        ...{ writer: 'worker', exclusive: false, retentionMs: async () => 90 * DAY, onLongTail: () => undefined },
      },
      { accountBytes: 1 << 24, summaryBytes: 1 << 24 },
    );
  const put = async (type: string, id: string, value: unknown) => {
    await clock.run((await clock.run(open(ports).open('a1'))).write((draft) => draft.putObject(type, id, value)));
  };
  let serial = 0;
  return {
    world,
    away: (vacation = {}) =>
      put(VACATION_RESPONSE, SINGLETON, VACATION.parse({ isEnabled: true, textBody: 'Back on Monday.', ...vacation })),
    identity: (name, email) => put('Identity', name, { name, email }),
    async job(change = {}, message = MESSAGE) {
      const bytes = Buffer.from(message, 'latin1');
      const value: InboundJob = {
        ...{ v: 1, id: `delivery-${++serial}`, blob: (await ports.blobs.put('raw', bytes, { owners: 1 })).name },
        ...{ size: bytes.length, received: clock.now(), from: FRIEND, smtputf8: false, eightBit: false },
        ...{ deliveries: [{ account: 'a1', recipient: 'alice@example.test' }], relay: [], via: 'mx', tenant: 't1' },
        ...change,
      };
      return { handle: value.id, body: JSON.stringify(value), attempt: 1 };
    },
    deliver(jobs, decide) {
      const store = decide === undefined ? ports : failing(ports, { clock, decide });
      const deps = world.on(store);
      const deliver = createDeliver({
        ...{ records: store.records, blobs: store.blobs, wakeups: store.wakeups, clock, random, log: world.deps.log },
        accounts: open(store),
        directory: { account },
        submit: async () => undefined,
        answer: createAnswer({
          ...deps,
          directory: { account },
          submit: (outgoing, bytes) => submitBytes(deps, outgoing, bytes),
        }),
      });
      return clock.run(deliver(jobs));
    },
    async answers() {
      await world.work(clock.now() + 60_000);
      return world.taken;
    },
  };
}

async function account(id: string) {
  const common = { tenant: 't1', enabled: true, imap: true, pop3: true };
  return { id, address: 'alice@example.test', displayName: 'Alice', ...common };
}

describe('an answer', () => {
  it('says who it is from, what it is about, and that a program wrote it', async () => {
    const it = rig();
    await it.away();
    expect(await it.deliver([await it.job()])).toEqual([]);
    const [answer, ...more] = await it.answers();
    expect(more).toEqual([]);
    expect(answer).toMatchObject({ recipient: FRIEND, from: '' });
    const [header, body] = answer!.bytes.split(/\r\n\r\n/, 2) as [string, string];
    expect(header.split(/\r\n(?![ \t])/)).toEqual(
      expect.arrayContaining([
        'From: Alice <alice@example.test>',
        `To: ${FRIEND}`,
        'Subject: Auto: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
        'In-Reply-To: <m1@elsewhere.test>',
        'References: <m0@elsewhere.test> <m1@elsewhere.test>',
        'Auto-Submitted: auto-replied',
        expect.stringMatching(/^Message-ID: <[a-z2-7]{26}@/),
        'Date: Thu, 01 Jan 2026 00:00:00 +0000',
      ]),
    );
    expect(body.trim()).toBe('Back on Monday.');
  });

  it('has the user’s subject, both bodies, and the identity that was written to', async () => {
    const it = rig();
    await it.identity('Sales', 'sales@example.test');
    await it.away({ subject: 'Away', textBody: 'T', htmlBody: '<p>H</p>' });
    const message = MESSAGE.replace('alice@example.test', 'sales+eu@example.test');
    expect(await it.deliver([await it.job({}, message)])).toEqual([]);
    const [{ bytes }] = (await it.answers()) as [World['taken'][0]];
    expect(bytes).toMatch(/^From: Sales <sales@example\.test>\r$/m);
    expect(bytes).toMatch(/^Subject: Away\r$/m);
    expect(bytes).toMatch(/^Content-Type: multipart\/alternative;/m);
    expect(bytes).toMatch(/\r\n\r\nT\r\n[\s\S]*\r\n\r\n<p>H<\/p>\r\n/);
  });

  it('is a sentence of ours where the user has written none, and HTML alone where he wrote only that', async () => {
    for (const [vacation, content] of [
      [{ textBody: null }, /^Content-Type: text\/plain[\s\S]*\r\n\r\nI am away at the moment\./m],
      [{ textBody: null, htmlBody: '<b>H</b>' }, /^Content-Type: text\/html[\s\S]*\r\n\r\n<b>H<\/b>/m],
    ] as const) {
      const it = rig();
      await it.away(vacation);
      await it.deliver([await it.job()]);
      expect((await it.answers())[0]!.bytes).toMatch(content);
    }
  });
});

it('takes no field from whoever is answered', async () => {
  const it = rig();
  await it.away();
  const message = MESSAGE.replace(/^Subject:.*$/m, 'Subject: =?utf-8?q?a=0D=0ABcc:_x@y.test=0A=0Ab?=').replace(
    '<m1@elsewhere.test>',
    '<a b@c\xe9>',
  );
  await it.deliver([await it.job({}, message)]);
  const [{ bytes }] = (await it.answers()) as [World['taken'][0]];
  expect(bytes).toMatch(/^Subject: Auto: a Bcc: x@y\.test b\r$/m);
  expect(bytes).not.toMatch(/^(?:Bcc|In-Reply-To|References):/m);
});

describe('when', () => {
  it.each([
    ['no', {}, 0, false],
    ['before', { isEnabled: true, fromDate: '2026-01-02T00:00:00Z' }, -1, false],
    ['from', { isEnabled: true, fromDate: '2026-01-02T00:00:00Z' }, 0, true],
    ['to', { isEnabled: true, toDate: '2026-01-02T00:00:00Z' }, -1, true],
    ['after', { isEnabled: true, toDate: '2026-01-02T00:00:00Z' }, 0, false],
  ])('%s', async (_, vacation, ms, isAnswered) => {
    const it = rig();
    await it.away({ isEnabled: false, ...vacation });
    await it.world.clock.advance(2 * DAY);
    const received = Date.UTC(2026, 0, 2) + ms;
    expect(await it.deliver([await it.job({ received })])).toEqual([]);
    expect(await it.answers()).toHaveLength(isAnswered ? 1 : 0);
  });

  it('once to a sender in seven days, however he spells himself, and again for another text', async () => {
    const it = rig();
    await it.away();
    await it.deliver([await it.job(), await it.job(), await it.job({ from: 'Friend@Elsewhere.test' })]);
    expect(await it.answers()).toHaveLength(1);
    await it.deliver([await it.job({ from: 'other@elsewhere.test' })]);
    expect(await it.answers()).toHaveLength(2);
    await it.world.clock.advance(AGAIN_AFTER - 10 * 60_000);
    await it.deliver([await it.job()]);
    expect(await it.answers()).toHaveLength(2);
    await it.world.clock.advance(10 * 60_000);
    await it.deliver([await it.job()]);
    expect(await it.answers()).toHaveLength(3);
    await it.away({ textBody: 'Back on Tuesday.' });
    await it.deliver([await it.job()]);
    expect(await it.answers()).toHaveLength(4);
  });
});

describe('who', () => {
  const authors: readonly Author[] = [
    { name: '', email: 'alice@example.test' },
    { name: 'Sales', email: 'sales@example.test' },
  ];
  const ask = (from: string, ...fields: string[]) =>
    answering({ from, header: Buffer.from(fields.map((field) => `${field}\r\n`).join('')) }, authors)?.email;
  const TO = 'To: alice@example.test';

  it('is answered: people who write to the user', () => {
    expect(ask(FRIEND, TO)).toBe('alice@example.test');
    expect(ask(FRIEND, 'Cc: x@y.test, "A" <ALICE+x@Example.test>')).toBe('alice@example.test');
    expect(ask(FRIEND, 'Resent-To: sales@example.test')).toBe('sales@example.test');
    expect(ask(FRIEND, TO, 'Auto-Submitted: no', 'Precedence: first-class')).toBe('alice@example.test');
    expect(ask(FRIEND, 'To: friends: bob@example.test, alice@example.test;')).toBe('alice@example.test');
  });

  it.each([
    '',
    'not-an-address',
    'MAILER-DAEMON@elsewhere.test',
    'noreply@elsewhere.test',
    'no-reply+7@elsewhere.test',
    'do_not_reply@elsewhere.test',
    'owner-list@elsewhere.test',
    'list-owner@elsewhere.test',
    'list-request@elsewhere.test',
    'listserv@elsewhere.test',
    'majordomo@elsewhere.test',
    'bounces+alice=example.test@elsewhere.test',
    'x-bounces@elsewhere.test',
    // Oneself, by any of one's addresses.
    'alice@example.test',
    'Sales+x@example.test',
  ])('is not answered: %s', (from) => {
    expect(ask(from, TO)).toBeUndefined();
  });

  it.each([
    'List-Id: <a.b.test>',
    'List-Unsubscribe: <mailto:a@b.test>',
    'Precedence: bulk',
    'Precedence: Junk',
    'precedence: list',
    'Auto-Submitted: auto-replied',
    'Auto-Submitted: auto-generated (x)',
    'X-Auto-Response-Suppress: DR, OOF, AutoReply',
    'Content-Type: multipart/report; report-type=delivery-status',
  ])('is not answered: a message with %s', (field) => {
    expect(ask(FRIEND, TO, field)).toBeUndefined();
    expect(ask(FRIEND, field, TO)).toBeUndefined();
  });

  it('is not answered: who wrote to others', () => {
    expect(ask(FRIEND, 'To: bob@example.test')).toBeUndefined();
    expect(ask(FRIEND, 'Subject: alice@example.test')).toBeUndefined();
    expect(ask(FRIEND)).toBeUndefined();
  });
});

describe('exactly once', () => {
  const again = (job: ReceivedJob): ReceivedJob => ({ ...job, attempt: 2 });

  it('whatever call fails, is lost or kills the process, and whether it was sent meanwhile', async () => {
    let calls = 0;
    const clean = rig();
    await clean.away();
    await clean.deliver([await clean.job()], () => void calls++);
    expect(await clean.answers()).toHaveLength(1);
    expect(calls).toBeGreaterThan(8);
    const faults = [
      { kind: 'unavailable' },
      { kind: 'unknown', effect: 'now' },
      { kind: 'unknown', effect: 'none' },
      { kind: 'crash', when: 'after' },
    ] as const;
    for (let number = 1; number <= calls; number++) {
      for (const fault of faults) {
        const it = rig();
        await it.away();
        const job = await it.job();
        const where = `${fault.kind} at call ${number}`;
        await it.deliver([job], (call) => (call.number === number ? fault : undefined));
        await it.answers();
        expect(await it.deliver([again(job)]), where).toEqual([]);
        expect(await it.deliver([again(job)]), where).toEqual([]);
        expect(await it.answers(), where).toHaveLength(1);
      }
    }
  }, 20_000);

  it('where two deliveries of one sender race', async () => {
    const it = rig();
    await it.away();
    const jobs = [await it.job(), await it.job(), await it.job()];
    await Promise.all(jobs.map((job) => it.deliver([job])));
    expect(await it.answers()).toHaveLength(1);
  });

  it('and never between two who are both away', async () => {
    const it = rig();
    await it.away();
    await it.deliver([await it.job()]);
    const [{ bytes }] = (await it.answers()) as [World['taken'][0]];
    // It comes back as it went out: from nobody, and marked.
    await it.deliver([await it.job({ from: '' }, bytes), await it.job({ from: 'bob@elsewhere.test' }, bytes)]);
    expect(await it.answers()).toHaveLength(1);
  });
});
