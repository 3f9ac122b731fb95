import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpRequest, HttpResponse } from './http.ts';

const deflate = promisify(gzip);
/** Below this many characters it does not pay. */
const LEAST = 1_000;

/**
 * A long answer of text as gzip, where the client takes it (RFC 9110 section 8.4.1.3). Only for what is asked for with a token or a password in
 * a header: where a cookie is enough, another page could ask, and learn from the length of an answer what is in it (BREACH).
 */
export async function compressed({ headers: asked }: HttpRequest, response: HttpResponse): Promise<HttpResponse> {
  const { headers, body } = response;
  if (typeof body !== 'string' || body.length < LEAST) return response;
  const vary = { vary: 'accept-encoding' };
  if (!takesGzip(asked['accept-encoding'] ?? '')) return { ...response, headers: { ...headers, ...vary } };
  return { ...response, headers: { ...headers, ...vary, 'content-encoding': 'gzip' }, body: await deflate(body) };
}

/** RFC 9110 section 12.5.3: named, and not with a weight of zero. */
function takesGzip(accepted: string): boolean {
  return accepted.split(',').some((one) => /^\s*(x-)?gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(one));
}
