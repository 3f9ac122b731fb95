import type { AccountInfo, Directory } from '../directory/types.ts';
import { BodyTooLarge, type HttpRequest, type HttpResponse, json, readBody } from '../http.ts';
import { isTransient } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { runRequest } from './api.ts';
import { download } from './blob/download.ts';
import { upload } from './blob/upload.ts';
import { URNS } from './capabilities.ts';
import { RequestError } from './errors.ts';
import { Call, type JmapDeps } from './method.ts';
import { notAllowed, notFound, problem } from './problem.ts';
import { LIMITS, parseRequest } from './request.ts';
import { PATHS, sessionObject } from './session.ts';

export interface JmapHttpDeps extends JmapDeps {
  readonly directory: Pick<Directory, 'authenticate'>;
  /** Where clients find us, without a slash at the end. @default what the request says */
  readonly origin?: string;
  /** Those that a request may use. @default those that are announced */
  readonly capabilities?: ReadonlySet<string>;
}

export interface Jmap {
  /** Answers a request below /jmap or for /.well-known/jmap. Never rejects; a body that streams may fail while it is read. */
  handle(request: HttpRequest): Promise<HttpResponse>;
}

/** JMAP over HTTP (RFC 8620). */
export function createJmap(deps: JmapHttpDeps): Jmap {
  /** Requests at work, by account. */
  const busy = new Map<string, number>();
  const uploads = new Map<string, number>();

  async function answer(request: HttpRequest): Promise<HttpResponse> {
    const user = await signedIn(deps, request);
    const { path, method } = request;
    if (path === PATHS.wellKnown) {
      return method === 'GET' ? json(200, sessionObject(user, originOf(deps, request))) : notAllowed('GET');
    }
    if (path === PATHS.api) {
      if (method !== 'POST') return notAllowed('POST');
      return withinLimit(busy, user.id, 'maxConcurrentRequests', () => api(user, request));
    }
    if (path.startsWith(`${PATHS.upload}/`)) {
      if (method !== 'POST') return notAllowed('POST');
      return withinLimit(uploads, user.id, 'maxConcurrentUpload', () => upload(deps, user, request));
    }
    if (path.startsWith(`${PATHS.download}/`)) {
      return method === 'GET' || method === 'HEAD' ? download(new Call(deps, user), request) : notAllowed('GET, HEAD');
    }
    return notFound();
  }

  async function api(user: AccountInfo, request: HttpRequest): Promise<HttpResponse> {
    if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
      throw new RequestError('notJSON', 'The content type must be application/json');
    }
    const parsed = parseRequest(await readBody(request, LIMITS.maxSizeRequest), deps.capabilities ?? URNS);
    const { state } = sessionObject(user, originOf(deps, request));
    return json(200, await runRequest(deps, user, parsed, state as string));
  }

  return {
    async handle(request) {
      try {
        return await answer(request);
      } catch (error) {
        return failed(deps, request, error);
      }
    },
  };
}

/** HTTP Basic with an account's name and password (RFC 7617). */
async function signedIn({ directory }: JmapHttpDeps, request: HttpRequest): Promise<AccountInfo> {
  const given = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(request.headers.authorization ?? '')?.[1];
  const pair = given === undefined ? '' : Buffer.from(given, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) throw new Refused('authenticationfailed', 'Sign in with the account’s address and password.');
  const context = { service: 'api', address: request.address } as const;
  return directory.authenticate(pair.slice(0, colon), pair.slice(colon + 1), context);
}

function originOf({ origin }: JmapHttpDeps, { headers }: HttpRequest): string {
  return origin ?? `${headers['x-forwarded-proto'] ?? 'http'}://${headers.host ?? 'localhost'}`;
}

/** RFC 8620 section 3.6.1: no more at once than was announced. */
async function withinLimit<T>(
  busy: Map<string, number>,
  id: string,
  limit: 'maxConcurrentRequests' | 'maxConcurrentUpload',
  act: () => Promise<T>,
): Promise<T> {
  const now = busy.get(id) ?? 0;
  if (now >= LIMITS[limit])
    throw new RequestError('limit', `At most ${LIMITS[limit]} requests of this kind at once`, limit);
  busy.set(id, now + 1);
  try {
    return await act();
  } finally {
    const left = busy.get(id)! - 1;
    if (left === 0) busy.delete(id);
    else busy.set(id, left);
  }
}

function failed(deps: JmapHttpDeps, request: HttpRequest, error: unknown): HttpResponse {
  if (error instanceof RequestError) {
    const more = error.limit === undefined ? {} : { limit: error.limit };
    return problem(400, `urn:ietf:params:jmap:error:${error.type}`, error.message, more);
  }
  if (error instanceof BodyTooLarge) {
    const type = 'urn:ietf:params:jmap:error:limit';
    return problem(413, type, error.message, { limit: 'maxSizeRequest' });
  }
  if (error instanceof Refused) {
    if (error.code === 'throttled') return problem(429, 'about:blank', error.message);
    if (error.code === 'noperm') return problem(403, 'about:blank', error.message);
    if (error.code === 'authenticationfailed') {
      const { headers, ...rest } = problem(401, 'about:blank', error.message);
      return { ...rest, headers: { ...headers, 'www-authenticate': 'Basic realm="Postern", charset="UTF-8"' } };
    }
  }
  if (isTransient(error) || error instanceof Refused) {
    return problem(503, 'about:blank', 'The store does not answer; try again later.');
  }
  deps.log.error('jmap.request', { path: request.path, error: String(error), stack: (error as Error).stack });
  return problem(500, 'about:blank', 'Internal error; it has been logged.');
}
