import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { HttpRequest, HttpResponse } from './http.ts';

/** Proves that a request came by the front. */
export const FRONT_HEADER = 'x-postern-front';
/** The name that the client asked, where the front has to ask us by another one. */
export const FRONT_HOST = 'x-forwarded-host';

type Handle<T> = (request: HttpRequest) => Promise<T>;

/**
 * Serves behind a front that ends the client's TLS, such as CloudFront: what it says of the client (address, name that was asked) holds
 * in place of what the connection says. Only the front knows `secret`; who comes past it, at an address that the world can find out,
 * is refused, as he could say of himself what he likes. `secret`: at least 32 characters.
 */
export function behindFront<T>(handle: Handle<T>, secret: string): Handle<T | HttpResponse> {
  const expected = digest(frontSecret(secret));
  return async (request) => {
    if (!timingSafeEqual(digest(request.headers[FRONT_HEADER] ?? ''), expected)) return refused();
    const { [FRONT_HEADER]: _, [FRONT_HOST]: host = request.headers.host, ...headers } = request.headers;
    return handle({
      ...request,
      headers: { ...headers, host, 'x-forwarded-proto': 'https' },
      address: clientOf(request),
    });
  };
}

/** Throws an Error of one plain line where the secret is too short to be one. */
export function frontSecret(secret: string): string {
  if (secret.length < 32) throw new Error("the front's secret is shorter than 32 characters");
  return secret;
}

/**
 * Each hop puts the address of who asked it at the end of X-Forwarded-For. The front put the client there; what follows is the front's
 * own, from a gateway between it and us, and what stands before is what the client says.
 */
function clientOf({ headers, address }: HttpRequest): string {
  const hops = (headers['x-forwarded-for'] ?? '').split(',').map((hop) => hop.trim());
  if (hops.length > 1 && hops.at(-1) === address) hops.pop();
  const client = hops.at(-1)!;
  return isIP(client) === 0 ? address : client;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function refused(): HttpResponse {
  const detail = 'Ask by the name of the web site, not by the address behind it.';
  return {
    status: 403,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: JSON.stringify({ type: 'about:blank', title: 'Forbidden', status: 403, detail }),
  };
}
