/** The files of the webmail as browsers are given them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpListener, listenHttp } from '../../adapters/net/http.ts';
import { serveWebmail, webOrigins } from '../../bin/parts/webmail.ts';
import { framePolicy, pagePolicy } from '../../frontend/policy.ts';
import { silentLog } from '../support/memory.ts';

const FRAME = 'http://localhost:10081';
const PAGE = '<!doctype html><title>Mail</title>';
const SCRIPT = 'console.log("mail");\n'.repeat(100);

let built: string;
let listener: HttpListener;

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'postern-webmail-'));
  mkdirSync(join(built, 'assets'));
  mkdirSync(join(built, '.vite'));
  writeFileSync(join(built, 'index.html'), PAGE);
  writeFileSync(join(built, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(built, 'assets', 'index-AbCd1234.js'), SCRIPT);
  writeFileSync(join(built, '.vite', 'manifest.json'), '{}');
  const handle = serveWebmail(FRAME, built)!;
  const routes = [{ prefix: '/', handle }];
  listener = await listenHttp({ name: 'http', host: '127.0.0.1', port: 0, routes, log: silentLog });
});
afterAll(async () => {
  await listener.close(0);
  rmSync(built, { recursive: true });
});

/** As `fetch`, which would decompress, and clean the path. */
async function ask(path: string, init: { method?: string; headers?: Record<string, string> } = {}) {
  const { request } = await import('node:http');
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: listener.port, path, agent: false, ...init }, async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) });
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('the pages', () => {
  it('are one page at every path that is no file', async () => {
    for (const path of ['/', '/index.html', '/mail/a/b', '/settings/security', '/a?b=c.js']) {
      const { status, headers, body } = await ask(path);
      expect([status, body.toString(), headers['content-type']], path).toEqual([200, PAGE, 'text/html; charset=utf-8']);
      expect(headers['cache-control'], path).toBe('no-cache');
    }
  });

  it('have a policy that lets nothing in, and no foreign page around them', async () => {
    const { headers } = await ask('/mail');
    expect(headers).toMatchObject({
      'content-security-policy': pagePolicy(FRAME),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    const policy = pagePolicy(FRAME).split('; ');
    for (const rule of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"])
      expect(policy).toContain(rule);
    expect(policy).toContain(`frame-src ${FRAME}`);
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(pagePolicy(FRAME)).not.toMatch(/unsafe|\*/);
  });

  it('know where the frame is', async () => {
    const { status, headers, body } = await ask('/webmail.json');
    expect([status, headers['content-type'], JSON.parse(body.toString())]).toEqual([
      200,
      'application/json',
      { frameOrigin: FRAME },
    ]);
  });

  it('are not there before they are built', () => {
    expect(serveWebmail(FRAME, join(built, 'assets'))).toBeUndefined();
  });
});

describe('files', () => {
  const asset = '/assets/index-AbCd1234.js';

  it('whose names change with them are kept for ever', async () => {
    expect((await ask(asset)).headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    });
    expect((await ask('/icon.svg')).headers).toMatchObject({
      'cache-control': 'no-cache',
      'content-type': 'image/svg+xml',
    });
  });

  it.each([
    ['br', (body: Buffer) => brotliDecompressSync(body)],
    ['gzip', (body: Buffer) => gunzipSync(body)],
  ])('are compressed by %s for who takes it', async (encoding, decompress) => {
    const { headers, body } = await ask(asset, { headers: { 'accept-encoding': `deflate, ${encoding};q=0.9` } });
    expect(headers).toMatchObject({ 'content-encoding': encoding, vary: 'accept-encoding' });
    expect(headers['content-length']).toBe(String(body.length));
    expect(body.length).toBeLessThan(SCRIPT.length / 10);
    expect(decompress(body).toString()).toBe(SCRIPT);
  });

  it('come as they are to who takes nothing else', async () => {
    const { headers, body } = await ask(asset);
    expect(headers).not.toHaveProperty('content-encoding');
    expect(body.toString()).toBe(SCRIPT);
  });

  it('are not sent again to who has them (RFC 9110 section 13.1.2)', async () => {
    const { headers } = await ask(asset);
    for (const known of [headers.etag, `"other", ${headers.etag}`]) {
      const again = await ask(asset, { headers: { 'if-none-match': String(known), 'accept-encoding': 'br' } });
      expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, headers.etag]);
    }
    expect((await ask(asset, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('are told of without a body', async () => {
    const { status, headers, body } = await ask(asset, { method: 'HEAD' });
    expect([status, headers['content-length'], body.length]).toEqual([200, String(SCRIPT.length), 0]);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('are not there for %s', async (method) => {
    const { status, headers } = await ask('/', { method });
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it.each([
    '/assets/other-AbCd1234.js',
    '/.vite/manifest.json',
    '/../package.json',
    '/assets/../../package.json',
    '/..%2f..%2fpackage.json',
    '/assets/..\\..\\package.json',
    '//etc/hosts.txt',
    '/__proto__.js',
  ])('that were not built are not found: %s', async (path) => {
    const { status, headers, body } = await ask(path);
    expect([status, headers['content-type'], body.toString()]).toEqual([404, 'text/plain', 'There is no such file.\n']);
  });
});

describe('the frame of messages', () => {
  it('runs its own script and no other, in a sandbox without an origin', () => {
    const policy = framePolicy('<script>one()</script>', ['https://mail.example.com']).split('; ');
    expect(policy).toContain('sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox allow-modals');
    expect(policy).toContain("script-src 'sha256-HR7iaask9daLMRRskMI++QeJtjWDOjyPA6lGzYGzKW4='");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain('img-src data: blob:');
    expect(policy).toContain('frame-ancestors https://mail.example.com');
  });

  it('is of another origin than the pages, on one machine too', () => {
    for (const bind of ['127.0.0.1', '0.0.0.0']) {
      const { frame, pages } = webOrigins({ bind, portBase: 10_000, hostname: 'mail.example.com' });
      expect(pages.length).toBeGreaterThan(0);
      expect(pages).not.toContain(frame);
    }
  });
});
