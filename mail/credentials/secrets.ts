import { createCipheriv, createDecipheriv, createHash, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Random } from '../ports/index.ts';
import { keyItem, keys } from './items.ts';
import type { CredentialStore } from './store.ts';

/** Of AES-256-GCM: 96 bits of nonce, 128 of tag. */
const NONCE = 12;
const TAG = 16;

/** The keys of this installation, each made for one purpose out of one secret, and what is sealed with them. */
export class Secrets {
  readonly #store: Pick<CredentialStore, 'fresh' | 'update'>;
  readonly #random: Random;
  readonly #keys = new Map<string, Buffer>();

  constructor(store: Pick<CredentialStore, 'fresh' | 'update'>, random: Random) {
    this.#store = store;
    this.#random = random;
  }

  /** 32 bytes, the same in every process. The secret is made by whichever is the first to need it. */
  async key(purpose: string): Promise<Buffer> {
    const known = this.#keys.get(purpose);
    if (known !== undefined) return known;
    const at = keys.serverSecret();
    const { secret } =
      (await this.#store.fresh(at, keyItem))?.value ??
      (await this.#store.update(at, keyItem, (now) => {
        return now ?? { v: 1 as const, secret: Buffer.from(this.#random.bytes(32)).toString('base64') };
      }));
    const made = Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64'), '', purpose, 32));
    this.#keys.set(purpose, made);
    return made;
  }

  /** Only `open` with the same purpose and owner gets it back. */
  async seal(purpose: string, owner: string, secret: Uint8Array): Promise<string> {
    const nonce = Buffer.from(this.#random.bytes(NONCE));
    const cipher = createCipheriv('aes-256-gcm', await this.key(purpose), nonce).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    return sealed.toString('base64');
  }

  /** Throws where it was sealed for something else, or changed. */
  async open(purpose: string, owner: string, sealed: string): Promise<Buffer> {
    const bytes = Buffer.from(sealed, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', await this.key(purpose), bytes.subarray(0, NONCE));
    decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(-TAG));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
  }
}

/** What is kept of a random secret. */
export function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('base64url');
}

/** In the same time wherever they differ. */
export function same(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
