import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type HttpListener, listenHttp } from '../../adapters/net/http.ts';
import { type JmapWorld, jmapWorld, lines } from '../support/jmap.ts';
import { silentLog } from '../support/memory.ts';

/** Uploads and downloads over a socket. */
let world: JmapWorld;
let listener: HttpListener;
let origin: string;
const headers = { authorization: `Basic ${Buffer.from('alice@example.test:secret').toString('base64')}` };

beforeAll(async () => {
  world = await jmapWorld();
  listener = await listenHttp({
    name: 'http',
    host: '127.0.0.1',
    port: 0,
    routes: [{ prefix: '/jmap', handle: (request) => world.jmap.handle(request) }],
    log: silentLog,
  });
  origin = `http://127.0.0.1:${listener.port}`;
});

afterAll(() => listener.close(1000));

const BYTES = Buffer.from(Array.from({ length: 5_000_000 }, (_, i) => (i * 7919) & 255));

async function uploads(): Promise<number> {
  let count = 0;
  for await (const _ of world.ports.blobs.list('upload')) count++;
  return count;
}

test('what is uploaded is downloaded, whole and in part', async () => {
  const up = await fetch(`${origin}/jmap/upload/alice/`, { method: 'POST', headers, body: BYTES });
  const { blobId, size } = (await up.json()) as { blobId: string; size: number };
  expect([up.status, size]).toEqual([201, BYTES.length]);
  const path = `${origin}/jmap/download/alice/${blobId}/x?accept=application/zip`;
  const down = await fetch(path, { headers });
  expect(down.headers.get('content-length')).toBe(String(BYTES.length));
  expect(Buffer.from(await down.arrayBuffer()).equals(BYTES)).toBe(true);
  const range = await fetch(path, { headers: { ...headers, range: 'bytes=4999990-' } });
  expect(Buffer.from(await range.arrayBuffer()).equals(BYTES.subarray(-10))).toBe(true);
  const head = await fetch(path, { method: 'HEAD', headers });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(BYTES.length)]);
});

test('a part is decoded as it is sent', async () => {
  const base64 = BYTES.toString('base64').replace(/.{76}/g, '$&\r\n');
  const id = await world.file(
    `${lines('Content-Type: application/pdf', 'Content-Transfer-Encoding: base64', '')}${base64}\r\n`,
  );
  const down = await fetch(`${origin}/jmap/download/alice/p${id.slice(1)}-0/x`, { headers });
  // Its size was not counted.
  expect(down.headers.get('content-length')).toBeNull();
  expect(Buffer.from(await down.arrayBuffer()).equals(BYTES)).toBe(true);
});

test('an upload whose client goes leaves nothing', async () => {
  const before = await uploads();
  const put = vi.spyOn(world.ports.blobs, 'put');
  const socket = connect(listener.port, '127.0.0.1');
  socket.write(
    `POST /jmap/upload/alice/ HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers.authorization}\r\nContent-Length: 1000000\r\n\r\n`,
  );
  socket.write(Buffer.alloc(300_000));
  await vi.waitFor(() => expect(put).toHaveBeenCalled());
  socket.destroy();
  await expect(put.mock.results[0]!.value).rejects.toThrow();
  expect([await uploads(), world.errors]).toEqual([before, []]);
});

test('too long an upload is refused before it is sent', async () => {
  const socket = connect(listener.port, '127.0.0.1');
  socket.write(
    `POST /jmap/upload/alice/ HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers.authorization}\r\nContent-Length: 99000000\r\n\r\n`,
  );
  const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
  socket.destroy();
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
});
