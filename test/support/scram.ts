import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { scramKeys } from '../../mail/directory/passwords.ts';
import type { Directory, SignedIn } from '../../mail/directory/types.ts';

type Authenticate = Directory['authenticate'];

/** SCRAM for a directory that is made of one function: the password is the same for everybody, and `authenticate` has the last word. */
export function scramWith(authenticate: Authenticate, password: string): Directory['scram'] {
  return async (login, context) => ({
    ...(await scramKeys(password, Buffer.alloc(16, login), 4096)),
    nonce: randomBytes(12).toString('base64'),
    finish: (right): Promise<SignedIn> => authenticate(login, right ? password : `not ${password}`, context),
  });
}

export interface ScramClientOptions {
  readonly name?: string;
  readonly password?: string;
  readonly nonce?: string;
  /** gs2-header, for example `p=tls-exporter,,`. */
  readonly header?: string;
  /** Channel binding data. */
  readonly binding?: Uint8Array;
}

/** The client's side of SCRAM-SHA-256, base64 in and out. */
export class ScramClient {
  readonly #options: Required<ScramClientOptions>;
  #signature = '';

  constructor(options: ScramClientOptions = {}) {
    this.#options = {
      name: 'alice@example.test',
      password: 'secret',
      nonce: 'fyko+d2lbbFgONRv9qkxdawL',
      header: 'n,,',
      binding: new Uint8Array(),
      ...options,
    };
  }

  get #bare(): string {
    return `n=${this.#options.name},r=${this.#options.nonce}`;
  }

  first(): string {
    return btoa(this.#options.header + this.#bare);
  }

  /** The final message to a challenge; `change` may spoil it before it is encoded. */
  final(challenge: string, change = (text: string) => text): string {
    const server = Buffer.from(challenge, 'base64').toString();
    const { nonce, salt, count } = /^r=(?<nonce>[^,]+),s=(?<salt>[^,]+),i=(?<count>\d+)$/.exec(server)!.groups!;
    const { header, binding, password } = this.#options;
    const bound = Buffer.concat([Buffer.from(header), binding]).toString('base64');
    const rest = `c=${bound},r=${nonce}`;
    const signed = `${this.#bare},${server},${rest}`;
    const salted = pbkdf2Sync(password, Buffer.from(salt!, 'base64'), Number(count), 32, 'sha256');
    const key = mac(salted, 'Client Key');
    const signature = mac(createHash('sha256').update(key).digest(), signed);
    this.#signature = mac(mac(salted, 'Server Key'), signed).toString('base64');
    return btoa(change(`${rest},p=${Buffer.from(key.map((byte, i) => byte ^ signature[i]!)).toString('base64')}`));
  }

  /** Whether the server has proved that it knows the password too. */
  trusts(challenge: string): boolean {
    return Buffer.from(challenge, 'base64').toString() === `v=${this.#signature}`;
  }
}

function mac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
