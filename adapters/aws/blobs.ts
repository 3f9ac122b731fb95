/** Blobs as objects of one S3 bucket: key = prefix + name, name = kind/random.owners. */
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  type BlobInfo,
  type BlobKind,
  type Blobs,
  type ByteRange,
  NotFound,
  OutcomeUnknown,
  type Random,
  randomName,
} from '../../mail/ports/index.ts';
import { calling, nameOf, statusOf } from './errors.ts';
import { bodyChunks } from './s3-body.ts';
import { PartBuffer, putInParts } from './s3-multipart.ts';

export interface S3BlobsOptions {
  readonly client: S3Client;
  readonly bucket: string;
  readonly random: Random;
  /** Put before every name; for tests that share a bucket. Default ''. */
  readonly prefix?: string;
}

/** 160 bits: two equal names will not be met, so `If-None-Match` only ever stops our own repeats. */
const NAME_LENGTH = 32;
/** How often a name is chosen anew before the put gives up. */
const NAME_ATTEMPTS = 4;
/** Keys in one DeleteObjects call. */
const DELETE_BATCH = 1000;

export class S3Blobs implements Blobs {
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly random: Random;
  private readonly prefix: string;

  constructor(options: S3BlobsOptions) {
    this.client = options.client;
    this.bucket = options.bucket;
    this.random = options.random;
    this.prefix = options.prefix ?? '';
  }

  async put(
    kind: BlobKind,
    source: Uint8Array | AsyncIterable<Uint8Array>,
    { owners }: { readonly owners: number },
  ): Promise<{ readonly name: string; readonly size: number }> {
    if (source instanceof Uint8Array) {
      const name = await this.putWhole(kind, owners, source);
      return { name, size: source.byteLength };
    }
    const part = new PartBuffer();
    const chunks = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await chunks.next();
        if (next.done) break;
        const rest = part.fill(next.value);
        if (rest.byteLength > 0) {
          const name = this.newName(kind, owners);
          const target = { client: this.client, bucket: this.bucket, key: this.prefix + name };
          return { name, size: await putInParts(target, part, rest, chunks) };
        }
      }
    } finally {
      // Tells a source that was not read to its end to let go of what it holds; one that ended takes no notice.
      await chunks.return?.();
    }
    const bytes = part.bytes();
    return { name: await this.putWhole(kind, owners, bytes), size: bytes.byteLength };
  }

  async get(name: string, range?: ByteRange): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.stream(name, range)) chunks.push(chunk);
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  }

  async *stream(name: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    if (range && range.end <= range.start) {
      // HTTP has no empty range (RFC 9110 section 14.1.2), but a blob that is not there must be told.
      await this.info(name);
      return;
    }
    const body = await this.open(name, range);
    if (body) yield* bodyChunks(body);
  }

  async info(name: string): Promise<BlobInfo> {
    const owners = ownersOf(name);
    const command = new HeadObjectCommand({ Bucket: this.bucket, Key: this.prefix + name });
    const head = await calling('read', 'read blob info', () => this.client.send(command));
    return { name, size: head.ContentLength ?? 0, owners, written: head.LastModified?.getTime() ?? 0 };
  }

  async delete(name: string): Promise<void> {
    if (!isName(name)) return;
    const key = this.prefix + name;
    let marker: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } | undefined = {};
    while (marker) {
      const page = await calling('read', 'list blob versions', () =>
        this.client.send(new ListObjectVersionsCommand({ Bucket: this.bucket, Prefix: key, ...marker })),
      );
      const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
      // A prefix also matches longer keys.
      const mine = found.filter((version) => version.Key === key);
      for (let at = 0; at < mine.length; at += DELETE_BATCH) {
        const batch = mine.slice(at, at + DELETE_BATCH);
        await this.deleteVersions(batch.map(({ VersionId }) => (VersionId ? { Key: key, VersionId } : { Key: key })));
      }
      const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
      const more = IsTruncated && NextKeyMarker === key;
      marker = more
        ? { KeyMarker: key, ...(NextVersionIdMarker ? { VersionIdMarker: NextVersionIdMarker } : {}) }
        : undefined;
    }
  }

  async *list(kind: BlobKind): AsyncGenerator<BlobInfo> {
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.bucket,
        Prefix: `${this.prefix}${kind}/`,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const page = await calling('read', 'list blobs', () => this.client.send(command));
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        const name = Key?.slice(this.prefix.length) ?? '';
        if (!isName(name)) continue;
        yield { name, size: Size ?? 0, owners: ownersOf(name), written: LastModified?.getTime() ?? 0 };
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  private newName(kind: BlobKind, owners: number): string {
    return `${kind}/${randomName(this.random, NAME_LENGTH)}.${owners}`;
  }

  /**
   * One PutObject. A 412 is the SDK repeating a put of ours whose answer was lost, a 409 is that put still under way
   * (S3 user guide, "conditional writes"): either way a new name is right, and what is under the old one is an orphan.
   */
  private async putWhole(kind: BlobKind, owners: number, bytes: Uint8Array): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const name = this.newName(kind, owners);
      const command = new PutObjectCommand({
        Bucket: this.bucket,
        Key: this.prefix + name,
        Body: bytes,
        ContentLength: bytes.byteLength,
        IfNoneMatch: '*',
      });
      try {
        await this.client.send(command);
        return name;
      } catch (error) {
        const taken = statusOf(error) === 412 || statusOf(error) === 409;
        if (taken && attempt < NAME_ATTEMPTS) continue;
        if (taken) throw new OutcomeUnknown(`write blob: ${nameOf(error)}, ${attempt} times`, { cause: error });
        await calling('write', 'write blob', () => Promise.reject(error));
      }
    }
  }

  /** The object's body; undefined when the range begins behind its end. */
  private async open(name: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    checkName(name);
    const command = new GetObjectCommand({
      Bucket: this.bucket,
      Key: this.prefix + name,
      ...(range ? { Range: httpRange(range) } : {}),
    });
    try {
      const { Body } = await this.client.send(command);
      return Body as AsyncIterable<Uint8Array> | undefined;
    } catch (error) {
      if (statusOf(error) === 416) return undefined;
      return await calling('read', 'read blob', () => Promise.reject(error));
    }
  }

  private async deleteVersions(objects: ObjectIdentifier[]): Promise<void> {
    const command = new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects: objects, Quiet: true } });
    const { Errors } = await calling('write', 'delete blob', () => this.client.send(command));
    const failed = Errors?.find(({ Code }) => Code !== 'NoSuchKey' && Code !== 'NoSuchVersion');
    if (failed) throw new OutcomeUnknown(`delete blob: ${failed.Code}: ${failed.Message}`);
  }
}

function httpRange({ start, end }: ByteRange): string {
  return Number.isFinite(end) ? `bytes=${start}-${end - 1}` : `bytes=${start}-`;
}

const NAME = /^(raw|log|upload|index)\/[a-z2-7]{32}\.(\d{1,9})$/;

function isName(name: string): boolean {
  return NAME.test(name);
}

function checkName(name: string): void {
  if (!isName(name)) throw new NotFound(`no blob has a name like this: ${name.slice(0, 120)}`);
}

/** The number of owners is part of the name, so that neither `list` nor a sweeper needs a call a blob. */
function ownersOf(name: string): number {
  checkName(name);
  return Number(NAME.exec(name)?.[2]);
}
