/** Writing an object of unknown length in parts, holding one part. */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { OutcomeUnknown } from '../../mail/ports/index.ts';
import { calling, statusOf } from './errors.ts';

/** Bytes of a part (S3: 5 MiB at least, except the last; 10,000 parts at most). */
export const PART_SIZE = 8 * 1024 * 1024;
const FIRST_CAPACITY = 64 * 1024;

/** Gathers one part. It grows as it fills, and is used again for the next part. */
export class PartBuffer {
  private buffer = Buffer.allocUnsafe(FIRST_CAPACITY);
  private length = 0;

  get isFull(): boolean {
    return this.length === PART_SIZE;
  }

  /** Takes as much of the chunk as fits and returns the rest, which is empty while the part has room. */
  fill(chunk: Uint8Array): Uint8Array {
    const taken = Math.min(chunk.byteLength, PART_SIZE - this.length);
    this.reserve(this.length + taken);
    this.buffer.set(chunk.subarray(0, taken), this.length);
    this.length += taken;
    return chunk.subarray(taken);
  }

  /** What was gathered, valid until the next `clear`. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  private reserve(length: number): void {
    if (length <= this.buffer.byteLength) return;
    const capacity = Math.min(PART_SIZE, Math.max(length, this.buffer.byteLength * 2));
    const grown = Buffer.allocUnsafe(capacity);
    grown.set(this.bytes());
    this.buffer = grown;
  }
}

export interface MultipartTarget {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
}

/**
 * Uploads a full first part, the rest of the chunk that filled it, and what the source still gives. Returns the size.
 * When anything fails, the source included, the upload is aborted and no object appears; should the abort fail too,
 * the bucket's lifecycle rule for incomplete uploads collects the parts.
 */
export async function putInParts(
  { client, bucket, key }: MultipartTarget,
  part: PartBuffer,
  rest: Uint8Array,
  source: AsyncIterator<Uint8Array>,
): Promise<number> {
  const object = { Bucket: bucket, Key: key };
  const { UploadId } = await calling('write', 'begin blob upload', () =>
    client.send(new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm: 'CRC32' })),
  );
  const upload = { ...object, UploadId };
  const parts: CompletedPart[] = [];
  let size = 0;

  async function flush(): Promise<void> {
    const PartNumber = parts.length + 1;
    const body = part.bytes();
    const command = new UploadPartCommand({ ...upload, PartNumber, Body: body, ChecksumAlgorithm: 'CRC32' });
    const { ETag, ChecksumCRC32 } = await calling('write', 'write blob part', () => client.send(command));
    parts.push({ PartNumber, ETag, ChecksumCRC32 });
    size += body.byteLength;
    part.clear();
  }

  async function take(chunk: Uint8Array): Promise<void> {
    for (let left = chunk; left.byteLength > 0; ) {
      if (part.isFull) await flush();
      left = part.fill(left);
    }
  }

  try {
    await take(rest);
    for (let next = await source.next(); !next.done; next = await source.next()) await take(next.value);
    await flush();
    await complete(client, new CompleteMultipartUploadCommand(completion(upload, parts)));
    return size;
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

function completion(upload: { Bucket: string; Key: string; UploadId: string | undefined }, parts: CompletedPart[]) {
  return { ...upload, MultipartUpload: { Parts: parts }, IfNoneMatch: '*' };
}

async function complete(client: S3Client, command: CompleteMultipartUploadCommand): Promise<void> {
  try {
    await client.send(command);
  } catch (error) {
    // Nobody else knows this key: the SDK repeated a completion of ours, so that the object may well be there.
    const repeated = statusOf(error) === 412 || statusOf(error) === 409 || statusOf(error) === 404;
    if (repeated) throw new OutcomeUnknown('write blob: completed twice', { cause: error });
    await calling('write', 'write blob', () => Promise.reject(error));
  }
}
