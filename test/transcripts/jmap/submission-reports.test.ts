/** What comes back for a submission (RFC 8621 section 7): deliveryStatus, dsnBlobIds and mdnBlobIds when the queue is done with it. */
import { describe, expect, test } from 'vitest';
import { SHARDS } from '../../../mail/outbound/queue-entry.ts';
import { queryAll } from '../../../mail/ports/index.ts';
import { type JmapWorld, type Json, jmapWorld, lines } from '../../support/jmap.ts';

const SENT = lines(
  'From: Alice <alice@example.test>',
  'To: Joe <joe@example.com>',
  'Cc: jane@example.org',
  'Bcc: secret@example.com',
  'Date: Fri, 21 Nov 1997 09:55:06 -0600',
  'Message-ID: <lunch@example.test>',
  'Subject: Lunch',
  '',
  'Hello',
);

interface Own extends JmapWorld {
  readonly email: string;
}

describe('what comes back', () => {
  const dsn = (fields: readonly string[], about = '<lunch@example.test>') =>
    lines(
      ...['From: mailer-daemon@example.com', `In-Reply-To: ${about}`, 'Subject: Undelivered'],
      ...['Content-Type: multipart/report; report-type=delivery-status; boundary=b', '', '--b', '', 'No.', '--b'],
      ...['Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.example.com', '', ...fields, '--b--'],
    );
  const FAILED = [
    'Original-Recipient: rfc822; Joe@example.com',
    'Final-Recipient: rfc822; joseph@example.com',
    'Action: failed',
    'Status: 5.2.2',
    'Diagnostic-Code: smtp; 552 5.2.2 Mailbox',
    '  full',
    '',
    'Final-Recipient: rfc822; jane@example.org',
    'Action: delivered (as far as we know)',
    'Status: 2.1.5',
  ];
  const MDN = lines(
    ...['From: jane@example.org', 'References: <lunch@example.test>', 'Subject: Read'],
    ...[
      'Content-Type: multipart/report; report-type=disposition-notification; boundary=b',
      '',
      '--b',
      '',
      'Yes.',
      '--b',
    ],
    ...['Content-Type: message/disposition-notification', '', 'Final-Recipient: rfc822; jane@example.org'],
    ...['Disposition: manual-action/MDN-sent-manually; displayed', '--b--'],
  );

  /** Sent, and no longer in the queue. */
  async function sent(): Promise<Own> {
    const world = await jmapWorld();
    const email = await world.file(SENT, { mailboxes: ['Drafts'] });
    const own: Own = { ...world, email };
    await own.call('EmailSubmission/set', { create: { k1: { identityId: 'default', emailId: email } } });
    for (let shard = 0; shard < SHARDS; shard++) {
      for await (const { pk, sk } of queryAll(own.ports.records, { pk: `q/${shard}` })) {
        await own.ports.records.delete(pk, sk, 'any');
      }
    }
    return own;
  }
  const read = async ({ call }: Own) => (await call('EmailSubmission/get')).list[0];

  test('reports of delivery and of reading are found, and say how it went', async () => {
    const own = await sent();
    const handed = { smtpReply: '250 2.0.0 Handed over', delivered: 'unknown', displayed: 'unknown' };
    expect(await read(own)).toMatchObject({
      dsnBlobIds: [],
      mdnBlobIds: [],
      deliveryStatus: { 'joe@example.com': handed },
    });
    const ids = [await own.file(dsn(FAILED)), await own.file(MDN)];
    const { list } = await own.call('Email/get', { ids, properties: ['blobId'] });
    const [one, two] = list.map(({ blobId }: Json) => blobId);
    const after = await read(own);
    expect(after).toMatchObject({ dsnBlobIds: [one], mdnBlobIds: [two] });
    expect(after).not.toHaveProperty('messageId');
    expect(after.deliveryStatus).toMatchObject({
      'joe@example.com': { smtpReply: '552 5.2.2 Mailbox  full', delivered: 'no', displayed: 'unknown' },
      'jane@example.org': { smtpReply: '250 2.1.5', delivered: 'yes', displayed: 'yes' },
      'secret@example.com': handed,
    });
    // The draft may go: what was sent is known all the same.
    await own.call('Email/set', { destroy: [own.email] });
    expect(await read(own)).toMatchObject({ dsnBlobIds: [one], mdnBlobIds: [two] });
  });

  test('not those of other messages of the conversation, what is no report, or what was deleted', async () => {
    const own = await sent();
    await own.file(
      lines('Message-ID: <re@example.com>', 'In-Reply-To: <lunch@example.test>', 'Subject: Re', '', 'Yes'),
    );
    await own.file(dsn(FAILED, '<re@example.com>'));
    await own.file(dsn(FAILED).replace('multipart/report', 'multipart/mixed'));
    const gone = await own.file(dsn(FAILED));
    await own.call('Email/set', { destroy: [gone] });
    expect(await read(own)).toMatchObject({ dsnBlobIds: [], mdnBlobIds: [] });
  });

  test.each([
    [[]],
    [['Final-Recipient: joe@example.com', 'Action: eaten', 'Status: 5.0.0']],
    [['Final-Recipient: rfc822;', 'Action: failed', 'Status: 5.0.0']],
    [['Action: failed', 'Status: 5.0.0']],
    [['Final-Recipient: rfc822; joe@example.com', 'Action: failed', 'Status: x']],
  ])('a report that says nothing that can be read is one all the same: %j', async (fields) => {
    const own = await sent();
    await own.file(dsn(fields));
    const { dsnBlobIds, deliveryStatus } = await read(own);
    expect(dsnBlobIds).toHaveLength(1);
    expect(deliveryStatus['joe@example.com'].delivered).toBe('unknown');
  });
});
