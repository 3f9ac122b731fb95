import { call } from '../api/jmap.ts';
import { type Refusals, throwRefused } from '../api/method-error.ts';
import { signedFetch } from '../api/session.ts';
import type { Identity } from './identities.ts';

/** What the settings read and write of the mail account, besides preferences. Each throws `ApiError` or `MethodError`. */

interface SetAnswer {
  readonly created?: Readonly<Record<string, { readonly id: string }>> | null;
  readonly notCreated?: Refusals;
  readonly notUpdated?: Refusals;
  readonly notDestroyed?: Refusals;
}

/** RFC 8621 section 8. */
export interface Vacation {
  readonly isEnabled: boolean;
  /** UTCDate, included. */
  readonly fromDate: string | null;
  /** UTCDate, not included. */
  readonly toDate: string | null;
  readonly subject: string | null;
  readonly textBody: string | null;
}

export async function readVacation(): Promise<Vacation> {
  const { list } = await call<{ list: readonly Vacation[] }>('VacationResponse/get', { ids: ['singleton'] });
  return list[0]!;
}

/** As plain text only: an answer that was written in HTML elsewhere would say something else. */
export async function writeVacation(vacation: Vacation): Promise<void> {
  await set('VacationResponse/set', { update: { singleton: { ...vacation, htmlBody: null } } });
}

export type IdentityForm = Omit<Identity, 'id' | 'bcc'>;

export async function writeIdentity(id: string | undefined, { email, ...rest }: IdentityForm): Promise<void> {
  if (id === undefined) await set('Identity/set', { create: { made: { email, ...rest } } });
  else await set('Identity/set', { update: { [id]: rest } });
}

export async function removeIdentity(id: string): Promise<void> {
  await set('Identity/set', { destroy: [id] });
}

export interface ClientServer {
  readonly protocol: 'imap' | 'pop3' | 'smtp';
  readonly tls: 'implicit' | 'starttls';
  readonly host: string;
  readonly port: number;
}

/** Where mail programs find this service. */
export async function readServers(address: string): Promise<readonly ClientServer[]> {
  const query = new URLSearchParams({ emailaddress: address });
  const { servers } = (await (await signedFetch(`/mail/servers.json?${query}`)).json()) as {
    servers: readonly ClientServer[];
  };
  return servers;
}

/** Settings for Apple's Mail, as a file. */
export const appleProfile = (address: string) =>
  `/mail/apple.mobileconfig?${new URLSearchParams({ emailaddress: address })}`;

async function set(method: string, given: Readonly<Record<string, unknown>>): Promise<void> {
  const { notCreated, notUpdated, notDestroyed } = await call<SetAnswer>(method, given);
  throwRefused(notCreated, notUpdated, notDestroyed);
}
