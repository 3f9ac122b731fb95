import { type HttpResponse, json } from '../http.ts';

/** RFC 7807: how JMAP refuses a whole HTTP request (RFC 8620 section 3.6.1). */
export function problem(
  status: number,
  type: string,
  detail: string,
  more: Record<string, unknown> = {},
): HttpResponse {
  return json(status, { type, status, detail, ...more }, 'application/problem+json');
}

export function notFound(): HttpResponse {
  return problem(404, 'about:blank', 'There is nothing at this path.');
}

export function notAllowed(allow: string): HttpResponse {
  const { headers, ...rest } = problem(405, 'about:blank', `This path takes ${allow}.`);
  return { ...rest, headers: { ...headers, allow } };
}

/** More than a limit that the session object announces. */
export function overLimit(status: number, limit: string, detail: string): HttpResponse {
  return problem(status, 'urn:ietf:params:jmap:error:limit', detail, { limit });
}
