import { describe, expect, test, vi } from 'vitest';
import { bodyText, type Json, jmapWorld, lines } from '../../support/jmap.ts';

/** A MIME entity: header fields, and a body or parts. */
function entity(fields: readonly string[], body: string | readonly string[], boundary = ''): string {
  if (typeof body === 'string') return `${fields.map((field) => `${field}\r\n`).join('')}\r\n${body}`;
  const parts = body.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
  return `${fields.map((field) => `${field}\r\n`).join('')}\r\n${parts}--${boundary}--\r\n`;
}

function multipart(kind: string, boundary: string, ...parts: string[]): string {
  return entity([`Content-Type: multipart/${kind}; boundary=${boundary}`], parts, boundary);
}

function leaf(type: string, description: string, ...more: string[]): string {
  return entity([`Content-Type: ${type}`, `Content-Description: ${description}`, ...more], `${description}\r\n`);
}

const INLINE = 'Content-Disposition: inline';
const ATTACHED = 'Content-Disposition: attachment';

/** The example of RFC 8621 section 4.1.4. */
const LIST_MAIL = multipart(
  'mixed',
  'm1',
  leaf('text/plain', 'A', INLINE),
  multipart(
    'mixed',
    'm2',
    multipart(
      'alternative',
      'alt',
      multipart(
        'mixed',
        'm3',
        leaf('text/plain', 'B', INLINE),
        leaf('image/jpeg', 'C', INLINE),
        leaf('text/plain', 'D', INLINE),
      ),
      multipart('related', 'rel', leaf('text/html', 'E'), leaf('image/jpeg', 'F')),
    ),
    leaf('image/jpeg', 'G', ATTACHED),
    leaf('application/x-excel', 'H'),
    entity(['Content-Type: message/rfc822', 'Content-Description: J'], 'Subject: inner\r\n\r\nInner\r\n'),
  ),
  leaf('text/plain', 'K', INLINE),
);

async function get(message: string | Uint8Array, more: Record<string, unknown>) {
  const world = await jmapWorld();
  const id = await world.file(message);
  const { list } = await world.call('Email/get', { ids: [id], ...more });
  return { world, id, email: list[0] as Json };
}

describe('textBody, htmlBody and attachments', () => {
  const divided = async (message: string) => {
    const properties = ['textBody', 'htmlBody', 'attachments'];
    const { email } = await get(message, { properties, bodyProperties: ['header:Content-Description:asText'] });
    const names = (parts: Json[]) => parts.map((part) => part['header:Content-Description:asText']).join('');
    return [names(email.textBody), names(email.htmlBody), names(email.attachments)];
  };

  test('the example of RFC 8621 section 4.1.4', async () => {
    expect(await divided(LIST_MAIL)).toEqual(['ABCDK', 'AEK', 'CFGHJ']);
  });

  test.each([
    ['a text', leaf('text/plain', 'A'), ['A', 'A', '']],
    ['HTML alone', leaf('text/html', 'A'), ['A', 'A', '']],
    ['a picture alone', leaf('image/png', 'A'), ['A', 'A', '']],
    ['a file alone', leaf('application/pdf', 'A'), ['', '', 'A']],
    ['an alternative', multipart('alternative', 'b', leaf('text/plain', 'A'), leaf('text/html', 'B')), ['A', 'B', '']],
    ['an alternative of HTML', multipart('alternative', 'b', leaf('text/html', 'A')), ['A', 'A', '']],
    [
      'an alternative of text',
      multipart('alternative', 'b', leaf('text/plain', 'A'), leaf('text/calendar', 'B')),
      ['A', 'A', 'B'],
    ],
    [
      'a named text behind',
      multipart('mixed', 'b', leaf('text/plain', 'A'), leaf('text/plain; name=x', 'B')),
      ['A', 'A', 'B'],
    ],
    ['a named text in front', multipart('mixed', 'b', leaf('text/plain; name=x', 'A')), ['A', 'A', '']],
    [
      'two alternatives',
      multipart(
        'mixed',
        'b',
        multipart('alternative', 'c', leaf('text/html', 'A')),
        multipart('alternative', 'd', leaf('text/plain', 'B')),
      ),
      ['AB', 'AB', ''],
    ],
    [
      'a signed text',
      multipart('signed', 'b', leaf('text/plain', 'A'), leaf('application/pgp-signature', 'B')),
      ['A', 'A', 'B'],
    ],
  ])('%s', async (_, message, expected) => {
    expect(await divided(message)).toEqual(expected);
  });
});

describe('bodyStructure', () => {
  test('the whole tree, messages within not taken apart', async () => {
    const { email } = await get(LIST_MAIL, { properties: ['bodyStructure'], bodyProperties: ['partId', 'type'] });
    const shape = ({ type, partId, subParts }: Json): Json =>
      subParts ? { [type]: subParts.map(shape) } : `${partId} ${type}`;
    expect(shape(email.bodyStructure)).toEqual({
      'multipart/mixed': [
        '2 text/plain',
        {
          'multipart/mixed': [
            {
              'multipart/alternative': [
                { 'multipart/mixed': ['6 text/plain', '7 image/jpeg', '8 text/plain'] },
                { 'multipart/related': ['10 text/html', '11 image/jpeg'] },
              ],
            },
            '12 image/jpeg',
            '13 application/x-excel',
            '14 message/rfc822',
          ],
        },
        '16 text/plain',
      ],
    });
  });

  test('every property of a part', async () => {
    const file = entity(
      [
        'Content-Type: Application/PDF; name="=?utf-8?Q?old=C3=BC?="',
        "Content-Disposition: Attachment; filename*=utf-8''%e2%82%ac%20rates.pdf",
        'Content-ID: (it) <pdf.1@example.com>',
        'Content-Language: de, en',
        'Content-Location: http://example.com/\r\n rates',
        'Content-Transfer-Encoding: base64',
      ],
      'SGVsbG8=\r\n',
    );
    const bodyProperties = [
      ...[
        'partId',
        'blobId',
        'size',
        'headers',
        'name',
        'type',
        'charset',
        'disposition',
        'cid',
        'language',
        'location',
      ],
      ...['subParts', 'header:content-id'],
    ];
    const message = multipart('mixed', 'b', entity([], 'Hi'), file, leaf('text/html; charset="ISO-8859-1"', 'C'));
    const { email, id } = await get(message, { properties: ['bodyStructure'], bodyProperties });
    const { subParts, ...root } = email.bodyStructure;
    expect(root).toEqual({
      partId: null,
      blobId: null,
      size: message.length - message.indexOf('\r\n\r\n') - 4,
      headers: [{ name: 'Content-Type', value: ' multipart/mixed; boundary=b' }],
      name: null,
      type: 'multipart/mixed',
      charset: null,
      disposition: null,
      cid: null,
      language: null,
      location: null,
      'header:content-id': null,
    });
    expect(subParts[0]).toMatchObject({
      type: 'text/plain',
      charset: 'us-ascii',
      size: 2,
      headers: [],
      subParts: null,
    });
    expect(subParts[1]).toEqual({
      partId: '3',
      blobId: `p${id.slice(1)}-2`,
      size: 5,
      headers: expect.arrayContaining([{ name: 'Content-Language', value: ' de, en' }]),
      name: '€ rates.pdf',
      type: 'application/pdf',
      charset: null,
      disposition: 'attachment',
      cid: 'pdf.1@example.com',
      language: ['de', 'en'],
      location: 'http://example.com/rates',
      subParts: null,
      'header:content-id': ' (it) <pdf.1@example.com>',
    });
    expect(subParts[2]).toMatchObject({ type: 'text/html', charset: 'ISO-8859-1', name: null });
  });

  test('needs no blob where nothing of the parts has to be read', async () => {
    const world = await jmapWorld();
    const id = await world.file(LIST_MAIL);
    const read = vi.spyOn(world.ports.blobs, 'get');
    const ask = (more: object) =>
      world.call('Email/get', { ids: [id], properties: ['bodyStructure', 'attachments'], ...more });
    await ask({ bodyProperties: ['partId', 'blobId', 'name', 'type', 'cid', 'disposition'] });
    await ask({});
    expect(read).not.toHaveBeenCalled();
    await ask({
      bodyProperties: ['headers'],
      properties: ['bodyStructure', 'headers', 'bodyValues'],
      fetchAllBodyValues: true,
    });
    expect(read).toHaveBeenCalledOnce();
  });
});

describe('bodyValues', () => {
  const value = async (fields: readonly string[], body: string, more: object = {}) => {
    const { email } = await get(entity(fields, body), {
      properties: ['bodyValues'],
      fetchAllBodyValues: true,
      ...more,
    });
    return email.bodyValues['1'];
  };
  const said = (text: string, isEncodingProblem = false, isTruncated = false) => ({
    value: text,
    isEncodingProblem,
    isTruncated,
  });

  test('decoded, with lines that end in LF', async () => {
    const quoted = 'Content-Transfer-Encoding: quoted-printable';
    expect(await value(['Content-Type: text/plain; charset=utf-8', quoted], 'gr=C3=BC=\r\n=C3=9Fe\r\n')).toEqual(
      said('grüße\n'),
    );
    expect(await value(['Content-Type: text/plain; charset=iso-8859-1'], '\xe4\r\n')).toEqual(said('ä\n'));
    expect(await value(['Content-Type: text/plain; charset=iso-2022-jp'], '\x1b$B%"\x1b(B')).toEqual(said('ア'));
    expect(await value([], 'plain\r\n')).toEqual(said('plain\n'));
  });

  test('says where the encoding was not what it should be, and gives what there is', async () => {
    expect(await value(['Content-Type: text/plain; charset=utf-8'], 'a\xffb')).toEqual(said('a\ufffdb', true));
    expect(await value(['Content-Type: text/plain; charset=x-none'], 'abc')).toEqual(said('abc', true));
    expect(await value([], '\xe4')).toEqual(said('ä', true));
    expect(await value([], '\xc3\xa4')).toEqual(said('ä'));
    expect(await value(['Content-Transfer-Encoding: x-own'], 'abc')).toEqual(said('abc', true));
    expect(await value(['Content-Transfer-Encoding: base64'], 'SGVs*bG8\r\n')).toEqual(said('Hello'));
  });

  test('cut between characters', async () => {
    const utf8 = ['Content-Type: text/plain; charset=utf-8'];
    const cut = (body: string, maxBodyValueBytes: number) =>
      value(utf8, Buffer.from(body).toString('latin1'), { maxBodyValueBytes });
    expect(await cut('aä€😀', 10)).toEqual(said('aä€😀'));
    expect(await cut('aä€😀', 9)).toEqual(said('aä€', false, true));
    expect(await cut('aä€😀', 6)).toEqual(said('aä€', false, true));
    expect(await cut('aä€😀', 5)).toEqual(said('aä', false, true));
    expect(await cut('aä€😀', 2)).toEqual(said('a', false, true));
    expect(await cut('aä€😀', 0)).toEqual(said('aä€😀'));
    // More than is read of it: the last character read is in two.
    expect((await cut('€'.repeat(20_000), 100)).value).toBe('€'.repeat(33));
  });

  test.each([
    ['<p>Hello <a href="https://example.com">x</a>', 15, '<p>Hello '],
    ['<p>Hello <a title="a > b" href="x">x</a>', 24, '<p>Hello '],
    ['<p>Hello <a title="a > b" href="x">x</a>', 36, '<p>Hello <a title="a > b" href="x">x'],
    ['1 < 2 and 2 > 1 and so on', 10, '1 < 2 and '],
    ['a<!-- <b> comment --> b', 15, 'a'],
    ["it's <b class=x>it's</b>", 20, "it's <b class=x>it's"],
    ['<', 1, '<'],
    ['abc<', 4, 'abc<'],
    ['<b>abc</b>', 4, '<b>a'],
  ])('HTML %s cut at %i outside of its tags', async (html, maxBodyValueBytes, expected) => {
    const { value: cut } = await value(['Content-Type: text/html; charset=utf-8'], html, { maxBodyValueBytes });
    expect(cut).toBe(expected);
  });

  test('of the parts that are asked for', async () => {
    const fetched = async (more: object) =>
      Object.keys((await get(LIST_MAIL, { properties: ['bodyValues'], ...more })).email.bodyValues);
    expect(await fetched({})).toEqual([]);
    expect(await fetched({ fetchTextBodyValues: true })).toEqual(['2', '6', '8', '16']);
    expect(await fetched({ fetchHTMLBodyValues: true })).toEqual(['2', '10', '16']);
    expect(await fetched({ fetchAllBodyValues: true })).toEqual(['2', '6', '8', '10', '16']);
  });
});

describe('Email/parse (RFC 8621 section 4.9)', () => {
  test('an attached message, and a message in that, read as far as names lead', async () => {
    const inner = multipart(
      'mixed',
      'in',
      leaf('text/plain', 'I'),
      entity(
        ['Content-Type: message/rfc822', 'Content-Transfer-Encoding: base64'],
        Buffer.from('Subject: deep\r\n\r\nDeep\r\n').toString('base64'),
      ),
    );
    const message = multipart(
      'mixed',
      'b',
      leaf('text/plain', 'A'),
      entity(['Content-Type: message/rfc822'], `Subject: inner\r\n${inner}`),
    );
    const { world, email } = await get(message, { properties: ['attachments'] });
    const [{ blobId }] = email.attachments;
    const { parsed, notFound, notParsable } = await world.call('Email/parse', {
      blobIds: [blobId],
      fetchTextBodyValues: true,
    });
    expect([notFound, notParsable]).toEqual([null, null]);
    expect(parsed[blobId]).toMatchObject({
      subject: 'inner',
      from: null,
      preview: 'I',
      hasAttachment: true,
      textBody: [{ partId: '2', blobId: `${blobId}_1`, size: 3 }],
      bodyValues: { 2: { value: 'I\n' } },
      attachments: [{ type: 'message/rfc822', blobId: `${blobId}_2`, size: 23 }],
    });
    expect(Object.keys(parsed[blobId])).not.toContain('headers');
    const text = await world.http(`/jmap/download/alice/${blobId}_1/x`);
    expect(await bodyText(text)).toBe('I\r\n');
    const deep = await world.call('Email/parse', {
      blobIds: [`${blobId}_2`],
      properties: [
        'id',
        'blobId',
        'threadId',
        'mailboxIds',
        'keywords',
        'receivedAt',
        'size',
        'subject',
        'header:Subject',
      ],
    });
    expect(deep.parsed[`${blobId}_2`]).toEqual({
      ...{ id: null, threadId: null, mailboxIds: null, keywords: null, receivedAt: null },
      blobId: `${blobId}_2`,
      size: 23,
      subject: 'deep',
      'header:Subject': ' deep',
    });
  });

  test('what is there, is none, or is not there', async () => {
    const world = await jmapWorld();
    const id = await world.file(lines('Subject: mine', '', 'Hello'));
    const upload = async (text: string) => {
      const { created } = await world.call('Blob/upload', { create: { b: { data: [{ 'data:asText': text }] } } });
      return created.b.id;
    };
    const good = await upload('To: bob@example.com\n\nLines that end in LF\n');
    const bad = await upload('\u0000\u0001 no message');
    const blobIds = [`m${id.slice(1)}`, good, bad, 'u234'];
    const answer = await world.call('Email/parse', { blobIds, properties: ['subject', 'to', 'preview'] });
    expect(answer).toEqual({
      accountId: 'alice',
      parsed: {
        [blobIds[0]!]: { subject: 'mine', to: null, preview: 'Hello' },
        [good]: { subject: null, to: [{ name: null, email: 'bob@example.com' }], preview: 'Lines that end in LF' },
      },
      notParsable: [bad],
      notFound: ['u234'],
    });
  });
});
