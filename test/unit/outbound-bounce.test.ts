import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { composeDsn, type DsnOriginal } from '../../mail/outbound/bounce.ts';
import type { QueueEntry } from '../../mail/outbound/queue-entry.ts';
import { submit } from '../../mail/outbound/submit.ts';
import { outboundWorld } from '../support/outbound.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);
const HEADER = 'Message-ID: <1@example.test>\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?B?IGFuIGRpY2g=?=\r\n';

const entry: QueueEntry = {
  v: 1,
  id: 'entry',
  job: 'job',
  blob: 'raw/x',
  size: 100,
  from: 'alice@example.test',
  domain: 'one.test',
  routing: 'example.test',
  tenant: 'default',
  via: 'submission',
  smtputf8: false,
  eightBit: false,
  arrived: AT - 60_000,
  recipients: [],
  failed: [
    {
      address: 'no@one.test',
      last: { code: 550, enhanced: '5.1.1', text: 'No such user h\u00e9re', remote: 'mx.one.test[192.0.2.1]', at: AT },
    },
    { address: 'lost@one.test', last: { code: 0, enhanced: '5.1.2', text: 'The domain does not exist', at: AT } },
  ],
  reports: 0,
  state: 'ending',
  until: AT,
  attempts: 1,
  writer: 'w',
};

interface Parsed {
  readonly headers: Readonly<Record<string, string>>;
  readonly type: string;
  readonly report: string;
  readonly parts: readonly string[];
  readonly text: string;
  readonly status: readonly Readonly<Record<string, string>>[];
  readonly status_raw: string;
  readonly original: string | null;
  readonly defects: readonly string[];
  readonly crlf: boolean;
  readonly longest: number;
}

function parse(bytes: Uint8Array): Parsed {
  const script = join(import.meta.dirname, '../support/parse-dsn.py');
  return JSON.parse(execFileSync('python3', [script], { input: bytes, encoding: 'utf8' })) as Parsed;
}

function compose(change: Partial<QueueEntry> = {}, original?: DsnOriginal): Parsed {
  const input = {
    id: 'abcdefgh',
    entry: { ...entry, ...change },
    hostname: 'mail.example.test',
    original: original ?? { whole: true, bytes: Buffer.from(`${HEADER}\r\nHello\r\n`) },
  };
  const bytes = composeDsn(input);
  expect(Buffer.compare(composeDsn(input), bytes), 'the same input gives the same bytes').toBe(0);
  const parsed = parse(bytes);
  expect(parsed.defects).toEqual([]);
  expect(parsed.crlf).toBe(true);
  expect(parsed.longest).toBeLessThan(998);
  return parsed;
}

describe('a delivery status notification, as Python’s email package reads it', () => {
  it('has the parts and fields of RFC 3464', () => {
    const dsn = compose({ dsn: { envid: 'QQ 314' } });
    expect(dsn.type).toBe('multipart/report');
    expect(dsn.report).toBe('delivery-status');
    expect(dsn.parts).toEqual(['text/plain', 'message/delivery-status', 'message/rfc822']);
    expect(dsn.headers).toMatchObject({
      From: 'Mail Delivery System <mailer-daemon@mail.example.test>',
      To: 'alice@example.test',
      'Auto-Submitted': 'auto-replied',
      'Message-ID': '<abcdefgh@mail.example.test>',
      'In-Reply-To': '<1@example.test>',
      References: '<1@example.test>',
      Date: 'Fri, 02 Jan 2026 03:04:05 +0000',
    });
    expect(dsn.status).toEqual([
      {
        'Original-Envelope-Id': 'QQ 314',
        'Reporting-MTA': 'dns; mail.example.test',
        'Arrival-Date': 'Fri, 02 Jan 2026 03:03:05 +0000',
      },
      {
        'Final-Recipient': 'rfc822; no@one.test',
        Action: 'failed',
        Status: '5.1.1',
        'Remote-MTA': 'dns; mx.one.test',
        'Diagnostic-Code': 'smtp; 550 5.1.1 No such user h?re',
        'Last-Attempt-Date': 'Fri, 02 Jan 2026 03:04:05 +0000',
      },
      {
        'Final-Recipient': 'rfc822; lost@one.test',
        Action: 'failed',
        Status: '5.1.2',
        'Diagnostic-Code': 'x-postern; The domain does not exist',
        'Last-Attempt-Date': 'Fri, 02 Jan 2026 03:04:05 +0000',
      },
    ]);
    expect(dsn.text).toContain('Gr\u00fc\u00dfe an dich');
    expect(dsn.text).toContain('550 5.1.1 No such user h\u00e9re');
    expect(dsn.text).toContain('The domain does not exist.');
    expect(dsn.original).toContain('Hello');
  });

  it('returns the header alone where that is asked for', () => {
    const dsn = compose({}, { whole: false, bytes: Buffer.from(HEADER) });
    expect(dsn.parts[2]).toBe('text/rfc822-headers');
    expect(dsn.original).toContain('Message-ID: <1@example.test>');
  });

  it('stands without the message', () => {
    const bytes = composeDsn({ id: 'x', entry, hostname: 'mail.example.test', original: undefined });
    expect(parse(bytes).parts).toEqual(['text/plain', 'message/delivery-status']);
  });

  it('takes the forms of RFC 6533 for addresses and headers in UTF-8', () => {
    const failed = [{ address: 'bj\u00f6rn@one.test', last: entry.failed[0]!.last }];
    const bytes = Buffer.from('Subject: \u00e4\r\n\r\nx\r\n');
    const dsn = compose({ failed }, { whole: true, bytes });
    expect(dsn.report).toBe('global-delivery-status');
    expect(dsn.parts).toEqual(['text/plain', 'message/global-delivery-status', 'message/global']);
    expect(dsn.text).toContain('bj\u00f6rn@one.test');
    expect(compose({}, { whole: false, bytes }).parts[2]).toBe('message/global-headers');
  });

  it('lets nobody inject header fields or boundaries', () => {
    const evil = 'x\r\nBcc: a@b.test\r\n\r\n--dsn-abcdefgh--';
    const failed = [{ address: 'no@one.test', last: { ...entry.failed[0]!.last, text: evil } }];
    const original = {
      whole: true,
      bytes: Buffer.from('Subject: a\r\n b\r\nMessage-ID: broken\r\n\r\n\r\n--dsn-x--\r\n'),
    };
    const dsn = compose({ failed }, original);
    expect(dsn.headers.Bcc).toBeUndefined();
    expect(dsn.headers['In-Reply-To']).toBeUndefined();
    expect(dsn.parts.length).toBe(3);
    expect(dsn.status.length).toBe(2);
  });
});

describe('what goes back', () => {
  async function bounced(body: string, dsn?: { ret?: 'full' | 'hdrs' }) {
    const world = outboundWorld();
    world.answer = () => '550 5.7.1 no';
    const { name, size } = await world.ports.blobs.put('raw', Buffer.from(`${HEADER}\r\n${body}`), { owners: 1 });
    const message = await world.message(['no@one.test']);
    await submit(world.deps, { ...message, blob: name, size, ...(dsn === undefined ? {} : { dsn }) });
    await world.work(world.clock.now() + 60_000);
    const [job] = await world.delivered();
    return parse(await world.ports.blobs.get(job!.blob));
  }

  it('is the whole of a small message, the header of a large one, and what RET says', async () => {
    const large = 'x'.repeat(70).concat('\r\n').repeat(1000);
    expect((await bounced('small')).parts[2]).toBe('message/rfc822');
    expect((await bounced(large)).parts[2]).toBe('text/rfc822-headers');
    expect((await bounced('small', { ret: 'hdrs' })).parts[2]).toBe('text/rfc822-headers');
    expect((await bounced(large, { ret: 'full' })).parts[2]).toBe('message/rfc822');
    expect((await bounced(large.repeat(20), { ret: 'full' })).parts[2]).toBe('text/rfc822-headers');
  });
});
