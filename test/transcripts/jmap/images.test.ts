/** Images that messages name, by way of this server (docs/jmap.md): signed by JMAP, shown to whoever has the address. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { localRandom } from '../../../adapters/local/index.ts';
import type { HttpResponse } from '../../../mail/http.ts';
import { createImages, type Images, MAX_IMAGE } from '../../../mail/images/proxy.ts';
import { LIMITS } from '../../../mail/images/turns.ts';
import { IMAGES_URN } from '../../../mail/jmap/capabilities.ts';
import { ImageRefused, type RemoteImage } from '../../../mail/ports/index.ts';
import { bodyBytes, bodyText, type JmapWorld, jmapWorld } from '../../support/jmap.ts';
import { memoryPorts, silentLog } from '../../support/memory.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';

const URL_ = 'https://images.example/a b.png?u=1&v=ü';
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const DAY = 86_400_000;

/** What the server of the images does. */
let remote: (url: string) => RemoteImage | Promise<RemoteImage>;
let asked: string[];
let left: number;
let clock: SkippingClock;
let images: Images;
let world: JmapWorld;

beforeEach(async () => {
  clock = new SkippingClock();
  const ports = memoryPorts({ clock, random: localRandom });
  asked = [];
  left = 0;
  remote = () => image('image/png', PNG, Buffer.from('rest'));
  images = imagesOf(ports);
  world = await jmapWorld({ images });
});

function imagesOf(ports: ReturnType<typeof memoryPorts>): Images {
  const get = async (url: string, most: number) => {
    expect(most).toBe(MAX_IMAGE);
    asked.push(url);
    return remote(url);
  };
  return createImages({ ...ports, random: localRandom, clock, log: silentLog, remoteImages: { get } });
}

function image(type: string, ...chunks: readonly (Uint8Array | Error)[]): RemoteImage {
  const iterator = chunks[Symbol.iterator]();
  const body: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => body,
    async next() {
      const { value, done } = iterator.next();
      if (value instanceof Error) throw value;
      return done === true ? { done, value: undefined } : { done: false, value };
    },
    async return() {
      left += 1;
      return { done: true, value: undefined };
    },
  };
  return { type, body };
}

async function signed(url = URL_): Promise<string> {
  return (await world.call('RemoteImage/sign', { urls: [url] })).signed[url];
}

function get(path: string, method = 'GET', by = images): Promise<HttpResponse> {
  const [before] = path.split('?', 1) as [string];
  return by.handle({
    method,
    path: before,
    query: new URLSearchParams(),
    headers: {},
    address: '192.0.2.1',
    body: (async function* () {})(),
  });
}

test('the capability is announced where images are shown, and there only', async () => {
  const session = async ({ http }: JmapWorld) => JSON.parse(await bodyText(await http('/.well-known/jmap')));
  const { capabilities, accounts } = await session(world);
  expect(capabilities[IMAGES_URN]).toEqual({});
  expect(accounts.alice.accountCapabilities[IMAGES_URN]).toEqual({ maxUrlsInSign: 500 });
  const without = await jmapWorld({ images: undefined as never });
  expect(JSON.stringify(await session(without))).not.toContain(IMAGES_URN);
  expect((await without.failing('RemoteImage/sign', { urls: [] })).type).toBe('forbidden');
});

describe('RemoteImage/sign', () => {
  test('gives an address for each URL that may be an image’s', async () => {
    const long = `https://images.example/${'x'.repeat(8_000)}`;
    const bad = [
      'ftp://images.example/',
      'cid:part1',
      'data:image/png;base64,AA',
      '//images.example/',
      'http://[',
      long,
    ];
    const { signed, notSigned } = await world.call('RemoteImage/sign', { urls: [URL_, URL_, ...bad] });
    expect(Object.keys(signed)).toEqual([URL_]);
    expect(signed[URL_]).toMatch(/^\/images\/v1\/alice\/[a-z0-9]+\/[\w-]{22}\/[\w-]+$/);
    expect(Object.keys(notSigned)).toEqual(bad);
    expect(notSigned[long]).toMatchObject({ type: 'invalidUrl' });
  });

  test('is the same for a day, so that browsers keep what they have; and another for another user', async () => {
    await clock.skip(DAY - (clock.now() % DAY));
    const first = await images.sign('alice', URL_);
    await clock.skip(DAY - 60_000);
    expect(await images.sign('alice', URL_)).toBe(first);
    await clock.skip(120_000);
    expect(await images.sign('alice', URL_)).not.toBe(first);
    expect(await images.sign('bob', URL_)).not.toBe(await images.sign('alice', URL_));
  });
});

describe('an image', () => {
  test('is shown to whoever has the address, as what it is, and can do nothing', async () => {
    const response = await get(await signed());
    expect(response.status).toBe(200);
    expect(response.headers).toEqual({
      'content-type': 'image/png',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
      'referrer-policy': 'no-referrer',
      'content-disposition': 'inline',
      'cache-control': 'private, max-age=86400',
    });
    expect(await bodyBytes(response)).toEqual(Buffer.concat([PNG, Buffer.from('rest')]));
    expect(asked).toEqual([URL_]);
  });

  test('by any process of the same store, and by no other', async () => {
    const { ports } = world;
    const [one, other] = [imagesOf(ports), imagesOf(ports)];
    const paths = await Promise.all([one, other].map((each) => each.sign('alice', URL_)));
    expect(paths[0]).toBe(paths[1]);
    expect((await get(paths[0]!, 'GET', other)).status).toBe(200);
    expect((await get(paths[0]!)).status).toBe(403);
  });

  test.each([
    ['PNG', 'image/png', PNG, 'image/png'],
    ['JPEG', 'image/jpeg', Buffer.from('ffd8ffe000104a464946000101000001', 'hex'), 'image/jpeg'],
    ['GIF', 'image/gif', Buffer.from('GIF89a0123456789'), 'image/gif'],
    ['WebP', 'image/webp', Buffer.from('RIFF\x01\x02\x03\x04WEBPVP8 ', 'latin1'), 'image/webp'],
    ['AVIF', 'image/avif', Buffer.from('\0\0\0\x20ftypavif\0\0\0\0', 'latin1'), 'image/avif'],
    ['a PNG that is said to be another image', 'image/jpg', PNG, 'image/png'],
    ['a GIF of which nothing is said', '', Buffer.from('GIF87a0123456789'), 'image/gif'],
    ['an image that is said to be bytes', 'application/octet-stream', PNG, 'image/png'],
  ])('%s', async (_, said, bytes, type) => {
    remote = () => image(said, bytes.subarray(0, 3), bytes.subarray(3));
    const response = await get(await signed());
    expect(response.headers['content-type']).toBe(type);
    expect(await bodyBytes(response)).toEqual(bytes);
  });

  test.each([
    ['SVG', 'image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>')],
    ['SVG that is said to be PNG', 'image/png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg">')],
    ['a page', 'text/html', PNG],
    ['a page that is said to be an image', 'image/gif', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['a page behind the beginning of an image', 'text/html; charset=utf-8', Buffer.from('GIF89a=1;alert(1)')],
    ['another kind of image', 'image/bmp', Buffer.from('BM0123456789abcdef')],
    ['nothing', 'image/png', Buffer.alloc(0)],
    ['too little', 'image/png', PNG.subarray(0, 4)],
  ])('%s is none', async (_, said, bytes) => {
    remote = () => image(said, bytes);
    const response = await get(await signed());
    expect([response.status, response.headers['content-type']]).toEqual([502, 'application/problem+json']);
    expect(left).toBe(1);
  });

  test.each([
    ['forbidden', 403],
    ['absent', 404],
    ['failed', 502],
  ] as const)('that is %s is a problem of one plain line, which says nothing of our network', async (kind, status) => {
    remote = () => Promise.reject(new ImageRefused(kind, 'internal.example is at 10.0.0.7'));
    const response = await get(await signed());
    expect(response.status).toBe(status);
    const { detail } = JSON.parse(await bodyText(response));
    expect(detail).toMatch(/^[^.]+\.$/);
    expect(detail).not.toContain('10.0.0.7');
  });

  test('that breaks off is broken off', async () => {
    remote = () => image('image/png', PNG, new ImageRefused('failed', 'too long'));
    await expect(bodyBytes(await get(await signed()))).rejects.toThrow('too long');
  });
});

describe('an address', () => {
  test('that was changed is not one of ours', async () => {
    const path = await signed();
    const other = (await images.sign('alice', 'http://169.254.169.254/'))!;
    const [, , , account, expires, mac, source] = path.split('/') as string[];
    const forged = [
      `/images/v1/bob/${expires}/${mac}/${source}`,
      `/images/v1/${account}/zzzzzzzz/${mac}/${source}`,
      `/images/v1/${account}/${expires}/${mac}/${other.split('/')[6]}`,
      `/images/v1/${account}/${expires}/${'A'.repeat(22)}/${source}`,
      `/images/v1/${account}/${expires}//${source}`,
      `${path}/x`,
      `${path}A`,
      '/images/v1/',
      '/images/v1x',
    ];
    for (const one of forged) expect((await get(one)).status, one).toBe(403);
    expect(asked).toEqual([]);
  });

  test('expires within two days', async () => {
    const path = await signed();
    await clock.skip(DAY - 1000);
    expect((await get(path)).status).toBe(200);
    await clock.skip(DAY + 1000);
    expect((await get(path)).status).toBe(410);
  });

  test('is for GET', async () => {
    const response = await get(await signed(), 'POST');
    expect([response.status, response.headers.allow]).toEqual([405, 'GET']);
  });
});

describe('so many', () => {
  test('at once for one account; others wait, and other accounts do not', async () => {
    const waiting: (() => void)[] = [];
    remote = async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return image('image/png', PNG);
    };
    const path = await signed();
    const all = Array.from({ length: LIMITS.perAccount + 2 }, () => get(path));
    await vi.waitFor(() => expect(waiting.length).toBe(LIMITS.perAccount));
    const other = get((await images.sign('bob', URL_))!);
    await vi.waitFor(() => expect(waiting.length).toBe(LIMITS.perAccount + 1));
    for (let n = 0; n < all.length; n++) {
      await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(n));
      waiting[n]!();
      // A turn is over when its image was read, or left.
      void (n % 2 === 0
        ? all[n]!.then(bodyBytes)
        : all[n]!.then(({ body }) => (body as RemoteImage['body']).return?.()));
    }
    await vi.waitFor(() => expect(waiting.length).toBe(all.length + 1));
    for (const go of waiting) go();
    expect((await other).status).toBe(200);
    for (const one of all) expect((await one).status).toBe(200);
  });

  test('in a time', async () => {
    const path = await signed();
    for (let n = 0; n < LIMITS.images; n++) await bodyBytes(await get(path));
    const refused = await get(path);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '600']);
    expect((await get((await images.sign('bob', URL_))!)).status).toBe(200);
    await clock.skip(LIMITS.per + 1000);
    expect((await get(path)).status).toBe(200);
  });
});
