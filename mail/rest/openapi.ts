import * as z from 'zod';
import type { Route } from './route.ts';

// What is said of a route does not depend on what it works with.
type AnyRoute = Omit<Route<unknown, unknown, unknown>, 'handle' | 'access'> & { readonly access: unknown };

const PROBLEM = z.toJSONSchema(
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('For programs: nonexistent, alreadyexists, invalid ...'),
    detail: z.string().describe('One plain line, for people'),
  }),
);

interface Described {
  readonly prefix: string;
  readonly title: string;
  readonly version: () => string;
  readonly routes: readonly AnyRoute[];
}

/** An API described from its own table of routes (OpenAPI 3.1, whose schemas are JSON Schema 2020-12). */
export function openApi({ prefix, title, version, routes }: Described): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = (paths[`${prefix}${route.path}`] ??= {});
    path[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: { title, version: version() },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: PROBLEM },
    },
  };
}

function operation(route: AnyRoute): unknown {
  const content = requestContent(route);
  const answer = responseContent(route);
  const done = answer === undefined ? 204 : (route.status ?? 200);
  return {
    summary: route.summary,
    operationId: operationId(route),
    ...(route.access === 'anyone' ? { security: [] } : {}),
    parameters: [...pathParameters(route.path), ...queryParameters(route)],
    ...(content === undefined ? {} : { requestBody: { required: true, content } }),
    responses: {
      [done]: {
        description: 'Done',
        ...(answer === undefined ? {} : { content: answer }),
      },
      default: {
        description: 'Refused',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function responseContent(route: AnyRoute): Record<string, unknown> | undefined {
  if (route.answers !== undefined) return { [route.answers]: {} };
  if (route.response === undefined) return undefined;
  return { 'application/json': { schema: z.toJSONSchema(route.response, { io: 'output', unrepresentable: 'any' }) } };
}

function requestContent(route: AnyRoute): Record<string, unknown> | undefined {
  if (route.bytes !== undefined) return { [route.bytes]: {} };
  if (route.body === undefined) return undefined;
  return { 'application/json': { schema: z.toJSONSchema(route.body, { io: 'input', unrepresentable: 'any' }) } };
}

function pathParameters(path: string): unknown[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(route: AnyRoute): unknown[] {
  if (!(route.query instanceof z.ZodObject)) return [];
  return Object.entries(route.query.shape).map(([name, schema]) => ({
    name,
    in: 'query',
    required: !(schema as z.ZodType).safeParse(undefined).success,
    schema: z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' }),
  }));
}

function operationId(route: AnyRoute): string {
  const words = route.path.split('/').map((word) => word.replace(/[{}]/g, ''));
  return [route.method.toLowerCase(), ...words.filter((word) => word !== '')].join('_');
}
