/** Message disposition notifications (RFC 9007, RFC 8098): the RFCs' examples, what is refused, and that one email is answered once. */
import { describe, expect, test } from 'vitest';
import { inboundJob } from '../../../mail/inbound/job.ts';
import { release, sweepSubmissions } from '../../../mail/jmap/submission/release.ts';
import { decodeEntry, SHARDS } from '../../../mail/outbound/queue-entry.ts';
import { queryAll, Unavailable } from '../../../mail/ports/index.ts';
import { type JmapWorld, type Json, jmapWorld, lines } from '../../support/jmap.ts';
import { silentLog } from '../../support/memory.ts';

const ASKING = lines(
  'Return-Path: <joe@example.com>',
  'Message-ID: <199509192301.23456@example.org>',
  'From: Joe <joe@example.com>',
  'To: alice@example.test',
  'Disposition-Notification-To: Joe <joe@example.com>',
  'Subject: World domination',
  '',
  'Tonight.',
);

const DISPOSITION = { actionMode: 'manual-action', sendingMode: 'mdn-sent-manually', type: 'displayed' };

/** Section 3.1's request, of an email of ours. */
function example(forEmailId: string) {
  return {
    forEmailId,
    subject: 'Read receipt for: World domination',
    textBody:
      "This receipt shows that the email has been displayed on your recipient's computer. There is no guarantee it has been read or understood.",
    reportingUA: 'joes-pc.cs.example.com; Foomail 97.1',
    disposition: DISPOSITION,
    extensionFields: { 'EXTENSION-EXAMPLE': 'example.com' },
  };
}

const onSuccessUpdateEmail = { '#k1546': { 'keywords/$mdnsent': true } };

/** What waits to be sent, each with its message. */
async function queued({ ports }: JmapWorld) {
  const found = [];
  for (let shard = 0; shard < SHARDS; shard++) {
    for await (const item of queryAll(ports.records, { pk: `q/${shard}` })) {
      const entry = decodeEntry(item.body);
      found.push({ ...entry, message: Buffer.from(await ports.blobs.get(entry.blob)).toString() });
    }
  }
  return found;
}

/** One notification; gives what was sent, or why not. */
async function send({ call }: JmapWorld, mdn: Json, more: Json = {}): Promise<Json> {
  const answer = await call('MDN/send', {
    identityId: 'default',
    send: { k1546: mdn },
    onSuccessUpdateEmail,
    ...more,
  });
  return answer.sent?.k1546 ?? answer.notSent.k1546;
}

test('the example of section 3.1: sent, and the email marked by an implicit Email/set', async () => {
  const world = await jmapWorld();
  const id = await world.file(ASKING);
  const [[name, answer], [second, emails]] = (await world.request([
    ['MDN/send', { accountId: 'alice', identityId: 'default', send: { k1546: example(id) }, onSuccessUpdateEmail }],
  ])) as [Json, Json];
  expect([name, second]).toEqual(['MDN/send', 'Email/set']);
  expect(answer).toEqual({
    accountId: 'alice',
    sent: {
      k1546: {
        finalRecipient: 'rfc822; alice@example.test',
        originalMessageId: '<199509192301.23456@example.org>',
      },
    },
    notSent: null,
  });
  expect(emails).toMatchObject({ accountId: 'alice', updated: { [id]: null }, notUpdated: {} });
  expect((await world.call('Email/get', { ids: [id], properties: ['keywords'] })).list[0].keywords).toEqual({
    $mdnsent: true,
  });
  const [entry, ...more] = await queued(world);
  expect(more).toEqual([]);
  expect(entry).toMatchObject({ from: '', recipients: [{ address: 'joe@example.com' }], routing: 'example.test' });
  const { message } = entry!;
  expect(message).toMatch(/^From: alice@example\.test\r$/m);
  expect(message).toMatch(/^To: joe@example\.com\r$/m);
  expect(message).toMatch(/^Subject: Read receipt for: World domination\r$/m);
  expect(message).toMatch(/^In-Reply-To: <199509192301\.23456@example\.org>\r$/m);
  expect(message).toMatch(/^Content-Type: multipart\/report; report-type=disposition-notification;\r$/m);
  expect(message).toContain(
    lines(
      'Content-Type: message/disposition-notification',
      'Content-Transfer-Encoding: 7bit',
      '',
      'Reporting-UA: joes-pc.cs.example.com; Foomail 97.1',
      'Final-Recipient: rfc822; alice@example.test',
      'Original-Message-ID: <199509192301.23456@example.org>',
      'Disposition: manual-action/MDN-sent-manually; displayed',
      'EXTENSION-EXAMPLE: example.com',
    ),
  );
});

test('what is left out is set by the server, and told; the message goes back where that is asked for', async () => {
  const world = await jmapWorld();
  await world.call('Identity/set', { update: { default: { name: 'Älice' } } });
  const id = await world.file(ASKING.replace('To: alice', 'Original-Recipient: rfc822;a@b.test\r\nTo: alice'));
  const set = await send(world, { forEmailId: id, disposition: DISPOSITION, includeOriginalMessage: true });
  expect(set).toEqual({
    subject: 'Read: World domination',
    textBody: 'Your message was displayed.',
    originalRecipient: 'rfc822;a@b.test',
    finalRecipient: 'rfc822; alice@example.test',
    originalMessageId: '<199509192301.23456@example.org>',
  });
  const [{ message }] = (await queued(world)) as [Json];
  expect(message).toMatch(/^From: =\?UTF-8\?Q\?=C3=84lice\?= <alice@example\.test>\r$/m);
  expect(message).toContain('Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nReturn-Path:');
  expect(message).toContain('Tonight.\r\n\r\n--');
});

test('section 3.2: asking for one is a header field', async () => {
  const { call, mailbox } = await jmapWorld();
  const property = 'header:Disposition-Notification-To:asText';
  const { created } = await call('Email/set', {
    create: {
      k2657: { mailboxIds: { [mailbox('Drafts')]: true }, subject: 'World domination', [property]: 'joe@example.com' },
    },
  });
  const { list } = await call('Email/get', { ids: [created.k2657.id], properties: [property] });
  expect(list[0][property]).toBe('joe@example.com');
});

test('section 3.3: what was sent is read again, and the email found that it is about', async () => {
  const sender = await jmapWorld();
  const asking = await sender.file(ASKING);
  await send(sender, example(asking));
  const [{ message }] = (await queued(sender)) as [Json];

  const world = await jmapWorld();
  const original = await world.file(ASKING, { mailboxes: ['Sent'] });
  const id = await world.file(message);
  const [{ blobId }] = (await world.call('Email/get', { ids: [id], properties: ['blobId'] })).list;
  expect(await world.call('MDN/parse', { blobIds: [blobId] })).toEqual({
    accountId: 'alice',
    parsed: {
      [blobId]: {
        ...example(original),
        includeOriginalMessage: false,
        mdnGateway: null,
        originalRecipient: null,
        finalRecipient: 'rfc822; alice@example.test',
        originalMessageId: '<199509192301.23456@example.org>',
        error: null,
      },
    },
    notParsable: null,
    notFound: null,
  });
});

describe('MDN/parse', () => {
  /** RFC 8098 section 8, with all that there can be. */
  const REPORT = lines(
    'Date: Wed, 20 Sep 1995 00:19:00 (EDT) -0400',
    'From: Joe Recipient <Joe_Recipient@example.com>',
    'Subject: =?utf-8?q?gel=C3=B6scht?=',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=disposition-notification; boundary="RAA14128.773615765/example.com"',
    '',
    '--RAA14128.773615765/example.com',
    'Content-type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Gel=C3=B6scht.',
    '',
    '--RAA14128.773615765/example.com',
    'Content-Type: message/disposition-notification',
    '',
    'Reporting-UA: joes-pc.cs.example.com; Foomail 97.1',
    'MDN-Gateway: dns; gw.example.com',
    'Original-Recipient: rfc822;Joe_Recipient@example.com',
    'Final-Recipient: rfc822;Joe_Recipient@example.com',
    'Original-Message-ID: <199509192301.23456@example.org>',
    'Disposition: Automatic-Action / MDN-sent-automatically ; Deleted/Error',
    'Error: one',
    'Error: two',
    'X-Thing: a',
    '  b',
    '',
    '--RAA14128.773615765/example.com',
    'Content-Type: message/rfc822',
    '',
    'Subject: x',
    '',
    '--RAA14128.773615765/example.com--',
  );

  const upload = async ({ call }: JmapWorld, text: string): Promise<string> =>
    (await call('Blob/upload', { create: { a: { data: [{ 'data:asText': text }] } } })).created.a.id;

  test('every property; no email that it is about', async () => {
    const world = await jmapWorld();
    const blobId = await upload(world, REPORT);
    expect((await world.call('MDN/parse', { blobIds: [blobId] })).parsed[blobId]).toEqual({
      forEmailId: null,
      subject: 'gelöscht',
      textBody: 'Gelöscht.\n',
      includeOriginalMessage: true,
      reportingUA: 'joes-pc.cs.example.com; Foomail 97.1',
      disposition: { actionMode: 'automatic-action', sendingMode: 'mdn-sent-automatically', type: 'deleted' },
      mdnGateway: 'dns; gw.example.com',
      originalRecipient: 'rfc822;Joe_Recipient@example.com',
      finalRecipient: 'rfc822;Joe_Recipient@example.com',
      originalMessageId: '<199509192301.23456@example.org>',
      error: ['one', 'two'],
      extensionFields: { 'X-Thing': 'a  b' },
    });
    // Two that it could be about are none.
    await world.file(ASKING);
    expect((await world.call('MDN/parse', { blobIds: [blobId] })).parsed[blobId].forEmailId).toMatch(/^e/);
    await world.file(ASKING);
    expect((await world.call('MDN/parse', { blobIds: [blobId] })).parsed[blobId].forEmailId).toBeNull();
  });

  test.each([
    ['another message', ASKING],
    ['a report of delivery', REPORT.replace('message/disposition-notification', 'message/delivery-status')],
    ['no disposition', REPORT.replace(/Disposition: .*/, 'X: y')],
    ['a disposition that is none', REPORT.replace('; Deleted', '; eaten')],
    ['nothing', ''],
  ])('not parsable: %s', async (_, text) => {
    const world = await jmapWorld();
    const blobId = await upload(world, text);
    expect(await world.call('MDN/parse', { blobIds: [blobId, 'unobody'] })).toEqual({
      accountId: 'alice',
      parsed: null,
      notParsable: [blobId],
      notFound: ['unobody'],
    });
  });

  test('refused: others’ accounts, wrong and too many arguments', async () => {
    const { failing } = await jmapWorld();
    expect(await failing('MDN/parse', { blobIds: 'm1' })).toMatchObject({ type: 'invalidArguments' });
    expect(await failing('MDN/parse', { blobIds: [], properties: [] })).toMatchObject({ type: 'invalidArguments' });
    expect(await failing('MDN/parse', { accountId: 'bob', blobIds: [] })).toMatchObject({
      type: expect.stringMatching(/^account/),
    });
    const blobIds = Array.from({ length: 1001 }, (_, i) => `m${i}`);
    expect(await failing('MDN/parse', { blobIds })).toMatchObject({ type: 'requestTooLarge' });
  });
});

describe('not sent', () => {
  const wrong: readonly (readonly [string, Json, Json])[] = [
    ['no such email', { forEmailId: 'e1' }, { type: 'notFound' }],
    ['no email', { forEmailId: undefined }, { type: 'invalidProperties', properties: ['forEmailId'] }],
    ['no disposition', { disposition: undefined }, { type: 'invalidProperties', properties: ['disposition'] }],
    [
      'a type that there is not',
      { disposition: { ...DISPOSITION, type: 'eaten' } },
      { type: 'invalidProperties', properties: ['disposition'] },
    ],
    ['a field in a field', { reportingUA: 'a\r\nBcc: x' }, { type: 'invalidProperties', properties: ['reportingUA'] }],
    ['beyond ASCII', { reportingUA: 'é' }, { type: 'invalidProperties', properties: ['reportingUA'] }],
    ['a subject of two lines', { subject: 'a\nb' }, { type: 'invalidProperties', properties: ['subject'] }],
    ['too much text', { textBody: 'é'.repeat(8193) }, { type: 'invalidProperties', properties: ['textBody'] }],
    [
      'a field of the report’s own',
      { extensionFields: { disposition: 'x' } },
      { type: 'invalidProperties', properties: ['extensionFields'] },
    ],
    [
      'an extension that is no name',
      { extensionFields: { 'a b': 'x' } },
      { type: 'invalidProperties', properties: ['extensionFields'] },
    ],
    ['what the server sets', { error: ['x'] }, { type: 'invalidProperties', properties: ['error'] }],
    [
      'what the server sets',
      { originalMessageId: '<x@y>' },
      { type: 'invalidProperties', properties: ['originalMessageId'] },
    ],
    [
      'what the server sets',
      { originalRecipient: 'rfc822;x@y' },
      { type: 'invalidProperties', properties: ['originalRecipient'] },
    ],
    ['what the server sets', { mdnGateway: 'dns; x' }, { type: 'invalidProperties', properties: ['mdnGateway'] }],
    [
      'a recipient that is none',
      { finalRecipient: 'alice' },
      { type: 'invalidProperties', properties: ['finalRecipient'] },
    ],
    ['another’s name', { finalRecipient: 'rfc822; bob@example.test' }, { type: 'forbiddenFrom' }],
    ['an unknown property', { color: 'red' }, { type: 'invalidProperties', properties: ['color'] }],
  ];
  test.each(wrong)('%s: %j', async (_, change, error) => {
    const world = await jmapWorld();
    const id = await world.file(ASKING);
    expect(await send(world, { ...example(id), ...change })).toMatchObject(error);
    expect(await queued(world)).toEqual([]);
    expect((await world.call('Email/get', { ids: [id], properties: ['keywords'] })).list[0].keywords).toEqual({});
  });

  const unmarked: readonly Json[] = [
    {},
    { onSuccessUpdateEmail: null },
    { onSuccessUpdateEmail: { '#k1546': { 'keywords/$seen': true } } },
    { onSuccessUpdateEmail: { '#other': { 'keywords/$mdnsent': true } } },
    { onSuccessUpdateEmail: { '#k1546': { 'keywords/$mdnsent': null } } },
  ];
  test.each(unmarked)('without a mark that it was sent (section 2.1): %j', async (more) => {
    const world = await jmapWorld();
    const id = await world.file(ASKING);
    const answer = await world.call('MDN/send', { identityId: 'default', send: { k1546: example(id) }, ...more });
    expect(answer.notSent.k1546).toMatchObject({ type: 'invalidProperties', properties: ['onSuccessUpdateEmail'] });
    expect(await queued(world)).toEqual([]);
  });

  test('a message that does not ask, or that is itself a report', async () => {
    const world = await jmapWorld();
    for (const [message, error] of [
      [ASKING.replace(/^Disposition.*\r\n/m, ''), { type: 'notFound' }],
      [ASKING.replace('Joe <joe@example.com>\r\nSubject', ',\r\nSubject'), { type: 'notFound' }],
      [ASKING.replace('Joe <joe@example.com>\r\nSubject', 'joe\r\nSubject'), { type: 'invalidRecipients' }],
      [ASKING.replace('To: alice', 'Content-Type: multipart/report; boundary=a\r\nTo: alice'), { type: 'forbidden' }],
    ] as const) {
      expect(await send(world, example(await world.file(message)))).toMatchObject(error);
    }
  });

  test('automatically to whom it did not come from (RFC 8098 section 2.1)', async () => {
    const world = await jmapWorld();
    const mdn = (id: string) => ({
      ...example(id),
      disposition: { ...DISPOSITION, sendingMode: 'mdn-sent-automatically' },
    });
    for (const message of [
      ASKING.replace('Return-Path: <joe', 'Return-Path: <jim'),
      ASKING.replace(/^Return-Path.*\r\n/, ''),
      ASKING.replace('Joe <joe@example.com>\r\nSubject', 'joe@example.com, jim@example.com\r\nSubject'),
    ]) {
      expect(await send(world, mdn(await world.file(message)))).toMatchObject({ type: 'forbidden' });
    }
    expect(await send(world, mdn(await world.file(ASKING)))).toMatchObject({ finalRecipient: expect.any(String) });
  });

  test('with an identity that there is not, or whose address is not the user’s any more', async () => {
    const { failing, file } = await jmapWorld();
    const args = { identityId: 'nobody', send: {} };
    expect(await failing('MDN/send', args)).toMatchObject({ type: 'invalidArguments' });
    expect(await failing('MDN/send', { send: {} })).toMatchObject({ type: 'invalidArguments' });
    const id = await file(ASKING);
    expect(await failing('MDN/send', { accountId: 'bob', ...args, send: { k: example(id) } })).toMatchObject({
      type: expect.stringMatching(/^account/),
    });
    const world = await jmapWorld({ directory: { maySendAs: async () => false } });
    expect(await send(world, example(await world.file(ASKING)))).toMatchObject({ type: 'forbiddenFrom' });
  });
});

describe('once', () => {
  test('an email that has been answered, by JMAP or IMAP, is not answered again', async () => {
    const world = await jmapWorld();
    const id = await world.file(ASKING);
    await send(world, example(id));
    expect(await send(world, example(id))).toMatchObject({ type: 'mdnAlreadySent' });
    const other = await world.file(ASKING, { flags: ['$MDNSent'] });
    expect(await send(world, example(other))).toMatchObject({ type: 'mdnAlreadySent' });
    expect(await queued(world)).toHaveLength(1);
  });

  test('nor where two ask at once', async () => {
    const world = await jmapWorld();
    const id = await world.file(ASKING);
    const answers = await Promise.all([1, 2, 3].map(() => send(world, example(id))));
    expect(answers.filter(({ type }) => type === 'mdnAlreadySent')).toHaveLength(2);
    const args = { accounts: world.accounts, outbox: world.outbox, clock: world.clock, log: silentLog };
    await sweepSubmissions(args);
    expect(await queued(world)).toHaveLength(1);
  });

  test('what was decided and not handed over is sent by the sweep, once', async () => {
    const world = await jmapWorld();
    const failing = { ...world.outbox, send: () => Promise.reject(new Unavailable('not now')) };
    const broken = await jmapWorld({ outbox: failing, accounts: world.accounts, blobs: world.ports.blobs });
    const id = await world.file(ASKING);
    expect(await send(broken, example(id))).toMatchObject({ finalRecipient: expect.any(String) });
    expect(await queued(world)).toEqual([]);
    const args = { accounts: world.accounts, outbox: world.outbox, clock: world.clock, log: silentLog };
    const { value: letter } = await world.outbox.due().next();
    expect(await sweepSubmissions(args)).toBe(1);
    expect(await sweepSubmissions(args)).toBe(0);
    await release(args, letter!).catch(() => undefined);
    expect(await queued(world)).toHaveLength(1);
  });

  test('to somebody here it is delivered', async () => {
    const world = await jmapWorld();
    const id = await world.file(ASKING.replaceAll('joe@example.com', 'bob@example.test'));
    await send(world, example(id));
    const [job] = await world.ports.queues.deliver.receive({ max: 1, visibility: 60, waitSeconds: 0 });
    expect(inboundJob.parse(JSON.parse(job!.body))).toMatchObject({ from: '', deliveries: [{ account: 'bob' }] });
  });
});
