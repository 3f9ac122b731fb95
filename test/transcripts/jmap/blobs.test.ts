import { describe, expect, test } from 'vitest';
import { sweepUploads } from '../../../mail/blobs/uploads.ts';
import { bodyBytes, bodyText, type JmapWorld, jmapWorld, lines } from '../../support/jmap.ts';

const DAY = 86_400_000;

async function uploaded({ http }: JmapWorld, body: string | Uint8Array, type = 'text/plain'): Promise<string> {
  const response = await http('/jmap/upload/alice/', { body, headers: { 'content-type': type } });
  expect(response.status).toBe(201);
  return JSON.parse(await bodyText(response)).blobId;
}

async function rawBlobs({ ports }: JmapWorld): Promise<number> {
  let count = 0;
  for await (const _ of ports.blobs.list('upload')) count++;
  return count;
}

describe('upload (RFC 8620 section 6.1)', () => {
  test('gives the blob an id, its type and size; it is there for its owner, for a day', async () => {
    const world = await jmapWorld();
    const bytes = Buffer.from([0, 255, 13, 10, 65]);
    const response = await world.http('/jmap/upload/alice/', { body: bytes, headers: { 'content-type': 'image/png' } });
    const answer = JSON.parse(await bodyText(response));
    expect(answer).toEqual({
      accountId: 'alice',
      blobId: expect.stringMatching(/^u[a-z2-7]{20}$/),
      type: 'image/png',
      size: 5,
    });
    const path = `/jmap/download/alice/${answer.blobId}/x.png?accept=image/png`;
    expect(await bodyBytes(await world.http(path))).toEqual(bytes);
    // Bob finds it neither in alice's account nor in his own.
    expect((await world.http(path, { user: 'bob' })).status).toBe(404);
    expect((await world.http(path.replace('alice', 'bob'), { user: 'bob' })).status).toBe(404);
    await world.clock.skip(DAY + 1000);
    expect((await world.http(path)).status).toBe(404);
  });

  test('is not for another account', async () => {
    const { http } = await jmapWorld();
    expect((await http('/jmap/upload/bob/', { body: 'x' })).status).toBe(404);
    expect((await http('/jmap/upload/alice/', { body: 'x', user: null })).status).toBe(401);
    expect((await http('/jmap/upload/alice/')).status).toBe(405);
  });

  test('that breaks off, or is too long, leaves nothing', async () => {
    const world = await jmapWorld();
    async function* broken() {
      yield Buffer.from('begun');
      throw new Error('the client is gone');
    }
    expect((await world.http('/jmap/upload/alice/', { body: broken() })).status).toBe(400);
    const short = { body: 'abc', headers: { 'content-length': '5' } };
    expect((await world.http('/jmap/upload/alice/', short)).status).toBe(400);
    async function* endless() {
      for (;;) yield Buffer.alloc(1 << 20);
    }
    const refused = await world.http('/jmap/upload/alice/', { body: endless() });
    expect(refused.status).toBe(413);
    expect(JSON.parse(await bodyText(refused))).toMatchObject({
      type: 'urn:ietf:params:jmap:error:limit',
      limit: 'maxSizeUpload',
    });
    const said = { body: 'x', headers: { 'content-length': String(51 * 1024 * 1024) } };
    expect((await world.http('/jmap/upload/alice/', said)).status).toBe(413);
    expect(await rawBlobs(world)).toBe(0);
    expect([...world.ports.records.everything()].filter(({ pk }) => pk.startsWith('uploads/'))).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  test('at most maxConcurrentUpload at once', async () => {
    const { http } = await jmapWorld();
    const open = Promise.withResolvers<void>();
    async function* waiting() {
      yield Buffer.from('a');
      await open.promise;
    }
    const four = Array.from({ length: 4 }, () => http('/jmap/upload/alice/', { body: waiting() }));
    await new Promise(setImmediate);
    const fifth = await http('/jmap/upload/alice/', { body: 'x' });
    expect(fifth.status).toBe(400);
    expect(JSON.parse(await bodyText(fifth)).limit).toBe('maxConcurrentUpload');
    open.resolve();
    expect((await Promise.all(four)).map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect((await http('/jmap/upload/alice/', { body: 'x' })).status).toBe(201);
  });

  test('that nobody comes back to is swept', async () => {
    const world = await jmapWorld();
    await uploaded(world, 'old');
    await world.clock.skip(DAY - 1000);
    await uploaded(world, 'new');
    await world.clock.skip(DAY + 2000);
    const sweep = { blobs: world.ports.blobs, clock: world.clock };
    expect([await sweepUploads(sweep), await rawBlobs(world)]).toEqual([1, 1]);
  });

  test('takes what is over away, blob and record', async () => {
    const world = await jmapWorld();
    await uploaded(world, 'old');
    await world.clock.skip(DAY + 1000);
    await uploaded(world, 'new');
    expect(await rawBlobs(world)).toBe(1);
  });
});

const BINARY = Buffer.from(Array.from({ length: 600_000 }, (_, i) => (i * 7919) % 251));
const wrapped = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n');

function withAttachment(body: string, more = ''): string {
  return lines(
    'From: Ann <ann@example.org>',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    '',
    'See the picture.',
    '--b',
    'Content-Type: application/pdf; name=big.pdf',
    `Content-Transfer-Encoding: base64${more}`,
    '',
    body,
    '--b--',
  );
}

describe('download (RFC 8620 section 6.2)', () => {
  test('of an email gives its bytes, and says nothing that could be run', async () => {
    const { http, file } = await jmapWorld();
    const message = withAttachment('AAAA');
    const id = await file(message);
    const name = encodeURIComponent('Grüße "1".eml');
    const response = await http(`/jmap/download/alice/m${id.slice(1)}/${name}?accept=text/html`);
    expect((await bodyBytes(response)).toString('latin1')).toBe(message);
    expect(response.headers).toMatchObject({
      'content-type': 'text/html',
      'content-length': String(message.length),
      'content-disposition': `attachment; filename="Gr__e _1_.eml"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.eml`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, immutable, max-age=31536000',
      etag: `"m${id.slice(1)}"`,
      'accept-ranges': 'bytes',
    });
    const again = await http(`/jmap/download/alice/m${id.slice(1)}/x`, {
      headers: { 'if-none-match': response.headers.etag! },
    });
    expect(again.status).toBe(304);
  });

  test.each([
    ['a part in lines', wrapped(BINARY)],
    ['a part in one line', BINARY.toString('base64')],
    [
      'a part in uneven lines',
      wrapped(BINARY)
        .replace(/.{76}\r\n/, 'AA\r\n$&')
        .slice(4),
    ],
    ['a small part', wrapped(BINARY.subarray(0, 1000))],
  ])('of %s gives it decoded', async (_, body) => {
    const { http, file, call } = await jmapWorld();
    const id = await file(withAttachment(body));
    const answer = await call('Email/get', { ids: [id], properties: ['attachments'] });
    const [{ blobId, size }] = answer.list[0].attachments;
    const bytes = await bodyBytes(await http(`/jmap/download/alice/${blobId}/big.png`));
    const expected = Buffer.from(body.replace(/\s/g, ''), 'base64');
    expect(bytes.equals(expected)).toBe(true);
    expect(size).toBe(expected.length);
    const some = await http(`/jmap/download/alice/${blobId}/big.png`, { headers: { range: 'bytes=500-999' } });
    expect(some.status).toBe(206);
    expect(some.headers['content-range']).toBe(`bytes 500-999/${expected.length}`);
    expect((await bodyBytes(some)).equals(expected.subarray(500, 1000))).toBe(true);
  });

  test('of ranges', async () => {
    const world = await jmapWorld();
    const id = await uploaded(world, '0123456789');
    const ranged = async (range: string) => {
      const response = await world.http(`/jmap/download/alice/${id}/x`, { headers: { range } });
      return [response.status, await bodyText(response), response.headers['content-range']];
    };
    expect(await ranged('bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10']);
    expect(await ranged('bytes=8-')).toEqual([206, '89', 'bytes 8-9/10']);
    expect(await ranged('bytes=-3')).toEqual([206, '789', 'bytes 7-9/10']);
    expect(await ranged('bytes=5-99')).toEqual([206, '56789', 'bytes 5-9/10']);
    expect(await ranged('bytes=10-')).toEqual([416, '', 'bytes */10']);
    expect(await ranged('bytes=4-2')).toEqual([200, '0123456789', undefined]);
    expect(await ranged('bytes=0-1,3-4')).toEqual([200, '0123456789', undefined]);
  });

  test('of what is not there, or is not a name', async () => {
    const { http, file } = await jmapWorld();
    const id = (await file(withAttachment('AAAA'))).slice(1);
    const names = [
      'm9999',
      `p${id}-0`,
      `p${id}-9`,
      `p${id}`,
      `m${id}-1`,
      'uaaaaaaaaaaaaaaaaaaaa',
      'raw%2fm-abc',
      '..',
      '%zz',
      '',
      `m${id}_1_1_1_1_1_1_1_1_1`,
    ];
    for (const name of names)
      expect([name, (await http(`/jmap/download/alice/${name}/x`)).status]).toEqual([name, 404]);
    expect((await http(`/jmap/download/alice/m${id}/x`, { method: 'DELETE' })).status).toBe(405);
  });
});
