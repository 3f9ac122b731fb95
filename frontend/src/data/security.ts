import { signal } from '@preact/signals';
import { ApiError, auth, deviceName } from '../api/session.ts';

/** One's credentials and sessions: the API of sign-ins. What is marked "recent" is refused where the sign-in is long ago: `recently`. */

export interface Me {
  readonly address: string;
  readonly displayName?: string;
  readonly imap: boolean;
  readonly pop3: boolean;
  /** When one has last shown who one is. */
  readonly confirmed: string;
}

export interface SecondFactor {
  readonly factors: readonly ('totp' | 'passkey')[];
  readonly recoveryCodes: number;
}

export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly backedUp: boolean;
  readonly added: string;
  readonly used?: string;
}

export interface AppPassword {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly AppScope[];
  readonly made: string;
  readonly used?: string;
}

export const APP_SCOPES = ['imap', 'pop3', 'smtp', 'mail', 'dav'] as const;
export type AppScope = (typeof APP_SCOPES)[number];

export interface SessionOf {
  readonly id: string;
  readonly current: boolean;
  readonly how: string;
  readonly device: string;
  readonly address: string;
  readonly begun: string;
  readonly seen: string;
}

export interface RecoveryAddress {
  readonly address?: string;
  readonly pending?: string;
}

interface Codes {
  readonly recoveryCodes?: readonly string[];
}

interface Items<T> {
  readonly items: readonly T[];
}

const ask = <T>(method: string, path: string, body?: unknown) => auth<T>(method, path, body, true);

export const readMe = () => ask<Me>('GET', '/me');
export const confirmWho = (password: string, proof: { readonly code?: string; readonly recoveryCode?: string }) =>
  ask<void>('POST', '/session/confirm', { password, ...proof });

export const changePassword = (currentPassword: string, newPassword: string, appPasswords: 'keep' | 'remove') =>
  ask<void>('PUT', '/password', { currentPassword, newPassword, appPasswords });

export const readSecondFactor = () => ask<SecondFactor>('GET', '/second-factor');
export const beginTotp = () => ask<{ readonly secret: string; readonly uri: string }>('POST', '/totp', {});
export const confirmTotp = (code: string) => ask<Codes>('POST', '/totp/confirm', { code });
export const removeTotp = () => ask<void>('DELETE', '/totp');
export const newRecoveryCodes = () => ask<Required<Codes>>('POST', '/recovery-codes', {});

/** Whether one has any, as they were read last. */
export const hasPasskeys = signal(false);

export async function readPasskeys(): Promise<readonly Passkey[]> {
  const { items } = await ask<Items<Passkey>>('GET', '/passkeys');
  hasPasskeys.value = items.length > 0;
  return items;
}
export const renamePasskey = (id: string, name: string) => ask<Passkey>('PATCH', `/passkeys/${id}`, { name });
export const removePasskey = (id: string) => ask<void>('DELETE', `/passkeys/${id}`);
export const askForPasskey = (on: boolean) => ask<Codes>('PUT', '/second-factor/passkey', { on });

/** Has the browser make a passkey. Throws `ApiError`, and `NotAllowedError` where nobody made one. */
export async function addPasskey(name: string): Promise<Passkey> {
  const options = await ask<PublicKeyCredentialCreationOptionsJSON>('POST', '/passkeys/options', {});
  const { id } = options.rp;
  const host = location.hostname;
  if (id !== undefined && host !== id && !host.endsWith(`.${id}`)) {
    throw new ApiError(0, 'elsewhere', `Passkeys work at ${id} only.`);
  }
  const credential = (await navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
  })) as PublicKeyCredential;
  return ask<Passkey>('POST', '/passkeys', { name, credential: credential.toJSON() });
}

export const readAppPasswords = async () => (await ask<Items<AppPassword>>('GET', '/app-passwords')).items;
export const makeAppPassword = (name: string, scopes: readonly AppScope[]) =>
  ask<AppPassword & { readonly password: string }>('POST', '/app-passwords', { name, scopes });
export const revokeAppPassword = (id: string) => ask<void>('DELETE', `/app-passwords/${id}`);

export const readSessions = async () => (await ask<Items<SessionOf>>('GET', '/sessions')).items;
export const endSession = (id: string) => ask<void>('DELETE', `/sessions/${id}`);
export const endOtherSessions = () => ask<{ readonly ended: number }>('POST', '/sessions/end-others', {});

export const readRecoveryAddress = () => ask<RecoveryAddress>('GET', '/recovery-address');
export const setRecoveryAddress = (address: string) =>
  ask<{ readonly pending: string }>('PUT', '/recovery-address', { address });
export const removeRecoveryAddress = () => ask<void>('DELETE', '/recovery-address');

/** What this browser is called until its user says something better. */
export const thisDevice = () => deviceName().replace(/^Webmail, /, '');

/** How long a sign-in counts as recent for the server, less a little, in milliseconds. */
const RECENT_MS = 14 * 60_000;

/** Whether a refusal is for the sign-in's age, rather than for what was asked. */
export async function isTooLongAgo(error: unknown): Promise<boolean> {
  if (!(error instanceof ApiError) || error.status !== 403) return false;
  const { confirmed } = await readMe();
  return Date.parse(confirmed) + RECENT_MS < Date.now();
}
