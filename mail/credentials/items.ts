import * as z from 'zod';
import { SCOPES } from './scopes.ts';
import type { Key } from './store.ts';

/**
 * What is kept of an account's credentials besides the password: items of the account's partition, erased with it. A
 * secret is kept as its SHA-256, since all of them are random; what must be read again (TOTP) is sealed.
 */

/** Milliseconds since 1970. */
const time = z.number();

export const sessionItem = z.object({
  v: z.literal(1),
  /** How its owner signed in: `password`, `password+totp`, `passkey` ... */
  how: z.string(),
  /** As the program named itself; may be empty. */
  device: z.string(),
  /** Where it was used last. */
  address: z.string(),
  begun: time,
  /** When it was refreshed last. */
  seen: time,
  /** When its owner has last shown who he is, beyond the token. */
  confirmed: time,
  scopes: z.array(z.enum(SCOPES)),
  /** It stays when the program ends. */
  stay: z.boolean(),
  /** It is over then unless it is refreshed. */
  until: time,
  /** SHA-256 of the refresh token in force, and of the one before it, as base64url. */
  token: z.string(),
  before: z.string().optional(),
  /** When `token` took the place of `before`. */
  rotated: time,
});
export type SessionItem = z.infer<typeof sessionItem>;

export const appItem = z.object({
  v: z.literal(1),
  /** For whom it is, as its owner called it. */
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  made: time,
  /** Kept to the hour. Absent: never. */
  used: time.optional(),
  /** SHA-256 as base64url. */
  hash: z.string(),
  /** As the password's (mail/directory/items.ts), with the same salt, which a SCRAM client is told before it says which it has. */
  scram: z
    .object({ salt: z.string(), iterations: z.number(), storedKey: z.string(), serverKey: z.string() })
    .optional(),
});
export type ScramKeys = NonNullable<z.infer<typeof appItem>['scram']>;
export type AppItem = z.infer<typeof appItem>;

export const totpItem = z.object({
  v: z.literal(1),
  /** The secret that counts, and the last step of which a code was taken. */
  active: z.object({ sealed: z.string(), since: time, last: z.number() }).optional(),
  /** One that its owner has not shown to have. */
  pending: z.object({ sealed: z.string(), made: time }).optional(),
});

export const recoveryItem = z.object({
  v: z.literal(1),
  made: time,
  /** Those not used yet: SHA-256 as base64url. */
  codes: z.array(z.string()),
});

export const keyItem = z.object({ v: z.literal(1), secret: z.string() });

export const keys = {
  account: (account: string): string => `dir/account/${account}`,
  session: (account: string, id: string): Key => ({ pk: keys.account(account), sk: `session/${id}` }),
  app: (account: string, id: string): Key => ({ pk: keys.account(account), sk: `app/${id}` }),
  totp: (account: string): Key => ({ pk: keys.account(account), sk: 'totp' }),
  recovery: (account: string): Key => ({ pk: keys.account(account), sk: 'recovery' }),
  /** From which the keys of tokens and seals are made. */
  serverSecret: (): Key => ({ pk: 'dir/server', sk: 'credentials' }),
};
