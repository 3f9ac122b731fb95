import { expect, it } from 'vitest';
import { transcript } from '../../support/transcript.ts';
import { LOGIN, LOOPBACK, World } from './support.ts';

const GREEN = Buffer.from(
  [
    'Received: from xn--grn-hoa.test by mail.example.test for <grün@example.test>; Fri, 20 Nov 2026 10:00:00 +0000',
    'From: Grün <grün@example.org>, "Ann" <ann@example.org>',
    'To: alice@example.test, Zoë <zoe@example.org>',
    'Subject: Grüße',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Disposition: attachment; filename="grün.txt"; size=5',
    '',
    '.grün',
    '--b',
    'Content-Type: message/rfc822',
    '',
    'Subject: innen grün',
    'Date: Fri, 20 Nov 2026 10:00:00 +0000',
    '',
    'Schön.',
    '--b--',
    '',
  ].join('\r\n'),
  'utf8',
);

const DOWNGRADED = `
  S: From: =?UTF-8?B?${Buffer.from('Grün <grün@example.org>').toString('base64')}?= <invalid@internationalized-address.invalid>,
  S:  "Ann" <ann@example.org>
  S: To: <alice@example.test>,
  S:  =?UTF-8?B?${Buffer.from('Zoë').toString('base64')}?= <zoe@example.org>
  S: Subject: =?UTF-8?B?${Buffer.from('Grüße').toString('base64')}?=
  S: Content-Type: multipart/mixed; boundary=b
  S:${' '}
  S: --b
  S: Content-Disposition: attachment;
  S:  filename*=UTF-8''gr%C3%BCn.txt;
  S:  size="5"
  S:${' '}
  S: ..grün
  S: --b
  S: Content-Type: message/rfc822
  S:${' '}
  S: Subject: =?UTF-8?B?${Buffer.from('innen grün').toString('base64')}?=
  S: Date: Fri, 20 Nov 2026 10:00:00 +0000
  S:${' '}
  S: Schön.
  S: --b--
  S: .
`;

it('gives a client that has not said UTF8 an ASCII header (RFC 6856 section 2.1, RFC 6858)', async () => {
  const client = new World([GREEN]).connect();
  await transcript(client, `${LOGIN}\nC: RETR 1\nS~ ^\\+OK \\d+ octets$\n${DOWNGRADED}`);
  await transcript(client, `C: TOP 1 99\nS: +OK The top of the message\n${DOWNGRADED}`);
  client.destroy();
});

it('does so in chunks, and leaves the body', async () => {
  const body = `${'ü'.repeat(500)}\r\n`.repeat(200);
  const long = Buffer.concat([GREEN.subarray(0, GREEN.indexOf('Content-Type')), Buffer.from(`\r\n${body}`)]);
  const client = new World([long]).connect();
  await transcript(
    client,
    `${LOGIN}\nC: RETR 1\nS: +OK ${long.length} octets\nS~ ^From: =\\?UTF-8\nS* ^Subject: =\\?UTF-8\nS:${' '}`,
  );
  for (let line = 0; line < 200; line++) await client.expect(Buffer.from('ü'.repeat(500)).toString('latin1'));
  await client.expect('.');
  client.destroy();
});

it('gives it as it is after UTF8', async () => {
  const client = new World([GREEN]).connect();
  await transcript(
    client,
    `
    S: +OK mail.example.test Postern ready
    C: UTF8 yes
    S: -ERR This command takes no arguments
    C: utf8
    S: +OK UTF-8 from now on
    C: STLS
    S: -ERR STLS comes before UTF8
    C: USER alice@example.test
    S: +OK Now the password
    C: PASS secret pass
    S~ ^\\+OK 1 message
    C: UTF8
    S: -ERR You are logged in already
    C: LIST 1
    S: +OK 1 ${GREEN.length}
    C: RETR 1
    S: +OK ${GREEN.length} octets
    S~ ^Received: .*for <gr
    S: From: Grün <grün@example.org>, "Ann" <ann@example.org>
    S* ^\\.$
    C: TOP 1 0
    S: +OK The top of the message
    S~ ^Received: .*for <gr
    S* ^\\.$
  `,
  );
  client.destroy();
});

it('leaves what is no UTF-8, and messages that have nothing of it, as they are', async () => {
  const old = Buffer.from('Subject: gr\xfcn\r\nX: gr\xfcn\r\n\r\nx\r\n', 'latin1');
  const plain = 'Subject: =?UTF-8?B?Z3LDvG4=?=\r\n\r\ngrün\r\n';
  const client = new World([old, plain]).connect();
  await transcript(
    client,
    `${LOGIN}\nC: RETR 1\nS: +OK ${old.length} octets\nS~ ^Subject: gr\\xfcn$\nS~ ^X: gr\\xfcn$\nS* ^\\.$`,
  );
  await transcript(client, `C: RETR 2\nS: +OK ${plain.length} octets\nS: Subject: =?UTF-8?B?Z3LDvG4=?=\nS* ^\\.$`);
  client.destroy();
});

it('takes a name and a password in UTF-8 (CAPA: UTF8 USER)', async () => {
  const asked: string[] = [];
  const world = new World([], {
    directory: {
      untilEnded: () => () => undefined,
      authenticate: async (login, password) => {
        asked.push(login, password);
        throw new Error('not here');
      },
      bearer: async () => {
        throw new Error('not here');
      },
      scram: async () => {
        throw new Error('not here');
      },
    },
  });
  const client = world.connect(LOOPBACK);
  await transcript(
    client,
    'S: +OK mail.example.test Postern ready\nC: UTF8\nS~ OK\nC: USER grün@example.test\nS~ OK\nC: PASS größer als\nS~ ^-ERR',
  );
  expect(asked).toEqual(['grün@example.test', 'größer als']);
  client.destroy();
});
