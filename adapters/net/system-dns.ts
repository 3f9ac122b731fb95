import { lookup } from 'node:dns/promises';
import type { Dns } from '../../mail/ports/dns.ts';

/** Addresses as the system finds them: for a function, which asks for nothing else. */
export const systemDns: Pick<Dns, 'addresses'> = {
  addresses: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
};
