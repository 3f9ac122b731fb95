import { type Address, decodeAddresses, MAX_ADDRESSES, parseAddressList, type WireAddress } from './addresses.ts';
import { readItem, type WireValue, wireNString } from './wire.ts';

/** The header fields of one message that ENVELOPE and Summary are made of: lower-case name → unfolded raw value (latin1). Address fields that occur again are joined with commas; of others the first counts. */
export type EnvelopeFields = ReadonlyMap<string, string>;

/**
 * Renders ENVELOPE (RFC 3501 7.4.2): date, subject, from, sender, reply-to, to, cc, bcc, in-reply-to, message-id. An
 * absent field is NIL, an empty one "" (strings) or NIL (addresses); Sender and Reply-To default to From.
 */
export function renderEnvelope(fields: EnvelopeFields): string {
  const text = (name: string) => wireNString(fields.get(name) ?? null);
  const from = addresses(fields.get('from'));
  const list = (name: string) => addresses(fields.get(name));
  const orFrom = (value: string) => (value === 'NIL' ? from : value);
  return `(${text('date')} ${text('subject')} ${from} ${orFrom(list('sender'))} ${orFrom(list('reply-to'))} ${list('to')} ${list('cc')} ${list('bcc')} ${text('in-reply-to')} ${text('message-id')})`;
}

function addresses(value: string | undefined): string {
  if (value === undefined) return 'NIL';
  const list = parseAddressList(value);
  if (list.length === 0) return 'NIL';
  let out = '(';
  for (const a of list) {
    out += `(${wireNString(a.name)} ${wireNString(a.route)} ${wireNString(a.mailbox)} ${wireNString(a.host)})`;
  }
  return `${out})`;
}

/** The address fields of an envelope, in the order in which they stand in it. */
const ADDRESS_FIELDS = ['from', 'sender', 'replyTo', 'to', 'cc', 'bcc'] as const;
export type EnvelopeAddressField = (typeof ADDRESS_FIELDS)[number];

/** An ENVELOPE read back: strings raw (decode them with decodeText), addresses decoded. */
export type Envelope = {
  date: string | null;
  subject: string | null;
  inReplyTo: string | null;
  messageId: string | null;
} & Record<EnvelopeAddressField, Address[]>;

/** Reads an ENVELOPE in wire form back, as `renderEnvelope` wrote it. */
export function readEnvelope(wire: string): Envelope {
  const items = readItem(wire) as WireValue[];
  const text = (at: number) => items[at] as string | null;
  const list = (at: number) => decodeAddresses(toAddresses(items[at] ?? null));
  return {
    date: text(0),
    subject: text(1),
    from: list(2),
    sender: list(3),
    replyTo: list(4),
    to: list(5),
    cc: list(6),
    bcc: list(7),
    inReplyTo: text(8),
    messageId: text(9),
  };
}

function toAddresses(value: WireValue): WireAddress[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_ADDRESSES + 1).map((item) => {
    const [name = null, route = null, mailbox = null, host = null] = item as (string | null)[];
    return { name, route, mailbox, host };
  });
}

/**
 * The text that SEARCH FROM, TO, CC and BCC look in (RFC 3501 6.4.4): the decoded list as a reader sees it,
 * `Name <address>, ...`.
 */
export function addressText(wire: string, field: 'from' | 'to' | 'cc' | 'bcc'): string {
  return readEnvelope(wire)
    [field].map(({ name, address }) => (name === '' ? address : `${name} <${address}>`))
    .join(', ');
}
