/** Blobs on S3: parts, versions, repeats and broken streams. */
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import { openAws } from '../../adapters/aws/index.ts';
import { bodyChunks } from '../../adapters/aws/s3-body.ts';
import { type BlobInfo, type Blobs, OutcomeUnknown, Unavailable } from '../../mail/ports/index.ts';
import { AwsFake } from '../support/aws-fake.ts';

const MIB = 1024 * 1024;
let fake: AwsFake;
let blobs: Blobs;
beforeEach(() => {
  fake = new AwsFake();
  blobs = openAws(fake.config()).blobs;
});

/** `size` bytes in chunks, marked by their place in the whole; the buffer is used again, as a socket may do. */
async function* source(size: number, chunk: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(chunk);
  for (let at = 0; at < size; at += chunk) {
    const length = Math.min(chunk, size - at);
    for (let index = 0; index < length; index += 997) buffer[index] = (at + index) % 251;
    yield buffer.subarray(0, length);
  }
}

async function joined(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.copyBytesFrom(chunk));
  return Buffer.concat(chunks);
}

async function all(list: AsyncIterable<BlobInfo>): Promise<BlobInfo[]> {
  const infos: BlobInfo[] = [];
  for await (const info of list) infos.push(info);
  return infos;
}

describe('a stream of unknown length', () => {
  const cases: [number, number][] = [
    [8 * MIB - 1, 0],
    [8 * MIB, 0],
    [8 * MIB + 1, 2],
    [16 * MIB, 2],
    [20 * MIB + 5, 3],
  ];
  for (const [size, parts] of cases) {
    test(`of ${size} bytes: ${parts === 0 ? 'one put' : `${parts} parts`}`, async () => {
      const { name, size: written } = await blobs.put('raw', source(size, 100_003), { owners: 4 });
      expect(written).toBe(size);
      expect(fake.calls.get('s3.PutObject') ?? 0).toBe(parts === 0 ? 1 : 0);
      expect(fake.calls.get('s3.UploadPart') ?? 0).toBe(parts);
      expect(fake.s3.store.uploads.size).toBe(0);
      expect(Buffer.compare(await blobs.get(name), await joined(source(size, 100_003)))).toBe(0);
      expect(await blobs.info(name)).toMatchObject({ size, owners: 4 });
    });
  }

  test('one huge chunk is cut into parts too', async () => {
    const bytes = Buffer.alloc(30 * MIB, 'postern');
    const { name } = await blobs.put('raw', Readable.from([bytes], { objectMode: true }), { owners: 1 });
    expect(fake.calls.get('s3.UploadPart')).toBe(4);
    expect(Buffer.compare(await blobs.get(name), bytes)).toBe(0);
  });

  test('is read no faster than it is written: one part ahead at most', async () => {
    let given = 0;
    let worst = 0;
    async function* counting() {
      for await (const chunk of source(40 * MIB, MIB)) {
        given += chunk.byteLength;
        const stored = [...fake.s3.store.uploads.values()].flatMap(({ parts }) => [...parts.values()]);
        worst = Math.max(worst, given - stored.reduce((sum, { body }) => sum + body.byteLength, 0));
        yield chunk;
      }
    }
    await blobs.put('raw', counting(), { owners: 1 });
    expect(worst).toBeLessThanOrEqual(9 * MIB + MIB);
  });

  test('a part that fails for good aborts the upload', async () => {
    fake.failNext('s3.UploadPart', 'error', 9);
    await expect(blobs.put('raw', source(20 * MIB, MIB), { owners: 1 })).rejects.toBeInstanceOf(OutcomeUnknown);
    expect(fake.calls.get('s3.AbortMultipartUpload')).toBe(1);
    expect(fake.s3.store.uploads.size).toBe(0);
    expect(await all(blobs.list('raw'))).toEqual([]);
  });

  test('a failed put lets the source go', async () => {
    let released = false;
    async function* held() {
      try {
        yield* source(40 * MIB, MIB);
      } finally {
        released = true;
      }
    }
    fake.failNext('s3.CreateMultipartUpload', 'throttle', 9);
    await expect(blobs.put('raw', held(), { owners: 1 })).rejects.toBeInstanceOf(Unavailable);
    expect(released).toBe(true);
  });

  test('a source that fails in the third part is reported as itself, and its upload aborted', async () => {
    const reason = new Error('gone');
    async function* broken() {
      yield* source(20 * MIB, MIB);
      throw reason;
    }
    await expect(blobs.put('raw', broken(), { owners: 1 })).rejects.toBe(reason);
    expect(fake.s3.store.uploads.size).toBe(0);
  });
});

describe('a put whose answer is lost', () => {
  test('is repeated under a new name; the first is an orphan', async () => {
    fake.failNext('s3.PutObject', 'timeout-after');
    const { name } = await blobs.put('raw', Buffer.from('hello'), { owners: 1 });
    expect(Buffer.from(await blobs.get(name)).toString()).toBe('hello');
    const names = (await all(blobs.list('raw'))).map((info) => info.name);
    expect(names).toHaveLength(2);
    expect(names).toContain(name);
  });

  test('again and again is unknown', async () => {
    fake.failNext('s3.PutObject', 'timeout-after', 99);
    const put = blobs.put('raw', Buffer.from('hello'), { owners: 1 });
    await expect(put).rejects.toBeInstanceOf(OutcomeUnknown);
  });

  test('in completing an upload is unknown, never a success nor a refusal', async () => {
    fake.failNext('s3.CompleteMultipartUpload', 'timeout-after');
    await expect(blobs.put('raw', source(9 * MIB, MIB), { owners: 1 })).rejects.toBeInstanceOf(OutcomeUnknown);
  });
});

describe('delete', () => {
  test('takes every version and delete marker of that name, and of no other', async () => {
    const { store } = fake.s3;
    const id = 'a'.repeat(32);
    for (const key of [`raw/${id}.1`, `raw/${id}.12`]) {
      for (const body of ['one', 'two', 'three']) store.add(key, Buffer.from(body), 0);
      store.add(key, Buffer.alloc(0), 0, '', true);
    }
    fake.s3.pageSize = 3;
    await blobs.delete(`raw/${id}.1`);
    expect(store.allVersions('raw/').map(({ key }) => key)).toEqual(Array(4).fill(`raw/${id}.12`));
  });

  test('of a name that could not be ours makes no call', async () => {
    await blobs.delete('');
    await blobs.delete('raw/');
    expect(fake.total).toBe(0);
  });
});

test('a listing goes on over its pages, and leaves out what is not ours', async () => {
  fake.s3.store.add('raw/lost-property.txt', Buffer.from('?'), 0);
  const names: string[] = [];
  for (let n = 0; n < 7; n++) names.push((await blobs.put('raw', Buffer.from([n]), { owners: n })).name);
  fake.s3.pageSize = 2;
  const infos = await all(blobs.list('raw'));
  expect(infos.map(({ name }) => name).sort()).toEqual(names.sort());
  expect(fake.calls.get('s3.ListObjectsV2')).toBe(4);
});

describe('the body of an answer', () => {
  test('that falls silent is Unavailable', async () => {
    const body = new Readable({ read() {} });
    body.push(Buffer.from('begin'));
    await expect(joined(bodyChunks(body, 30))).rejects.toBeInstanceOf(Unavailable);
    expect(body.destroyed).toBe(true);
  });

  test('that breaks is Unavailable', async () => {
    const body = new Readable({ read() {} });
    body.push(Buffer.from('begin'));
    setImmediate(() => body.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })));
    await expect(joined(bodyChunks(body))).rejects.toBeInstanceOf(Unavailable);
  });

  test('a consumer may take its time', async () => {
    const chunks: string[] = [];
    for await (const chunk of bodyChunks(Readable.from([Buffer.from('a'), Buffer.from('b')]), 20)) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      chunks.push(Buffer.from(chunk).toString());
    }
    expect(chunks).toEqual(['a', 'b']);
  });
});
