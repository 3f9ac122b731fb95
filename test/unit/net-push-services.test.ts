import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpListener, type HttpRequest, listenHttp } from '../../adapters/net/http.ts';
import { isPublicAddress } from '../../adapters/net/public-address.ts';
import { createPushServices } from '../../adapters/net/push-services.ts';
import { openTlsStore, type TlsStore } from '../../adapters/net/tls.ts';
import { silentLog } from '../support/memory.ts';

let dir: string;
let tls: TlsStore;
let listener: HttpListener;
const asked: { readonly path: string; readonly headers: HttpRequest['headers']; readonly body: string }[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'postern-push-'));
  tls = await openTlsStore({ dir, names: ['push.example'], log: silentLog });
  const handle = async ({ path, headers, body }: HttpRequest) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    asked.push({ path, headers, body: Buffer.concat(chunks).toString() });
    const [status, more] = (
      {
        '/busy': [429, { 'retry-after': '120' }],
        '/gone': [410, {}],
        '/moved': [307, { location: '/ok' }],
      } as Record<string, [number, Record<string, string>]>
    )[path] ?? [201, {}];
    return { status, headers: { 'content-type': 'text/plain', ...more }, body: 'x'.repeat(1_000_000) };
  };
  listener = await listenHttp({
    name: 'https',
    host: '127.0.0.1',
    port: 0,
    tls,
    routes: [{ prefix: '/', handle }],
    log: silentLog,
  });
});

afterAll(async () => {
  await listener.close(500);
  tls.close();
  await rm(dir, { recursive: true });
});

const names: Record<string, readonly string[]> = {
  'push.example': ['127.0.0.1'],
  'inside.example': ['192.0.0.8', '10.0.0.1'],
  'both.example': ['8.8.8.8', '169.254.169.254'],
  'nowhere.example': [],
};
const dns = { addresses: async (name: string) => names[name] ?? [] };
const services = (isAllowed?: (address: string) => boolean) =>
  createPushServices({ dns, ca: tls.cert, ...(isAllowed === undefined ? {} : { isAllowed }) });
const post = (path: string) =>
  services(() => true).post(`https://push.example:${listener.port}${path}`, { ttl: '60' }, Buffer.from('body'));

test('a push is posted, and the answer is its status', async () => {
  expect(await post('/ok?a=1')).toEqual({ status: 201 });
  expect(asked.at(-1)).toMatchObject({ path: '/ok', body: 'body', headers: { ttl: '60', host: /^push\.example:/ } });
  expect(await post('/busy')).toEqual({ status: 429, retryAfter: 120 });
  expect(await post('/gone')).toEqual({ status: 410 });
  const before = asked.length;
  expect(await post('/moved')).toEqual({ status: 307 });
  expect(asked.slice(before).map(({ path }) => path)).toEqual(['/moved']);
});

test.each([
  ['https://push.example/', '127.0.0.1'],
  ['https://inside.example/', 'public internet'],
  ['https://both.example/', '169.254.169.254'],
  ['https://nowhere.example/', 'no address'],
  ['https://127.0.0.1/', 'public internet'],
  ['https://[::1]/', 'public internet'],
  ['https://[::ffff:10.0.0.1]/', 'public internet'],
  ['https://2130706433/', 'public internet'],
  ['http://push.example/', 'https'],
  ['https://user:word@push.example/', 'plain https'],
])('%s is not asked', async (url, why) => {
  const before = asked.length;
  await expect(services().post(url, {}, Buffer.alloc(0))).rejects.toThrow(why);
  expect(asked.length).toBe(before);
});

test('a certificate of another name is refused', async () => {
  const other = createPushServices({
    dns: { addresses: async () => ['127.0.0.1'] },
    isAllowed: () => true,
    ca: tls.cert,
  });
  const url = `https://other.example:${listener.port}/ok`;
  await expect(other.post(url, {}, Buffer.alloc(0))).rejects.toThrow(/altnames/i);
});

test('addresses that are public', () => {
  const all = {
    yes: ['8.8.8.8', '172.15.0.1', '100.128.0.1', '::ffff:8.8.8.8', '2a00:1450::1', '2606:4700::1111'],
    no: [
      ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.31.255.255', '192.168.1.1'],
      ...['198.18.0.1', '203.0.113.5', '224.0.0.1', '255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::127.0.0.1'],
      ...['fe80::1', 'fc00::1', 'ff02::1', '2001:db8::1', '2002:7f00:1::', '2001::1', '64:ff9b::7f00:1', 'a.example'],
    ],
  };
  expect(all.yes.filter((address) => !isPublicAddress(address))).toEqual([]);
  expect(all.no.filter(isPublicAddress)).toEqual([]);
});
