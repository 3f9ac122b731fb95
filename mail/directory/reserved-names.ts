import { Refused } from '../refused.ts';

/**
 * Names that nobody gives himself, for others take who has one for somebody in charge: the roles of RFC 2142; those whose mail a
 * certificate authority takes for the word of the domain's owner (CA/Browser Forum, Baseline Requirements 3.2.2.4.4); and
 * those that mail programs write from.
 */
const RESERVED: ReadonlySet<string> = new Set([
  ...['info', 'marketing', 'sales', 'support', 'abuse', 'noc', 'security', 'postmaster', 'hostmaster', 'usenet'],
  ...['news', 'webmaster', 'www', 'uucp', 'ftp'],
  ...['admin', 'administrator', 'ssladmin', 'sslwebmaster', 'sysadmin', 'root', 'mail', 'mailer-daemon', 'daemon'],
  ...['noreply', 'no-reply', 'donotreply', 'do-not-reply', 'nobody', 'everyone', 'all', 'staff', 'help', 'billing'],
]);

/** What is written over a list's name: LIST-request (RFC 2142 section 6), and the addresses that list programs make. */
const OF_A_LIST = /(?:^owner-|-(?:request|owner|bounces?|join|leave|subscribe|unsubscribe)$)/;

/**
 * Whether a local part is kept from whoever signs up. `more`: the administrator's own list. Dots, dashes and underscores do not make
 * another name of one.
 */
export function isReserved(local: string, more: readonly string[] = []): boolean {
  const bare = (name: string) => name.replace(/[._-]/g, '');
  const names = [...RESERVED, ...more.map((name) => name.toLowerCase())];
  return OF_A_LIST.test(local) || names.some((name) => bare(name) === bare(local));
}

/** Letters that look like others' are no help to anybody here. An administrator may give any name that mail allows. */
const NAME = /^(?!.*\.\.)[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

/** Refuses a local part that nobody can choose for himself. */
export function checkChosenName(local: string): void {
  if (!NAME.test(local)) {
    throw new Refused(
      'invalid',
      'A name has the letters a to z, digits, and dots, dashes or underscores between them; at most 64.',
    );
  }
}
