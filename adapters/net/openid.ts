import { createHash } from 'node:crypto';
import * as client from 'openid-client';
import type { Dns } from '../../mail/ports/dns.ts';
import { type OpenId, type OpenIdClaims, OpenIdError, type OpenIdProvider } from '../../mail/ports/openid.ts';
import { type GuardedRequest, guardedFetch } from './guarded-fetch.ts';

export interface OpenIdOptions {
  readonly dns: Pick<Dns, 'addresses'>;
  /** Certificates of authorities. @default node's */
  readonly ca?: string;
}

/** So long what a provider says of itself is taken to hold; its keys are asked for again when one is not known. */
const DISCOVERED_MS = 10 * 60_000;
const MOST = 1_000;

/** OpenID Connect over HTTP. */
export function createOpenId({ dns, ca }: OpenIdOptions): OpenId {
  const known = new Map<string, { readonly config: client.Configuration; readonly until: number }>();

  async function configuration(provider: OpenIdProvider): Promise<client.Configuration> {
    const key = createHash('sha256').update(JSON.stringify(provider)).digest('base64');
    const found = known.get(key);
    if (found !== undefined && found.until > Date.now()) return found.config;
    const options = { dns, private: provider.private, ca };
    const config = await client.discovery(
      new URL(provider.issuer),
      provider.clientId,
      {},
      authenticated(provider.clientSecret),
      {
        [client.customFetch]: (url, asked) => guardedFetch(url, asked as GuardedRequest, options),
        // The ID token's signature is looked at, though it comes from where the token endpoint's certificate says.
        execute: [client.enableNonRepudiationChecks, ...(provider.private ? [client.allowInsecureRequests] : [])],
      },
    );
    if (known.size >= MOST) known.clear();
    known.set(key, { config, until: Date.now() + DISCOVERED_MS });
    return config;
  }

  return {
    begin: (provider, { redirectUri, state, nonce, verifier }) =>
      plain(async () => {
        const config = await configuration(provider);
        const url = client.buildAuthorizationUrl(config, {
          redirect_uri: redirectUri,
          scope: 'openid email profile',
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        });
        if (!provider.private && url.protocol !== 'https:') throw new Error('its page is not served by https');
        return url.href;
      }),

    finish: (provider, { redirectUri, state, nonce, verifier }, query) =>
      plain(async () => {
        const config = await configuration(provider);
        const tokens = await client.authorizationCodeGrant(config, new URL(`${redirectUri}?${query}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims()!;
        if (claims.email !== undefined || config.serverMetadata().userinfo_endpoint === undefined) {
          return claimsOf(claims.sub, claims);
        }
        // OpenID Connect Core section 5.4: what the scope asks for need not be in the ID token.
        return claimsOf(claims.sub, await client.fetchUserInfo(config, tokens.access_token, claims.sub));
      }),
  };
}

/** Basic is what all must take (RFC 6749 section 2.3.1) and some do not (OpenID Connect Discovery section 3). */
function authenticated(secret: string): client.ClientAuth {
  return (server, ...rest) => {
    const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = server;
    const way = methods.includes('client_secret_basic') ? client.ClientSecretBasic : client.ClientSecretPost;
    way(secret)(server, ...rest);
  };
}

function claimsOf(subject: string, { email, email_verified, name }: Readonly<Record<string, unknown>>): OpenIdClaims {
  return {
    subject,
    ...(typeof email === 'string' ? { email } : {}),
    // Some send it as text.
    emailVerified: email_verified === true || email_verified === 'true',
    ...(typeof name === 'string' ? { name } : {}),
  };
}

/** Whatever fails: what the library says, and what is behind that. */
async function plain<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { message, cause } = error as Error;
    const behind = cause instanceof Error ? cause.message : (cause as { error?: string } | undefined)?.error;
    throw new OpenIdError(behind === undefined ? message : `${message}: ${behind}`);
  }
}
