/**
 * One client's connection as a protocol engine sees it: bytes in, bytes out, TLS on request. The adapter owns the
 * socket; a test gives a pipe.
 */

/** The client is gone, or was cut off. Reading and writing throw it from then on. */
export class WireClosed extends Error {
  override readonly name = 'WireClosed';
}

/** Nothing came for the time set by `idleLimit`. */
export class WireTimeout extends Error {
  override readonly name = 'WireTimeout';
}

export interface Peer {
  /** The client's address (from PROXY v2 where that is required). IPv4-mapped IPv6 is given as IPv4. */
  readonly address: string;
  readonly port: number;
  /** The address and port that it connected to. */
  readonly localAddress: string;
  readonly localPort: number;
}

export interface TlsState {
  /** For example TLSv1.3. */
  readonly protocol: string;
  readonly cipher: string;
  /** The name the client asked for (SNI), lower case. */
  readonly servername?: string;
  /** Keying material of this connection (RFC 5705, RFC 8446 section 7.5), with an empty context: the same bytes at both ends. */
  exporter?(label: string, length: number): Uint8Array;
}

export interface Wire {
  readonly peer: Peer;
  /** Absent while in cleartext. */
  readonly tls: TlsState | undefined;
  /** The next bytes, as they came; undefined when the client has closed its side. Throws WireClosed, WireTimeout. */
  read(): Promise<Uint8Array | undefined>;
  /**
   * Queues bytes (a string as latin1: one byte a character). What is written in one turn of the event loop leaves
   * together. Resolves at once while the client keeps up, else when it has caught up: a caller that awaits it holds
   * bounded memory. Rejects with WireClosed.
   */
  write(data: Uint8Array | string): Promise<void> | void;
  /**
   * Turns the connection to TLS as a server. Bytes that came in cleartext and were not read are thrown away, so that
   * nothing injected before the handshake is taken for the client's (RFC 3207 section 4.2). Rejects with WireClosed when the
   * handshake fails.
   */
  startTls(): Promise<void>;
  /** From now on, a read that waits longer than this throws WireTimeout. */
  idleLimit(ms: number): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes now. */
  destroy(): void;
}
