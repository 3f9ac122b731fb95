/** What the services of the fake have in common. */
import { Readable } from 'node:stream';
import { HttpResponse } from '@smithy/core/protocols';

/** A request as it leaves the SDK, its body gathered. */
export interface FakeRequest {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly signal: AbortSignal | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One AWS service. */
export interface FakeService {
  readonly name: string;
  /** The operation's name. Throws `NotInFake` for one that it does not know. */
  operationOf(request: FakeRequest): string;
  handle(operation: string, request: FakeRequest): Promise<Reply> | Reply;
  /** How this service says no. */
  error(status: number, code: string, message: string, operation: string): Reply;
  /** Its name for "too fast". */
  readonly throttled: { readonly status: number; readonly code: string };
}

/**
 * The code under test did what the fake does not know: an operation, a parameter, an expression. A TypeError, so that
 * the adapters let it through as a fault of the program.
 */
export class NotInFake extends TypeError {
  override readonly name = 'NotInFake';
}

/** Throws unless every key of the object is one of those. */
export function onlyKeys(what: string, object: object, allowed: readonly string[]): void {
  const unknown = Object.keys(object).filter((key) => !allowed.includes(key));
  if (unknown.length > 0) throw new NotInFake(`${what}: the fake does not know ${unknown.join(', ')}`);
}

const CHUNK = 64 * 1024;

/** A reply as the SDK's own HTTP handler would give it: its body a stream, in chunks. */
export function toResponse({ status, headers = {}, body = '' }: Reply): HttpResponse {
  const bytes = Buffer.from(body);
  const chunks = function* () {
    for (let at = 0; at < bytes.byteLength; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
  };
  return new HttpResponse({
    statusCode: status,
    headers: { 'content-length': String(bytes.byteLength), 'x-amzn-requestid': 'fake', ...headers },
    body: Readable.from(chunks(), { objectMode: false, highWaterMark: CHUNK }),
  });
}

/** A JSON reply of the AWS JSON and REST-JSON protocols. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0', ...headers }, body: JSON.stringify(value) };
}

export function parseJson<T>(body: Buffer): T {
  return JSON.parse(body.toString() || '{}') as T;
}
