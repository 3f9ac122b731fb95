import * as z from 'zod';
import { IMAGES_URN } from '../capabilities.ts';
import { MethodError, type SetError } from '../errors.ts';
import { type Method, method } from '../method.ts';
import { MAX_IMAGE_URLS } from './limits.ts';

/** What signs addresses under which this server shows images of others. */
export interface ImageSigner {
  /** A path of our origin; undefined where `url` is no image that is asked for. */
  sign(account: string, url: string): Promise<string | undefined>;
}

const ARGS = z.strictObject({ accountId: z.string(), urls: z.array(z.string()) });

/** RemoteImage/sign: addresses of ours for images that a message names (docs/jmap.md). */
export const remoteImageSign: Method = method({
  capability: IMAGES_URN,
  args: ARGS,
  async run(call, { accountId, urls }) {
    await call.account(accountId);
    const { images } = call.deps;
    if (images === undefined) throw new MethodError('forbidden', 'This server fetches no images');
    if (urls.length > MAX_IMAGE_URLS)
      throw new MethodError('requestTooLarge', `At most ${MAX_IMAGE_URLS} URLs at once`);
    const signed: Record<string, string> = {};
    const notSigned: Record<string, SetError> = {};
    for (const url of new Set(urls)) {
      // Whoever asks pays, whosever message it is.
      const path = await images.sign(call.user.id, url);
      if (path !== undefined) signed[url] = path;
      else
        notSigned[url] = {
          type: 'invalidUrl',
          description: 'Images come by http and https, from URLs of usual length',
        };
    }
    return { accountId, signed, notSigned };
  },
});
