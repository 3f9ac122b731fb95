import { expect, test } from 'vitest';
import { type Json, jmapWorld, lines } from '../../support/jmap.ts';

/** RFC 8621 section 4.2, as far as its example says what the message holds. */
const DINNER = lines(
  'From: Joe Bloggs <joe@example.com>',
  'Subject: Dinner on Thursday?',
  'List-POST: <mailto:partytime@lists.example.com> (Partytime)',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/html; charset=utf-8',
  '',
  `<html><body><p>Hello ${'very '.repeat(60)}much</p></body></html>`,
  '--b',
  'Content-Type: text/plain',
  '',
  '-- Sent by your friendly mailing list ...',
  '--b--',
);

test('the example of RFC 8621 section 4.2', async () => {
  const { call, file, mailbox } = await jmapWorld();
  const id = await file(DINNER, { date: Date.UTC(2013, 9, 13, 14, 12) });
  const answer = await call('Email/get', {
    ids: ['e9999', id],
    properties: [
      ...['threadId', 'mailboxIds', 'from', 'subject', 'receivedAt', 'header:List-POST:asURLs', 'htmlBody'],
      'bodyValues',
    ],
    bodyProperties: ['partId', 'blobId', 'size', 'type'],
    fetchHTMLBodyValues: true,
    maxBodyValueBytes: 256,
  });
  const number = id.slice(1);
  expect(answer).toEqual({
    accountId: 'alice',
    state: expect.stringMatching(/^\d+-\d+$/),
    list: [
      {
        id,
        threadId: expect.stringMatching(/^t/),
        mailboxIds: { [mailbox('INBOX')]: true },
        from: [{ name: 'Joe Bloggs', email: 'joe@example.com' }],
        subject: 'Dinner on Thursday?',
        receivedAt: '2013-10-13T14:12:00Z',
        'header:List-POST:asURLs': ['mailto:partytime@lists.example.com'],
        htmlBody: [
          { partId: '2', blobId: `p${number}-1`, size: 343, type: 'text/html' },
          { partId: '3', blobId: `p${number}-2`, size: 41, type: 'text/plain' },
        ],
        bodyValues: {
          '2': {
            isEncodingProblem: false,
            isTruncated: true,
            value: expect.stringMatching(/^<html><body><p>Hello very /),
          },
          '3': { isEncodingProblem: false, isTruncated: false, value: '-- Sent by your friendly mailing list ...' },
        },
      },
    ],
    notFound: ['e9999'],
  });
  expect(answer.list[0].bodyValues['2'].value).toHaveLength(256);
});

test('a first sign-in: a screen of threads in one request (RFC 8621 section 4.10)', async () => {
  const { request, file, mailbox } = await jmapWorld();
  const reply = (to: string) => `In-Reply-To: <${to}@example.com>\r\nReferences: <${to}@example.com>`;
  const message = (id: string, subject: string, more = 'X-Y: z') =>
    lines(
      'From: Jane Doe <jdoe@example.com>',
      `Subject: ${subject}`,
      `Message-ID: <${id}@example.com>`,
      more,
      '',
      `Text of ${id}`,
    );
  const day = (n: number) => Date.UTC(2018, 5, n);
  const reveal = await file(message('1', 'The Big Reveal'), { date: day(1), flags: ['\\Flagged'] });
  const other = await file(message('2', 'Something else'), { date: day(2) });
  const sent = await file(message('3', 'Re: The Big Reveal', reply('1')), {
    date: day(3),
    mailboxes: ['Sent'],
    flags: ['\\Seen'],
  });
  const again = await file(message('4', 'Re: The Big Reveal', reply('3')), { date: day(4) });
  const accountId = 'alice';
  const from = (resultOf: string, name: string, path: string) => ({ resultOf, name, path });
  const properties = [
    'threadId',
    'mailboxIds',
    'keywords',
    'hasAttachment',
    'from',
    'subject',
    'receivedAt',
    'size',
    'preview',
  ];
  const answers = await request([
    [
      'Email/query',
      {
        accountId,
        filter: { inMailbox: mailbox('INBOX') },
        sort: [{ isAscending: false, property: 'receivedAt' }],
        collapseThreads: true,
        position: 0,
        limit: 30,
        calculateTotal: true,
      },
    ],
    ['Email/get', { accountId, '#ids': from('0', 'Email/query', '/ids'), properties: ['threadId'] }],
    ['Thread/get', { accountId, '#ids': from('1', 'Email/get', '/list/*/threadId') }],
    ['Email/get', { accountId, '#ids': from('2', 'Thread/get', '/list/*/emailIds'), properties }],
  ]);
  const [query, , threads, emails] = answers.map(([, answer]) => answer);
  expect(query).toMatchObject({ ids: [again, other], total: 2, position: 0 });
  expect(threads.list.map(({ emailIds }: Json) => emailIds)).toEqual([[reveal, sent, again], [other]]);
  expect(emails.list.map(({ id }: Json) => id)).toEqual([reveal, sent, again, other]);
  expect(emails.list[0]).toMatchObject({
    threadId: threads.list[0].id,
    mailboxIds: { [mailbox('INBOX')]: true },
    keywords: { $flagged: true },
    hasAttachment: false,
    from: [{ name: 'Jane Doe', email: 'jdoe@example.com' }],
    subject: 'The Big Reveal',
    receivedAt: '2018-06-01T00:00:00Z',
    preview: 'Text of 1',
  });
  expect(emails.list[1]).toMatchObject({ mailboxIds: { [mailbox('Sent')]: true }, keywords: { $seen: true } });
});
