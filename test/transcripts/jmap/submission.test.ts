/** EmailSubmission (RFC 8621 section 7): what leaves, when, and what can be undone. */
import { describe, expect, test, vi } from 'vitest';
import { inboundJob } from '../../../mail/inbound/job.ts';
import { type ReleaseDeps, sweepSubmissions } from '../../../mail/jmap/submission/release.ts';
import { decodeEntry, SHARDS } from '../../../mail/outbound/queue-entry.ts';
import { queryAll, Unavailable } from '../../../mail/ports/index.ts';
import { bodyText, type JmapWorld, type Json, jmapWorld, lines } from '../../support/jmap.ts';
import { silentLog } from '../../support/memory.ts';

const SUBMISSION = 'urn:ietf:params:jmap:submission';
const HOUR = 3_600_000;

const HEADER = [
  'From: Alice <alice@example.test>',
  'To: Joe <joe@example.com>, joe@example.com',
  'Cc: jane@example.org',
  'Bcc: secret@example.com,',
  ' hidden@example.org',
  'Date: Fri, 21 Nov 1997 09:55:06 -0600',
  'Subject: Lunch',
];
const MESSAGE = lines(...HEADER, '', 'Hello');

interface Own extends JmapWorld {
  readonly email: string;
  submit(change?: Json, more?: Json): Promise<Json>;
  /** What the creation was refused with. */
  refused(change?: Json): Promise<Json>;
  /** Queue entries, by recipient, with the bytes that are sent. */
  queued(): Promise<readonly { to: readonly string[]; from: string; bytes: string }[]>;
  delivered(): Promise<readonly Json[]>;
  sweep(): Promise<number>;
}

async function world(message: string = MESSAGE, options: Json = {}): Promise<Own> {
  const own = await jmapWorld(options);
  const email = await own.file(message, { mailboxes: ['Drafts'], flags: ['\\Draft', '\\Seen'] });
  const { ports, accounts, outbox, clock } = own;
  const deps: ReleaseDeps = { accounts, outbox, clock, log: silentLog };
  const submit = (change: Json = {}, more: Json = {}) =>
    own.call('EmailSubmission/set', { create: { k1: { identityId: 'default', emailId: email, ...change } }, ...more });
  return {
    ...own,
    email,
    submit,
    refused: async (change) => (await submit(change)).notCreated.k1,
    async queued() {
      const found = [];
      for (let shard = 0; shard < SHARDS; shard++) {
        for await (const item of queryAll(ports.records, { pk: `q/${shard}` })) {
          const { recipients, from, blob } = decodeEntry(item.body);
          const bytes = Buffer.from(await ports.blobs.get(blob)).toString('latin1');
          found.push({ to: recipients.map(({ address }) => address), from, bytes });
        }
      }
      return found.sort((a, b) => (a.to.join() < b.to.join() ? -1 : 1));
    },
    async delivered() {
      const jobs = await ports.queues.deliver.receive({ max: 10, visibility: 1, waitSeconds: 0 });
      return jobs.map(({ body }) => inboundJob.parse(JSON.parse(body)));
    },
    sweep: () => sweepSubmissions(deps),
  };
}

const hold = (parameters: Json, to = 'joe@example.com') => ({
  envelope: { mailFrom: { email: 'alice@example.test', parameters }, rcptTo: [{ email: to, parameters: null }] },
});

describe('sending', () => {
  test('the envelope is that of the header, and nobody sees Bcc', async () => {
    const { submit, queued, email, call, delivered } = await world();
    const { created } = await submit();
    const address = (given: string) => ({ email: given, parameters: null });
    expect(created.k1).toEqual({
      id: expect.stringMatching(/^[a-z2-7]{20}$/),
      threadId: expect.stringMatching(/^t/),
      envelope: {
        mailFrom: address('alice@example.test'),
        rcptTo: ['joe@example.com', 'jane@example.org', 'secret@example.com', 'hidden@example.org'].map(address),
      },
      sendAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      undoStatus: 'final',
      deliveryStatus: null,
      dsnBlobIds: [],
      mdnBlobIds: [],
    });
    const bytes = lines(...HEADER.slice(0, 3), ...HEADER.slice(5), '', 'Hello');
    const from = 'alice@example.test';
    expect(await queued()).toEqual([
      { to: ['jane@example.org', 'hidden@example.org'], from, bytes },
      { to: ['joe@example.com', 'secret@example.com'], from, bytes },
    ]);
    expect(await delivered()).toEqual([]);
    const { list } = await call('EmailSubmission/get');
    const queuedStatus = { smtpReply: '250 2.0.0 Queued', delivered: 'queued', displayed: 'unknown' };
    expect(list).toEqual([
      {
        ...created.k1,
        ...{ identityId: 'default', emailId: email },
        deliveryStatus: Object.fromEntries(created.k1.envelope.rcptTo.map(({ email: to }: Json) => [to, queuedStatus])),
      },
    ]);
  });

  test('to an account here and to an address that nobody has here', async () => {
    const { submit, delivered, call, queued } = await world();
    const rcptTo = [{ email: 'bob@example.test' }, { email: 'nobody@example.test' }];
    const { created } = await submit({ envelope: { mailFrom: { email: 'alice+x@example.test' }, rcptTo } });
    expect(created.k1).not.toHaveProperty('envelope');
    expect(await delivered()).toMatchObject([
      { from: 'alice+x@example.test', via: 'submission', sender: 'alice', deliveries: [{ account: 'bob' }] },
    ]);
    expect((await queued()).map(({ to }) => to)).toEqual([[]]);
    const [{ deliveryStatus }] = (await call('EmailSubmission/get', { ids: [created.k1.id] })).list;
    expect(deliveryStatus['nobody@example.test']).toMatchObject({ delivered: 'no', smtpReply: /^550 5\.1\.1 / });
  });

  test('an identity’s address in place of a sender that it does not allow', async () => {
    const { submit, call } = await world(MESSAGE.replace('From:', 'Sender: alice+two@example.test\r\nFrom:'));
    expect((await submit()).created.k1.envelope.mailFrom.email).toBe('alice@example.test');
    const identity = (await call('Identity/set', { create: { i: { email: 'alice+two@example.test' } } })).created.i.id;
    const { created } = await submit({ identityId: identity });
    expect(created.k1.envelope.mailFrom.email).toBe('alice+two@example.test');
  });

  test('the example of section 7.5.1: written, sent and moved in one request', async () => {
    const { request, mailbox, queued, call } = await world();
    const [drafts, sent] = [mailbox('Drafts'), mailbox('Sent')];
    const responses = await request([
      [
        'Email/set',
        {
          accountId: 'alice',
          create: {
            e1: {
              mailboxIds: { [drafts]: true },
              keywords: { $draft: true },
              from: [{ email: 'alice@example.test' }],
              to: [{ email: 'joe@example.com' }],
              bodyValues: { b: { value: 'Hi' } },
              textBody: [{ partId: 'b', type: 'text/plain' }],
            },
          },
        },
      ],
      [
        'EmailSubmission/set',
        {
          accountId: 'alice',
          create: { k1490: { identityId: 'default', emailId: '#e1' }, bad: { identityId: 'none', emailId: '#e1' } },
          onSuccessUpdateEmail: {
            '#k1490': { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${sent}`]: true, 'keywords/$draft': null },
            '#bad': { 'keywords/$flagged': true },
          },
        },
      ],
    ]);
    expect(responses.map(([name, , callId]) => [name, callId])).toEqual([
      ['Email/set', '0'],
      ['EmailSubmission/set', '1'],
      ['Email/set', '1'],
    ]);
    const id = responses[0]![1].created.e1.id;
    expect(responses[2]![1].updated).toEqual({ [id]: null });
    const { list } = await call('Email/get', { ids: [id], properties: ['mailboxIds', 'keywords'] });
    expect(list).toEqual([{ id, mailboxIds: { [sent]: true }, keywords: {} }]);
    expect((await queued()).map(({ to }) => to)).toEqual([['joe@example.com']]);
  });

  test('the email is destroyed once it is sent', async () => {
    const { submit, request, email, queued, call } = await world();
    const [first, second] = await request([
      [
        'EmailSubmission/set',
        {
          accountId: 'alice',
          create: { k: { identityId: 'default', emailId: email } },
          onSuccessDestroyEmail: ['#k'],
        },
      ],
    ]);
    expect(first![1].created.k.undoStatus).toBe('final');
    expect(second![1].destroyed).toEqual([email]);
    expect(await queued()).toHaveLength(2);
    expect((await call('Email/get', { ids: [email] })).notFound).toEqual([email]);
    expect(await (await submit()).notCreated.k1).toMatchObject({ type: 'invalidProperties', properties: ['emailId'] });
  });

  test('a queue that does not answer: it is sent once, later', async () => {
    const own = await world();
    const { submit, queued, outbox, sweep } = own;
    const failing = vi.spyOn(outbox, 'send').mockRejectedValueOnce(new Unavailable('down'));
    const { created } = await submit();
    expect(await queued()).toEqual([]);
    failing.mockRejectedValueOnce(new Unavailable('down'));
    // What is not sent yet cannot be forgotten.
    expect(await own.failing('EmailSubmission/set', { destroy: [created.k1.id] })).toMatchObject({
      type: 'serverUnavailable',
    });
    await own.clock.skip(1_000);
    expect(await sweep()).toBe(1);
    expect(await queued()).toHaveLength(2);
    expect(await sweep()).toBe(0);
    expect((await own.call('EmailSubmission/set', { destroy: [created.k1.id] })).destroyed).toEqual([created.k1.id]);
    expect(await queued()).toHaveLength(2);
  });

  test('a crash after it was sent: the second time changes nothing', async () => {
    const { submit, queued, ports, sweep, clock } = await world();
    const keep = vi.spyOn(ports.records, 'delete').mockImplementation(async () => undefined);
    await submit();
    keep.mockRestore();
    await clock.skip(1_000);
    expect(await sweep()).toBe(1);
    expect(await queued()).toHaveLength(2);
    expect(await sweep()).toBe(0);
  });

  test('what the log never took is not sent, and goes after a time', async () => {
    const own = await world();
    await own.failing('EmailSubmission/set', {
      ifInState: '1-999',
      create: { k1: { identityId: 'default', emailId: own.email } },
    });
    await own.clock.skip(2_000);
    expect(await own.sweep()).toBe(1);
    await own.clock.skip(2 * HOUR);
    expect(await own.sweep()).toBe(1);
    expect(await own.sweep()).toBe(0);
    expect(await own.queued()).toEqual([]);
  });
});

describe('later (RFC 4865)', () => {
  test.each([
    ['HOLDFOR', '3600'],
    ['holdfor', '3600'],
    ['HOLDUNTIL', undefined],
  ])('%s', async (name, value) => {
    const { submit, call, queued, clock, sweep } = await world();
    const until = new Date(Math.ceil(clock.now() / 1000) * 1000 + HOUR).toISOString().replace('.000', '');
    const { created } = await submit(hold({ [name]: value ?? until }));
    const { id } = created.k1;
    expect(created.k1.undoStatus).toBe('pending');
    expect(Math.abs(Date.parse(created.k1.sendAt) - Date.parse(until))).toBeLessThan(2_000);
    await clock.skip(HOUR - 10_000);
    expect(await sweep()).toBe(0);
    expect(await queued()).toEqual([]);
    const { state } = await call('EmailSubmission/get');
    await clock.skip(12_000);
    expect(await sweep()).toBe(1);
    expect((await queued()).map(({ to }) => to)).toEqual([['joe@example.com']]);
    expect(await call('EmailSubmission/changes', { sinceState: state })).toMatchObject({ updated: [id] });
    expect((await call('EmailSubmission/get')).list).toMatchObject([{ id, undoStatus: 'final' }]);
    const { notUpdated } = await call('EmailSubmission/set', { update: { [id]: { undoStatus: 'canceled' } } });
    expect(notUpdated[id]).toMatchObject({ type: 'cannotUnsend' });
  });

  test('canceled', async () => {
    const { submit, call, queued, clock, sweep, email, mailbox, request } = await world();
    const { id } = (await submit(hold({ HOLDFOR: '60' }))).created.k1;
    expect((await call('EmailSubmission/set', { destroy: [id] })).notDestroyed[id]).toMatchObject({
      type: 'forbidden',
    });
    const responses = await request([
      [
        'EmailSubmission/set',
        {
          accountId: 'alice',
          update: { [id]: { undoStatus: 'canceled' } },
          onSuccessUpdateEmail: { [id]: { 'keywords/$flagged': true } },
        },
      ],
    ]);
    expect(responses[0]![1].updated).toEqual({ [id]: null });
    expect(responses[1]![1].updated).toEqual({ [email]: null });
    await clock.skip(120_000);
    expect(await sweep()).toBe(0);
    expect(await queued()).toEqual([]);
    expect((await call('EmailSubmission/get')).list).toMatchObject([{ undoStatus: 'canceled', deliveryStatus: null }]);
    const again = await call('EmailSubmission/set', { update: { [id]: { undoStatus: 'pending' } } });
    expect(again.notUpdated[id]).toMatchObject({ type: 'invalidProperties', properties: ['undoStatus'] });
    const destroyed = await call('EmailSubmission/set', { destroy: [id], onSuccessDestroyEmail: [id] });
    expect(destroyed.destroyed).toEqual([id]);
    expect((await call('Email/query', { filter: { inMailbox: mailbox('Drafts') } })).ids).toEqual([]);
  });

  test.each([
    { HOLDFOR: '0' },
    { HOLDFOR: '2592001' },
    { HOLDFOR: '1h' },
    { HOLDFOR: null },
    { HOLDUNTIL: 'tomorrow' },
    { HOLDFOR: '1', HOLDUNTIL: '2030-01-01T00:00:00Z' },
    { RET: 'FULL' },
  ])('%j is refused', async (parameters) => {
    const { refused } = await world();
    expect(await refused(hold(parameters))).toMatchObject({ type: 'invalidProperties', properties: ['envelope'] });
  });
});

describe('refused', () => {
  const to = (...emails: string[]) => ({
    envelope: { mailFrom: { email: 'alice@example.test' }, rcptTo: emails.map((email) => ({ email })) },
  });

  test.each([
    [{ emailId: 'e1' }, { type: 'invalidProperties', properties: ['emailId'] }],
    [{ identityId: 'none' }, { type: 'invalidProperties', properties: ['identityId'] }],
    [{ identityId: undefined }, { type: 'invalidProperties', properties: ['identityId'] }],
    [{ sendAt: '2030-01-01T00:00:00Z' }, { type: 'invalidProperties', properties: ['sendAt'] }],
    [{ envelope: { mailFrom: 'alice' } }, { type: 'invalidProperties', properties: ['envelope'] }],
    [to(), { type: 'noRecipients' }],
    [to('joe', 'jane@example.org', 'a@b>\r\nRCPT TO:<x@y'), { type: 'invalidRecipients' }],
    [to('joe'), { invalidRecipients: ['joe'] }],
    [
      to(...Array.from({ length: 501 }, (_, i) => `u${i}@example.com`)),
      { type: 'tooManyRecipients', maxRecipients: 500 },
    ],
    [
      { envelope: { mailFrom: { email: 'bob@example.test' }, rcptTo: [{ email: 'joe@example.com' }] } },
      { type: 'forbiddenMailFrom' },
    ],
    [
      {
        envelope: {
          mailFrom: { email: 'alice@example.test' },
          rcptTo: [{ email: 'joe@example.com', parameters: { NOTIFY: 'NEVER' } }],
        },
      },
      { type: 'invalidProperties', properties: ['envelope'] },
    ],
  ])('a creation %#', async (change, error) => {
    const { refused, queued, outbox } = await world();
    const put = vi.spyOn(outbox, 'put');
    expect(await refused(change)).toMatchObject(error);
    expect(put).not.toHaveBeenCalled();
    expect(await queued()).toEqual([]);
  });

  test.each([
    ['From: bob@example.test', 'forbiddenFrom', undefined],
    ['From: alice@example.test, bob@example.test\r\nSender: alice@example.test', 'forbiddenFrom', undefined],
    ['From: alice@example.test, alice+a@example.test', 'invalidEmail', ['from']],
    ['X-From: alice@example.test', 'invalidEmail', ['from']],
  ])('an email with %s', async (from, type, properties) => {
    const { refused } = await world(MESSAGE.replace(HEADER[0]!, from));
    expect(await refused()).toMatchObject({ type, ...(properties && { properties }) });
  });

  test('an email without a date, without recipients', async () => {
    const { refused } = await world(MESSAGE.replace('Date:', 'X-Date:'));
    expect(await refused()).toMatchObject({ type: 'invalidEmail', properties: ['sentAt'] });
    const { refused: lonely } = await world(lines(HEADER[0]!, HEADER[5]!, '', 'Hello'));
    expect(await lonely()).toMatchObject({ type: 'noRecipients' });
  });

  test('an update of anything else; of one that is not there', async () => {
    const { submit, call } = await world();
    const { id } = (await submit()).created.k1;
    const update = { [id]: { emailId: 'e1' }, none: { undoStatus: 'canceled' } };
    expect((await call('EmailSubmission/set', { update })).notUpdated).toMatchObject({
      [id]: { type: 'invalidProperties', properties: ['emailId'] },
      none: { type: 'notFound' },
    });
  });

  test('more than 100 that wait', async () => {
    const { call, email } = await world();
    const one = { identityId: 'default', emailId: email, ...hold({ HOLDFOR: '600' }) };
    const create = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, one]));
    const { created, notCreated } = await call('EmailSubmission/set', { create });
    expect(Object.keys(created)).toHaveLength(100);
    expect(notCreated).toEqual({ k100: expect.objectContaining({ type: 'overQuota' }) });
  });
});

test('EmailSubmission/query', async () => {
  const { submit, call, email, failing } = await world();
  const later = (await submit(hold({ HOLDFOR: '600' }))).created.k1;
  const now = (await submit()).created.k1;
  const ask = async (args: Json) => (await call('EmailSubmission/query', args)).ids;
  expect(await ask({ sort: [{ property: 'sentAt' }] })).toEqual([now.id, later.id]);
  expect(await ask({ sort: [{ property: 'sentAt', isAscending: false }], limit: 1 })).toEqual([later.id]);
  expect(await ask({ filter: { undoStatus: 'pending' } })).toEqual([later.id]);
  expect(await ask({ filter: { after: later.sendAt } })).toEqual([later.id]);
  expect(await ask({ filter: { before: later.sendAt } })).toEqual([now.id]);
  expect(
    await ask({ filter: { emailIds: [email], threadIds: [now.threadId], identityIds: ['default'] } }),
  ).toHaveLength(2);
  for (const name of ['emailIds', 'threadIds', 'identityIds'])
    expect(await ask({ filter: { [name]: [] } })).toEqual([]);
  expect(await failing('EmailSubmission/query', { filter: { to: 'x' } })).toMatchObject({ type: 'unsupportedFilter' });
  expect(await failing('EmailSubmission/query', { sort: [{ property: 'to' }] })).toMatchObject({
    type: 'unsupportedSort',
  });
  expect(await failing('EmailSubmission/queryChanges', { sinceQueryState: 'x' })).toMatchObject({
    type: 'cannotCalculateChanges',
  });
});

test('it is announced, and its changes are pushed', async () => {
  const { http, submit, call } = await world();
  const session = JSON.parse(await bodyText(await http('/.well-known/jmap')));
  expect(session.capabilities[SUBMISSION]).toEqual({});
  expect(session.accounts.alice.accountCapabilities[SUBMISSION]).toEqual({
    maxDelayedSend: 2_592_000,
    submissionExtensions: { FUTURERELEASE: ['2592000', '9999-12-31T23:59:59Z'] },
  });
  const response = await http('/jmap/events?types=EmailSubmission,Identity&closeafter=state&ping=0');
  await submit();
  const { state } = await call('EmailSubmission/get');
  expect(await bodyText(response)).toContain(`"changed":{"alice":{"EmailSubmission":"${state}"}}`);
});

test('EmailSubmission/queryChanges: a client that follows has what it would be given anew', async () => {
  const { call, failing, submit } = await world();
  const args = { filter: { undoStatus: 'pending' }, sort: [{ property: 'sendAt', isAscending: false }] };
  const known: string[] = [];
  let state = (await call('EmailSubmission/query', args)).queryState;
  const follow = async () => {
    const changes = await call('EmailSubmission/queryChanges', {
      ...args,
      sinceQueryState: state,
      calculateTotal: true,
    });
    for (const id of changes.removed) if (known.includes(id)) known.splice(known.indexOf(id), 1);
    for (const { id, index } of changes.added) known.splice(index, 0, id);
    expect(known).toEqual((await call('EmailSubmission/query', args)).ids);
    expect(changes.total).toBe(known.length);
    state = changes.newQueryState;
  };
  const made: string[] = [];
  for (const seconds of ['100', '300', '200']) made.push((await submit(hold({ HOLDFOR: seconds }))).created.k1.id);
  await follow();
  expect(known).toEqual([made[1], made[2], made[0]]);
  await call('EmailSubmission/set', { update: { [made[2]!]: { undoStatus: 'canceled' } } });
  made.push((await submit(hold({ HOLDFOR: '250' }))).created.k1.id);
  await follow();
  expect(known).toEqual([made[1], made[3], made[0]]);
  await call('EmailSubmission/set', { destroy: [made[2]] });
  await follow();
  expect(await call('EmailSubmission/queryChanges', { ...args, sinceQueryState: state })).toMatchObject({
    removed: [],
    added: [],
  });
  const sinceQueryState = (await call('EmailSubmission/query', args)).queryState;
  await submit(hold({ HOLDFOR: '1' }));
  await submit(hold({ HOLDFOR: '2' }));
  expect(await failing('EmailSubmission/queryChanges', { ...args, sinceQueryState, maxChanges: 1 })).toMatchObject({
    type: 'tooManyChanges',
  });
});
