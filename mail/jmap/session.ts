import { createHash } from 'node:crypto';
import type { AccountInfo } from '../directory/types.ts';
import { BLOB, CAPABILITIES, CONTACTS, MAIL, type Offer } from './capabilities.ts';
import { principalOwner } from './principals/owner.ts';
import type { Other } from './shared.ts';

/** Where the API is found, below the origin that the client came to. */
export const PATHS = {
  wellKnown: '/.well-known/jmap',
  /** All the others are below it. */
  base: '/jmap',
  api: '/jmap/api',
  upload: '/jmap/upload',
  download: '/jmap/download',
  events: '/jmap/events',
  webSocket: '/jmap/ws',
} as const;

/** Capabilities of what others share. */
const SHARED: Readonly<Record<string, string>> = { mail: MAIL, contacts: CONTACTS };

/**
 * The Session object (RFC 8620 section 2). `origin`: for example `https://mail.example.test`; `others`: accounts of which he sees
 * something.
 */
export function sessionObject(
  user: AccountInfo,
  origin: string,
  others: readonly Other[],
  offer: Offer,
): Readonly<Record<string, unknown>> {
  const all = CAPABILITIES.filter(({ urn }) => offer.served?.has(urn) !== false);
  const own = all.filter(({ account }) => account !== undefined);
  const session = {
    capabilities: Object.fromEntries(
      all.map(({ urn, server, at }) => [urn, at === undefined ? server : at(origin, offer)]),
    ),
    accounts: {
      [user.id]: {
        name: user.address,
        isPersonal: true,
        isReadOnly: false,
        accountCapabilities: {
          ...Object.fromEntries(own.map(({ urn, account }) => [urn, account!(user, user, offer)])),
          ...principalOwner(user, user),
        },
      },
      ...Object.fromEntries(others.map((other) => [other.owner.id, sharedAccount(user, other, offer)])),
    },
    primaryAccounts: Object.fromEntries(own.map(({ urn }) => [urn, user.id])),
    username: user.address,
    apiUrl: `${origin}${PATHS.api}`,
    downloadUrl: `${origin}${PATHS.download}/{accountId}/{blobId}/{name}?accept={type}`,
    uploadUrl: `${origin}${PATHS.upload}/{accountId}/`,
    eventSourceUrl: `${origin}${PATHS.events}?types={types}&closeafter={closeafter}&ping={ping}`,
  };
  return { ...session, state: sessionState(session) };
}

/** An account of somebody else, as far as it is shared. */
export function sharedAccount(user: AccountInfo, { owner, parts, isReadOnly }: Other, offer: Offer) {
  const urns = parts.map((part) => SHARED[part]!);
  const shared = CAPABILITIES.filter(({ urn }) => urns.includes(urn) || urn === BLOB);
  return {
    name: owner.address,
    isPersonal: false,
    isReadOnly,
    accountCapabilities: {
      ...Object.fromEntries(shared.map(({ urn, account }) => [urn, account!(user, owner, offer)])),
      ...principalOwner(user, owner),
    },
  };
}

/** Changes with whatever the object says. */
function sessionState(session: unknown): string {
  return createHash('sha256').update(JSON.stringify(session)).digest('base64url').slice(0, 16);
}
