import { Agent as HttpAgent, type IncomingMessage, request as overHttp } from 'node:http';
import { Agent as HttpsAgent, request as overHttps } from 'node:https';
import { type Dns, DnsTemporary } from '../../mail/ports/dns.ts';
import { ImageRefused, type RemoteImage, type RemoteImages } from '../../mail/ports/remote-images.ts';
import { isPublicAddress } from './public-address.ts';
import { allowedAddress, always } from './public-host.ts';

export interface RemoteImagesOptions {
  readonly dns: Pick<Dns, 'addresses'>;
  /** Whether an address may be asked. @default those of the public internet */
  readonly isAllowed?: (address: string) => boolean;
  /** Whether a port may be asked. @default that of http or https */
  readonly isPort?: (port: string) => boolean;
  /** Certificates of authorities. @default node's */
  readonly ca?: string;
  /** For all of one image, redirects and body included, in ms. @default 20000 */
  readonly timeout?: number;
}

const REDIRECTS = 3;
/** Connections to all servers together; whoever comes later waits. */
const MAX_SOCKETS = 100;
/** What an image's server says before it. */
const MAX_HEADER = 16 * 1024;

/** Says nothing of who asks, nor of what for. */
const HEADERS = {
  accept: 'image/avif,image/webp,image/png,image/jpeg,image/gif',
  'accept-encoding': 'identity',
  'user-agent': 'Mozilla/5.0 (compatible; Postern image proxy)',
};

/** Images over HTTP. At each step the name is looked up once, and the address that was checked is the one that is asked. */
export function createRemoteImages({
  dns,
  isAllowed = isPublicAddress,
  isPort = (port) => port === '',
  ca,
  timeout = 20_000,
}: RemoteImagesOptions): RemoteImages {
  const limits = { keepAlive: false, maxTotalSockets: MAX_SOCKETS };
  const agents = {
    http: new HttpAgent(limits),
    https: new HttpsAgent({ ...limits, ...(ca === undefined ? {} : { ca }) }),
  };

  async function ask(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const address = await allowedAddress(url.hostname, dns, isAllowed).catch((error: Error) => {
      throw new ImageRefused(error instanceof DnsTemporary ? 'failed' : 'forbidden', error.message);
    });
    const isSecure = url.protocol === 'https:';
    const options = { headers: HEADERS, lookup: always(address), maxHeaderSize: MAX_HEADER, signal };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const asked = isSecure
      ? overHttps(url, { ...options, agent: agents.https })
      : overHttp(url, { ...options, agent: agents.http });
    asked.on('error', (error) => reject(new ImageRefused('failed', `${url.host} does not answer: ${error.message}`)));
    asked.on('response', (response) => {
      // What comes late, when nobody reads any more.
      response.on('error', () => undefined);
      resolve(response);
    });
    asked.end();
    return promise;
  }

  function checked(text: string, base?: URL): URL {
    const url = URL.parse(text, base?.href);
    if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
      throw new ImageRefused('forbidden', 'Images are asked for by http and https only');
    }
    if (url.username !== '' || url.password !== '') throw new ImageRefused('forbidden', 'The URL has a password in it');
    if (!isPort(url.port)) throw new ImageRefused('forbidden', `Port ${url.port} is not one of web servers`);
    return url;
  }

  return {
    async get(text, most): Promise<RemoteImage> {
      const signal = AbortSignal.timeout(timeout);
      let url = checked(text);
      for (let redirects = 0; ; redirects++) {
        const response = await ask(url, signal);
        const { statusCode = 0, headers } = response;
        if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
          response.destroy();
          if (redirects === REDIRECTS) throw new ImageRefused('failed', `More than ${REDIRECTS} redirects`);
          url = checked(headers.location, url);
          continue;
        }
        const refusal = whyNot(url, response, most);
        if (refusal === undefined) return { type: typeOf(headers['content-type']), body: new Body(response, most) };
        response.destroy();
        throw refusal;
      }
    },
  };
}

function whyNot({ host }: URL, { statusCode = 0, headers }: IncomingMessage, most: number): ImageRefused | undefined {
  if (statusCode === 404 || statusCode === 410) return new ImageRefused('absent', `${host} has no such image`);
  if (statusCode !== 200) return new ImageRefused('failed', `${host} answers with status ${statusCode}`);
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    return new ImageRefused('failed', `${host} answers in an encoding that was not asked for`);
  }
  if (Number(headers['content-length'] ?? 0) > most) return tooLong(most);
  return undefined;
}

function tooLong(most: number): ImageRefused {
  return new ImageRefused('failed', `An image has at most ${most} bytes`);
}

function typeOf(header: string | undefined): string {
  return (header ?? '').split(';')[0]!.trim().toLowerCase();
}

/** A response's bytes, up to a limit. A generator could not be left before it has begun. */
class Body implements AsyncIterableIterator<Uint8Array> {
  readonly #response: IncomingMessage;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left: number;

  constructor(response: IncomingMessage, most: number) {
    this.#response = response;
    this.#chunks = response[Symbol.asyncIterator]();
    this.#left = most;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const most = this.#left;
    const { value, done } = await this.#chunks.next().catch((error: Error) => {
      throw new ImageRefused('failed', `The image broke off: ${error.message}`);
    });
    if (done === true) return { done: true, value: undefined };
    this.#left -= value.length;
    if (this.#left >= 0) return { done: false, value };
    this.#response.destroy();
    throw tooLong(most);
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#response.destroy();
    return { done: true, value: undefined };
  }
}
