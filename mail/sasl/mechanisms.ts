import { login } from './login.ts';
import { oauthBearer, xoauth2 } from './oauth.ts';
import { plain } from './plain.ts';
import { offersBinding, Scram } from './scram.ts';
import type { SaslContext, SaslExchange } from './types.ts';

interface Mechanism {
  begin(context: SaslContext): SaslExchange;
  /** Default: always. */
  readonly when?: (context: Pick<SaslContext, 'service' | 'tls'>) => boolean;
}

/** Every mechanism, in the order in which they are offered: of those with a password, the strongest first. */
const MECHANISMS: ReadonlyMap<string, Mechanism> = new Map<string, Mechanism>([
  ['SCRAM-SHA-256-PLUS', { begin: (context) => new Scram(context, true), when: offersBinding }],
  ['SCRAM-SHA-256', { begin: (context) => new Scram(context, false) }],
  ['PLAIN', { begin: plain }],
  ['LOGIN', { begin: login, when: ({ service }) => service === 'smtp' }],
  // Last, so that a client with a password does not stumble over them.
  ['OAUTHBEARER', { begin: oauthBearer }],
  ['XOAUTH2', { begin: xoauth2 }],
]);

/** The names of the mechanisms that this connection offers. */
export function mechanisms(context: Pick<SaslContext, 'service' | 'tls'>): string[] {
  return [...MECHANISMS].filter(([, { when }]) => when === undefined || when(context)).map(([name]) => name);
}

/** Begins an exchange; undefined where the mechanism (in any case) is not offered. */
export function beginSasl(name: string, context: SaslContext): SaslExchange | undefined {
  const mechanism = MECHANISMS.get(name.toUpperCase());
  if (mechanism === undefined || mechanism.when?.(context) === false) return undefined;
  return mechanism.begin(context);
}
