import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import type { Dns } from '../../mail/ports/dns.ts';
import { isPublicAddress } from './public-address.ts';
import { allowedAddress, always } from './public-host.ts';

export interface GuardedFetchOptions {
  readonly dns: Pick<Dns, 'addresses'>;
  /** Whether networks of ours may be asked too, and without TLS. @default false */
  readonly private?: boolean | undefined;
  /** Certificates of authorities. @default node's */
  readonly ca?: string | undefined;
}

export interface GuardedRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1024 * 1024;

/**
 * Asks a URL that somebody else has named. The name is looked up once, and the address that was checked is the one that is asked;
 * no redirect is followed; the answer has at most 1 MiB and comes within 10 s. Rejects with an Error that says why.
 */
export async function guardedFetch(
  url: string,
  asked: GuardedRequest,
  { dns, private: isPrivate = false, ca }: GuardedFetchOptions,
): Promise<Response> {
  const { protocol, hostname, username } = new URL(url);
  const isWeb = protocol === 'https:' || (isPrivate && protocol === 'http:');
  if (!isWeb || username !== '') throw new Error(`${url} is not a plain https URL`);
  const address = await allowedAddress(hostname, dns, isPrivate ? () => true : isPublicAddress);

  const body = bytesOf(asked.body);
  const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(asked.signal === undefined ? [] : [asked.signal])];
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const outgoing = (protocol === 'https:' ? overHttps : overHttp)(url, {
    method: asked.method,
    agent: false,
    lookup: always(address),
    signal: AbortSignal.any(signals),
    headers: { ...asked.headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
    ...(ca === undefined ? {} : { ca }),
  });
  outgoing.on('error', reject);
  outgoing.on('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('error', reject);
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_BYTES) outgoing.destroy(new Error(`${hostname} answers with more than ${MAX_BYTES} bytes`));
    });
    response.on('end', () => {
      const headers = new Headers();
      for (const [name, value] of Object.entries(response.headersDistinct)) {
        for (const one of value ?? []) headers.append(name, one);
      }
      const status = response.statusCode!;
      const empty = status === 204 || status === 205 || status === 304;
      resolve(new Response(empty ? null : Buffer.concat(chunks), { status, headers }));
    });
  });
  outgoing.end(body);
  return promise;
}

function bytesOf(body: unknown): Buffer | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof URLSearchParams) return Buffer.from(body.toString());
  if (body instanceof Uint8Array) return Buffer.from(body);
  throw new TypeError('a body is text, a form or bytes');
}
