/** Looking up names (RFC 1035). */

export interface MxRecord {
  readonly preference: number;
  /** Lower case, without the final dot; '' is the null MX (RFC 7505). */
  readonly exchange: string;
}

/**
 * The look-up failed in a way that may pass (SERVFAIL, time-out, refused). "No such name" and "no such record" are
 * not errors: they are empty answers.
 */
export class DnsTemporary extends Error {
  override readonly name = 'DnsTemporary';
}

export interface Dns {
  /** In no order. Empty: the name has none. `exists` false: NXDOMAIN, the name itself is not there. */
  mx(name: string): Promise<{ readonly exists: boolean; readonly records: readonly MxRecord[] }>;
  /** IPv4 and IPv6 addresses; empty when there are none. */
  addresses(name: string): Promise<readonly string[]>;
  txt(name: string): Promise<readonly string[]>;
  /** Names of an address; empty when there are none. */
  ptr(address: string): Promise<readonly string[]>;
}
