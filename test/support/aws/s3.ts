/** S3: one versioned bucket, the ten operations that the adapter uses. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type FakeRequest, type FakeService, NotInFake, onlyKeys, type Reply } from './reply.ts';
import { BucketStore, md5, type Version } from './s3-store.ts';

const MIN_PART = 5 * 1024 * 1024;
const MAX_PUT = 5 * 1024 * 1024 * 1024;

class S3Error extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

export class FakeS3 implements FakeService {
  readonly name = 's3';
  readonly throttled = { status: 503, code: 'SlowDown' };
  readonly store = new BucketStore();
  /** Entries of one page of a listing (S3: 1000). */
  pageSize = 1000;
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  operationOf({ method, path, query }: FakeRequest): string {
    const object = path.length > 1;
    const has = (name: string) => name in query;
    if (object && method === 'PUT') return has('uploadId') ? 'UploadPart' : 'PutObject';
    if (object && method === 'GET') return 'GetObject';
    if (object && method === 'HEAD') return 'HeadObject';
    if (object && method === 'DELETE' && has('uploadId')) return 'AbortMultipartUpload';
    if (object && method === 'POST' && has('uploads')) return 'CreateMultipartUpload';
    if (object && method === 'POST' && has('uploadId')) return 'CompleteMultipartUpload';
    if (!object && method === 'GET' && has('versions')) return 'ListObjectVersions';
    if (!object && method === 'GET' && query['list-type'] === '2') return 'ListObjectsV2';
    if (!object && method === 'POST' && has('delete')) return 'DeleteObjects';
    throw new NotInFake(`S3 ${method} ${path}?${Object.keys(query).join('&')}`);
  }

  handle(operation: string, request: FakeRequest): Reply {
    const key = decodeURIComponent(request.path.slice(1));
    checkHeaders(operation, request);
    try {
      switch (operation) {
        case 'PutObject':
          return this.putObject(key, request);
        case 'GetObject':
          return this.getObject(key, request);
        case 'HeadObject':
          return this.headObject(key, request);
        case 'CreateMultipartUpload':
          return xml('InitiateMultipartUploadResult', `<UploadId>${this.store.begin(key)}</UploadId>`);
        case 'UploadPart':
          return this.uploadPart(key, request);
        case 'CompleteMultipartUpload':
          return this.complete(key, request);
        case 'AbortMultipartUpload':
          this.upload(key, request);
          this.store.uploads.delete(request.query.uploadId ?? '');
          return { status: 204 };
        case 'ListObjectVersions':
          return this.listVersions(request);
        case 'ListObjectsV2':
          return this.listObjects(request);
        default:
          return this.deleteObjects(request);
      }
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      // HEAD has no body to say more in.
      return request.method === 'HEAD' ? { status: error.status } : this.error(error.status, error.code, error.code);
    }
  }

  error(status: number, code: string, message: string): Reply {
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
    return { status, headers: { 'content-type': 'application/xml' }, body };
  }

  private putObject(key: string, { body, headers }: FakeRequest): Reply {
    if (body.byteLength > MAX_PUT) throw new S3Error(400, 'EntityTooLarge');
    checkCrc32(body, headers);
    this.checkFree(key, headers);
    const { etag, versionId } = this.store.add(key, body, this.now());
    return { status: 200, headers: { etag, 'x-amz-version-id': versionId } };
  }

  private getObject(key: string, { headers }: FakeRequest): Reply {
    const version = this.existing(key);
    const { body } = version;
    const range = headers.range;
    if (range === undefined) return { status: 200, headers: objectHeaders(version), body };
    const match = /^bytes=(\d+)-(\d*)$/.exec(range);
    if (!match) throw new NotInFake(`Range ${range}`);
    const start = Number(match[1]);
    const end = match[2] === '' ? body.byteLength : Math.min(body.byteLength, Number(match[2]) + 1);
    if (start >= body.byteLength || start >= end) throw new S3Error(416, 'InvalidRange');
    const part = body.subarray(start, end);
    const contentRange = `bytes ${start}-${end - 1}/${body.byteLength}`;
    return { status: 206, headers: { ...objectHeaders(version), 'content-range': contentRange }, body: part };
  }

  private headObject(key: string, _request: FakeRequest): Reply {
    const version = this.existing(key);
    return {
      status: 200,
      headers: { ...objectHeaders(version), 'content-length': String(version.body.byteLength) },
    };
  }

  private uploadPart(key: string, request: FakeRequest): Reply {
    const { parts } = this.upload(key, request);
    const number = Number(request.query.partNumber);
    if (!(number >= 1 && number <= 10_000)) throw new S3Error(400, 'InvalidArgument');
    const sum = checkCrc32(request.body, request.headers);
    const { body } = request;
    parts.set(number, { body, etag: md5(body), crc32: sum });
    return { status: 200, headers: { etag: md5(body), 'x-amz-checksum-crc32': sum } };
  }

  private complete(key: string, request: FakeRequest): Reply {
    const { parts } = this.upload(key, request);
    const listed = elements(request.body.toString(), 'Part').map((part) => ({
      number: Number(element(part, 'PartNumber')),
      etag: element(part, 'ETag').replaceAll('&quot;', '"'),
      crc32: element(part, 'ChecksumCRC32'),
    }));
    if (listed.length === 0) throw new S3Error(400, 'MalformedXML');
    listed.forEach(({ number, etag, crc32: sum }, index) => {
      const part = parts.get(number);
      if (!part || part.etag !== etag || part.crc32 !== sum) throw new S3Error(400, 'InvalidPart');
      if (number <= (listed[index - 1]?.number ?? 0)) throw new S3Error(400, 'InvalidPartOrder');
      if (index < listed.length - 1 && part.body.byteLength < MIN_PART) throw new S3Error(400, 'EntityTooSmall');
    });
    this.checkFree(key, request.headers);
    const body = Buffer.concat(listed.map(({ number }) => parts.get(number)!.body));
    const sums = Buffer.concat(listed.map(({ etag }) => Buffer.from(etag.slice(1, -1), 'hex')));
    const etag = `"${createHash('md5').update(sums).digest('hex')}-${listed.length}"`;
    this.store.add(key, body, this.now(), etag);
    this.store.uploads.delete(request.query.uploadId ?? '');
    return xml('CompleteMultipartUploadResult', `<Key>${key}</Key><ETag>${etag}</ETag>`);
  }

  private listVersions({ query }: FakeRequest): Reply {
    const all = this.store.allVersions(query.prefix ?? '');
    const marker = all.findIndex((version) =>
      query['version-id-marker'] === undefined
        ? version.key > (query['key-marker'] ?? '')
        : version.key === query['key-marker'] && version.versionId === query['version-id-marker'],
    );
    const start = query['version-id-marker'] === undefined ? (marker < 0 ? all.length : marker) : marker + 1;
    const page = all.slice(start, start + this.pageSize);
    const last = page.at(-1);
    const more = start + page.length < all.length && last;
    const next = more
      ? `<NextKeyMarker>${last.key}</NextKeyMarker><NextVersionIdMarker>${last.versionId}</NextVersionIdMarker>`
      : '';
    const entries = page.map(({ key, versionId, isDeleteMarker }) => {
      const tag = isDeleteMarker ? 'DeleteMarker' : 'Version';
      return `<${tag}><Key>${key}</Key><VersionId>${versionId}</VersionId></${tag}>`;
    });
    return xml('ListVersionsResult', `<IsTruncated>${Boolean(more)}</IsTruncated>${next}${entries.join('')}`);
  }

  private listObjects({ query }: FakeRequest): Reply {
    const keys = this.store.keys(query.prefix ?? '').filter((key) => this.store.current(key));
    const after = query['continuation-token'];
    const start = after === undefined ? 0 : keys.findIndex((key) => key > after);
    const page = start < 0 ? [] : keys.slice(start, start + this.pageSize);
    const more = start >= 0 && start + page.length < keys.length;
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    const entries = page.map((key) => {
      const { body, written, etag } = this.existing(key);
      const time = written.toISOString();
      return `<Contents><Key>${key}</Key><LastModified>${time}</LastModified><ETag>${etag}</ETag><Size>${body.byteLength}</Size></Contents>`;
    });
    return xml('ListBucketResult', `<IsTruncated>${more}</IsTruncated>${next}${entries.join('')}`);
  }

  private deleteObjects({ body, headers }: FakeRequest): Reply {
    checkCrc32(body, headers);
    const objects = elements(body.toString(), 'Object');
    if (objects.length === 0 || objects.length > 1000) throw new S3Error(400, 'MalformedXML');
    for (const object of objects) this.store.removeVersion(element(object, 'Key'), element(object, 'VersionId'));
    return xml('DeleteResult', '');
  }

  private existing(key: string): Version {
    const version = this.store.current(key);
    if (!version) throw new S3Error(404, 'NoSuchKey');
    return version;
  }

  private upload(key: string, { query }: FakeRequest) {
    const upload = this.store.uploads.get(query.uploadId ?? '');
    if (!upload || upload.key !== key) throw new S3Error(404, 'NoSuchUpload');
    return upload;
  }

  private checkFree(key: string, headers: FakeRequest['headers']): void {
    if (headers['if-none-match'] !== '*') throw new NotInFake('a put that may replace an object');
    if (this.store.current(key)) throw new S3Error(412, 'PreconditionFailed');
  }
}

const QUERY: Readonly<Record<string, readonly string[]>> = {
  PutObject: [],
  GetObject: [],
  HeadObject: [],
  CreateMultipartUpload: ['uploads'],
  UploadPart: ['partNumber', 'uploadId'],
  CompleteMultipartUpload: ['uploadId'],
  AbortMultipartUpload: ['uploadId'],
  ListObjectVersions: ['versions', 'prefix', 'key-marker', 'version-id-marker'],
  ListObjectsV2: ['list-type', 'prefix', 'continuation-token'],
  DeleteObjects: ['delete'],
};

/** Headers that change nothing here: signature, telemetry, lengths. */
const PLAIN_HEADERS =
  /^(host|authorization|accept|content-type|content-length|content-md5|user-agent|x-amz-user-agent|x-amz-date|x-amz-content-sha256|amz-sdk-.*|x-amz-sdk-checksum-algorithm|x-amz-checksum-mode)$/;
const MEANT: Readonly<Record<string, readonly string[]>> = {
  PutObject: ['if-none-match', 'x-amz-checksum-crc32'],
  GetObject: ['range'],
  CreateMultipartUpload: ['x-amz-checksum-algorithm'],
  UploadPart: ['x-amz-checksum-crc32'],
  CompleteMultipartUpload: ['if-none-match'],
  DeleteObjects: ['x-amz-checksum-crc32'],
};

function checkHeaders(operation: string, { headers, query }: FakeRequest): void {
  onlyKeys(`S3 ${operation} query`, query, ['x-id', ...(QUERY[operation] ?? [])]);
  const meant = Object.keys(headers).filter((name) => !PLAIN_HEADERS.test(name));
  onlyKeys(`S3 ${operation} headers`, Object.fromEntries(meant.map((name) => [name, ''])), MEANT[operation] ?? []);
}

/** The body's checksum, which must be the one that was sent. */
function checkCrc32(body: Buffer, headers: FakeRequest['headers']): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  const text = sum.toString('base64');
  if (headers['x-amz-checksum-crc32'] !== text) throw new S3Error(400, 'BadDigest');
  return text;
}

function objectHeaders({ etag, written, versionId }: Version): Record<string, string> {
  return {
    etag,
    'last-modified': written.toUTCString(),
    'x-amz-version-id': versionId,
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
  };
}

function xml(root: string, content: string): Reply {
  const body = `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`;
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

/** The contents of each element of that name: enough for what the SDK sends, which nests no element in its like. */
function elements(text: string, name: string): string[] {
  return [...text.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map((match) => match[1] ?? '');
}

function element(text: string, name: string): string {
  const found = elements(text, name)[0];
  if (found === undefined) throw new NotInFake(`no ${name} in ${text}`);
  return found;
}
