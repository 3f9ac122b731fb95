import { type Clock, madeOnce, type Random, type Records } from '../ports/index.ts';
import { imagePath, MAX_URL } from './addresses.ts';

export interface ImageSignerDeps {
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
}

/** Signs addresses of images, for whichever process serves them. */
export interface ImageSigner {
  /** The path under which an account may have an image, for one to two days; undefined where `url` is none that is asked for. */
  sign(account: string, url: string): Promise<string | undefined>;
}

export function createImageSigner(deps: ImageSignerDeps): ImageSigner {
  const key = imageKey(deps);
  return {
    async sign(account, url) {
      if (url.length > MAX_URL || !/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
      return imagePath(await key(), account, url, deps.clock.now());
    },
  };
}

/** Of the whole installation: who signs need not be who serves. */
export function imageKey({ records, random }: Pick<ImageSignerDeps, 'records' | 'random'>): () => Promise<Uint8Array> {
  return madeOnce(records, random, { pk: 'keys', sk: 'images' });
}
