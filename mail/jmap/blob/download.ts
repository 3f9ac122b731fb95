import type { HttpRequest, HttpResponse } from '../../http.ts';
import type { Call } from '../method.ts';
import { notFound } from '../problem.ts';
import { PATHS } from '../session.ts';
import { type Blob, blobOf } from './blob.ts';
import { isThere, mediaType } from './upload.ts';

/** GET /jmap/download/{accountId}/{blobId}/{name}?accept={type} (RFC 8620 section 6.2). */
export async function download(call: Call, request: HttpRequest): Promise<HttpResponse> {
  const [, accountId, blobId, name] = request.path.slice(PATHS.download.length).split('/').map(decoded);
  if (accountId === undefined || blobId === undefined || !/^[A-Za-z0-9_-]{1,255}$/.test(blobId)) return notFound();
  if (!(await isThere(call, accountId))) return notFound();
  const blob = await blobOf(call, await call.account(accountId), blobId);
  if (blob === undefined) return notFound();
  const headers = {
    'content-type': mediaType(request.query.get('accept')) ?? 'application/octet-stream',
    'content-disposition': attachment(name ?? ''),
    // It may come from anybody and is served where the webmail is: it must be saved, and never run.
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    // RFC 8620 section 6.2: what a blob id names never changes.
    'cache-control': 'private, immutable, max-age=31536000',
    etag: `"${blobId}"`,
    'accept-ranges': 'bytes',
  };
  if (request.headers['if-none-match'] === headers.etag) return { status: 304, headers, body: '' };
  const range = rangeOf(request, headers.etag, blob);
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${blob.size}` }, body: '' };
  }
  const isHead = request.method === 'HEAD';
  if (range === undefined) {
    return { status: 200, headers: { ...headers, ...lengthOf(blob) }, body: isHead ? '' : blob.stream() };
  }
  const { start, end } = range;
  return {
    status: 206,
    headers: {
      ...headers,
      'content-range': `bytes ${start}-${end - 1}/${blob.size}`,
      ...(blob.isExact ? { 'content-length': String(end - start) } : {}),
    },
    body: isHead ? '' : blob.stream(range),
  };
}

function lengthOf({ size, isExact }: Blob): Record<string, string> {
  return isExact ? { 'content-length': String(size) } : {};
}

/** One range, half-open (RFC 9110 section 14.2). What is no range that we know is passed over. */
function rangeOf({ headers, method }: HttpRequest, etag: string, { size }: Blob) {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? '') ?? [];
  if (method !== 'GET' || first + last === '') return undefined;
  if (headers['if-range'] !== undefined && headers['if-range'] !== etag) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  return start >= end ? 'unsatisfiable' : { start, end };
}

/** RFC 6266: a name in ASCII for old clients, and as it is (RFC 8187). */
function attachment(name: string): string {
  const safe = name
    .replace(/[\u0000-\u001f\u007f/\\]/g, '_')
    .slice(0, 255)
    .toWellFormed();
  if (safe === '') return 'attachment';
  const ascii = safe.replace(/[^\x20-\x7e]/g, '_').replace(/["%]/g, '_');
  const extended = encodeURIComponent(safe).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${extended}`;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}
