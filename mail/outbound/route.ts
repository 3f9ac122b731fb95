import type { Directory, Route } from '../directory/types.ts';
import {
  type Blobs,
  type Clock,
  type Dns,
  DnsTemporary,
  type Log,
  type Random,
  RELAY_TIMEOUTS,
  type Relay,
  type RelayAttempt,
  RelayError,
  type RelayTimeouts,
  SES_LIMIT,
  type Ses,
  SesError,
} from '../ports/index.ts';
import { findAddresses, findHosts, type MxHost } from './mx.ts';
import { forAll, type Outcome, type WayResult } from './outcome.ts';
import { type QueueEntry, TEXT_LIMIT, type Verdict } from './queue-entry.ts';
import { isAscii, wireAddress } from './recipients.ts';

export interface RouteDeps {
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly dns: Dns;
  readonly log: Log;
  readonly random: Random;
  readonly relay: Relay;
  /** Absent: this installation has no SES. */
  readonly ses?: Ses;
  readonly directory: Pick<Directory, 'routes'>;
  readonly config: RouteConfig;
}

export interface RouteConfig {
  /** Our name in EHLO and in reports. */
  readonly hostname: string;
  /** Port of direct delivery; 25 but for tests. */
  readonly mxPort: number;
  /** Addresses that the world reaches us at, so that mail is not sent round in circles. */
  readonly selfAddresses?: readonly string[];
  readonly timeouts?: RelayTimeouts;
}

/** `configured`: named by the operator, not by DNS. */
type Host = MxHost & { readonly configured?: boolean };

/** Connections tried within one attempt over one route. */
const MAX_CONNECTIONS = 10;
const OVER = 'The time for this attempt was over before a server had answered';
/** Of a message that claims SMTPUTF8, so much is read to see whether its header needs it. */
const HEADER_LIMIT = 65_536;

/**
 * One attempt: the routes in order, each for the recipients that the ones before could do nothing for. One outcome for every
 * recipient of the entry. Throws what our own stores throw: then nothing is known about the recipients not yet settled, and
 * the message was not sent.
 */
export async function attempt(
  deps: RouteDeps,
  entry: QueueEntry,
  routes: readonly Route[],
  signal: AbortSignal,
): Promise<WayResult> {
  const recipients = entry.recipients.map((one) => one.address);
  let last: WayResult | undefined;
  const smtputf8 = await needsUtf8(deps.blobs, entry);
  for (const route of routes) {
    if (signal.aborted) break;
    last = await way(deps, entry, recipients, route, smtputf8, signal);
    if (last.settled) break;
    deps.log.info('outbound.route-failed', {
      entry: entry.id,
      route: route.kind,
      text: last.outcomes[0]?.verdict.text,
    });
  }
  if (last !== undefined) return last;
  const verdict =
    routes.length > 0
      ? said(deps, '4.4.2', OVER)
      : said(deps, '4.3.5', `No route is configured for mail of ${entry.routing}`);
  return { outcomes: forAll(recipients, 'deferred', verdict), settled: false };
}

function way(
  deps: RouteDeps,
  entry: QueueEntry,
  recipients: readonly string[],
  route: Route,
  smtputf8: boolean,
  signal: AbortSignal,
): Promise<WayResult> {
  if (route.kind === 'ses') return bySes(deps, entry, recipients);
  const session = (host: MxHost, port: number): RelayAttempt => ({
    host: host.name,
    ...(host.address === undefined ? {} : { address: host.address }),
    port,
    tls: route.kind === 'mx' ? 'opportunistic' : route.tls,
    ...(route.kind === 'smarthost' && route.user !== undefined
      ? { auth: { user: route.user, password: route.password ?? '' } }
      : {}),
    heloName: deps.config.hostname,
    envelope: {
      from: wireAddress(entry.from),
      to: recipients.map(wireAddress),
      smtputf8,
      eightBit: entry.eightBit,
      size: entry.size,
      ...(entry.dsn === undefined ? {} : { dsn: entry.dsn }),
    },
    message: () => deps.blobs.stream(entry.blob),
    timeouts: deps.config.timeouts ?? RELAY_TIMEOUTS,
    signal,
  });
  if (route.kind === 'mx') return byMx(deps, entry, recipients, session, signal);
  const address = isIP(route.host) ? route.host : undefined;
  const host = { name: route.host, ...(address === undefined ? {} : { address }), configured: true };
  return byHosts(deps, recipients, [host], route.port, session, signal);
}

async function byMx(
  deps: RouteDeps,
  entry: QueueEntry,
  recipients: readonly string[],
  session: (host: MxHost, port: number) => RelayAttempt,
  signal: AbortSignal,
): Promise<WayResult> {
  const self = { hostname: deps.config.hostname, addresses: deps.config.selfAddresses ?? [] };
  const hosts = await findHosts(deps.dns, deps.random, entry.domain, self);
  if ('enhanced' in hosts) {
    const verdict = said(deps, hosts.enhanced, hosts.text);
    const outcomes = forAll(recipients, hosts.temporary ? 'deferred' : 'failed', verdict);
    return { outcomes, settled: hosts.final };
  }
  return byHosts(deps, recipients, hosts, deps.config.mxPort, session, signal);
}

/**
 * Tries the hosts, address by address, until one of them answers for the message (RFC 5321 section 5.1). A host that cannot be
 * reached or refuses the session is passed over.
 */
async function byHosts(
  deps: RouteDeps,
  recipients: readonly string[],
  hosts: readonly Host[],
  port: number,
  session: (host: MxHost, port: number) => RelayAttempt,
  signal: AbortSignal,
): Promise<WayResult> {
  let worst: { readonly temporary: boolean; readonly verdict: Verdict } | undefined;
  let unreachable = true;
  let connections = 0;
  // A temporary failure of one host outlives a permanent one of another: later, the first may take the message.
  const note = (temporary: boolean, verdict: Verdict): void => {
    if (worst === undefined || temporary || !worst.temporary) worst = { temporary, verdict };
  };
  for (const host of hosts) {
    for (const address of await addressesOf(deps, host, note)) {
      if (signal.aborted || connections++ >= MAX_CONNECTIONS) break;
      try {
        const target = address === undefined ? host : { name: host.name, address };
        const results = await deps.relay.deliver(session(target, port));
        return { outcomes: results.map((result, i) => outcomeOf(deps, recipients[i]!, result)), settled: true };
      } catch (error) {
        if (!(error instanceof RelayError)) throw error;
        if (error.stage === 'source') throw error.cause;
        const verdict = verdictOf(deps, error);
        if (error.stage === 'mail' || error.stage === 'rcpt' || error.stage === 'data' || error.stage === 'sent') {
          // The server has judged the message, or may have taken it: asking another one could deliver it twice.
          return { outcomes: forAll(recipients, error.temporary ? 'deferred' : 'failed', verdict), settled: true };
        }
        if (error.stage !== 'connect') unreachable = false;
        note(error.temporary, verdict);
      }
    }
  }
  const { temporary, verdict } = worst ?? {
    temporary: true,
    verdict: said(deps, '4.4.2', OVER),
  };
  return { outcomes: forAll(recipients, temporary ? 'deferred' : 'failed', verdict), settled: false, unreachable };
}

async function addressesOf(
  deps: RouteDeps,
  host: Host,
  note: (temporary: boolean, verdict: Verdict) => void,
): Promise<readonly (string | undefined)[]> {
  try {
    const addresses = await findAddresses(deps.dns, host);
    // A smarthost may be known to the machine only (its hosts file): the relay looks it up there.
    if (addresses.length === 0 && host.configured) return [undefined];
    // Not permanent: a name that should have an address often has one again tomorrow.
    if (addresses.length === 0) note(true, said(deps, '4.4.4', `The mail server ${host.name} has no address`));
    return addresses;
  } catch (error) {
    if (!(error instanceof DnsTemporary)) throw error;
    note(true, said(deps, '4.4.3', `The DNS look-up of ${host.name} failed`));
    return [];
  }
}

async function bySes(deps: RouteDeps, entry: QueueEntry, recipients: readonly string[]): Promise<WayResult> {
  const remote = 'amazonses.com';
  if (deps.ses === undefined) {
    return { outcomes: forAll(recipients, 'failed', said(deps, '5.3.5', 'SES is not set up here')), settled: false };
  }
  if (entry.size > SES_LIMIT) {
    const text = `The message is larger than the ${SES_LIMIT} bytes that Amazon SES takes`;
    return { outcomes: forAll(recipients, 'failed', said(deps, '5.3.4', text)), settled: false };
  }
  const bytes = await deps.blobs.get(entry.blob);
  try {
    const { id } = await deps.ses.send(wireAddress(entry.from), recipients.map(wireAddress), bytes);
    const verdict = { ...said(deps, '2.0.0', `Accepted as ${id}`), code: 250, remote };
    return { outcomes: forAll(recipients, 'delivered', verdict), settled: true };
  } catch (error) {
    if (!(error instanceof SesError)) throw error;
    const verdict = { ...said(deps, error.code, error.text), remote };
    const outcomes = forAll(recipients, error.permanent ? 'failed' : 'deferred', verdict);
    // An uncertain one may have been accepted: another route could deliver it twice.
    return { outcomes, settled: error.uncertain };
  }
}

/** Whether only a server with SMTPUTF8 can take the message: a client may ask for the extension without need. */
async function needsUtf8(blobs: Blobs, entry: QueueEntry): Promise<boolean> {
  const addresses = [entry.from, ...entry.recipients.map((one) => one.address)];
  if (!addresses.every((address) => isAscii(wireAddress(address)))) return true;
  if (!entry.smtputf8) return false;
  const start = Buffer.from(await blobs.get(entry.blob, { start: 0, end: HEADER_LIMIT })).toString('latin1');
  const end = start.search(/\r?\n\r?\n/);
  return !isAscii(end < 0 ? start : start.slice(0, end));
}

function isIP(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) || host.includes(':');
}

function outcomeOf(
  deps: RouteDeps,
  recipient: string,
  result: { ok: boolean; code: number; enhanced: string; text: string; remote: string },
): Outcome {
  // 503 says that the session went wrong, not that the recipient is refused.
  const kind = result.ok ? 'delivered' : result.code >= 500 && result.code !== 503 ? 'failed' : 'deferred';
  return { recipient, kind, verdict: verdictOf(deps, result) };
}

function verdictOf(
  deps: RouteDeps,
  from: { readonly code: number; readonly enhanced: string; readonly text: string; readonly remote: string },
): Verdict {
  return {
    code: from.code,
    enhanced: from.enhanced,
    text: from.text.slice(0, TEXT_LIMIT),
    remote: from.remote,
    at: deps.clock.now(),
  };
}

function said(deps: RouteDeps, enhanced: string, text: string): Verdict {
  return { code: 0, enhanced, text: text.slice(0, TEXT_LIMIT), at: deps.clock.now() };
}
