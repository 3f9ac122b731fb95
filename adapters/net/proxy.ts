import { Buffer } from 'node:buffer';
import type { Peer } from '../../mail/ports/wire.ts';
import { plainAddress } from './address.ts';

/** The bytes do not begin with a PROXY protocol v2 header. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
}

/** Bytes of addresses and TLVs that are accepted; a load balancer sends some dozens. */
const BODY_LIMIT = 2048;
const HEADER = 16;
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/**
 * Reads a PROXY protocol v2 header (HAProxy, "The PROXY protocol", section 2.2) at the start of `bytes`.
 * Undefined: more bytes are needed. `peer` is absent for LOCAL (a health check of the proxy itself) and for an unspecified
 * family: then the connection's own addresses hold. Throws ProxyError for anything else, version 1 included.
 */
export function readProxy(bytes: Buffer): { readonly length: number; readonly peer?: Peer } | undefined {
  const here = Math.min(bytes.length, SIGNATURE.length);
  if (SIGNATURE.compare(bytes, 0, here, 0, here) !== 0) throw new ProxyError('no PROXY v2 signature');
  if (bytes.length < HEADER) return undefined;
  const command = bytes[12]!;
  const family = bytes[13]!;
  const body = bytes.readUInt16BE(14);
  if (command >> 4 !== 2) throw new ProxyError('not version 2');
  if (body > BODY_LIMIT) throw new ProxyError('header too long');
  const length = HEADER + body;
  if (bytes.length < length) return undefined;
  if ((command & 15) === 0) return { length };
  if ((command & 15) !== 1) throw new ProxyError('unknown command');
  if (family >> 4 === 0) return { length };
  if (family === 0x11) return { length, peer: ipv4(bytes, body) };
  if (family === 0x21) return { length, peer: ipv6(bytes, body) };
  throw new ProxyError('unknown address family');
}

function ipv4(bytes: Buffer, body: number): Peer {
  if (body < 12) throw new ProxyError('addresses cut short');
  const address = (at: number): string => bytes.subarray(at, at + 4).join('.');
  return {
    address: address(16),
    localAddress: address(20),
    port: bytes.readUInt16BE(24),
    localPort: bytes.readUInt16BE(26),
  };
}

function ipv6(bytes: Buffer, body: number): Peer {
  if (body < 36) throw new ProxyError('addresses cut short');
  return {
    address: address6(bytes, 16),
    localAddress: address6(bytes, 32),
    port: bytes.readUInt16BE(48),
    localPort: bytes.readUInt16BE(50),
  };
}

/** RFC 5952 text of 16 bytes; a mapped IPv4 address as IPv4. */
function address6(bytes: Buffer, at: number): string {
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(bytes.readUInt16BE(at + i).toString(16));
  // The URL parser of the platform writes the canonical form.
  return plainAddress(new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1));
}
