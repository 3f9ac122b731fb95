/** Servers elsewhere that say who somebody is (OpenID Connect Core 1.0). */

export interface OpenIdProvider {
  /** Its URL; what it says of itself is found below it (OpenID Connect Discovery 1.0 section 4). */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Whether it may be on a network of ours, and without TLS there. @default false: public addresses and https only */
  readonly private?: boolean | undefined;
}

/** What binds an answer to its question. */
export interface OpenIdQuestion {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** RFC 7636 section 4.1. */
  readonly verifier: string;
}

/** What the provider says of somebody. */
export interface OpenIdClaims {
  /** Never given to anybody else by this issuer. */
  readonly subject: string;
  readonly email?: string;
  /** Whether the provider knows that the address is his. */
  readonly emailVerified: boolean;
  readonly name?: string;
}

/** The provider cannot be asked, or what came is not right; the message is for the log. */
export class OpenIdError extends Error {
  override readonly name = 'OpenIdError';
}

/** Both throw `OpenIdError`. */
export interface OpenId {
  /** The page of the provider that asks who he is (authorization code flow, RFC 6749 section 4.1.1, with RFC 7636). */
  begin(provider: OpenIdProvider, question: OpenIdQuestion): Promise<string>;
  /** `query`: with what he came back. State, issuer, signature, audience, times and nonce are right when it resolves. */
  finish(provider: OpenIdProvider, question: OpenIdQuestion, query: string): Promise<OpenIdClaims>;
}
