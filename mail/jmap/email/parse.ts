import * as z from 'zod';
import { fieldName } from '../../message/headers.ts';
import { indexMessage } from '../../message/indexer.ts';
import { summarize } from '../../message/summarize.ts';
import { blobOf } from '../blob/blob.ts';
import { MAIL } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import { ID, type Method, method } from '../method.ts';
import { inParallel } from '../parallel.ts';
import { LIMITS } from '../request.ts';
import { isHeaderProperty } from './header-property.ts';
import { messageObject } from './object.ts';
import { EMAIL_PROPERTIES, METADATA, READING, USUAL_PARSED, wantedOf } from './properties.ts';
import { memorySource } from './source.ts';

/** Messages that are in memory at the same time. */
const AT_ONCE = 2;

const ARGS = z.strictObject({
  accountId: z.string(),
  blobIds: z.array(ID),
  properties: z.array(z.string()).nullish(),
  ...READING.shape,
});

/** Email/parse (RFC 8621 section 4.9): blobs read as messages, without filing them. */
export const emailParse: Method = method({
  capability: MAIL,
  args: ARGS,
  async run(call, { accountId, blobIds, properties, ...args }) {
    const account = await call.account(accountId);
    const wanted = wantedOf(checked(properties ?? USUAL_PARSED), args);
    if (blobIds.length > LIMITS.maxObjectsInGet) {
      throw new MethodError('requestTooLarge', `At most ${LIMITS.maxObjectsInGet} blobs at once`);
    }
    const parsed: Record<string, unknown> = {};
    const notParsable: string[] = [];
    const notFound: string[] = [];
    await inParallel([...new Set(blobIds)], AT_ONCE, async (given) => {
      const id = call.idOf(given) ?? given;
      const blob = await blobOf(call, account, id);
      if (blob === undefined) return void notFound.push(given);
      if (blob.size > LIMITS.maxSizeUpload) return void notParsable.push(given);
      const bytes = await blob.bytes(LIMITS.maxSizeUpload);
      if (!isMessage(bytes)) return void notParsable.push(given);
      const summary = summarize(indexMessage(bytes));
      const said = await messageObject({ blobId: id, summary, source: memorySource(bytes) }, wanted);
      // What only a kept email has is null here.
      const all: Record<string, unknown> = { ...NOWHERE, ...said, blobId: id, size: bytes.length };
      parsed[given] = Object.fromEntries([...wanted.properties].map((name) => [name, all[name] ?? null]));
    });
    const list = (ids: readonly string[]) => (ids.length === 0 ? null : ids);
    return {
      accountId,
      parsed: Object.keys(parsed).length === 0 ? null : parsed,
      notParsable: list(notParsable),
      notFound: list(notFound),
    };
  },
});

const NOWHERE = Object.fromEntries(METADATA.map((name) => [name, null]));

function checked(properties: readonly string[]): ReadonlySet<string> {
  const unknown = properties.find((name) => !EMAIL_PROPERTIES.includes(name) && !isHeaderProperty(name));
  if (unknown !== undefined) throw new MethodError('invalidArguments', `Email has no property ${unknown}`);
  return new Set(properties);
}

/** Whatever begins with a header field, or is a body alone, is a message. Other bytes could be taken for one too, and help nobody. */
export function isMessage(bytes: Uint8Array): boolean {
  const end = bytes.indexOf(0x0a);
  const line = Buffer.from(bytes.subarray(0, Math.min(end < 0 ? bytes.length : end, 1000))).toString('latin1');
  return /^\r?$/.test(line) || fieldName(line) !== '';
}
