import { describe, expect, test, vi } from 'vitest';
import { type JmapWorld, type Json, jmapWorld, lines } from '../../support/jmap.ts';

/** Everything that can be asked of an email. */
const ALL = {
  properties: [
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
    ...['sender', 'from', 'to', 'cc', 'bcc', 'replyTo', 'subject', 'sentAt', 'hasAttachment', 'preview', 'headers'],
    ...['bodyStructure', 'bodyValues', 'textBody', 'htmlBody', 'attachments', 'header:From:asGroupedAddresses:all'],
  ],
  bodyProperties: [
    ...['partId', 'blobId', 'size', 'headers', 'name', 'type', 'charset', 'disposition', 'cid', 'language', 'location'],
    ...['subParts', 'header:Content-Type:asText'],
  ],
  fetchAllBodyValues: true,
};

async function everything(world: JmapWorld, message: string | Uint8Array, more: object = {}): Promise<Json> {
  const id = await world.file(message);
  const { list, notFound } = await world.call('Email/get', { ids: [id], ...ALL, ...more });
  expect(notFound).toEqual([]);
  // What a kept message says of itself, an uploaded one does too.
  const { parsed } = await world.call('Email/parse', {
    blobIds: [list[0].blobId],
    properties: ['subject', 'bodyStructure'],
  });
  if (parsed !== null) expect(parsed[list[0].blobId].subject).toBe(list[0].subject);
  return list[0];
}

function nested(levels: number, kind: (level: number) => string): string {
  let message = lines('Content-Type: text/plain', '', 'the innermost');
  for (let level = levels; level > 0; level--) message = `${kind(level)}\r\n${message}`;
  return message;
}

describe('hostile messages give what can be given', () => {
  test.each([
    ['empty', ''],
    ['no header', '\r\nbody alone\r\n'],
    ['no body', 'Subject: x'],
    ['no line end', 'x'.repeat(10_000)],
    ['no colons', lines('this is', 'no header', '', 'body')],
    ['bytes', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 31 + (i >> 3)) & 255))],
    ['zeros', Buffer.alloc(5000)],
    ['a header that never ends', `From: ${'<'.repeat(5000)}${'('.repeat(5000)}"${'\\'.repeat(999)}`],
    [
      'broken encoded words',
      lines('Subject: =?utf-8?B?////?= =?utf-8?Q?=?= =?x?y?z?=', 'From: =?utf-8?B?IiA8Ij4=?= <', '', ''),
    ],
    ['broken dates', lines('Date: Fri, 31 Feb 99999 25:61:61 +9999', '', '')],
    ['a date far away', lines('Date: 1 Jan 9999 23:59:59 -1200', '', '')],
    ['a year of one digit', lines('Date: 1 Jan 0000 00:00:00 +1200', '', '')],
    ['an empty multipart', lines('Content-Type: multipart/mixed; boundary=b', '', '--b--')],
    ['a multipart without a boundary', lines('Content-Type: multipart/alternative', '', '--b', '', 'x', '--b--')],
    ['a multipart that does not end', lines('Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'x', '--b')],
    ['a broken type', lines('Content-Type: text plain; charset', '', 'x')],
    ['a broken charset', lines("Content-Type: text/plain; charset*=x'y'%zz%ff", '', 'x')],
    ['broken base64', lines('Content-Transfer-Encoding: base64', '', '=A=B==C*D', 'E=')],
    ['broken quoted-printable', lines('Content-Transfer-Encoding: quoted-printable', '', '=', '=G0=4', '=')],
    [
      'a message in base64',
      lines('Content-Type: message/rfc822', 'Content-Transfer-Encoding: base64', '', 'U3ViamVjdDogeA0K'),
    ],
    [
      'a broken disposition',
      lines('Content-Disposition: ;;;=;filename*0*=x', 'Content-ID: <', 'Content-Language: ,,', '', 'x'),
    ],
  ])('%s', async (_, message) => {
    const world = await jmapWorld();
    const email = await everything(world, message);
    expect(email.size).toBe(message.length);
    expect(JSON.stringify(email)).toBe(JSON.stringify(email).toWellFormed());
    expect(world.errors).toEqual([]);
  });

  test('multiparts and messages 200 deep', async () => {
    const world = await jmapWorld();
    const multiparts = await everything(
      world,
      nested(200, (level) =>
        lines(`Content-Type: multipart/mixed; boundary=b${level}`, '', `--b${level}`).slice(0, -2),
      ),
    );
    let depth = 0;
    for (let part = multiparts.bodyStructure; part !== undefined; part = part.subParts?.[0]) depth++;
    expect(depth).toBeGreaterThan(90);
    const messages = await everything(
      world,
      nested(200, () => lines('Content-Type: message/rfc822', '').slice(0, -2)),
    );
    expect(messages.bodyStructure.type).toBe('message/rfc822');
    expect(world.errors).toEqual([]);
  });

  test('2,000 parts', async () => {
    const world = await jmapWorld();
    const part = lines(
      '--b',
      'Content-Type: application/pdf',
      'Content-Transfer-Encoding: base64',
      '',
      'SGVsbG8='.repeat(20),
    );
    const email = await everything(
      world,
      `${lines('Content-Type: multipart/mixed; boundary=b', '')}${part.repeat(2000)}--b--`,
    );
    expect(email.attachments).toHaveLength(2000);
    expect(email.attachments.at(-1)).toMatchObject({ size: 5 * 20, headers: [{}, {}] });
  });
});

describe('large messages are read in pieces', () => {
  const MIB = 1024 * 1024;
  const line = `${'QUJD'.repeat(19)}\r\n`;
  const head = lines('Subject: large', 'Content-Type: multipart/mixed; boundary=b', '');
  const text = lines('--b', 'Content-Type: text/plain', '', 'short');
  const file = (bytes: number) =>
    `${lines('--b', 'Content-Type: application/zip', 'Content-Transfer-Encoding: base64', '')}${line.repeat(bytes / line.length)}QQ==\r\n`;

  test('40 MB: its text and the size of its file', async () => {
    const world = await jmapWorld();
    const message = Buffer.from(`${head}${text}${file(40 * MIB)}--b--\r\n`, 'latin1');
    const id = await world.file(message);
    const get = vi.spyOn(world.ports.blobs, 'get');
    const stream = vi.spyOn(world.ports.blobs, 'stream');
    const { list } = await world.call('Email/get', { ids: [id], fetchTextBodyValues: true });
    expect(list[0].bodyValues).toEqual({ 2: { value: 'short', isEncodingProblem: false, isTruncated: false } });
    expect(list[0].attachments[0].size).toBe(Math.floor((40 * MIB) / line.length) * 57 + 1);
    const read = get.mock.calls.reduce((sum, [, range]) => sum + range!.end - range!.start, 0);
    expect(read).toBeLessThan(1024);
    expect(stream).not.toHaveBeenCalled();
  });

  test('many files: their sizes in one pass', async () => {
    const world = await jmapWorld();
    const message = `${head}${text}${file(MIB / 16).repeat(20)}--b--\r\n`;
    const id = await world.file(message);
    const get = vi.spyOn(world.ports.blobs, 'get');
    const stream = vi.spyOn(world.ports.blobs, 'stream');
    const { list } = await world.call('Email/get', { ids: [id], properties: ['attachments'] });
    const size = Math.floor(MIB / 16 / line.length) * 57 + 1;
    expect(list[0].attachments.map((part: Json) => part.size)).toEqual(Array(20).fill(size));
    expect(stream).toHaveBeenCalledOnce();
    get.mockClear();
    const headers = await world.call('Email/get', {
      ids: [id],
      properties: ['attachments'],
      bodyProperties: ['headers'],
    });
    expect(headers.list[0].attachments[19].headers).toHaveLength(2);
    // The first few one by one, the others with what lies between them.
    expect(get.mock.calls.length).toBeLessThan(13);
  });

  test('a long text is cut, and says so', async () => {
    const world = await jmapWorld();
    const email = await everything(world, Buffer.from(`Subject: x\r\n\r\n${'a'.repeat(5 * MIB)}`));
    expect(email.bodyValues['1'].isTruncated).toBe(true);
    expect(email.bodyValues['1'].value).toHaveLength(4 * MIB);
    const get = vi.spyOn(world.ports.blobs, 'get');
    const { list } = await world.call('Email/get', {
      ids: [email.id],
      properties: ['bodyValues'],
      fetchTextBodyValues: true,
      maxBodyValueBytes: 1000,
    });
    expect(list[0].bodyValues['1']).toEqual({ value: 'a'.repeat(1000), isEncodingProblem: false, isTruncated: true });
    expect(get.mock.calls.map(([, range]) => range!.end - range!.start)).toEqual([16_096]);
  });

  test('all that one answer holds is bounded', async () => {
    const world = await jmapWorld();
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) ids.push(await world.file(Buffer.from(`Subject: ${i}\r\n\r\n${'a'.repeat(4 * MIB)}`)));
    const { list } = await world.call('Email/get', { ids, properties: ['bodyValues'], fetchTextBodyValues: true });
    const lengths = list.map(({ bodyValues }: Json) => bodyValues['1'].value.length);
    expect(lengths.reduce((sum: number, length: number) => sum + length)).toBe(16 * MIB);
    expect(list.filter(({ bodyValues }: Json) => bodyValues['1'].isTruncated)).toHaveLength(2);
  });
});

test('more than an answer can hold is refused', async () => {
  const world = await jmapWorld();
  const message = Buffer.from(`X-Long: ${'x'.repeat(1_000_000)}\r\n\r\n`);
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) ids.push(await world.file(message));
  const properties = ['header:x-long', 'header:X-Long', 'header:X-LONG', 'header:X-long:all'];
  expect((await world.failing('Email/get', { ids, properties })).type).toBe('requestTooLarge');
  expect((await world.call('Email/get', { ids: ids.slice(0, 10), properties })).list).toHaveLength(10);
  const many = Array.from({ length: 501 }, (_, i) => `header:X-${i}`);
  expect((await world.failing('Email/get', { ids, properties: many })).type).toBe('invalidArguments');
  expect((await world.failing('Email/get', { ids, bodyProperties: many })).type).toBe('invalidArguments');
});

test('an email whose bytes were erased meanwhile is not found, the others are', async () => {
  const world = await jmapWorld();
  const ids = [await world.file(lines('Subject: a', '', 'x')), await world.file(lines('Subject: b', '', 'y'))];
  const raw: string[] = [];
  for await (const { name } of world.ports.blobs.list('raw')) raw.push(name);
  await world.ports.blobs.delete(raw[0]!);
  const { list, notFound } = await world.call('Email/get', { ids, properties: ['subject', 'headers'] });
  expect([list.length, notFound]).toEqual([1, [ids[0]]]);
});
