import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpListener, type HttpRequest, listenHttp } from '../../adapters/net/http.ts';
import { createOneClick } from '../../adapters/net/one-click.ts';
import { openTlsStore, type TlsStore } from '../../adapters/net/tls.ts';
import { silentLog } from '../support/memory.ts';

let dir: string;
let tls: TlsStore;
let listener: HttpListener;
const asked: (Pick<HttpRequest, 'method' | 'path' | 'headers'> & { readonly body: string })[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'postern-click-'));
  tls = await openTlsStore({ dir, names: ['lists.example'], log: silentLog });
  const handle = async ({ method, path, headers, body }: HttpRequest) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    asked.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
    const isMoved = path === '/moved';
    return {
      status: isMoved ? 307 : 202,
      headers: { 'set-cookie': 'who=1', ...(isMoved ? { location: '/elsewhere' } : {}) },
      body: '',
    };
  };
  const options = { name: 'https', host: '127.0.0.1', port: 0, tls, log: silentLog };
  listener = await listenHttp({ ...options, routes: [{ prefix: '/', handle }] });
});

afterAll(async () => {
  await listener.close(500);
  tls.close();
  await rm(dir, { recursive: true });
});

const names: Record<string, readonly string[]> = {
  'lists.example': ['127.0.0.1'],
  'both.example': ['8.8.8.8', '169.254.169.254'],
};
const dns = { addresses: async (name: string) => names[name] ?? [] };

test('a list is told to its address, by POST, and nothing of who asks (RFC 8058 section 3.2)', async () => {
  const { post } = createOneClick({ dns, isAllowed: () => true, ca: tls.cert });
  const origin = `https://lists.example:${listener.port}`;
  expect(await post(`${origin}/leave?who=opaque`)).toBe(202);
  expect(await post(`${origin}/leave?who=opaque`)).toBe(202);
  for (const one of asked) {
    expect(one).toMatchObject({ method: 'POST', path: '/leave', body: 'List-Unsubscribe=One-Click' });
    // The last is what our own listener adds.
    expect(Object.keys(one.headers).sort()).toEqual([
      ...['connection', 'content-length', 'content-type', 'host', 'user-agent', 'x-forwarded-proto'],
    ]);
    expect(one.headers['content-type']).toBe('application/x-www-form-urlencoded');
  }
  // Where it redirects, nobody goes (section 3.1).
  expect(await post(`${origin}/moved`)).toBe(307);
  expect(asked.map(({ path }) => path)).toEqual(['/leave', '/leave', '/moved']);
});

test.each([
  ['https://lists.example/', 'public internet'],
  ['https://both.example/', '169.254.169.254'],
  ['https://nowhere.example/', 'no address'],
  ['https://127.0.0.1/', 'public internet'],
  ['https://[::1]/', 'public internet'],
  ['https://lists.example:8443/', 'Port 8443'],
  ['http://lists.example/', 'https only'],
  ['https://user:word@lists.example/', 'plain https'],
])('%s is not asked', async (url, why) => {
  const before = asked.length;
  await expect(createOneClick({ dns, ca: tls.cert }).post(url)).rejects.toThrow(why);
  expect(asked.length).toBe(before);
});
