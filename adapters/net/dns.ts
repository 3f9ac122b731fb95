import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Dns, type DnsInspector, DnsTemporary, type LookUp, type RecordType } from '../../mail/ports/dns.ts';

export interface DnsOptions {
  /** `host:port` or `[v6]:port` of the server to ask. @default the system's */
  readonly server?: string;
  /** Of one try, in ms. @default 3000 */
  readonly timeout?: number;
  /** @default 3 */
  readonly tries?: number;
}

/** The ports over node's resolver (c-ares). Throws when `server` is not an address. */
export function createDns(options: DnsOptions = {}): Dns & DnsInspector {
  const resolver = new Resolver({ timeout: options.timeout ?? 3_000, tries: options.tries ?? 3 });
  if (options.server !== undefined) {
    try {
      resolver.setServers([options.server]);
    } catch {
      throw new Error(`${options.server} is not the address of a DNS server: use host:port with an IP address as host`);
    }
  }
  return {
    async mx(name) {
      const answer = await ask(() => resolver.resolveMx(name));
      return {
        exists: answer.exists,
        records: answer.found.map((record) => ({
          preference: record.priority,
          exchange: bare(record.exchange),
        })),
      };
    },
    async addresses(name) {
      // One family may be broken while the other answers: what is known is enough to deliver.
      const both = await Promise.allSettled([ask(() => resolver.resolve4(name)), ask(() => resolver.resolve6(name))]);
      const found = both.flatMap((one) => (one.status === 'fulfilled' ? one.value.found : []));
      const failed = both.find((one) => one.status === 'rejected');
      if (found.length === 0 && failed !== undefined) throw failed.reason;
      return found;
    },
    async txt(name) {
      // One record may come in several strings, which are read as one (RFC 7208 section 3.3).
      return (await ask(() => resolver.resolveTxt(name))).found.map((strings) => strings.join(''));
    },
    async ptr(address) {
      if (isIP(address) === 0) return [];
      return (await ask(() => resolver.reverse(address))).found.map(bare);
    },
    async lookUp(type, name) {
      try {
        return { kind: 'found', values: await values(resolver, type, name) };
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
        return TROUBLES[code] ?? { kind: 'failed', code };
      }
    },
  };
}

/** c-ares' codes (https://nodejs.org/api/dns.html#error-codes). */
const TROUBLES: Readonly<Record<string, LookUp>> = {
  ENOTFOUND: { kind: 'nxdomain' },
  EBADNAME: { kind: 'nxdomain' },
  ENODATA: { kind: 'nodata' },
  ESERVFAIL: { kind: 'servfail' },
  EREFUSED: { kind: 'refused' },
  ETIMEOUT: { kind: 'timeout' },
};

async function values(resolver: Resolver, type: RecordType, name: string): Promise<string[]> {
  switch (type) {
    case 'A':
      return resolver.resolve4(name);
    case 'AAAA':
      return resolver.resolve6(name);
    case 'MX':
      return (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${bare(exchange)}`);
    case 'TXT':
      return (await resolver.resolveTxt(name)).map((strings) => strings.join(''));
    case 'SRV':
      return (await resolver.resolveSrv(name)).map(
        ({ priority, weight, port, name }) => `${priority} ${weight} ${port} ${bare(name)}`,
      );
    case 'PTR':
      return (await resolver.reverse(name)).map(bare);
  }
}

function bare(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

async function ask<T>(look: () => Promise<T[]>): Promise<{ readonly exists: boolean; readonly found: readonly T[] }> {
  try {
    return { exists: true, found: await look() };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTFOUND') return { exists: false, found: [] };
    if (code === 'ENODATA') return { exists: true, found: [] };
    // A name that cannot be asked for (empty label, too long) is a name that is not there.
    if (code === 'EBADNAME') return { exists: false, found: [] };
    throw new DnsTemporary(`DNS: ${code ?? (error as Error).message}`, { cause: error });
  }
}
