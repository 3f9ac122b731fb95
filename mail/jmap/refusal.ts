import { BodyTooLarge } from '../http.ts';
import { isTransient, type Log } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { RequestError } from './errors.ts';

/** Why a whole request is refused (RFC 7807, RFC 8620 section 3.6.1), over HTTP or a WebSocket. */
export interface Refusal {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  /** For `urn:ietf:params:jmap:error:limit`: which one. */
  readonly limit?: string;
}

/** What a client is told of an error. A bug tells it nothing of what happened inside; it is logged, with where it was. */
export function refusalOf(log: Log, error: unknown, where: string): Refusal {
  if (error instanceof RequestError) {
    const type = `urn:ietf:params:jmap:error:${error.type}`;
    return { type, status: 400, detail: error.message, ...(error.limit === undefined ? {} : { limit: error.limit }) };
  }
  if (error instanceof BodyTooLarge) {
    return { type: 'urn:ietf:params:jmap:error:limit', status: 413, detail: error.message, limit: 'maxSizeRequest' };
  }
  if (error instanceof Refused) {
    if (error.code === 'throttled') return plain(429, error.message);
    if (error.code === 'noperm') return plain(403, error.message);
    if (error.code === 'authenticationfailed') return plain(401, error.message);
  }
  if (isTransient(error) || error instanceof Refused) return plain(503, 'The store does not answer; try again later.');
  log.error('jmap.request', { where, error: String(error), stack: (error as Error).stack });
  return plain(500, 'Internal error; it has been logged.');
}

function plain(status: number, detail: string): Refusal {
  return { type: 'about:blank', status, detail };
}
