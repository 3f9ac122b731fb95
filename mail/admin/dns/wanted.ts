import type { Route } from '../../directory/types.ts';
import type { RecordType } from '../../ports/index.ts';
import type { Running } from '../deps.ts';

/** A record that a domain should publish. */
export interface Wanted {
  readonly purpose: string;
  readonly type: RecordType;
  /** Without the final dot. */
  readonly name: string;
  /** As a zone file writes it. */
  readonly value: string;
  /** Without a required one mail does not come, or is not believed. */
  readonly need: 'required' | 'recommended';
}

export interface Facts {
  readonly domain: string;
  readonly hostname: string;
  /** How its mail leaves. */
  readonly routes: readonly Route[];
  readonly listeners: Running['listeners'];
}

/** RFC 6186 section 3.2, RFC 8314 section 5.1, RFC 8620 section 2.2: services that clients look for, by our listener. */
const SERVICES: readonly (readonly [service: string, listener: string, port: number, purpose: string])[] = [
  ['_submissions', 'submissions', 465, 'mail programs find where to send (RFC 8314)'],
  ['_imaps', 'imaps', 993, 'mail programs find IMAP (RFC 6186)'],
  ['_pop3s', 'pop3s', 995, 'mail programs find POP3 (RFC 6186)'],
  ['_jmap', 'https', 443, 'mail programs find JMAP (RFC 8620)'],
];

/** Everything that this server can live up to, and nothing that it does not do. */
export function wantedRecords(facts: Facts): readonly Wanted[] {
  const { domain, hostname } = facts;
  return [
    { purpose: 'mail for the domain comes here', type: 'MX', name: domain, value: `10 ${hostname}`, need: 'required' },
    {
      purpose: 'says who may send for the domain (RFC 7208)',
      type: 'TXT',
      name: domain,
      value: `v=spf1 ${spfMechanisms(facts.routes).join(' ')} ~all`,
      need: 'required',
    },
    ...services(facts),
  ];
}

/** Where no listener is known (on AWS they are other programs), all are at their standard ports. */
function services({ domain, hostname, listeners }: Facts): Wanted[] {
  return SERVICES.flatMap(([service, listener, standard, purpose]) => {
    const port = listeners.length === 0 ? standard : listeners.find(({ name }) => name === listener)?.port;
    if (port === undefined) return [];
    const name = `${service}._tcp.${domain}`;
    return [{ purpose, type: 'SRV' as const, name, value: `0 1 ${port} ${hostname}`, need: 'recommended' as const }];
  });
}

/** What an SPF record must name for mail that leaves by these routes. */
export function spfMechanisms(routes: readonly Route[]): readonly string[] {
  return [...new Set(routes.map(mechanism))];
}

function mechanism(route: Route): string {
  switch (route.kind) {
    case 'mx':
      return 'mx';
    case 'ses':
      return 'include:amazonses.com';
    case 'smarthost':
      return `a:${route.host.toLowerCase()}`;
  }
}
