import * as z from 'zod';
import { RequestError } from './errors.ts';
import type { Invocation } from './references.ts';

/** Announced in the Session object and kept (RFC 8620 section 2). Sizes in bytes. */
export const LIMITS = {
  maxSizeUpload: 50 * 1024 * 1024,
  maxConcurrentUpload: 4,
  maxSizeRequest: 10 * 1024 * 1024,
  maxConcurrentRequests: 8,
  maxCallsInRequest: 64,
  maxObjectsInGet: 1000,
  maxObjectsInSet: 1000,
} as const;

/** RFC 8620 section 3.3. */
export interface JmapRequest {
  readonly using: readonly string[];
  readonly methodCalls: readonly Invocation[];
  readonly createdIds?: Readonly<Record<string, string>> | undefined;
}

const REQUEST = z.object({
  using: z.array(z.string()),
  methodCalls: z.array(z.tuple([z.string(), z.record(z.string(), z.unknown()), z.string()])),
  createdIds: z.record(z.string(), z.string()).optional(),
});

/** Reads a request; throws `RequestError` where it is none, or more than is taken. `capabilities`: those that there are. */
export function parseRequest(body: Uint8Array, capabilities: ReadonlySet<string>): JmapRequest {
  if (body.length > LIMITS.maxSizeRequest) {
    throw new RequestError('limit', `A request has at most ${LIMITS.maxSizeRequest} bytes`, 'maxSizeRequest');
  }
  return checkRequest(parseJson(body), capabilities);
}

/** The same for a request that is parsed already (RFC 8887). */
export function checkRequest(value: unknown, capabilities: ReadonlySet<string>): JmapRequest {
  const parsed = REQUEST.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('/')}`;
    throw new RequestError('notRequest', `This is not a JMAP request${where}: ${issue?.message ?? 'wrong type'}`);
  }
  const request = parsed.data;
  if (request.methodCalls.length > LIMITS.maxCallsInRequest) {
    throw new RequestError('limit', `A request has at most ${LIMITS.maxCallsInRequest} calls`, 'maxCallsInRequest');
  }
  const unknown = request.using.find((urn) => !capabilities.has(urn));
  if (unknown !== undefined) {
    throw new RequestError('unknownCapability', `This server does not have the capability ${unknown}`);
  }
  return request;
}

function parseJson(body: Uint8Array): unknown {
  let text: string;
  try {
    // RFC 8620 section 1.5, RFC 7493 section 2.1: UTF-8, and nothing else.
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return JSON.parse(text);
  } catch {
    throw new RequestError('notJSON', 'The body is not JSON in UTF-8');
  }
}
