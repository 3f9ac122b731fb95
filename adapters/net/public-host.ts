import { isIP, type LookupFunction } from 'node:net';
import type { Dns } from '../../mail/ports/dns.ts';

/**
 * The address of a host, as a URL names it, that may be asked: all of its addresses are allowed. Throws an Error that says why not.
 * Whoever connects must connect to this one, by `always`: the name may lead elsewhere a moment later.
 */
export async function allowedAddress(
  host: string,
  dns: Pick<Dns, 'addresses'>,
  isAllowed: (address: string) => boolean,
): Promise<string> {
  const literal = host.replace(/^\[(.*)\]$/, '$1');
  const addresses = isIP(literal) === 0 ? await dns.addresses(host) : [literal];
  if (addresses.length === 0) throw new Error(`${host} has no address`);
  const wrong = addresses.find((address) => !isAllowed(address));
  if (wrong !== undefined) throw new Error(`${host} is at ${wrong}, which is no address of the public internet`);
  return addresses[0]!;
}

/** The connection goes where we looked, and not where the name leads a moment later. */
export function always(address: string): LookupFunction {
  const family = isIP(address);
  return (_host, options, done) => {
    if (options.all) done(null, [{ address, family }]);
    else done(null, address, family);
  };
}
