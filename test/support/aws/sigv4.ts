/**
 * Signature Version 4 computed anew, so that what signs in the program is checked by something else.
 * Source: AWS General Reference, "Create a signed AWS API request".
 */
import { createHash, createHmac } from 'node:crypto';

export interface Signed {
  readonly method: string;
  readonly path: string;
  /** Lower-case names, `authorization` among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/** Why the signature is not that of the secret for this region and service; undefined when it is. No query strings. */
export function signatureProblem(
  { method, path, headers, body }: Signed,
  expected: { readonly secret: string; readonly region: string; readonly service: string },
): string | undefined {
  const match = AUTHORIZATION.exec(headers.authorization ?? '');
  if (!match) return 'no authorization header of the right form';
  const [, , day = '', region = '', service = '', names = '', signature] = match;
  if (region !== expected.region || service !== expected.service) return `signed for ${service} in ${region}`;
  const signed = names.split(';');
  if (!signed.includes('host') || !signed.includes('x-amz-date')) return 'host or date not signed';
  if (signed.some((name) => headers[name] === undefined)) return 'a signed header is missing';
  const date = headers['x-amz-date'] ?? '';
  const canonicalHeaders = signed.map((name) => `${name}:${headers[name]?.trim().replace(/\s+/g, ' ')}\n`).join('');
  const canonical = [method, path, '', canonicalHeaders, names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, `${day}/${region}/${service}/aws4_request`, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${expected.secret}`);
  return hmac(key, toSign).toString('hex') === signature ? undefined : 'the signature does not match';
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
