/**
 * Ids of what is in the accounts of others: the account, a colon (which no JMAP id has, RFC 8620 section 1.2) and the id there, so that
 * whatever keeps or shows things by their id need not know whose they are. Those of one's own are as the server gives them.
 */

export function idIn(account: string, id: string): string {
  return `${account}:${id}`;
}

/** Whose it is; undefined: one's own. */
export function accountOf(id: string): string | undefined {
  const at = id.indexOf(':');
  return at < 0 ? undefined : id.slice(0, at);
}

/** As its account's server knows it. */
export function bareId(id: string): string {
  return id.slice(id.indexOf(':') + 1);
}
