import { createHash } from 'node:crypto';
import * as z from 'zod';
import { BLOB } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import { ID, type Method, method } from '../method.ts';
import { inParallel } from '../parallel.ts';
import { LIMITS } from '../request.ts';
import { type Blob, blobOf } from './blob.ts';
import { DIGESTS } from './limits.ts';

/** Of all blobs of one answer, in bytes. */
const MAX_DATA = 16 * 1024 * 1024;
const AT_ONCE = 4;

const ARGS = z.strictObject({
  accountId: z.string(),
  ids: z.array(ID),
  properties: z.array(z.string()).nullish(),
  offset: z.int().nonnegative().nullish(),
  length: z.int().nonnegative().nullish(),
});

/** Blob/get (RFC 9404 section 4.2). */
export const blobGet: Method = method({
  capability: BLOB,
  args: ARGS,
  async run(call, { accountId, ids, properties, offset, length }) {
    const account = await call.account(accountId);
    const wanted = checked(properties ?? ['data', 'size']);
    if (ids.length > LIMITS.maxObjectsInGet) {
      throw new MethodError('requestTooLarge', `At most ${LIMITS.maxObjectsInGet} objects at once`);
    }
    const found = new Map<string, Readonly<Record<string, unknown>>>();
    const names = [...new Set(ids.map((id) => call.idOf(id) ?? id))];
    const room = { left: MAX_DATA };
    await inParallel(names, AT_ONCE, async (id) => {
      const blob = await blobOf(call, account, id);
      if (blob !== undefined) found.set(id, { id, ...(await said(blob, wanted, offset ?? 0, length, room)) });
    });
    return {
      accountId,
      list: names.flatMap((id) => found.get(id) ?? []),
      notFound: names.filter((id) => !found.has(id)),
    };
  },
});

function checked(properties: readonly string[]): ReadonlySet<string> {
  for (const name of properties) {
    const digest = /^digest:(.*)$/.exec(name)?.[1];
    const isKnown = ['id', 'data', 'data:asText', 'data:asBase64', 'size'].includes(name) || DIGESTS.has(digest ?? '');
    if (!isKnown) throw new MethodError('invalidArguments', `A blob has no property ${name}`);
  }
  return new Set(properties);
}

async function said(
  blob: Blob,
  wanted: ReadonlySet<string>,
  offset: number,
  length: number | null | undefined,
  room: { left: number },
): Promise<Record<string, unknown>> {
  const answer: Record<string, unknown> = wanted.has('size') ? { size: blob.size } : {};
  const hashes = [...wanted].flatMap((name) => {
    const node = DIGESTS.get(name.replace(/^digest:/, ''));
    return name.startsWith('digest:') && node !== undefined ? [{ name, hash: createHash(node) }] : [];
  });
  const wantsData = [...wanted].some((name) => name.startsWith('data'));
  if (!wantsData && hashes.length === 0) return answer;
  const end = length === undefined || length === null ? blob.size : offset + length;
  const chunks: Uint8Array[] = [];
  const range = { start: Math.min(offset, blob.size), end: Math.min(end, blob.size) };
  for await (const chunk of blob.stream(range)) {
    for (const { hash } of hashes) hash.update(chunk);
    if (!wantsData) continue;
    room.left -= chunk.length;
    if (room.left < 0) {
      throw new MethodError(
        'requestTooLarge',
        `One answer holds at most ${MAX_DATA} bytes of blobs: ask for less, or download`,
      );
    }
    chunks.push(chunk);
  }
  for (const { name, hash } of hashes) answer[name] = hash.digest('base64');
  if (wantsData) Object.assign(answer, dataOf(Buffer.concat(chunks), wanted));
  // RFC 9404 section 4.2: what was asked for lies, in part or whole, behind the end.
  if (offset > blob.size || end > blob.size) answer.isTruncated = true;
  return answer;
}

function dataOf(bytes: Buffer, wanted: ReadonlySet<string>): Record<string, unknown> {
  const answer: Record<string, unknown> = {};
  if (wanted.has('data') || wanted.has('data:asText')) {
    const text = utf8(bytes);
    if (text === undefined) answer.isEncodingProblem = true;
    if (text !== undefined || wanted.has('data:asText')) answer['data:asText'] = text ?? null;
    if (text === undefined && wanted.has('data')) answer['data:asBase64'] = bytes.toString('base64');
  }
  if (wanted.has('data:asBase64')) answer['data:asBase64'] = bytes.toString('base64');
  return answer;
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
