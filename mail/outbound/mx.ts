import { normalDomain } from '../directory/address.ts';
import { type Dns, DnsTemporary, type MxRecord, type Random } from '../ports/index.ts';

/** A server to try: its name for TLS and reports. */
export interface MxHost {
  readonly name: string;
  /** Given for address literals; else looked up when its turn comes. */
  readonly address?: string;
}

/** Why no server is known for a domain. */
export interface MxFailure {
  readonly temporary: boolean;
  /** RFC 3463. */
  readonly enhanced: string;
  readonly text: string;
  /** The domain's owner has said so (a null MX): no other route may be tried. */
  readonly final: boolean;
}

/** Who we are, so that mail is not sent round in circles. */
export interface Self {
  readonly hostname: string;
  /** Addresses that the world reaches us at. */
  readonly addresses: readonly string[];
}

/** No more servers of a domain than this are looked at. */
const MAX_HOSTS = 10;

/**
 * The servers that take mail for a domain, in the order in which they are to be tried (RFC 5321 section 5.1): by preference, those
 * of equal preference in random order; without MX records the domain itself.
 */
export async function findHosts(
  dns: Dns,
  random: Random,
  domain: string,
  self: Self,
): Promise<readonly MxHost[] | MxFailure> {
  const literal = parseLiteral(domain);
  if (literal !== undefined) return [{ name: domain, address: literal }];
  const name = normalDomain(domain);
  if (name === undefined) return permanent('5.1.2', `${domain} is not a domain that mail can be sent to`);
  let answer: Awaited<ReturnType<Dns['mx']>>;
  try {
    answer = await dns.mx(name);
  } catch (error) {
    if (!(error instanceof DnsTemporary)) throw error;
    return { temporary: true, enhanced: '4.4.3', text: `The DNS look-up of ${name} failed`, final: false };
  }
  if (!answer.exists) return permanent('5.1.2', `The domain ${name} does not exist`);
  if (answer.records.length === 0) return (await isSelf(dns, name, self)) ? loop(name, self) : [{ name }];
  // RFC 7505 section 3: one record, preference 0, the root.
  if (answer.records.every((record) => record.exchange === '')) {
    return { ...permanent('5.1.10', `The domain ${name} accepts no mail (null MX)`), final: true };
  }
  const usable = await withoutSelf(dns, order(random, answer.records).slice(0, MAX_HOSTS), self);
  return usable.length === 0 ? loop(name, self) : usable.map((record) => ({ name: record.exchange }));
}

/** RFC 5321 section 5.1: where we are in the list, we and all that is not preferred to us are left out. */
async function withoutSelf(dns: Dns, sorted: readonly MxRecord[], self: Self): Promise<readonly MxRecord[]> {
  for (const record of sorted) {
    if (await isSelf(dns, record.exchange, self)) {
      return sorted.filter((other) => other.preference < record.preference);
    }
  }
  return sorted;
}

/** The addresses of a server, IPv4 first: few senders have a good name for IPv6. Empty when it has none. Throws DnsTemporary. */
export async function findAddresses(dns: Dns, host: MxHost): Promise<readonly string[]> {
  if (host.address !== undefined) return [host.address];
  const addresses = await dns.addresses(host.name);
  return [...addresses.filter((one) => !one.includes(':')), ...addresses.filter((one) => one.includes(':'))];
}

function order(random: Random, records: readonly MxRecord[]): readonly MxRecord[] {
  return records
    .filter((record) => record.exchange !== '')
    .map((record) => ({ record, draw: random.number() }))
    .sort((a, b) => a.record.preference - b.record.preference || a.draw - b.draw)
    .map(({ record }) => record);
}

async function isSelf(dns: Dns, exchange: string, self: Self): Promise<boolean> {
  if (exchange === self.hostname.toLowerCase()) return true;
  if (self.addresses.length === 0) return false;
  try {
    return (await dns.addresses(exchange)).some((address) => self.addresses.includes(address));
  } catch (error) {
    if (error instanceof DnsTemporary) return false;
    throw error;
  }
}

/** RFC 5321 section 4.1.3: `[192.0.2.1]` and `[IPv6:2001:db8::1]`. */
function parseLiteral(domain: string): string | undefined {
  return /^\[(?:ipv6:)?([0-9a-f.:]+)\]$/i.exec(domain)?.[1];
}

function loop(name: string, self: Self): MxFailure {
  return permanent('5.4.6', `The mail servers of ${name} lead back to ${self.hostname}`);
}

function permanent(enhanced: string, text: string): MxFailure {
  return { temporary: false, enhanced, text, final: false };
}
