/**
 * The extensions that a script may `require`, as RFC 9661 and ManageSieve announce them. Nothing stands here that the tables of
 * commands and tests do not know.
 */
export const EXTENSIONS: ReadonlySet<string> = new Set([
  // RFC 5228
  'comparator-i;ascii-casemap',
  'comparator-i;octet',
  'encoded-character',
  'envelope',
  'fileinto',
  // RFC 4790 section 9.1
  'comparator-i;ascii-numeric',
  // RFC 5173
  'body',
  // RFC 3894
  'copy',
  // RFC 5260
  'date',
  'index',
  // RFC 7352
  'duplicate',
  // RFC 5183
  'environment',
  // RFC 5429
  'ereject',
  'reject',
  // RFC 5463
  'ihave',
  // RFC 5232
  'imap4flags',
  // RFC 5490
  'mailbox',
  // RFC 9042
  'mailboxid',
  // RFC 5231
  'relational',
  // RFC 8579
  'special-use',
  // RFC 5233
  'subaddress',
  // RFC 5230, RFC 6131
  'vacation',
  'vacation-seconds',
  // RFC 5229
  'variables',
]);

/** Extensions that another one brings with it. */
export const IMPLIED: ReadonlyMap<string, readonly string[]> = new Map([['vacation-seconds', ['vacation']]]);

/** Comparators, and the extension that each needs; the first two are always there (RFC 5228 section 2.7.3). */
export const COMPARATORS: ReadonlyMap<string, string | undefined> = new Map([
  ['i;octet', undefined],
  ['i;ascii-casemap', undefined],
  ['i;ascii-numeric', 'comparator-i;ascii-numeric'],
]);
