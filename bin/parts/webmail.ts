import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { isLoopback } from '../../adapters/net/address.ts';
import { type HttpListener, listenHttp } from '../../adapters/net/http.ts';
import type { TlsContexts } from '../../adapters/net/tls.ts';
import { framePolicy, PAGE_HEADERS, pagePolicy } from '../../frontend/policy.ts';
import type { HttpRequest, HttpResponse } from '../../mail/http.ts';
import type { Log } from '../../mail/ports/index.ts';
import { plain } from './listeners.ts';

const FRONTEND = join(import.meta.dirname, '..', '..', 'frontend');
const BUILT = join(FRONTEND, 'dist');
const FRAME = join(FRONTEND, 'frame', 'frame.html');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
const COMPRESSED = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt']);

interface File {
  readonly bytes: Buffer;
  readonly type: string;
  readonly encodings: Readonly<Record<string, Buffer>>;
  readonly tag: string;
}

type Handle = (request: HttpRequest) => Promise<HttpResponse>;

/** Where pages are served on one machine, and where the frame is. Browsers do not take an address of numbers for passkeys. */
export function webOrigins({ bind, portBase, hostname }: { bind: string; portBase: number; hostname: string }) {
  const local = isLoopback(bind);
  const hosts = local ? ['localhost', '127.0.0.1'] : [hostname];
  return {
    frame: `${local ? 'http://localhost' : `https://${hostname}`}:${81 + portBase}`,
    pages: hosts.flatMap((host) => [
      `https://${host}:${443 + portBase}`,
      ...(local ? [`http://${host}:${80 + portBase}`] : []),
    ]),
  };
}

/** The built webmail; undefined where it is not built. What is no file is the page itself, which knows its own paths. */
export function serveWebmail(frameOrigin: string): Handle | undefined {
  if (!existsSync(join(BUILT, 'index.html'))) return undefined;
  const files = new Map<string, File>();
  for (const entry of readdirSync(BUILT, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes('.vite')) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(BUILT.length).replaceAll('\\', '/'), fileOf(path));
  }
  const config = JSON.stringify({ frameOrigin });
  const headers = {
    'content-security-policy': pagePolicy(frameOrigin),
    ...PAGE_HEADERS,
    vary: 'accept-encoding',
  };
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return notAllowed();
    if (request.path === '/webmail.json') {
      return {
        status: 200,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' },
        body: config,
      };
    }
    const found = files.get(request.path);
    const isPage = found === undefined && extname(request.path) === '';
    const file = isPage ? files.get('/index.html')! : found;
    if (file === undefined)
      return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'There is no such file.\n' };
    const kept = request.path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    return answer(request, file, { ...headers, 'cache-control': kept });
  };
}

/**
 * The frame that messages are shown in, on a port of its own, which makes it another origin. The policy is what keeps a message from
 * loading and running anything, whatever it contains.
 */
export async function listenFrame(options: {
  readonly bind: string;
  readonly portBase: number;
  /** Those of the pages that may hold it. */
  readonly pages: readonly string[];
  readonly tls: TlsContexts;
  readonly log: Log;
}): Promise<readonly [{ readonly listener: HttpListener; readonly tls: 'none' | 'implicit' }]> {
  const { bind: host, portBase, pages, log } = options;
  const tls = isLoopback(host) ? {} : { tls: options.tls };
  const file = fileOf(FRAME);
  const headers = { 'content-security-policy': framePolicy(file.bytes.toString(), pages), 'cache-control': 'no-cache' };
  const handle: Handle = async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return notAllowed();
    if (request.path !== '/frame.html') return { status: 404, headers: {}, body: '' };
    return answer(request, file, headers);
  };
  try {
    const listener = await listenHttp({
      name: 'frame',
      host,
      port: 81 + portBase,
      ...tls,
      routes: [{ prefix: '/', handle }],
      log,
    });
    return [{ listener, tls: isLoopback(host) ? 'none' : 'implicit' }];
  } catch (error) {
    throw plain(error, options);
  }
}

function fileOf(path: string): File {
  const bytes = readFileSync(path);
  const extension = extname(path);
  const encodings = COMPRESSED.has(extension)
    ? { br: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }), gzip: gzipSync(bytes) }
    : {};
  const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return { bytes, type: TYPES[extension] ?? 'application/octet-stream', encodings, tag };
}

function answer(request: HttpRequest, file: File, headers: Readonly<Record<string, string>>): HttpResponse {
  if (request.headers['if-none-match'] === file.tag)
    return { status: 304, headers: { ...headers, etag: file.tag }, body: '' };
  const accepted = (request.headers['accept-encoding'] ?? '').split(',').map((one) => one.trim().split(';')[0]);
  const encoding = Object.keys(file.encodings).find((name) => accepted.includes(name));
  const body = encoding === undefined ? file.bytes : file.encodings[encoding]!;
  const more = encoding === undefined ? {} : { 'content-encoding': encoding };
  return { status: 200, headers: { ...headers, ...more, 'content-type': file.type, etag: file.tag }, body };
}

function notAllowed(): HttpResponse {
  return { status: 405, headers: { allow: 'GET, HEAD' }, body: '' };
}
