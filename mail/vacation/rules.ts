import { parseAddress, splitDetail } from '../directory/address.ts';
import { decodeAddresses, headerFields, parseAddressList } from '../message/index.ts';

/** Somebody in whose name an answer may be written. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/** What is read of a message to decide whether it is answered. */
export interface Asked {
  /** The reverse-path; '' is the null sender. */
  readonly from: string;
  /** The header section, as it came. */
  readonly header: Uint8Array;
}

/** Senders that are programs, by their local part (RFC 5230 section 4.6, and what mail of today is sent by). */
const ROBOTS =
  /^(?:mailer-daemon|postmaster|listserv|majordomo|(?:no|do[-_.]?not|dont)[-_.]?reply.*|owner-.*|bounces?(?:[-+_.=].*)?|.*-(?:owner|request|bounces?|confirm|noreply))(?:[+=].*)?$/;

/** Fields that only a list sets (RFC 2369, RFC 2919), which is not to be answered (RFC 5230 section 4.6). */
const LIST = /^list-(?:id|help|subscribe|unsubscribe|post|owner|archive)$/;

/** Where a message names whom it is meant for (RFC 5230 section 4.5). */
const RECIPIENTS: ReadonlySet<string> = new Set(['to', 'cc', 'bcc', 'resent-to', 'resent-cc', 'resent-bcc']);

/**
 * Whose answer a message gets: that of the first author whom it names as a recipient. Undefined: nobody's, for it comes from a program or
 * a list, from the authors themselves, or was not meant for them (RFC 3834 section 2, RFC 5230 sections 4.5 and 4.6).
 */
export function answering({ from, header }: Asked, authors: readonly Author[]): Author | undefined {
  const sender = parseAddress(from);
  if (from === '' || sender === undefined || sender.domain === '' || ROBOTS.test(sender.local)) return undefined;
  const own = new Map<string, Author>();
  for (const author of authors) {
    const key = plain(author.email);
    if (key !== undefined && !own.has(key)) own.set(key, author);
  }
  if (own.has(plain(from)!)) return undefined;
  let found: Author | undefined;
  for (const { name, value } of headerFields(header)) {
    if (LIST.test(name) || isAutomatic(name, value)) return undefined;
    if (found !== undefined || !RECIPIENTS.has(name)) continue;
    for (const { address } of decodeAddresses(parseAddressList(value))) {
      found ??= own.get(plain(address) ?? '');
    }
  }
  return found;
}

function isAutomatic(name: string, value: string): boolean {
  const word = /^[^\s;(]*/.exec(value)![0].toLowerCase();
  switch (name) {
    // RFC 3834 section 5: whatever is not `no` was sent by a program.
    case 'auto-submitted':
      return word !== 'no';
    case 'precedence':
      return word === 'bulk' || word === 'list' || word === 'junk';
    // What Exchange and others ask for.
    case 'x-auto-response-suppress':
      return /\b(?:all|oof|autoreply)\b/i.test(value);
    // RFC 3834 section 2: reports are no messages of people.
    case 'content-type':
      return word === 'multipart/report';
    default:
      return false;
  }
}

/** An address as it is compared: without its detail. */
function plain(address: string): string | undefined {
  const parsed = parseAddress(address);
  if (parsed === undefined) return undefined;
  return `${splitDetail(parsed.local)?.base ?? parsed.local}@${parsed.domain}`;
}
