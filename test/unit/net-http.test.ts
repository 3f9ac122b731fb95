import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpListener, type HttpRequest, type HttpResponse, listenHttp } from '../../adapters/net/http.ts';
import { openTlsStore } from '../../adapters/net/tls.ts';
import { silentLog } from '../support/memory.ts';

const open: HttpListener[] = [];
afterEach(() => Promise.all(open.splice(0).map((each) => each.close(500))));

async function serve(handle: (request: HttpRequest) => Promise<HttpResponse>, more = {}): Promise<HttpListener> {
  const routes = [
    { prefix: '/api', handle },
    { prefix: '/api/deep', handle: async () => text('deep') },
  ];
  const listener = await listenHttp({ name: 'http', host: '127.0.0.1', port: 0, routes, log: silentLog, ...more });
  open.push(listener);
  return listener;
}

function text(body: HttpResponse['body'], status = 200): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body };
}

const url = (listener: HttpListener, path: string) => `http://127.0.0.1:${listener.port}${path}`;

describe('the HTTP listener', () => {
  it('gives requests to the longest prefix that fits, and 404 for the rest', async () => {
    const listener = await serve(async ({ path, query }) => text(`${path} ${query.get('q')}`));
    expect(await (await fetch(url(listener, '/api/x%20y?q=a+b'))).text()).toBe('/api/x%20y a b');
    expect(await (await fetch(url(listener, '/api'))).text()).toBe('/api null');
    expect(await (await fetch(url(listener, '/api/deep/er'))).text()).toBe('deep');
    for (const path of ['/', '/apix', '/other']) expect((await fetch(url(listener, path))).status).toBe(404);
  });

  it('streams both ways, no faster than it is read', async () => {
    let made = 0;
    const listener = await serve(async ({ body }) => {
      let size = 0;
      for await (const chunk of body) size += chunk.length;
      async function* chunks() {
        yield Buffer.from(`${size}\n`);
        for (; made < 1_000; made++) yield Buffer.alloc(65_536, 'x');
      }
      return text(chunks());
    });
    const response = await fetch(url(listener, '/api'), { method: 'POST', body: Buffer.alloc(300_000) });
    const reader = response.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toMatch(/^300000\n/);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(made).toBeLessThan(500);
    await reader.cancel();
  });

  it('breaks off a response that fails, and closes where a body was not read', async () => {
    const listener = await serve(async ({ query }) => {
      if (query.has('unread')) return text('no', 413);
      async function* failing() {
        yield Buffer.from('half');
        throw new Error('gone');
      }
      return text(failing());
    });
    await expect(fetch(url(listener, '/api')).then((response) => response.text())).rejects.toThrow();
    const socket = connect(listener.port, '127.0.0.1');
    socket.write('POST /api?unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nsome');
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close/i);
  });

  it('tells the handler when the client leaves within the body', async () => {
    const failed = Promise.withResolvers<string>();
    const listener = await serve(async ({ body }) => {
      try {
        for await (const _ of body);
      } catch (error) {
        failed.resolve((error as Error).name);
      }
      return text('');
    });
    const socket = connect(listener.port, '127.0.0.1');
    socket.write('POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nsome');
    setTimeout(() => socket.destroy(), 50);
    expect(await failed.promise).toBe('WireClosed');
  });

  it('finishes what is in progress when it is closed, and cuts off what takes too long', async () => {
    const slow = await serve(async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return text('done');
    });
    const answer = fetch(url(slow, '/api')).then((response) => response.text());
    await new Promise((resolve) => setTimeout(resolve, 50));
    const begun = performance.now();
    await slow.close(5_000);
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(await answer).toBe('done');
    const stuck = await serve(() => new Promise(() => undefined));
    const cut = fetch(url(stuck, '/api')).catch(() => 'cut');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stuck.close(50);
    expect(await cut).toBe('cut');
  });

  it('does not wait for who has connected and asks for nothing', async () => {
    const listener = await serve(async () => text(''));
    const socket = connect(listener.port, '127.0.0.1');
    await once(socket, 'connect');
    const begun = performance.now();
    await Promise.all([listener.close(5_000), once(socket, 'close')]);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('refuses to serve the open network in the clear', async () => {
    await expect(serve(async () => text(''), { host: '0.0.0.0' })).rejects.toThrow('loopback only');
  });

  it('speaks TLS with the certificate of the moment', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'postern-https-'));
    const tls = await openTlsStore({ dir, names: ['localhost'], log: silentLog });
    const listener = await serve(async () => text('secret'), { tls, name: 'https' });
    const body = await new Promise((resolve, reject) => {
      const options = {
        port: listener.port,
        path: '/api',
        ca: tls.cert,
        servername: 'localhost',
        agent: false,
      } as const;
      const request = httpsRequest({ host: '127.0.0.1', ...options }, (response) => {
        let all = '';
        response.on('data', (chunk) => (all += chunk)).on('end', () => resolve(all));
      });
      request.on('error', reject).end();
    });
    expect(body).toBe('secret');
    // Neither nonsense nor a client that leaves within the handshake disturbs the others.
    connect(listener.port, '127.0.0.1').end('GET / HTTP/1.0\r\n\r\n');
    connect(listener.port, '127.0.0.1').destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(listener.connections).toBe(0);
    tls.close();
    await rm(dir, { recursive: true });
  });
});
