/** What RFC 9404 section 3.1 has announced. */

/** Sources that one blob may be made of. */
export const MAX_DATA_SOURCES = 64;

/** Types in which a blob can be looked up. */
export const LOOKUP_TYPES = ['Mailbox', 'Thread', 'Email', 'SieveScript'] as const;

/** Names of the HTTP Digest Algorithm Values registry in lower case, and node's; the best first. */
export const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
  ['sha', 'sha1'],
]);
