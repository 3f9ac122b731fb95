import { createHash } from 'node:crypto';
import type { AccountInfo } from '../directory/types.ts';
import { CAPABILITIES } from './capabilities.ts';

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

/** The Session object (RFC 8620 section 2). `origin`: for example `https://mail.example.test`. */
export function sessionObject(user: AccountInfo, origin: string): Readonly<Record<string, unknown>> {
  const own = CAPABILITIES.filter(({ account }) => account !== undefined);
  const session = {
    capabilities: Object.fromEntries(
      CAPABILITIES.map(({ urn, server, at }) => [urn, at === undefined ? server : at(origin)]),
    ),
    accounts: {
      [user.id]: {
        name: user.address,
        isPersonal: true,
        isReadOnly: false,
        accountCapabilities: Object.fromEntries(own.map(({ urn, account }) => [urn, account!(user)])),
      },
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

/** Changes with whatever the object says. */
function sessionState(session: unknown): string {
  return createHash('sha256').update(JSON.stringify(session)).digest('base64url').slice(0, 16);
}
