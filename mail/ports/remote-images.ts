/** Servers that messages name as the source of images: they are not to be trusted. */
export interface RemoteImages {
  /**
   * GETs `url` and whatever it redirects to: http and https on their standard ports, at public addresses only, without cookies, referrer or
   * credentials. Rejects with `ImageRefused` where that is not what the URL asks for, or where there is no image to be had. The body ends
   * with an error where it is longer than `most` bytes, or takes longer than 20 s in all.
   */
  get(url: string, most: number): Promise<RemoteImage>;
}

export interface RemoteImage {
  /** The content type that the server says, in lower case and without parameters; '' where it says none. */
  readonly type: string;
  /** To be read to its end, or left by `return`. */
  readonly body: AsyncIterableIterator<Uint8Array>;
}

/** Why there is no image. */
export class ImageRefused extends Error {
  override readonly name = 'ImageRefused';
  /** `forbidden`: nobody may ask there; `absent`: there is none; `failed`: the server does not do what it should. */
  readonly kind: 'forbidden' | 'absent' | 'failed';

  constructor(kind: ImageRefused['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
