import { createHash, timingSafeEqual } from 'node:crypto';
import type { z } from 'zod';
import { type HttpRequest, type HttpResponse, json, readBody } from '../http.ts';
import { Refused } from '../refused.ts';
import type { AdminDeps } from './deps.ts';
import { openApi } from './openapi.ts';
import { problem, problemOf } from './problem.ts';
import { Raw, type Route } from './route.ts';
import { ROUTES } from './routes/table.ts';

export type { AdminDeps, Running } from './deps.ts';

export const PREFIX = '/admin/v1';
const MAX_JSON = 1024 * 1024;

export interface Admin {
  /** Answers a request whose path is below /admin/v1. Never rejects; a body that streams may fail while it is read. */
  handle(request: HttpRequest): Promise<HttpResponse>;
}

export function createAdmin(deps: AdminDeps): Admin {
  if (deps.token.length < 32) throw new Error('the admin token is shorter than 32 characters');
  const token = digest(deps.token);
  const routes = ROUTES.map((route) => ({ route, pattern: compile(route.path) }));

  async function answer(request: HttpRequest): Promise<HttpResponse> {
    const path = request.path.slice(PREFIX.length);
    if (path === '/openapi.json' && request.method === 'GET') return json(200, openApi(deps.running().version));
    if (!isAuthorized(request.headers.authorization, token)) {
      return problem(401, 'authenticationfailed', 'Give the admin token: "Authorization: Bearer TOKEN".', {
        'www-authenticate': 'Bearer realm="Postern"',
      });
    }
    const matching = routes.flatMap(({ route, pattern }) => {
      const match = pattern.exec(path);
      return match === null ? [] : [{ route, params: decodeParams(match.groups ?? {}) }];
    });
    const found = matching.find(({ route }) => route.method === request.method);
    if (found !== undefined) return run(found.route, found.params, request);
    if (matching.length === 0) return problem(404, 'nonexistent', 'There is nothing at this path.');
    const allow = matching.map(({ route }) => route.method).join(', ');
    return problem(405, 'cannot', `This path takes ${allow}.`, { allow });
  }

  async function run(route: Route, params: Record<string, string>, request: HttpRequest): Promise<HttpResponse> {
    const query = check(route.query, Object.fromEntries(request.query), 'query');
    const body = route.body === undefined ? undefined : check(route.body, await readJson(request), 'body');
    const result = await route.handle({ deps, params, query, body, request });
    if (result instanceof Raw) return result.response;
    if (route.response === undefined) return { status: 204, headers: { 'cache-control': 'no-store' }, body: '' };
    return json(route.status ?? 200, result);
  }

  return {
    async handle(request) {
      try {
        return await answer(request);
      } catch (error) {
        const known = problemOf(error);
        if (known !== undefined) return known;
        deps.log.error('admin.request', { path: request.path, error: String(error), stack: (error as Error).stack });
        return problem(500, 'bug', 'Internal error; it has been logged.');
      }
    },
  };
}

/** Both are hashed first, so that the comparison takes the same time whatever was sent. */
function isAuthorized(header: string | undefined, token: Buffer): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  return timingSafeEqual(digest(given ?? ''), token) && given !== undefined;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
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
