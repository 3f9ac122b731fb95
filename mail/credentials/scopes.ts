/** What a way to sign in may be used for. `mail`: JMAP; `account`: one's credentials and sessions; `admin`: only with a role. */
export const SCOPES = ['mail', 'imap', 'pop3', 'smtp', 'dav', 'account', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What an app password can be given: never the means to make more of them, or to administer. */
export const APP_SCOPES = ['mail', 'imap', 'pop3', 'smtp', 'dav'] as const satisfies readonly Scope[];
export type AppScope = (typeof APP_SCOPES)[number];

export const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);
