import type { HttpRequest } from '../http.ts';
import { Refused } from '../refused.ts';

/** The refresh token of pages, which they themselves cannot read. */
const NAME = 'postern-session';
/** Only this API is sent it. */
const PATH = '/auth/';

/**
 * Whether a page of ours asks: it keeps the token in the cookie. A page of another origin cannot send this header, as it is never
 * told that it may (no CORS here), and the cookie does not go with what it sends (SameSite).
 */
export function isOurPage({ headers }: HttpRequest): boolean {
  return headers['x-postern'] === '1';
}

/** The token that a request shows: of a page in the cookie, of another program in the body. */
export function shownToken(request: HttpRequest, body: { readonly refresh?: string | undefined }): string {
  if (body.refresh !== undefined) return body.refresh;
  if (!isOurPage(request)) {
    throw new Refused(
      'invalid',
      'Give the refresh token as "refresh", or, in a page, send "X-Postern: 1" with the cookie.',
    );
  }
  const found = readCookie(request, NAME);
  if (found === undefined) throw new Refused('authenticationfailed', 'You are not signed in here.');
  return found;
}

/** A page of ours asks, in a browser in which nobody is signed in. */
export function isNobodysPage(request: HttpRequest, body: { readonly refresh?: string | undefined }): boolean {
  return body.refresh === undefined && isOurPage(request) && readCookie(request, NAME) === undefined;
}

/** `seconds`: how long it is kept; undefined: until the browser ends. 0 takes it away. */
export function cookie(request: HttpRequest, token: string, seconds: number | undefined): string {
  return setCookie(request, { name: NAME, value: token, path: PATH, sameSite: 'Strict', seconds });
}

export function readCookie({ headers }: HttpRequest, name: string): string | undefined {
  const found = (headers.cookie ?? '').split(/; */).find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

/** A cookie that pages cannot read (RFC 6265). */
export function setCookie(
  request: HttpRequest,
  {
    name,
    value,
    path,
    sameSite,
    seconds,
  }: {
    readonly name: string;
    readonly value: string;
    readonly path: string;
    readonly sameSite: 'Strict' | 'Lax';
    readonly seconds: number | undefined;
  },
): string {
  const parts = [`${name}=${value}`, `Path=${path}`, 'HttpOnly', `SameSite=${sameSite}`];
  if (seconds !== undefined) parts.push(`Max-Age=${seconds}`);
  // In the clear we are found on loopback only, where browsers differ about Secure.
  if (request.headers['x-forwarded-proto'] === 'https') parts.push('Secure');
  return parts.join('; ');
}
