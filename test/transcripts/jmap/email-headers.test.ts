import { describe, expect, test, vi } from 'vitest';
import { UidSet } from '../../../mail/account/uidset.ts';
import { jmapWorld, lines } from '../../support/jmap.ts';

/** The examples of RFC 8621 sections 4.1.2.3 and 4.1.2.4. */
const SMYTHE =
  '"  James Smythe" <james@example.com>, Friends:\r\n  jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?=\r\n  <john@example.com>;';

const FRIENDS = [
  { name: 'James Smythe', email: 'james@example.com' },
  { name: null, email: 'jane@example.com' },
  { name: 'John Smîth', email: 'john@example.com' },
];

async function headers(message: string, ...properties: string[]) {
  const { call, file } = await jmapWorld();
  const id = await file(message);
  const { list } = await call('Email/get', { ids: [id], properties });
  const { id: _, ...rest } = list[0];
  return rest;
}

describe('header forms (RFC 8621 section 4.1.2)', () => {
  test('Addresses and GroupedAddresses: the examples', async () => {
    const message = lines(`To: ${SMYTHE}`, 'Cc: undisclosed-recipients:;, a@example.com', '');
    expect(
      await headers(
        message,
        'to',
        'header:To:asAddresses',
        'header:to:asGroupedAddresses',
        'header:CC:asGroupedAddresses',
      ),
    ).toEqual({
      to: FRIENDS,
      'header:To:asAddresses': FRIENDS,
      'header:to:asGroupedAddresses': [
        { name: null, addresses: FRIENDS.slice(0, 1) },
        { name: 'Friends', addresses: FRIENDS.slice(1) },
      ],
      'header:CC:asGroupedAddresses': [
        { name: 'undisclosed-recipients', addresses: [] },
        { name: null, addresses: [{ name: null, email: 'a@example.com' }] },
      ],
    });
  });

  test('Raw: the octets, folded as they are; bytes that are no UTF-8 replaced, NUL dropped', async () => {
    const message = lines('Subject:  a\r\n\tb', 'X-Utf: gr\xc3\xbc\xc3\x9fe', 'X-Bad: \xfc\0!', 'subject : last', '');
    expect(
      await headers(
        message,
        'header:SUBJECT',
        'header:Subject:all',
        'header:X-Utf:asRaw',
        'header:X-Bad',
        'header:None',
        'header:None:all',
        'headers',
      ),
    ).toEqual({
      'header:SUBJECT': ' last',
      'header:Subject:all': ['  a\r\n\tb', ' last'],
      'header:X-Utf:asRaw': ' grüße',
      'header:X-Bad': ' \ufffd!',
      'header:None': null,
      'header:None:all': [],
      headers: [
        { name: 'Subject', value: '  a\r\n\tb' },
        { name: 'X-Utf', value: ' grüße' },
        { name: 'X-Bad', value: ' \ufffd!' },
        { name: 'subject', value: ' last' },
      ],
    });
  });

  test('Text: unfolded, decoded, in Normalization Form C, without control characters', async () => {
    const message = lines(
      'Subject: =?utf-8?Q?Cafe=CC=81?=\r\n =?utf-8?Q?=00_am?= See',
      'Comments: =?x-unknown?Q?abc?=',
      'X-Any: \xe4',
      '',
    );
    expect(
      await headers(message, 'subject', 'header:Subject:asText', 'header:Comments:asText', 'header:X-Any:asText'),
    ).toEqual({
      subject: 'Café am See',
      'header:Subject:asText': 'Café am See',
      'header:Comments:asText': 'abc',
      'header:X-Any:asText': 'ä',
    });
  });

  test('MessageIds, Date, URLs, and null where they are none', async () => {
    const message = lines(
      'Message-ID: (mine) <1@example.com>',
      'References: <a@example.com>\r\n\t<b@example.com> (two)',
      'Date: Tue, 10 Jul 2018 11:03:11 +1000 (AEST)',
      'Resent-Date: 1 Jan 2020 00:00:00 -0330',
      'X-Date: soon',
      'List-Unsubscribe: (Use this <no>) <https://example.com/a,b?(c)>,\r\n <mailto:x@example.com>',
      'List-Post: NO',
      'In-Reply-To: ',
      '',
    );
    expect(
      await headers(
        message,
        ...[
          'messageId',
          'inReplyTo',
          'references',
          'sentAt',
          'header:References:asMessageIds',
          'header:Resent-Date:asDate',
        ],
        ...['header:X-Date:asDate', 'header:List-Unsubscribe:asURLs', 'header:List-Post:asURLs'],
        ...['header:In-Reply-To:asMessageIds', 'header:Date:asDate:all', 'header:X-None:asURLs:all'],
      ),
    ).toEqual({
      messageId: ['1@example.com'],
      inReplyTo: null,
      references: ['a@example.com', 'b@example.com'],
      sentAt: '2018-07-10T11:03:11+10:00',
      'header:References:asMessageIds': ['a@example.com', 'b@example.com'],
      'header:Resent-Date:asDate': '2020-01-01T00:00:00-03:30',
      'header:X-Date:asDate': null,
      'header:List-Unsubscribe:asURLs': ['https://example.com/a,b?(c)', 'mailto:x@example.com'],
      'header:List-Post:asURLs': null,
      'header:In-Reply-To:asMessageIds': null,
      'header:Date:asDate:all': ['2018-07-10T11:03:11+10:00'],
      'header:X-None:asURLs:all': [],
    });
  });

  test.each([
    ...['header:From:asDate', 'header:From:asText', 'header:Subject:asAddresses', 'header:Date:asMessageIds'],
    ...[
      'header:List-Post:asText',
      'header:Received:asText',
      'header:Return-Path:asAddresses',
      'header:References:asText',
    ],
    ...[
      'header:',
      'header:A B',
      'header:Subject:all:asText',
      'header:Subject:asFoo',
      'header:Subject:astext',
      'header:X:',
      'subjects',
    ],
  ])('%s is refused', async (property) => {
    const { failing } = await jmapWorld();
    expect(await failing('Email/get', { ids: [], properties: [property] })).toMatchObject({ type: 'invalidArguments' });
    expect(await failing('Email/get', { ids: [], bodyProperties: [property] })).toMatchObject({
      type: 'invalidArguments',
    });
    expect(await failing('Email/parse', { blobIds: [], properties: [property] })).toMatchObject({
      type: 'invalidArguments',
    });
  });
});

describe('what a list of emails shows', () => {
  const MESSAGE = lines(
    'From: Ann <ann@example.org>',
    'Sender: list@example.org',
    'Reply-To: Ann <ann@example.org>',
    'To: Joe <joe@example.com>, =?utf-8?B?SsO8cmdlbg==?= <j@example.com>',
    'Subject: Hi',
    'Date: Fri, 21 Nov 1997 09:55:06 -0600',
    'Message-ID: <1@example.org>',
    'In-Reply-To: <0@example.org>',
    'References: <x@example.org> <0@example.org>',
    '',
    'Good  morning',
  );
  const FAST = [
    ...[
      'id',
      'blobId',
      'threadId',
      'mailboxIds',
      'keywords',
      'size',
      'receivedAt',
      'messageId',
      'inReplyTo',
      'references',
    ],
    ...['sender', 'from', 'to', 'cc', 'bcc', 'replyTo', 'subject', 'sentAt', 'hasAttachment', 'preview'],
  ];

  test('needs no blob', async () => {
    const { call, file, ports, mailbox } = await jmapWorld();
    const id = await file(MESSAGE, {
      mailboxes: ['INBOX', 'Archive'],
      flags: ['\\Seen', '$Forwarded'],
      date: Date.UTC(2020, 1, 2, 3, 4, 5),
    });
    const get = vi.spyOn(ports.blobs, 'get');
    const { list } = await call('Email/get', { ids: [id], properties: FAST });
    expect(list).toEqual([
      {
        id,
        blobId: `m${id.slice(1)}`,
        threadId: expect.stringMatching(/^t/),
        mailboxIds: { [mailbox('INBOX')]: true, [mailbox('Archive')]: true },
        keywords: { $seen: true, $forwarded: true },
        size: MESSAGE.length,
        receivedAt: '2020-02-02T03:04:05Z',
        messageId: ['1@example.org'],
        inReplyTo: ['0@example.org'],
        references: ['x@example.org', '0@example.org'],
        sender: [{ name: null, email: 'list@example.org' }],
        from: [{ name: 'Ann', email: 'ann@example.org' }],
        to: [
          { name: 'Joe', email: 'joe@example.com' },
          { name: 'Jürgen', email: 'j@example.com' },
        ],
        cc: null,
        bcc: null,
        // It says nothing that From does not say.
        replyTo: null,
        subject: 'Hi',
        sentAt: '1997-11-21T09:55:06-06:00',
        hasAttachment: false,
        preview: 'Good morning',
      },
    ]);
    expect(get).not.toHaveBeenCalled();
  });

  test('and a header field one short read', async () => {
    const { call, file, ports } = await jmapWorld();
    const id = await file(MESSAGE);
    const get = vi.spyOn(ports.blobs, 'get');
    await call('Email/get', { ids: [id], properties: [...FAST, 'header:List-Id:asText', 'header:Sender'] });
    expect(get.mock.calls.map(([, range]) => range)).toEqual([{ start: 0, end: MESSAGE.indexOf('\r\n\r\n') + 4 }]);
  });
});

test('Email/get: null means all; too many ids are refused', async () => {
  const { call, failing, file } = await jmapWorld();
  const ids = [await file('Subject: 1\r\n\r\n'), await file('Subject: 2\r\n\r\n', { mailboxes: ['Archive', 'Sent'] })];
  const all = await call('Email/get', { ids: null, properties: ['subject'] });
  expect(all.list).toEqual([
    { id: ids[0], subject: '1' },
    { id: ids[1], subject: '2' },
  ]);
  const many = Array.from({ length: 1001 }, (_, i) => `e${i}`);
  expect((await failing('Email/get', { ids: many })).type).toBe('requestTooLarge');
  expect((await failing('Email/get', { ids: [], bodyProperties: ['partid'] })).type).toBe('invalidArguments');
  expect((await failing('Email/get', { ids: [], fetchBodies: true })).type).toBe('invalidArguments');
  expect((await call('Email/get', { ids: ['m1', 'ezzzzzzzzzzz'] })).notFound).toEqual(['m1', 'ezzzzzzzzzzz']);
});

test('Email/changes follows what came, changed and went', async () => {
  const { call, file, alice } = await jmapWorld();
  const first = await file('Subject: 1\r\n\r\n');
  const { state } = await call('Email/get', { ids: [] });
  const second = await file('Subject: 2\r\n\r\n');
  await alice.write((draft) => {
    const inbox = draft.mailboxNamed('INBOX')!.id;
    const rows = draft.rows(inbox);
    return draft.store(inbox, UidSet.from([rows.uid(0)]), 'add', ['\\Seen']);
  });
  const changes = await call('Email/changes', { sinceState: state });
  expect(changes).toMatchObject({ created: [second], updated: [first], destroyed: [], hasMoreChanges: false });
  const known = await call('Email/get', { ids: [first], properties: ['keywords'] });
  expect(known).toMatchObject({ state: changes.newState, list: [{ keywords: { $seen: true } }] });
});
