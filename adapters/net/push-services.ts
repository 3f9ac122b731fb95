import { Agent, request } from 'node:https';
import type { Dns } from '../../mail/ports/dns.ts';
import type { PushServices } from '../../mail/ports/push-services.ts';
import { isPublicAddress } from './public-address.ts';
import { allowedAddress, always } from './public-host.ts';

export interface PushServicesOptions {
  readonly dns: Pick<Dns, 'addresses'>;
  /** Whether an address may be asked. @default those of the public internet */
  readonly isAllowed?: (address: string) => boolean;
  /** Certificates of authorities. @default node's */
  readonly ca?: string;
}

const TIMEOUT_MS = 20_000;
/** Connections to all services together; whoever comes later waits. */
const MAX_SOCKETS = 100;

/** Services of Web Push over HTTPS. The name is looked up once, and the addresses that were checked are those that are asked. */
export function createPushServices({ dns, isAllowed = isPublicAddress, ca }: PushServicesOptions): PushServices {
  const agent = new Agent({ keepAlive: false, maxTotalSockets: MAX_SOCKETS, ...(ca === undefined ? {} : { ca }) });

  return {
    async post(url, headers, body) {
      const { protocol, hostname, username } = new URL(url);
      if (protocol !== 'https:' || username !== '') throw new Error(`${url} is not a plain https URL`);
      const address = await allowedAddress(hostname, dns, isAllowed);
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<PushServices['post']>>>();
      const options = { method: 'POST', agent, lookup: always(address), signal: AbortSignal.timeout(TIMEOUT_MS) };
      const asked = request(url, { ...options, headers: { ...headers, 'content-length': String(body.length) } });
      asked.on('error', reject);
      asked.on('response', (response) => {
        const seconds = /^\d{1,6}$/.exec(response.headers['retry-after'] ?? '')?.[0];
        resolve({ status: response.statusCode!, ...(seconds === undefined ? {} : { retryAfter: Number(seconds) }) });
        // Nobody reads what else it says.
        response.on('error', () => undefined);
        asked.destroy();
      });
      asked.end(body);
      return promise;
    },
  };
}
