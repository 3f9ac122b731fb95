import type * as z from 'zod';
import { type HttpRequest, type HttpResponse, json, readBody } from '../http.ts';
import { type Log, type Random, randomName } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import type { Idempotency } from './idempotency.ts';
import { openApi } from './openapi.ts';
import { apiPage } from './page.ts';
import { problem, problemOf } from './problem.ts';
import { type Asked, type Call, Raw, type Route } from './route.ts';

const MAX_JSON = 1024 * 1024;

/** An API that is a table of routes. `R` is no function. */
export interface ApiProps<D, W, R> {
  /** For example `/admin/v1`. */
  readonly prefix: string;
  readonly title: string;
  readonly version: () => string;
  readonly routes: readonly Route<D, W, R>[];
  readonly deps: D & { readonly log: Log; readonly random: Random };
  /** Who calls. Undefined where nobody signed in; throws `Refused` where somebody tried and failed. */
  readonly identify: (request: HttpRequest) => Promise<W | undefined>;
  /** Throws `Refused` where the caller may not reach that. Called before every handler but those for anyone. */
  readonly authorize: (who: W, reach: R, route: Route<D, W, R>) => Promise<void>;
  /** Around the handler of each route that has a name in the audit log. Must call `work`, and give what it gives. */
  readonly record?: (deed: Deed<D, W, R>, work: () => Promise<unknown>) => Promise<unknown>;
  /** Keeps a POST from being done twice, for callers who want that. `caller`: who it is, for keys of different people to differ. */
  readonly idempotency?: { readonly store: Idempotency; readonly caller: (who: W) => string };
  /** Said to who is not signed in and must be. */
  readonly signIn: string;
}

/** A call that is about to be handled. */
export interface Deed<D, W, R> {
  readonly route: Route<D, W, R>;
  readonly call: Call<D, W, unknown, unknown>;
  readonly reach: 'anyone' | R;
}

export interface Api {
  /** Answers a request whose path is below the prefix. Never rejects; a body that streams may fail while it is read. */
  handle(request: HttpRequest): Promise<HttpResponse>;
}

/** Finds the route, asks who calls, checks what he sent, asks whether he may, and only then calls the handler. */
export function createApi<D, W, R>(props: ApiProps<D, W, R>): Api {
  const routes = props.routes.map((route) => ({ route, pattern: compile(route.path) }));

  async function answer(request: HttpRequest, id: string): Promise<HttpResponse> {
    const path = request.path.slice(props.prefix.length);
    if (path === '/openapi.json' && request.method === 'GET') return json(200, openApi(props));
    if ((path === '' || path === '/') && request.method === 'GET') {
      return apiPage(openApi(props), `${props.prefix}/openapi.json`);
    }
    const matching = matches(path);
    const found = matching.find(({ route }) => route.method === request.method);
    if (found !== undefined) return run(found.route, found.params, request, id);
    if (matching.length === 0) throw new Refused('nonexistent', 'There is nothing at this path.');
    const allow = matching.map(({ route }) => route.method).join(', ');
    return problem(405, 'cannot', `This path takes ${allow}.`, { allow });
  }

  function matches(path: string): { route: Route<D, W, R>; params: Record<string, string> }[] {
    return routes.flatMap(({ route, pattern }) => {
      const match = pattern.exec(path);
      return match === null ? [] : [{ route, params: decodeParams(match.groups ?? {}) }];
    });
  }

  async function run(
    route: Route<D, W, R>,
    params: Record<string, string>,
    request: HttpRequest,
    id: string,
  ): Promise<HttpResponse> {
    const open = route.access === 'anyone';
    // Before a body of somebody unknown is read.
    const who = open ? undefined : await props.identify(request);
    if (!open && who === undefined) throw new Refused('authenticationfailed', props.signIn);
    const { idempotency } = props;
    if (open || idempotency === undefined) return perform(route, params, who, request, id);
    return idempotency.store.around(idempotency.caller(who!), request, (again) =>
      // Told here, so that it is known whether it was done.
      perform(route, params, who, again, id).catch((error: unknown) => refusal(error, request, id)),
    );
  }

  /** Checks what the caller sent, asks whether he may, and only then calls the handler. `who` is there where he must be. */
  async function perform(
    route: Route<D, W, R>,
    params: Record<string, string>,
    who: W | undefined,
    request: HttpRequest,
    id: string,
  ): Promise<HttpResponse> {
    const query = check(route.query, Object.fromEntries(request.query), 'query');
    const body = route.body === undefined ? undefined : check(route.body, await readJson(request), 'body');
    const work = await ready(route, { params, query, body }, { who: who!, request, id });
    const result = await work();
    if (result instanceof Raw) return result.response;
    if (route.response === undefined) return { status: 204, headers: { 'cache-control': 'no-store' }, body: '' };
    return json(route.status ?? 200, result);
  }

  /** Asks whether the caller may. What it gives does it, on record. */
  async function ready(
    route: Route<D, W, R>,
    asked: Asked<unknown, unknown>,
    caller: Pick<Call<D, W, unknown, unknown>, 'who' | 'request' | 'id'>,
  ): Promise<() => Promise<unknown>> {
    const reach = route.access === 'anyone' ? ('anyone' as const) : reachOf(route, asked);
    if (route.access !== 'anyone') await props.authorize(caller.who, reach as R, route);
    const ask: Call<D, W, unknown, unknown>['ask'] = async (method, path, given) => {
      const found = matches(path).find((each) => each.route.method === method);
      if (found === undefined) throw new Error(`there is no ${method} ${path}`);
      const { route, params } = found;
      const body = check(route.body, given, 'body');
      return ready(route, { params, query: check(route.query, {}, 'query'), body }, caller);
    };
    const call = { ...asked, ...caller, deps: props.deps, ask };
    const work = () => route.handle(call);
    const { record } = props;
    return route.audit === undefined || record === undefined ? work : () => record({ route, call, reach }, work);
  }

  function refusal(error: unknown, { path }: HttpRequest, id: string): HttpResponse {
    const known = problemOf(error);
    if (known?.status === 401) return { ...known, headers: { ...known.headers, 'www-authenticate': CHALLENGE } };
    if (known !== undefined) return known;
    props.deps.log.error('api.request', { id, path, error: String(error), stack: (error as Error).stack });
    return problem(500, 'bug', 'Internal error; it has been logged.');
  }

  return {
    async handle(request) {
      const id = randomName(props.deps.random, 16);
      const response = await answer(request, id).catch((error: unknown) => refusal(error, request, id));
      return { ...response, headers: { ...response.headers, 'x-request-id': id } };
    },
  };
}

/** RFC 6750 section 3. */
const CHALLENGE = 'Bearer realm="Postern"';

function reachOf<D, W, R>({ access }: Route<D, W, R>, asked: Asked<unknown, unknown>): R {
  return typeof access === 'function' ? (access as (asked: Asked<unknown, unknown>) => R)(asked) : (access as R);
}

function compile(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}

function decodeParams(groups: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw new Refused('invalid', 'The path is not properly percent-encoded.');
  }
}

async function readJson(request: HttpRequest): Promise<unknown> {
  const bytes = await readBody(request, MAX_JSON);
  try {
    return bytes.length === 0 ? {} : JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Refused('invalid', 'The body is not JSON.');
  }
}

function check(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = issue === undefined || issue.path.length === 0 ? where : `${where}: ${issue.path.join('.')}`;
  throw new Refused('invalid', `${at}: ${issue?.message ?? 'not what it must be'}`);
}
