import type { DnsInspector, LookUp, RecordType } from '../../ports/index.ts';
import { type Facts, spfMechanisms, type Wanted, wantedRecords } from './wanted.ts';

/** A record as it is published now. */
export interface Checked extends Wanted {
  /** `unknown`: the question had no answer. */
  readonly status: 'ok' | 'missing' | 'wrong' | 'unknown';
  readonly found: readonly string[];
  /** One plain line. */
  readonly explanation: string;
}

/** Reads every wanted record, and whether the server's own name leads to it and back. */
export async function checkRecords(dns: DnsInspector, facts: Facts): Promise<readonly Checked[]> {
  const [records, own] = await Promise.all([
    Promise.all(wantedRecords(facts).map((wanted) => checkOne(dns, wanted, facts))),
    checkOwnName(dns, facts),
  ]);
  return [...records, ...own];
}

async function checkOne(dns: DnsInspector, wanted: Wanted, facts: Facts): Promise<Checked> {
  const answer = await dns.lookUp(wanted.type, wanted.name);
  if (answer.kind !== 'found') return unanswered(wanted, answer);
  if (wanted.type === 'TXT') return checkSpf(wanted, answer.values, facts);
  return wanted.type === 'MX' ? checkMx(wanted, answer.values, facts) : checkSrv(wanted, answer.values);
}

function checkMx(wanted: Wanted, found: readonly string[], { hostname }: Facts): Checked {
  const exchanges = found.map((value) => value.split(' ')[1] ?? '');
  if (exchanges.includes(hostname)) {
    const others = exchanges.filter((exchange) => exchange !== hostname);
    const more = others.length === 0 ? '' : ` Mail may go to ${others.join(', ')} too.`;
    return { ...wanted, status: 'ok', found, explanation: `Mail comes to ${hostname}.${more}` };
  }
  // RFC 7505: a null MX says that the domain takes no mail.
  const where = exchanges.every((exchange) => exchange === '') ? 'nowhere (a null MX)' : exchanges.join(', ');
  return { ...wanted, status: 'wrong', found, explanation: `Mail goes to ${where}, not to ${hostname}.` };
}

function checkSpf(wanted: Wanted, texts: readonly string[], { routes }: Facts): Checked {
  const found = texts.filter((text) => /^v=spf1( |$)/i.test(text));
  const [record] = found;
  if (record === undefined) {
    return { ...wanted, status: 'missing', found, explanation: 'There are TXT records, and none is an SPF record.' };
  }
  // RFC 7208 section 4.5.
  if (found.length > 1) {
    return {
      ...wanted,
      status: 'wrong',
      found,
      explanation: 'There is more than one SPF record: others then use none.',
    };
  }
  const named = record.toLowerCase().split(/\s+/);
  const missing = spfMechanisms(routes).filter((each) => !named.includes(each) && !named.includes(`+${each}`));
  if (missing.length === 0)
    return { ...wanted, status: 'ok', found, explanation: 'It names the way that mail leaves.' };
  const explanation = `It does not name ${missing.join(', ')}: right only if something else in it covers how mail leaves.`;
  return { ...wanted, status: 'wrong', found, explanation };
}

function checkSrv(wanted: Wanted, found: readonly string[]): Checked {
  const end = (value: string) => value.split(' ').slice(2).join(' ');
  const ok = found.some((value) => end(value) === end(wanted.value));
  const explanation = ok ? 'Mail programs find us.' : 'It leads mail programs to another server or port.';
  return { ...wanted, status: ok ? 'ok' : 'wrong', found, explanation };
}

/** The name that the MX record gives must have an address (RFC 5321 section 5.1), and the address that name (RFC 1912 section 2.1). */
async function checkOwnName(dns: DnsInspector, { hostname, routes }: Facts): Promise<readonly Checked[]> {
  const answers = await Promise.all((['A', 'AAAA'] as const).map((type) => dns.lookUp(type, hostname)));
  const addresses = answers.flatMap((answer) => (answer.kind === 'found' ? answer.values : []));
  const wanted: Wanted = {
    purpose: 'the name in the MX record has an address',
    type: 'A',
    name: hostname,
    value: 'the address of this server',
    need: 'required',
  };
  if (addresses.length === 0) {
    return [unanswered(wanted, answers.find(({ kind }) => kind !== 'nodata' && kind !== 'found') ?? answers[0]!)];
  }
  const explanation = `Other servers connect to ${addresses.join(', ')}.`;
  const own: Checked = { ...wanted, status: 'ok', found: addresses, explanation };
  // Whoever connects to other servers himself is asked for this by many of them.
  if (!routes.some(({ kind }) => kind === 'mx')) return [own];
  return [own, ...(await Promise.all(addresses.slice(0, MAX_PTR).map((address) => checkPtr(dns, address, hostname))))];
}

const MAX_PTR = 4;

async function checkPtr(dns: DnsInspector, address: string, hostname: string): Promise<Checked> {
  const wanted: Wanted = {
    purpose: 'the address has the name of the server',
    type: 'PTR',
    name: address,
    value: hostname,
    need: 'recommended',
  };
  const answer = await dns.lookUp('PTR', address);
  if (answer.kind !== 'found') return unanswered(wanted, answer);
  if (answer.values.includes(hostname)) {
    return { ...wanted, status: 'ok', found: answer.values, explanation: 'Name and address lead to each other.' };
  }
  const explanation = `The address is called ${answer.values.join(', ')}: many servers refuse mail over that.`;
  return { ...wanted, status: 'wrong', found: answer.values, explanation };
}

function unanswered(wanted: Wanted, answer: LookUp): Checked {
  const status = answer.kind === 'nxdomain' || answer.kind === 'nodata' ? 'missing' : 'unknown';
  return { ...wanted, status, found: [], explanation: explain(wanted.type, answer) };
}

/** Why a question had no answer, and what to do, in one plain line (docs/operating.md has the same as a table). */
export function explain(type: RecordType, answer: LookUp): string {
  switch (answer.kind) {
    case 'found':
      return 'It is there.';
    case 'nodata':
      return `The name is there and has no ${type} record: publish it.`;
    case 'nxdomain':
      return 'There is no such name (NXDOMAIN): publish the record; a new one may take hours to be seen everywhere.';
    case 'servfail':
      return "The domain's name servers could not answer (SERVFAIL): its zone is not loaded, or its DNSSEC signatures are broken.";
    case 'refused':
      return 'The name server refused to answer (REFUSED): it does not serve this zone, or does not serve us.';
    case 'timeout':
      return 'No name server answered in time (timeout): they are down, or a firewall drops DNS (port 53, UDP and TCP).';
    case 'failed':
      return `The question failed (${answer.code}).`;
  }
}
