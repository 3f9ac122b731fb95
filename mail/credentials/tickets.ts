import { createHmac } from 'node:crypto';
import { same } from './secrets.ts';

/** Somebody who has given the password, and has to show a second factor. */
export interface Ticket {
  readonly account: string;
  /** As `SignedIn.credential`: the ticket is over when the password changes. */
  readonly credential: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

const TICKET = 'pstt_';

/** Whoever has it still needs a factor, each try of which is counted: so nothing is kept of a ticket. */
export function signTicket(key: Uint8Array, { account, credential, until }: Ticket): string {
  const text = `${TICKET}${account}.${credential}.${until.toString(36)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

/** Undefined where we never gave that. */
export function readTicket(key: Uint8Array, ticket: string): Ticket | undefined {
  const match =
    /^(?<text>pstt_(?<account>[a-z0-9-]{1,64})\.(?<credential>password\/\d{1,16})\.(?<until>[0-9a-z]{1,10}))\.(?<mac>[\w-]{43})$/.exec(
      ticket,
    )?.groups;
  if (match === undefined) return undefined;
  if (!same(createHmac('sha256', key).update(match.text!).digest('base64url'), match.mac!)) return undefined;
  return { account: match.account!, credential: match.credential!, until: Number.parseInt(match.until!, 36) };
}
