import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { plainAddress } from './address.ts';

/** What is not of the public internet (RFC 6890, RFC 5771, the registries of IANA). */
const NOT_PUBLIC_4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
];
/** All that is given to networks so far. */
const PUBLIC_6 = ['2000::/3'];
/** Protocols, documentation, and tunnels that lead to an IPv4 address of whoever chooses it. */
const NOT_PUBLIC_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const notPublic = blockList([...NOT_PUBLIC_4, ...NOT_PUBLIC_6]);
const public6 = blockList(PUBLIC_6);

/** Whether an IP address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const plain = plainAddress(address);
  if (isIPv4(plain)) return !notPublic.check(plain, 'ipv4');
  return isIPv6(plain) && public6.check(plain, 'ipv6') && !notPublic.check(plain, 'ipv6');
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split('/') as [string, string];
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
