import type { WireAddress } from '../../message/addresses.ts';
import type { Summary } from '../../message/summary.ts';
import { readItem, type WireValue } from '../../message/wire.ts';
import { addressesOf, asDate, asMessageIds, asText, type EmailAddress } from './header-forms.ts';

/**
 * What a list of emails shows, out of the summary alone (RFC 8621 section 4.2: expected to be fast). An ENVELOPE has From where there is no
 * Sender or Reply-To: one that equals From counts as not given.
 */
export function listed(summary: Summary): Readonly<Record<string, unknown>> {
  const items = readItem(summary.envelope) as WireValue[];
  const [date, subject, from, sender, replyTo, to, cc, bcc, inReplyTo, messageId] = items;
  return {
    messageId: textOf(messageId, asMessageIds),
    inReplyTo: textOf(inReplyTo, asMessageIds),
    references: summary.references?.map(asText) ?? null,
    sender: isSame(sender, from) ? null : addresses(sender),
    from: addresses(from),
    to: addresses(to),
    cc: addresses(cc),
    bcc: addresses(bcc),
    replyTo: isSame(replyTo, from) ? null : addresses(replyTo),
    subject: textOf(subject, asText),
    sentAt: textOf(date, asDate),
    hasAttachment: summary.attachments,
    preview: summary.preview,
  };
}

function textOf<T>(wire: WireValue | undefined, read: (value: string) => T): T | null {
  return typeof wire === 'string' ? read(wire) : null;
}

function addresses(wire: WireValue | undefined): EmailAddress[] | null {
  if (!Array.isArray(wire)) return null;
  const list = wire.map((item): WireAddress => {
    const [name = null, route = null, mailbox = null, host = null] = item as (string | null)[];
    return { name, route, mailbox, host };
  });
  return addressesOf(list);
}

function isSame(one: WireValue | undefined, other: WireValue | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
