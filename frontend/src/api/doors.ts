import type { SignedIn } from './account.ts';
import { ApiError, auth, begin, deviceName } from './session.ts';

/** What people need before they are signed in, besides name and password. */

export interface OpenDomains {
  readonly signUp: readonly string[];
  readonly signIn: readonly string[];
}

export interface Provider {
  readonly available: boolean;
  readonly name?: string;
}

type Begun = Parameters<typeof begin>[0];

const query = (values: Readonly<Record<string, string>>) => new URLSearchParams(values);

export const openDomains = (): Promise<OpenDomains> => auth('GET', '/domains');

/** Who else signs people in, for a domain, or the whole server. */
export const providerOf = (domain: string | undefined): Promise<Provider> =>
  auth('GET', `/oidc${domain === undefined ? '' : `?${query({ domain })}`}`);

/** Leaves this page for the provider's; from there people come back to `/`. */
export async function leaveToProvider(domain: string | undefined, stay: boolean): Promise<void> {
  const { url } = await auth<{ url: string }>(
    'POST',
    '/oidc/begin',
    domain === undefined ? { stay } : { domain, stay },
  );
  location.assign(url);
}

export async function isAvailable(address: string): Promise<boolean> {
  return (await auth<{ available: boolean }>('GET', `/sign-up/availability?${query({ address })}`)).available;
}

export interface NewAccount {
  readonly address: string;
  readonly password: string;
  readonly displayName?: string;
  readonly recoveryAddress?: string;
}

export const signUp = (wanted: NewAccount): Promise<SignedIn> => auth('POST', '/sign-up', wanted);

/** The answer is the same whether there is such an account or not. */
export const askReset = (name: string): Promise<unknown> => auth('POST', '/reset', { name });

interface RequestOptions {
  readonly rpId?: string;
}

/** Whether this page can ask for passkeys at all. */
export const knowsPasskeys = () =>
  typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;

/** Whether they can be offered among the names that the browser fills in. */
export const offersPasskeys = async () =>
  knowsPasskeys() && (await PublicKeyCredential.isConditionalMediationAvailable?.()) === true;

/**
 * Signs in with a passkey; with the ticket of a first step, as the second. `silent`: among the names that the browser offers, however long
 * that takes. Throws `ApiError`, and what the browser throws: `AbortError`, and `NotAllowedError` where nobody chose one.
 */
export async function signInWithPasskey({
  stay,
  ticket,
  silent = false,
  signal,
}: {
  readonly stay: () => boolean;
  readonly ticket?: string;
  readonly silent?: boolean;
  readonly signal: AbortSignal;
}): Promise<void> {
  const step = ticket === undefined ? '/session/passkey' : '/session/second/passkey';
  const given = ticket === undefined ? {} : { ticket };
  const options = await auth<RequestOptions>('POST', `${step}/options`, given);
  if (options.rpId !== undefined && !belongsTo(location.hostname, options.rpId)) {
    throw new ApiError(0, 'elsewhere', `Passkeys work at ${options.rpId} only.`);
  }
  signal.throwIfAborted();
  const asked = {
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON),
    signal,
    ...(silent ? { mediation: 'conditional' as const } : {}),
  };
  const credential = (await navigator.credentials.get(asked)) as PublicKeyCredential;
  begin(
    await auth<Begun>('POST', step, {
      ...given,
      credential: credential.toJSON(),
      stay: stay(),
      device: deviceName(),
    }),
  );
}

const belongsTo = (host: string, domain: string) => host === domain || host.endsWith(`.${domain}`);
