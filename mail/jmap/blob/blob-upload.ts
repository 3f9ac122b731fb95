import * as z from 'zod';
import type { Account } from '../../account/types.ts';
import { BLOB } from '../capabilities.ts';
import { invalidProperties, MethodError, SetFailure } from '../errors.ts';
import { type Call, type Method, method } from '../method.ts';
import { LIMITS } from '../request.ts';
import { setError } from '../standard/set.ts';
import { type Blob, blobOf } from './blob.ts';
import { MAX_DATA_SOURCES } from './limits.ts';
import { mediaType } from './upload.ts';
import { putUpload } from './uploads.ts';

/** RFC 9404 section 4.1: one of the three each. */
const SOURCE = z.union([
  z.strictObject({ 'data:asText': z.string() }),
  z.strictObject({ 'data:asBase64': z.string() }),
  z.strictObject({
    blobId: z.string(),
    offset: z.int().nonnegative().nullish(),
    length: z.int().nonnegative().nullish(),
  }),
]);

const UPLOAD = z.strictObject({ data: z.array(SOURCE), type: z.string().nullish() });

/** Bytes that come from here or there. */
interface Piece {
  readonly size: number;
  stream(): AsyncIterable<Uint8Array>;
}

/** Blob/upload (RFC 9404 section 4.1): blobs out of what stands in the request and of other blobs. */
export const blobUpload: Method = method({
  capability: BLOB,
  args: z.strictObject({ accountId: z.string(), create: z.record(z.string(), z.unknown()) }),
  async run(call, { accountId, create }) {
    const account = await call.account(accountId);
    const names = Object.keys(create);
    if (names.length > LIMITS.maxObjectsInSet) {
      throw new MethodError(
        'requestTooLarge',
        `At most ${LIMITS.maxObjectsInSet} blobs at once, here are ${names.length}`,
      );
    }
    const created: Record<string, unknown> = {};
    const notCreated: Record<string, unknown> = {};
    for (const name of names) {
      try {
        const made = await make(call, account, create[name]);
        call.created.set(name, made.id);
        created[name] = made;
      } catch (error) {
        notCreated[name] = setError(error);
      }
    }
    return { accountId, created: orNull(created), notCreated: orNull(notCreated) };
  },
});

async function make(call: Call, account: Account, given: unknown) {
  const parsed = UPLOAD.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalidProperties([String(issue?.path[0] ?? 'data')], `${issue?.path.join('/')}: ${issue?.message}`);
  }
  const { data, type } = parsed.data;
  if (type !== undefined && type !== null && mediaType(type) === undefined) {
    throw invalidProperties(['type'], `${type} is no media type`);
  }
  if (data.length > MAX_DATA_SOURCES) {
    throw new SetFailure('tooLarge', `A blob is made of at most ${MAX_DATA_SOURCES} sources, here are ${data.length}`);
  }
  const pieces: Piece[] = [];
  for (const source of data) pieces.push(await pieceOf(call, account, source));
  const total = pieces.reduce((sum, piece) => sum + piece.size, 0);
  if (total > LIMITS.maxSizeUpload) {
    throw new SetFailure('tooLarge', `A blob has at most ${LIMITS.maxSizeUpload} bytes, this one has ${total}`);
  }
  const { name, size } = await putUpload(call.deps, call.uploads(account.id), joined(pieces), type ?? undefined);
  return { id: `u${name}`, type: type ?? 'application/octet-stream', size };
}

async function pieceOf(call: Call, account: Account, source: z.infer<typeof SOURCE>): Promise<Piece> {
  if ('data:asText' in source) return inline(Buffer.from(source['data:asText'].toWellFormed(), 'utf8'));
  if ('data:asBase64' in source) return inline(base64(source['data:asBase64']));
  const id = call.idOf(source.blobId);
  const blob = id === undefined ? undefined : await blobOf(call, account, id);
  if (blob === undefined) {
    throw new SetFailure('blobNotFound', `There is no blob ${source.blobId}`, { notFound: [source.blobId] });
  }
  return within(blob, source.offset ?? 0, source.length ?? undefined);
}

/** RFC 9404 section 4.1: a range that the blob does not hold whole is an error. */
function within(blob: Blob, offset: number, length: number | undefined): Piece {
  const end = length === undefined ? blob.size : offset + length;
  if (offset > blob.size || end > blob.size) {
    throw invalidProperties(['data'], `Bytes ${offset} to ${end} are asked for of a blob of ${blob.size}`);
  }
  return { size: end - offset, stream: () => blob.stream({ start: offset, end }) };
}

function inline(bytes: Uint8Array): Piece {
  return {
    size: bytes.length,
    async *stream() {
      yield bytes;
    },
  };
}

/** RFC 4648 section 4, nothing else. */
function base64(text: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw invalidProperties(['data'], 'data:asBase64 is not base64');
  }
  return Buffer.from(text, 'base64');
}

async function* joined(pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield* piece.stream();
}

function orNull(map: Readonly<Record<string, unknown>>) {
  return Object.keys(map).length === 0 ? null : map;
}
