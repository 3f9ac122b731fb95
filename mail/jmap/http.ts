import { compressed } from '../compress.ts';
import type { AccountInfo, Directory, SignedIn } from '../directory/types.ts';
import { type HttpRequest, type HttpResponse, json, readBody } from '../http.ts';
import type { Conversation, OneClick, PushServices } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { runRequest } from './api.ts';
import { download } from './blob/download.ts';
import { upload } from './blob/upload.ts';
import { IMAGES_URN, UNSUBSCRIBE_URN, URNS, VAPID } from './capabilities.ts';
import { maxMessage } from './email/limits.ts';
import { RequestError } from './errors.ts';
import { Call, type JmapDeps } from './method.ts';
import { notAllowed, notFound, problem } from './problem.ts';
import { Connections } from './push/connections.ts';
import { Devices } from './push/devices.ts';
import { EventStream, eventSourceOptions } from './push/event-source.ts';
import { Pusher, PushingElsewhere } from './push/pusher.ts';
import { sourcesOf } from './push/sources.ts';
import { createVapid } from './push/vapid.ts';
import { Speaker, SUBPROTOCOL } from './push/web-socket.ts';
import { refusalOf } from './refusal.ts';
import { type JmapRequest, LIMITS, parseRequest } from './request.ts';
import { PATHS, sessionObject } from './session.ts';
import { Others } from './shared.ts';
import { Lists } from './unsubscribe/lists.ts';

/** RFC 6455 section 7.4.1, as registered since. */
const TRY_AGAIN_LATER = 1013;

export interface JmapHttpDeps extends Omit<JmapDeps, 'devices' | 'lists' | 'others'> {
  readonly directory: Pick<
    Directory,
    'authenticate' | 'bearer' | 'holds' | 'untilEnded' | 'watch' | 'account' | 'maySendAs'
  >;
  /** Where this process pushes to devices. */
  readonly pushServices?: PushServices;
  /**
   * Other processes answer for the same accounts: of those with `pushServices` one pushes at a time, and is told by the others what to push.
   * @default this process is alone
   */
  readonly sharesPushing?: boolean;
  /** Where this process leaves mailing lists. */
  readonly oneClick?: OneClick;
  /** Where clients find us, without a slash at the end. @default what the request says */
  readonly origin?: string;
  /** Those that a request may use. @default those that are announced */
  readonly capabilities?: ReadonlySet<string>;
}

export interface Jmap {
  /** Answers a request below /jmap or for /.well-known/jmap. Never rejects; a body that streams may fail while it is read. */
  handle(request: HttpRequest): Promise<HttpResponse>;
  /** JMAP over WebSockets (RFC 8887), for an adapter that has them. */
  readonly webSocket: {
    readonly path: string;
    readonly protocol: string;
    readonly largestMessage: number;
    /** Decides about a client: a conversation, or the response that refuses it. Never rejects. */
    connect(request: HttpRequest): Promise<Conversation | HttpResponse>;
  };
  /** Ends event streams, conversations and pushes, and takes no new ones; requests at work are answered. */
  stop(): void;
}

/** JMAP over HTTP (RFC 8620). */
export function createJmap(given: JmapHttpDeps): Jmap {
  const { pushServices: services } = given;
  const others = new Others(given);
  const more = async (user: AccountInfo) => {
    const find = () => sourcesOf(given, others, user);
    return { now: await find(), find };
  };
  const { sharesPushing = false } = given;
  const vapid =
    services === undefined && !sharesPushing
      ? undefined
      : createVapid({ ...given, contact: `mailto:postmaster@${given.hostname}` });
  const pushing = services && { ...given, services, more, ...(vapid && { vapid }) };
  const pusher = sharesPushing && pushing ? new Pusher(pushing) : undefined;
  const alone = !sharesPushing && pushing ? new Devices(pushing) : undefined;
  void alone?.refresh();
  const devices = sharesPushing ? new PushingElsewhere(given) : alone;
  const lists = given.oneClick && new Lists(given.oneClick, given);
  const deps = { ...given, others, ...(devices && { devices }), ...(lists && { lists }) };
  /** Requests at work, by account. */
  const busy = new Map<string, number>();
  const uploads = new Map<string, number>();
  const connections = new Connections(given.directory);
  const parts = new Map<string, unknown>([
    [IMAGES_URN, given.images],
    [VAPID, vapid],
    [UNSUBSCRIBE_URN, lists],
  ]);
  const served = new Set([...URNS].filter((urn) => !parts.has(urn) || parts.get(urn) !== undefined));
  const capabilities = deps.capabilities ?? served;
  const offer = async () => ({
    served,
    maxMessage: await maxMessage(deps),
    applicationServerKey: await vapid?.applicationServerKey(),
  });

  async function answer(request: HttpRequest): Promise<HttpResponse> {
    if (request.method === 'OPTIONS') return preflight();
    const who = await signedIn(given, request);
    const user = who.account;
    const { path, method } = request;
    if (path === PATHS.wellKnown) {
      return method === 'GET' || method === 'HEAD' ? session(user, request) : notAllowed('GET, HEAD');
    }
    if (path === PATHS.api) {
      if (method !== 'POST') return notAllowed('POST');
      return withinLimit(busy, user.id, 'maxConcurrentRequests', () => api(who, request));
    }
    if (path === PATHS.events) return method === 'GET' ? events(who, request) : notAllowed('GET');
    if (path === PATHS.webSocket) return upgradeRequired();
    if (path.startsWith(`${PATHS.upload}/`)) {
      if (method !== 'POST') return notAllowed('POST');
      return withinLimit(uploads, user.id, 'maxConcurrentUpload', () => upload(new Call(deps, user), request));
    }
    if (path.startsWith(`${PATHS.download}/`)) {
      return method === 'GET' || method === 'HEAD' ? download(new Call(deps, user), request) : notAllowed('GET, HEAD');
    }
    return notFound();
  }

  async function api(who: SignedIn, request: HttpRequest): Promise<HttpResponse> {
    if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
      throw new RequestError('notJSON', 'The content type must be application/json');
    }
    const parsed = parseRequest(await readBody(request, LIMITS.maxSizeRequest), capabilities);
    const state = (call: Call) => stateFor(call, request);
    return json(200, await runRequest({ ...deps, credential: who.credential }, who.account, parsed, state));
  }

  async function session(user: AccountInfo, request: HttpRequest): Promise<HttpResponse> {
    const all = sessionObject(user, originOf(deps, request), await others.of(user), await offer());
    const { headers, ...rest } = json(200, all);
    // RFC 8620 section 2 wants this spelled out; a client asks again only when it is told that the state is another one.
    return { ...rest, headers: { ...headers, 'cache-control': 'no-cache, no-store, must-revalidate' } };
  }

  async function stateFor(call: Call, request: HttpRequest): Promise<string> {
    const seen = await others.lately(call.user, () => call.own());
    return sessionObject(call.user, originOf(deps, request), seen, await offer()).state as string;
  }

  /** RFC 8620 section 7.3. */
  async function events({ account: user, credential }: SignedIn, request: HttpRequest): Promise<HttpResponse> {
    const options = eventSourceOptions(request.query);
    if (typeof options === 'string') return problem(400, 'about:blank', `In the query, ${options}.`);
    connections.check(user.id);
    const account = await new Call(deps, user).account(user.id);
    const since = request.headers['last-event-id'];
    const watched = await more(user);
    const onEnd = connections.add(user.id, credential, () => stream.end());
    const stream = new EventStream(account, options, {
      clock: deps.clock,
      limits: user,
      since,
      onEnd,
      more: watched,
    });
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
      body: stream,
    };
  }

  async function connect(request: HttpRequest): Promise<Conversation | HttpResponse> {
    // A page cannot sign in to a WebSocket; its browser may do it for it, with what somebody typed into another page.
    const { origin } = request.headers;
    if (origin !== undefined && origin.toLowerCase() !== originOf(deps, request).toLowerCase()) {
      return problem(403, 'about:blank', 'Pages of other origins may not connect by WebSockets.');
    }
    const { account: user, credential } = await signedIn(given, request);
    const asked = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!asked.includes(SUBPROTOCOL)) {
      return problem(400, 'about:blank', `Ask for the subprotocol ${SUBPROTOCOL} (RFC 8887 section 4.2).`);
    }
    connections.check(user.id);
    const account = await new Call(deps, user).account(user.id);
    const state = (call: Call) => stateFor(call, request);
    const watched = await more(user);
    const run = (asked: JmapRequest) =>
      withinLimit(busy, user.id, 'maxConcurrentRequests', async () => {
        if (!(await deps.directory.holds(user.id, credential))) {
          throw new Refused('authenticationfailed', 'What you signed in with is over. Connect again.');
        }
        return runRequest({ ...deps, credential }, user, asked, state);
      });
    return {
      async hold(socket) {
        const speaker = new Speaker(socket, {
          account,
          limits: user,
          more: watched,
          run,
          capabilities,
          log: deps.log,
        });
        let release: () => void;
        try {
          release = connections.add(user.id, credential, () => speaker.end());
        } catch (error) {
          socket.close(TRY_AGAIN_LATER, (error as Error).message);
          return;
        }
        await speaker.speak();
        release();
      },
    };
  }

  const settled = async <T>(request: HttpRequest, act: () => Promise<T>): Promise<T | HttpResponse> => {
    try {
      return await act();
    } catch (error) {
      return failed(deps, request, error);
    }
  };
  return {
    handle: async (request) => withCors(await compressed(request, await settled(request, () => answer(request)))),
    webSocket: {
      path: PATHS.webSocket,
      protocol: SUBPROTOCOL,
      largestMessage: LIMITS.maxSizeRequest,
      connect: (request) => settled(request, () => connect(request)),
    },
    stop: () => {
      connections.stop();
      alone?.stop();
      pusher?.stop();
    },
  };
}

/**
 * Pages of every origin may ask: they must have the password or token, as what a browser keeps (cookies, passwords that it was told)
 * does not go with requests to `*`. Should a cookie ever sign in here, this must change.
 */
const CORS = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'WWW-Authenticate, Content-Range' };

function withCors(response: HttpResponse): HttpResponse {
  return { ...response, headers: { ...response.headers, ...CORS } };
}

function preflight(): HttpResponse {
  const headers = {
    'access-control-allow-methods': 'GET, HEAD, POST',
    'access-control-allow-headers': 'Authorization, Content-Type, Last-Event-ID, Range, If-Range, If-None-Match',
    'access-control-max-age': '86400',
  };
  return { status: 204, headers, body: '' };
}

function upgradeRequired(): HttpResponse {
  const { headers, ...rest } = problem(426, 'about:blank', 'This path takes WebSockets (RFC 8887).');
  return { ...rest, headers: { ...headers, upgrade: 'websocket', connection: 'upgrade' } };
}

/** HTTP Basic with an account's name and password, or an app password (RFC 7617), or an access token (RFC 6750). */
async function signedIn({ directory }: JmapHttpDeps, request: HttpRequest): Promise<SignedIn> {
  const context = { service: 'api', address: request.address } as const;
  const { authorization = '' } = request.headers;
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token !== undefined) return directory.bearer(token, context);
  const given = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  const pair = given === undefined ? '' : Buffer.from(given, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) throw new Refused('authenticationfailed', 'Sign in with the account’s address and password.');
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
  const { status, type, detail, ...more } = refusalOf(deps.log, error, request.path);
  const { headers, ...rest } = problem(status, type, detail, more);
  return { ...rest, headers: { ...headers, ...challenge(status, request) } };
}

/** RFC 6750 section 3 to who came with a token; others are asked for a password. */
function challenge(status: number, { headers }: HttpRequest): Readonly<Record<string, string>> {
  if (!/^Bearer\b/i.test(headers.authorization ?? '')) {
    return status === 401 ? { 'www-authenticate': 'Basic realm="Postern", charset="UTF-8"' } : {};
  }
  if (status === 401) return { 'www-authenticate': 'Bearer realm="Postern", error="invalid_token"' };
  return status === 403 ? { 'www-authenticate': 'Bearer realm="Postern", error="insufficient_scope"' } : {};
}
