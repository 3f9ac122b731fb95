import * as z from 'zod';
import type { Item } from '../ports/index.ts';
import { roleSchema } from './roles.ts';

/**
 * What the directory keeps in the records, and under which keys.
 *
 * An account lives whole in the item of its address, so that mail is resolved with one read, and so that making,
 * changing and removing an account each come down to one conditional write of that item. Its credentials, and the
 * pointer from its id to its address, are items of their own: they are written before the address item names them and
 * removed after it stopped to, so that a crash between leaves at most something that nothing names.
 */

const settings = z.record(z.string(), z.unknown());

/**
 * Whose a domain is where nothing is said. It is always there, and has what the server has: nothing is set for it, so that where
 * there are no other tenants nothing need be read of it.
 */
export const DEFAULT_TENANT = 'default';

export const tenantLimits = z.strictObject({
  accounts: z.number().optional(),
  /** Absent: as many as who administers the server gives it, and its own administrators add none. */
  domains: z.number().optional(),
  /** Bytes that each of its accounts may keep at most, whatever domains and accounts say. */
  quota: z.number().optional(),
});
export type TenantLimits = z.infer<typeof tenantLimits>;

export const tenantItem = z.object({
  v: z.literal(1),
  name: z.string(),
  limits: tenantLimits.default({}),
  settings: settings.default({}),
  /** Milliseconds since 1970: it was removed then. The item stays, so that the name is known to be used. */
  removed: z.number().optional(),
});
export type TenantItem = z.infer<typeof tenantItem>;

export const domainItem = z.object({
  v: z.literal(1),
  domain: z.string(),
  tenant: z.string(),
  /** Milliseconds since 1970. */
  added: z.number(),
  /** Set while the domain is checked for being empty; nothing is added meanwhile. */
  removing: z.boolean().optional(),
  settings,
});
export type DomainItem = z.infer<typeof domainItem>;

export const accountItem = z.object({
  v: z.literal(1),
  kind: z.literal('account'),
  id: z.string(),
  local: z.string(),
  domain: z.string(),
  tenant: z.string(),
  added: z.number(),
  enabled: z.boolean(),
  displayName: z.string().optional(),
  /** Its mailboxes are its tenant's public folders, where `publicItem` says so too. */
  public: z.boolean().optional(),
  /** What it administers. */
  role: roleSchema.optional(),
  settings,
});
export type AccountItem = z.infer<typeof accountItem>;

export const aliasItem = z.object({
  v: z.literal(1),
  kind: z.literal('alias'),
  local: z.string(),
  domain: z.string(),
  added: z.number(),
  /** Addresses, here or elsewhere. */
  targets: z.array(z.string()).min(1),
  /** It is a group: its members are the targets. Mail is delivered as for any alias. */
  group: z.object({ name: z.string() }).optional(),
});
export type AliasItem = z.infer<typeof aliasItem>;

export const addressItem = z.discriminatedUnion('kind', [accountItem, aliasItem]);
export type AddressItem = z.infer<typeof addressItem>;

export const pointerItem = z.object({
  v: z.literal(1),
  local: z.string(),
  domain: z.string(),
  /** Milliseconds since 1970: the account was removed then. The pointer stays, so that the id is known to be used. */
  removed: z.number().optional(),
});

export const credentialItem = z.object({
  v: z.literal(1),
  /** Bytes as base64. `memory` in KiB. */
  argon2id: z.object({
    salt: z.string(),
    hash: z.string(),
    memory: z.number(),
    passes: z.number(),
    parallelism: z.number(),
  }),
  /** RFC 5802 section 3 with SHA-256 (RFC 7677), for SCRAM without the password. */
  scram: z.object({ salt: z.string(), iterations: z.number(), storedKey: z.string(), serverKey: z.string() }),
  /** Milliseconds since 1970. */
  changed: z.number(),
  /** Second factors that are asked for beside the password. They stay when it changes. */
  factors: z.array(z.enum(['totp', 'passkey'])).optional(),
});
export type Factor = 'totp' | 'passkey';
export type CredentialItem = z.infer<typeof credentialItem>;

/** An account that is removed, or about to be. */
export const erasingItem = z.object({
  v: z.literal(1),
  /** Milliseconds since 1970. */
  begun: z.number(),
  /** When its mail was erased for the first time. */
  erased: z.number().optional(),
});

export const publicItem = z.object({ v: z.literal(1), account: z.string() });

export const serverItem = z.object({ v: z.literal(1), settings });
export type ServerItem = z.infer<typeof serverItem>;

/** From which the salts are made that names get which nobody has. Base64. */
export const secretItem = z.object({ v: z.literal(1), secret: z.string() });

export const throttleItem = z.object({
  v: z.literal(1),
  failures: z.number(),
  /** Milliseconds since 1970. */
  last: z.number(),
  until: z.number(),
});

/** How often somebody did something; see rate.ts. */
export const rateItem = z.object({
  v: z.literal(1),
  /** Milliseconds since 1970. */
  began: z.number(),
  count: z.number(),
});

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** The local part under which a catch-all is kept; no real one is empty. */
export const CATCH_ALL = '';

export const keys = {
  tenant: (id: string): Key => ({ pk: 'dir/tenants', sk: id }),
  domain: (domain: string): Key => ({ pk: 'dir/domains', sk: domain }),
  address: (local: string, domain: string): Key => ({
    pk: `dir/addresses/${domain}`,
    sk: local === CATCH_ALL ? 'catch-all' : `local/${local}`,
  }),
  pointer: (id: string): Key => ({ pk: `dir/account/${id}`, sk: 'address' }),
  credential: (id: string): Key => ({ pk: `dir/account/${id}`, sk: 'credential' }),
  erasing: (id: string): Key => ({ pk: 'dir/erasing', sk: id }),
  publicFolders: (tenant: string): Key => ({ pk: 'dir/public', sk: tenant }),
  server: (): Key => ({ pk: 'dir/server', sk: 'settings' }),
  salts: (): Key => ({ pk: 'dir/server', sk: 'salts' }),
  throttle: (kind: string, hash: string): Key => ({ pk: `dir/throttle/${kind}/${hash}`, sk: 'failures' }),
  rate: (what: string, hash: string): Key => ({ pk: `dir/rate/${what}/${hash}`, sk: 'count' }),
};

export function encode(key: Key, value: unknown, rev: number): Item {
  return { ...key, body: Buffer.from(JSON.stringify(value)), rev };
}

/** An item read, with the version to replace it by. */
export interface Kept<T> {
  readonly value: T;
  readonly rev: number;
}

/** Throws where the item is of a format that this release does not know: the release that wrote it is newer. */
export function decode<T>(schema: z.ZodType<T>, item: Item): Kept<T> {
  const parsed = schema.safeParse(JSON.parse(Buffer.from(item.body).toString('utf8')));
  if (!parsed.success) {
    throw new Error(`The directory item ${item.pk} ${item.sk} has a format that this release does not know.`);
  }
  return { value: parsed.data, rev: item.rev ?? 0 };
}
