import type { z } from 'zod';
import type { HttpRequest, HttpResponse } from '../http.ts';
import type { AdminDeps } from './deps.ts';

/** What a handler is given, checked. */
export interface Call<Q, B> {
  readonly deps: AdminDeps;
  /** The parts of the path in braces, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  readonly request: HttpRequest;
}

/** One operation of the API: everything that the dispatcher and the OpenAPI description need to know. */
export interface Route<Q = unknown, B = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With parameters in braces, below /admin/v1. */
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodType<Q>;
  /** JSON. Routes that take bytes name their media type in `bytes` instead and read `request.body` themselves. */
  readonly body?: z.ZodType<B>;
  readonly bytes?: string;
  /** JSON. Absent: 204, or bytes of the media type `answers`. */
  readonly response?: z.ZodType;
  readonly answers?: string;
  /** @default 200, or 204 without `response` */
  readonly status?: number;
  /** Gives what `response` describes, nothing, or a whole response. */
  readonly handle: (call: Call<Q, B>) => Promise<unknown>;
}

export function route<Q, B>(definition: Route<Q, B>): Route {
  return definition as Route;
}

/** A response that a handler made itself. */
export class Raw {
  readonly response: HttpResponse;

  constructor(response: HttpResponse) {
    this.response = response;
  }
}
