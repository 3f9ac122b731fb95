import { normalDomain } from '../directory/address.ts';
import { deriveId, RECIPIENTS_PER_ENTRY } from './queue-entry.ts';

/** The recipients that share one queue entry. */
export interface Group {
  /** The entry's id. */
  readonly id: string;
  readonly domain: string;
  readonly recipients: readonly string[];
}

/**
 * How the recipients of one message are split into queue entries: by domain, then in slices. A pure function of its input,
 * so that whoever writes the blob counts the same owners (`groupRecipients(...).length`) as `submit` makes entries.
 */
export function groupRecipients(job: string, recipients: readonly string[]): readonly Group[] {
  const domains = new Map<string, Set<string>>();
  for (const recipient of recipients) {
    const domain = domainOf(recipient);
    let members = domains.get(domain);
    if (members === undefined) domains.set(domain, (members = new Set()));
    members.add(recipient);
  }
  const groups: Group[] = [];
  for (const [domain, members] of domains) {
    const all = [...members];
    for (let start = 0; start < all.length; start += RECIPIENTS_PER_ENTRY) {
      groups.push({
        id: deriveId(job, domain, String(start / RECIPIENTS_PER_ENTRY)),
        domain,
        recipients: all.slice(start, start + RECIPIENTS_PER_ENTRY),
      });
    }
  }
  return groups;
}

/** The part behind the last @, lower case, without a final dot; '' when there is none. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0
    ? ''
    : address
        .slice(at + 1)
        .toLowerCase()
        .replace(/\.$/, '');
}

/**
 * The address as it goes on the wire: with its domain as A-labels where the local part is ASCII, so that a server without
 * SMTPUTF8 can take it (RFC 6531 section 3.7.1 leaves the choice to the client).
 */
export function wireAddress(address: string): string {
  const at = address.lastIndexOf('@');
  if (at < 0 || isAscii(address) || !isAscii(address.slice(0, at))) return address;
  const domain = normalDomain(address.slice(at + 1));
  return domain === undefined ? address : `${address.slice(0, at)}@${domain}`;
}

export function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}
