import type { Dns } from '../../mail/ports/dns.ts';
import type { OneClick } from '../../mail/ports/one-click.ts';
import { guardedFetch } from './guarded-fetch.ts';

export interface OneClickOptions {
  readonly dns: Pick<Dns, 'addresses'>;
  /** Whether networks of ours may be asked too, on any port. @default false */
  readonly private?: boolean;
  /** Certificates of authorities. @default node's */
  readonly ca?: string;
}

/** Lists over HTTPS, as somebody who only clicked a button. */
export function createOneClick({ dns, private: isPrivate = false, ca }: OneClickOptions): OneClick {
  return {
    async post(url) {
      const { protocol, port } = new URL(url);
      if (protocol !== 'https:') throw new Error('A list is left by https only (RFC 8058 section 3.1)');
      if (port !== '' && !isPrivate) throw new Error(`Port ${port} is not the one of https`);
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'Postern' };
      const asked = { method: 'POST', headers, body: 'List-Unsubscribe=One-Click' };
      return (await guardedFetch(url, asked, { dns, private: isPrivate, ca })).status;
    },
  };
}
