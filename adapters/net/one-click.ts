import type { OneClick } from '../../mail/ports/one-click.ts';
import { createPushServices, type PushServicesOptions } from './push-services.ts';

/** Lists over HTTPS, as somebody who only clicked a button: with the guard, and the limits, of pushes. Other ports are for tests. */
export function createOneClick(options: PushServicesOptions): OneClick {
  const { post } = createPushServices(options);
  return {
    async post(url) {
      const { protocol, port } = new URL(url);
      if (protocol !== 'https:') throw new Error('A list is left by https only (RFC 8058 section 3.1)');
      if (port !== '' && options.isAllowed === undefined) throw new Error(`Port ${port} is not the one of https`);
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'Postern' };
      return (await post(url, headers, Buffer.from('List-Unsubscribe=One-Click'))).status;
    },
  };
}
