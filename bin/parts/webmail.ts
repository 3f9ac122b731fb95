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
const FRAME = join(FRONTEND, 'frame', 'dist', 'frame.html');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
const COMPRESSED = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt']);

interface File {
  readonly bytes: Buffer;
  readonly type: string;
  readonly isCompressed: boolean;
  /** As far as they were asked for. */
  readonly encoded: Map<Encoding, Buffer>;
  readonly tag: string;
}

/** What is sent rather than what it is made of, best first. */
const ENCODINGS = {
  br: (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (bytes: Buffer) => gzipSync(bytes),
} as const;
type Encoding = keyof typeof ENCODINGS;

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
export function serveWebmail(frameOrigin: string, built = BUILT): Handle | undefined {
  if (!existsSync(join(built, 'index.html'))) return undefined;
  const files = new Map<string, File>();
  for (const entry of readdirSync(built, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes('.vite')) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(built.length).replaceAll('\\', '/'), fileOf(path));
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
  // Weak: a strong one would have to differ with the encoding (RFC 9110 section 8.8.3.3).
  const tag = `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  const type = TYPES[extension] ?? 'application/octet-stream';
  return { bytes, type, isCompressed: COMPRESSED.has(extension), encoded: new Map(), tag };
}

function answer(request: HttpRequest, file: File, headers: Readonly<Record<string, string>>): HttpResponse {
  const known = (request.headers['if-none-match'] ?? '').split(/, */);
  if (known.includes(file.tag)) return { status: 304, headers: { ...headers, etag: file.tag }, body: '' };
  const encoding = encodingFor(request, file);
  const body = encoding === undefined ? file.bytes : encodedAs(encoding, file);
  const more = encoding === undefined ? {} : { 'content-encoding': encoding };
  const length = { 'content-length': String(body.length) };
  return { status: 200, headers: { ...headers, ...more, ...length, 'content-type': file.type, etag: file.tag }, body };
}

function encodingFor(request: HttpRequest, file: File): Encoding | undefined {
  if (!file.isCompressed) return undefined;
  const accepted = (request.headers['accept-encoding'] ?? '').split(',').map((one) => one.trim().split(';')[0]);
  return (Object.keys(ENCODINGS) as Encoding[]).find((name) => accepted.includes(name));
}

function encodedAs(encoding: Encoding, file: File): Buffer {
  const body = file.encoded.get(encoding) ?? ENCODINGS[encoding](file.bytes);
  file.encoded.set(encoding, body);
  return body;
}

function notAllowed(): HttpResponse {
  return { status: 405, headers: { allow: 'GET, HEAD' }, body: '' };
}
