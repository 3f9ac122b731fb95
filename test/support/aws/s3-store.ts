/** The objects of one versioned bucket, and the uploads under way. */
import { createHash, randomBytes } from 'node:crypto';

export interface Version {
  readonly key: string;
  readonly versionId: string;
  readonly body: Buffer;
  readonly etag: string;
  readonly written: Date;
  readonly isDeleteMarker: boolean;
}

interface Upload {
  readonly key: string;
  readonly parts: Map<number, { readonly body: Buffer; readonly etag: string; readonly crc32: string }>;
}

export class BucketStore {
  /** Newest version first. */
  private readonly versions = new Map<string, Version[]>();
  readonly uploads = new Map<string, Upload>();

  /** The newest version, unless it is a delete marker. */
  current(key: string): Version | undefined {
    const newest = this.versions.get(key)?.[0];
    return newest?.isDeleteMarker ? undefined : newest;
  }

  add(key: string, body: Buffer, now: number, etag = md5(body), isDeleteMarker = false): Version {
    // S3 tells times in whole seconds.
    const written = new Date(Math.floor(now / 1000) * 1000);
    const versionId = randomBytes(12).toString('hex');
    const version = { key, versionId, body, etag, written, isDeleteMarker };
    this.versions.set(key, [version, ...(this.versions.get(key) ?? [])]);
    return version;
  }

  removeVersion(key: string, versionId: string): void {
    const left = (this.versions.get(key) ?? []).filter((version) => version.versionId !== versionId);
    if (left.length > 0) this.versions.set(key, left);
    else this.versions.delete(key);
  }

  /** The keys with a prefix, in S3's order (UTF-8 bytes). */
  keys(prefix: string): string[] {
    return [...this.versions.keys()]
      .filter((key) => key.startsWith(prefix))
      .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  }

  allVersions(prefix: string): Version[] {
    return this.keys(prefix).flatMap((key) => this.versions.get(key) ?? []);
  }

  begin(key: string): string {
    const id = randomBytes(12).toString('hex');
    this.uploads.set(id, { key, parts: new Map() });
    return id;
  }
}

export function md5(body: Uint8Array): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}
