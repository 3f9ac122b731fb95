/** A listener, as a mail program is told of it. */
export interface ClientServer {
  readonly protocol: 'imap' | 'pop3' | 'smtp';
  /** `implicit`: TLS from the first byte; `starttls`: asked for in the clear, and never done without. */
  readonly tls: 'implicit' | 'starttls';
  readonly host: string;
  readonly port: number;
}

/** At their standard ports, where TLS comes first (RFC 8314 section 7). */
export const IMPLICIT_TLS = [
  { protocol: 'imap', tls: 'implicit', port: 993 },
  { protocol: 'pop3', tls: 'implicit', port: 995 },
  { protocol: 'smtp', tls: 'implicit', port: 465 },
] as const;

/** What a mail program needs to know for an address, or for any address of a domain. */
export interface ClientSettings {
  readonly domain: string;
  /** What the service is called there. */
  readonly name: string;
  /** The whole address, which is the login name too; undefined: the program puts its own there. */
  readonly address: string | undefined;
  /** The best first. */
  readonly servers: readonly ClientServer[];
}

/** Of those of one protocol the one that is best: programs that take one only are told of it. */
export function best({ servers }: ClientSettings, protocol: ClientServer['protocol']): ClientServer | undefined {
  return servers.find((server) => server.protocol === protocol);
}

/** Text and attributes of XML 1.0; what it cannot have at all is left out. */
export function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
