import { readTicket, signTicket, type Ticket } from '../credentials/tickets.ts';
import type { AccountInfo } from '../directory/types.ts';
import { Refused } from '../refused.ts';
import type { AuthDeps } from './deps.ts';

/** Somebody looks for his telephone. */
const TICKET_MS = 10 * 60_000;

/** For somebody who has given the password and has to show a second factor. */
export async function makeTicket({ directory, clock }: AuthDeps, account: string, credential: string): Promise<string> {
  const key = await directory.credentials.secrets.key('ticket');
  return signTicket(key, { account, credential, until: clock.now() + TICKET_MS });
}

/** Whose ticket it is, as long as it counts. Throws `Refused`: `authenticationfailed`. */
export async function ticketOwner(deps: AuthDeps, text: string): Promise<Ticket & { readonly owner: AccountInfo }> {
  const { directory, clock } = deps;
  const ticket = readTicket(await directory.credentials.secrets.key('ticket'), text);
  const counts = ticket !== undefined && ticket.until > clock.now();
  const owner =
    counts && (await directory.holds(ticket.account, ticket.credential))
      ? await directory.account(ticket.account)
      : undefined;
  if (ticket === undefined || owner === undefined) {
    throw new Refused('authenticationfailed', 'This took too long. Begin again with your password.');
  }
  return { ...ticket, owner };
}
