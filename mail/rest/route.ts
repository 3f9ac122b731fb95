import type * as z from 'zod';
import type { HttpRequest, HttpResponse } from '../http.ts';

/** What a caller asks for, checked. */
export interface Asked<Q, B> {
  /** The parts of the path in braces, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
}

/** What a handler is given; `who` may call it. */
export interface Call<D, W, Q, B> extends Asked<Q, B> {
  readonly deps: D;
  readonly who: W;
  readonly request: HttpRequest;
  /** The request's, as the answer's X-Request-Id says. */
  readonly id: string;
  /**
   * Another operation of the same API, for the same caller: its body is checked, and whether he may. What it resolves to does it, on
   * record as if he had asked for it by itself, and gives what its handler gives. Throws `Refused`.
   */
  readonly ask: (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
  ) => Promise<() => Promise<unknown>>;
}

/**
 * One operation of an API: everything that the dispatcher and the OpenAPI description need to know. `D`: what its handlers
 * work with; `W`: who calls; `R`: what a call can reach, in the words of that API.
 */
export interface Route<D, W, R, Q = unknown, B = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With parameters in braces, below the API's prefix. */
  readonly path: string;
  readonly summary: string;
  /** What a call reaches, so that the dispatcher can ask in one place whether the caller may. 'anyone': nobody need sign in. */
  readonly access: 'anyone' | R | ((asked: Asked<Q, B>) => R);
  /** What the deed is called in the audit log: `account.set`. Absent: nothing is changed by it. */
  readonly audit?: string;
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
  readonly handle: (call: Call<D, W, Q, B>) => Promise<unknown>;
}

/** A response that a handler made itself. */
export class Raw {
  readonly response: HttpResponse;

  constructor(response: HttpResponse) {
    this.response = response;
  }
}
