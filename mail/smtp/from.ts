import type { Buffer } from 'node:buffer';
import type { AccountInfo } from '../directory/types.ts';
import { decodeAddresses, parseAddressList } from '../message/addresses.ts';
import { headerFields } from '../message/headers.ts';
import type { Session } from './session.ts';

/** More authors than that are refused: each may cost a look into the directory. */
const MAX_AUTHORS = 20;

/**
 * Whether the account may use every address of the From fields: what readers are shown, as MAIL's is not (RFC 6409 section 6.1
 * lets a submission server hold its users to their rights). A header without From, or with an empty group in it (RFC 6854),
 * claims nobody's name.
 */
export async function mayWriteFrom(session: Session, account: AccountInfo, header: Buffer): Promise<boolean> {
  const authors = authorsOf(header);
  if (authors.size === 0) return true;
  const { checkFrom, directory } = session.options;
  if (checkFrom !== undefined && !(await checkFrom(account))) return true;
  if (authors.size > MAX_AUTHORS) return false;
  for (const author of authors) if (!(await directory.maySendAs(account.id, author))) return false;
  return true;
}

function authorsOf(header: Buffer): ReadonlySet<string> {
  const authors = new Set<string>();
  for (const { name, value } of headerFields(header)) {
    if (name !== 'from') continue;
    for (const { address } of decodeAddresses(parseAddressList(value))) authors.add(address);
  }
  return authors;
}
