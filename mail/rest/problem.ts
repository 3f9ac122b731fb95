import { BodyTooLarge, type HttpResponse, json } from '../http.ts';
import { isTransient, TooLarge, WireClosed } from '../ports/index.ts';
import { type RefusalCode, Refused } from '../refused.ts';

const STATUS: Readonly<Record<RefusalCode, number>> = {
  nonexistent: 404,
  alreadyexists: 409,
  cannot: 409,
  overquota: 507,
  limit: 422,
  noperm: 403,
  authenticationfailed: 401,
  throttled: 429,
  unavailable: 503,
  invalid: 400,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  422: 'Over a limit',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not now',
  507: 'Over quota',
};

/** RFC 9457. `code` is the refusal's, for programs; `detail` one plain line, for people. */
export function problem(
  status: number,
  code: string,
  detail: string,
  headers: Record<string, string> = {},
): HttpResponse {
  const body = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, code, detail };
  const response = json(status, body, 'application/problem+json');
  return { ...response, headers: { ...response.headers, ...headers } };
}

/** What an error becomes, or undefined for a bug. */
export function problemOf(error: unknown): HttpResponse | undefined {
  if (error instanceof Refused) return problem(STATUS[error.code], error.code, error.message);
  if (error instanceof BodyTooLarge) return problem(413, 'limit', error.message);
  if (error instanceof TooLarge) return problem(413, 'limit', 'That is more than the store can keep.');
  if (error instanceof WireClosed) return problem(400, 'invalid', 'The body did not come to its end.');
  if (isTransient(error))
    return problem(503, 'unavailable', 'The store does not answer at the moment. Try again later.');
  return undefined;
}
