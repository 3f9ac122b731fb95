import * as z from 'zod';
import { addressField, folded, headerText, phrase } from '../../message/render.ts';
import { invalidProperties } from '../errors.ts';
import type { HeaderForm } from './header-property.ts';

/** Header fields out of the forms in which clients give them: the way back of header-forms.ts. */

/** No line ends, nor other control characters but TAB: a value cannot begin a field of its own. */
const LINE = z.string().regex(/^[^\u0000-\u0008\u000a-\u001f\u007f]*$/, 'a text of one line');
const ADDRESS = z.strictObject({
  name: LINE.nullish(),
  email: LINE.regex(/^[^<>]*$/, 'an address without angle brackets'),
});
const ADDRESSES = z.array(ADDRESS).max(10_000);
const GROUPS = z.array(z.strictObject({ name: LINE.nullish(), addresses: ADDRESSES })).max(1000);
const WORDS = z.array(LINE.regex(/^[^<>\s]+$/, 'no angle brackets and no space')).max(10_000);
const DATE = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/, 'not a Date');
/** Folded or not (RFC 5322 section 2.2.3). */
const RAW = z.string().regex(/^(?:[^\u0000\r\n]|\r\n[\t ])*$/, 'a header field ends only with its last line');

/** The lines of one field in a form, with their CRLF. Throws `SetFailure`; `property`: as the client named it. */
export function renderField(name: string, form: HeaderForm, value: unknown, property: string): string {
  const read = <T>(type: z.ZodType<T>): T => {
    const parsed = type.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    throw invalidProperties([property], `${[property, ...issue.path].join('/')}: ${issue.message}`);
  };
  switch (form) {
    case 'Raw':
      return `${name}:${read(RAW)}\r\n`;
    case 'Text':
      return folded(name, headerText(read(LINE)));
    case 'Addresses':
      return folded(name, read(ADDRESSES).map(addressField).join(', '));
    case 'GroupedAddresses':
      return folded(name, groupsText(read(GROUPS)));
    case 'MessageIds':
    case 'URLs':
      return folded(
        name,
        read(WORDS)
          .map((word) => `<${word}>`)
          .join(form === 'URLs' ? ', ' : ' '),
      );
    case 'Date':
      return `${name}: ${dateText(read(DATE), property)}\r\n`;
  }
}

function groupsText(groups: z.infer<typeof GROUPS>): string {
  return groups
    .map(({ name, addresses }) => {
      const list = addresses.map(addressField).join(', ');
      return name === null || name === undefined ? list : `${phrase(name)}: ${list};`;
    })
    .filter((text) => text !== '')
    .join(', ');
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 5322 section 3.3, in the zone in which it was given. */
function dateText(date: string, property: string): string {
  const ms = Date.parse(date);
  if (Number.isNaN(ms)) throw invalidProperties([property], `${property}: there is no such date`);
  const zone = date.endsWith('Z') ? '+0000' : date.slice(-6).replace(':', '');
  const minutes = Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)));
  const local = new Date(ms + minutes * 60_000);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${DAYS[local.getUTCDay()]}, ${local.getUTCDate()} ${MONTHS[local.getUTCMonth()]}`;
  const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(':');
  return `${day} ${String(local.getUTCFullYear()).padStart(4, '0')} ${time} ${zone}`;
}

/** Now, as a Date field has it. `now`: milliseconds since 1970. */
export function dateField(now: number): string {
  return renderField('Date', 'Date', `${new Date(now).toISOString().slice(0, 19)}Z`, 'sentAt');
}
