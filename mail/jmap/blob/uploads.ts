import { type Item, queryAll, randomName } from '../../ports/index.ts';
import type { JmapDeps } from '../method.ts';
import { LIMITS } from '../request.ts';

/**
 * What was uploaded and may be named until it is used (RFC 8620 section 6): a record of the account each, good for a day. Whatever
 * keeps an upload (a message, an attachment) has copied its bytes by then.
 */

type Deps = Pick<JmapDeps, 'records' | 'blobs' | 'clock' | 'random'>;

const DAY_MS = 86_400_000;
/** RFC 8620 section 6: room of its own, enough for all that one message can hold many times over; then the oldest go. */
const MAX_UPLOADS = 1000;
const MAX_BYTES = 10 * LIMITS.maxSizeUpload;

export interface Upload {
  /** Behind the `u` of its id. */
  readonly name: string;
  /** In the blob store. */
  readonly blob: string;
  readonly size: number;
  readonly type: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

function partition(account: string): string {
  return `uploads/${account}`;
}

/** Stores the bytes; gives the upload. A source that throws leaves nothing. */
export async function putUpload(
  deps: Deps,
  account: string,
  source: Uint8Array | AsyncIterable<Uint8Array>,
  type: string | undefined,
): Promise<Upload> {
  const { name: blob, size } = await deps.blobs.put('upload', source, { owners: 1 });
  const upload: Upload = { name: randomName(deps.random, 20), blob, size, type, at: deps.clock.now() };
  try {
    await makeRoom(deps, account, size);
    const { name, ...body } = upload;
    await deps.records.put(
      {
        pk: partition(account),
        sk: name,
        body: Buffer.from(JSON.stringify({ v: 1, ...body })),
        expires: Math.ceil((upload.at + DAY_MS) / 1000),
      },
      'absent',
    );
  } catch (error) {
    await deps.blobs.delete(blob).catch(() => undefined);
    throw error;
  }
  return upload;
}

/** Undefined where there is none of that name, or none any more. */
export async function findUpload(deps: Deps, account: string, name: string): Promise<Upload | undefined> {
  const item = await deps.records.get(partition(account), name);
  if (item === undefined) return undefined;
  const upload = read(item);
  return isOver(upload, deps.clock.now()) ? undefined : upload;
}

/** Takes away what is over, and the oldest where there is not room enough. */
async function makeRoom(deps: Deps, account: string, size: number): Promise<void> {
  const uploads: Upload[] = [];
  for await (const item of queryAll(deps.records, { pk: partition(account) })) uploads.push(read(item));
  uploads.sort((a, b) => a.at - b.at);
  const now = deps.clock.now();
  let bytes = uploads.reduce((sum, upload) => sum + upload.size, size);
  let count = uploads.length + 1;
  for (const upload of uploads) {
    if (!isOver(upload, now) && bytes <= MAX_BYTES && count <= MAX_UPLOADS) return;
    // The record first: what names a blob never outlives it.
    await deps.records.delete(partition(account), upload.name, 'any');
    await deps.blobs.delete(upload.blob);
    bytes -= upload.size;
    count -= 1;
  }
}

function isOver({ at }: Upload, now: number): boolean {
  return at + DAY_MS <= now;
}

function read({ sk, body }: Item): Upload {
  const { blob, size, type, at } = JSON.parse(Buffer.from(body).toString('utf8')) as Omit<Upload, 'name'>;
  return { name: sk, blob, size, type, at };
}
