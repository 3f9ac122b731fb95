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

export type RecordType = 'A' | 'AAAA' | 'MX' | 'TXT' | 'SRV' | 'PTR';

/** What became of a question about one name, for people who want to know why it has no answer. */
export type LookUp =
  /** As a zone file writes them: `10 mx.example.com`, `0 1 993 mail.example.com`; names without the final dot, texts without quotes. */
  | { readonly kind: 'found'; readonly values: readonly string[] }
  /** The name is there, and has no record of that type. */
  | { readonly kind: 'nodata' }
  | { readonly kind: 'nxdomain' }
  | { readonly kind: 'servfail' | 'refused' | 'timeout' }
  | { readonly kind: 'failed'; readonly code: string };

export interface DnsInspector {
  /** Never rejects. Of PTR, `name` is the address. */
  lookUp(type: RecordType, name: string): Promise<LookUp>;
}
