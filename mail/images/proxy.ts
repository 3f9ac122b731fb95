import { type HttpRequest, type HttpResponse, json } from '../http.ts';
import {
  type Clock,
  ImageRefused,
  isTransient,
  type Log,
  type Random,
  type Records,
  type RemoteImage,
  type RemoteImages,
} from '../ports/index.ts';
import { readImagePath } from './addresses.ts';
import { createImageSigner, type ImageSigner, imageKey } from './signer.ts';
import { LIMITS, Turns } from './turns.ts';
import { imageType, mayBeImage, SNIFFED } from './type.ts';

export interface ImagesDeps {
  readonly records: Records;
  readonly remoteImages: RemoteImages;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Shows images that messages name, without telling those who serve them who reads, where and when. */
export interface Images extends ImageSigner {
  /** Answers a request below `PREFIX`. Never rejects; the body may fail while it is read. */
  handle(request: HttpRequest): Promise<HttpResponse>;
}

/** Bytes of one image. */
export const MAX_IMAGE = 5 * 1024 * 1024;

/** A page that somebody makes of it can do nothing, here or elsewhere; and only who was given its address has it. */
const HEADERS = {
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'content-disposition': 'inline',
  'cache-control': 'private, max-age=86400',
};

/** What is told of why there is no image: nothing of the network that we are in. */
const REFUSALS = {
  forbidden: [403, 'Images come from web servers of the public internet only.'],
  absent: [404, 'Its server does not have this image.'],
  failed: [502, 'Its server does not give this image.'],
} as const;

export function createImages({ records, remoteImages, clock, random, log }: ImagesDeps): Images {
  const key = imageKey({ records, random });
  const turns = new Turns(clock);

  async function answer({ method, path }: HttpRequest): Promise<HttpResponse> {
    if (method !== 'GET') return problem(405, 'An image is asked for by GET.');
    const address = readImagePath(await key(), path);
    if (address === undefined) return problem(403, 'This address was not made here.');
    if (address.expires <= clock.now()) return problem(410, 'This address has expired: open the message again.');
    const end = await turns.take(address.account);
    if (end === undefined) return tooMany();
    try {
      return await image(await remoteImages.get(address.url, MAX_IMAGE), end);
    } catch (error) {
      end();
      throw error;
    }
  }

  return {
    async handle(request) {
      try {
        return await answer(request);
      } catch (error) {
        if (error instanceof ImageRefused) {
          log.info('images.refused', { kind: error.kind, why: error.message });
          const [status, detail] = REFUSALS[error.kind];
          return problem(status, detail);
        }
        if (isTransient(error)) return problem(503, 'The store does not answer; try again later.');
        log.error('images.request', { error: String(error), stack: (error as Error).stack });
        return problem(500, 'Internal error; it has been logged.');
      }
    },

    ...createImageSigner({ records, random, clock }),
  };
}

/** The response, when enough of the image has come to know that it is one. `end` is called when all has been read, or nobody reads. */
async function image({ type: said, body }: RemoteImage, end: () => void): Promise<HttpResponse> {
  const read = new Read(body, end);
  try {
    if (!mayBeImage(said)) throw new ImageRefused('failed', `The server says that it is ${said}`);
    const type = imageType(await read.start(SNIFFED));
    if (type === undefined) throw new ImageRefused('failed', 'It does not begin like an image');
    return { status: 200, headers: { ...HEADERS, 'content-type': type }, body: read };
  } catch (error) {
    await read.return();
    throw error;
  }
}

/** Bytes whose beginning is looked at first. */
class Read implements AsyncIterableIterator<Uint8Array> {
  readonly #body: AsyncIterator<Uint8Array>;
  readonly #end: () => void;
  readonly #seen: Uint8Array[] = [];

  constructor(body: AsyncIterator<Uint8Array>, end: () => void) {
    this.#body = body;
    this.#end = end;
  }

  /** The first `count` bytes, or as many as there are. */
  async start(count: number): Promise<Uint8Array> {
    let size = 0;
    while (size < count) {
      const { value, done } = await this.#body.next();
      if (done === true) break;
      this.#seen.push(value);
      size += value.length;
    }
    return Buffer.concat(this.#seen).subarray(0, count);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const value = this.#seen.shift();
    if (value !== undefined) return { done: false, value };
    try {
      const result = await this.#body.next();
      if (result.done === true) this.#end();
      return result;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#end();
    await this.#body.return?.();
    return { done: true, value: undefined };
  }
}

function tooMany(): HttpResponse {
  const { headers, ...rest } = problem(429, 'Too many images at once; try again later.');
  return { ...rest, headers: { ...headers, 'retry-after': String(LIMITS.per / 1000) } };
}

/** RFC 9457. */
function problem(status: number, detail: string): HttpResponse {
  const response = json(status, { type: 'about:blank', status, detail }, 'application/problem+json');
  return status === 405 ? { ...response, headers: { ...response.headers, allow: 'GET' } } : response;
}
