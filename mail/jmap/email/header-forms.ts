import { parseAddressList, type WireAddress } from '../../message/addresses.ts';
import { parseZonedDate } from '../../message/dates.ts';
import { decodeText, headerFields } from '../../message/headers.ts';
import { messageIds } from '../../message/summarize.ts';
import type { HeaderForm, HeaderProperty } from './header-property.ts';

/** RFC 8621 section 4.1.2.3. */
export interface EmailAddress {
  readonly name: string | null;
  readonly email: string;
}

/** RFC 8621 section 4.1.2.4. */
export interface EmailAddressGroup {
  readonly name: string | null;
  readonly addresses: readonly EmailAddress[];
}

/** One field of a header, as it stands there. */
export interface RawField {
  readonly name: string;
  /** Raw form (RFC 8621 section 4.1.2.1). */
  readonly raw: string;
  /** Unfolded, without outer white space, a latin1 string. */
  readonly value: string;
}

/** The fields of a header block, in order. */
export function rawFields(block: Uint8Array): RawField[] {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  const fields: RawField[] = [];
  for (const { name, start, end, value } of headerFields(block)) {
    if (name === '') continue;
    const colon = bytes.indexOf(0x3a, start);
    const raw = bytes
      .toString('utf8', colon + 1, end)
      .replace(/\r?\n$/, '')
      .replaceAll('\0', '');
    fields.push({ name: bytes.toString('latin1', start, colon).trimEnd(), raw, value });
  }
  return fields;
}

/** The fields that a property asks for (RFC 8621 section 4.1.3): the last of that name, or all. */
export function instances(fields: readonly RawField[], { field, all }: HeaderProperty): readonly RawField[] {
  const wanted = field.toLowerCase();
  const found = fields.filter(({ name }) => name.toLowerCase() === wanted);
  return all ? found : found.slice(-1);
}

/** Of those, their values; null or an empty list where there is none. */
export function headerValue(found: readonly RawField[], { form, all }: HeaderProperty): unknown {
  if (all) return found.map((one) => inForm(one, form));
  const last = found.at(-1);
  return last === undefined ? null : inForm(last, form);
}

function inForm({ raw, value }: RawField, form: HeaderForm): unknown {
  switch (form) {
    case 'Raw':
      return raw;
    case 'Text':
      return asText(value);
    case 'Addresses':
      return asAddresses(value);
    case 'GroupedAddresses':
      return asGroupedAddresses(value);
    case 'MessageIds':
      return asMessageIds(value);
    case 'Date':
      return asDate(value);
    case 'URLs':
      return asUrls(value);
  }
}

/** The functions below take an unfolded value as a latin1 string. */
export function asText(value: string): string {
  return cleanText(decodeText(value));
}

export function asAddresses(value: string): EmailAddress[] {
  return addressesOf(parseAddressList(value));
}

export function addressesOf(list: readonly WireAddress[]): EmailAddress[] {
  return groupsOf(list).flatMap(({ addresses }) => addresses);
}

function asGroupedAddresses(value: string): EmailAddressGroup[] {
  return groupsOf(parseAddressList(value));
}

/** Members outside of groups that follow each other are one nameless group. */
function groupsOf(list: readonly WireAddress[]): EmailAddressGroup[] {
  const groups: { name: string | null; addresses: EmailAddress[] }[] = [];
  let current: (typeof groups)[number] | undefined;
  for (const { name, mailbox, host } of list) {
    if (host === null) {
      // With a name it opens a group, without one it ends it.
      current = mailbox === null ? undefined : { name: asText(mailbox), addresses: [] };
      if (current !== undefined) groups.push(current);
      continue;
    }
    if (current === undefined) {
      current = { name: null, addresses: [] };
      groups.push(current);
    }
    const local = mailbox ?? '';
    const text = name === null ? '' : asText(name);
    current.addresses.push({
      name: text === '' ? null : text,
      email: asText(host === '' ? local : `${local}@${host}`),
    });
  }
  return groups;
}

/** Null where there is no message id in it. */
export function asMessageIds(value: string): string[] | null {
  const ids = messageIds(value).map(asText);
  return ids.length === 0 ? null : ids;
}

/** RFC 8620 section 1.4: a Date in the zone that it was written in; null where it is none. */
export function asDate(value: string): string | null {
  const date = parseZonedDate(value);
  if (date === undefined) return null;
  const local = new Date(date.ms + date.zone * 60_000);
  // RFC 3339 has four digits for a year.
  if (!(local.getUTCFullYear() >= 0 && local.getUTCFullYear() <= 9999)) return null;
  return `${local.toISOString().slice(0, 19)}${offset(date.zone)}`;
}

function offset(zone: number): string {
  if (zone === 0) return 'Z';
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.abs(zone);
  return `${zone < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** RFC 2369 section 2: URLs in angle brackets, between them commas and comments. */
function asUrls(value: string): string[] | null {
  const urls: string[] = [];
  let depth = 0;
  for (let at = 0; at < value.length; at++) {
    const c = value[at];
    if (c === '\\') at++;
    else if (c === '(') depth++;
    else if (c === ')') depth = Math.max(0, depth - 1);
    else if (c === '<' && depth === 0) {
      const end = value.indexOf('>', at);
      if (end < 0) break;
      const url = asText(value.slice(at + 1, end).replace(/\s+/g, ''));
      if (url !== '') urls.push(url);
      at = end;
    }
  }
  return urls.length === 0 ? null : urls;
}

/** RFC 8621 section 4.1.2.2: without control characters, in Normalization Form C. */
export function cleanText(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, '')
    .trim()
    .normalize('NFC')
    .toWellFormed();
}
