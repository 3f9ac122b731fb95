import { expect, test } from 'vitest';
import { jmapWorld, lines } from '../../support/jmap.ts';

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
