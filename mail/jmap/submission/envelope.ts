import * as z from 'zod';
import { decodeAddresses, parseAddressList } from '../../message/addresses.ts';
import { headerFields } from '../../message/headers.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import { MAX_DELAYED_SEND, MAX_RECIPIENTS } from './limits.ts';
import type { Envelope } from './object.ts';

const PARAMETERS = z.record(z.string(), z.string().nullable()).nullable().default(null);
const ADDRESS = z.strictObject({ email: z.string().max(320), parameters: PARAMETERS });

/** As a client gives it (RFC 8621 section 7). */
export const ENVELOPE = z.strictObject({ mailFrom: ADDRESS, rcptTo: z.array(ADDRESS) });

/** The addresses in the fields of that name, by field. */
export function addressesIn(header: Uint8Array, name: string): readonly (readonly string[])[] {
  const fields: string[][] = [];
  for (const field of headerFields(header)) {
    if (field.name === name) fields.push(decodeAddresses(parseAddressList(field.value)).map(({ address }) => address));
  }
  return fields;
}

/** RFC 8621 section 7: who it is from and to where the client does not say. `isAllowed`: by the identity, whose address is `own`. */
export function envelopeOf(header: Uint8Array, own: string, isAllowed: (address: string) => boolean): Envelope {
  const senders = addressesIn(header, 'sender');
  const name = senders.length > 0 ? 'sender' : 'from';
  const fields = senders.length > 0 ? senders : addressesIn(header, 'from');
  const [address, ...more] = fields.flat();
  if (address === undefined || more.length > 0 || fields.length > 1) {
    const text = `Without an envelope, the email must have one address in its field ${name}`;
    throw new SetFailure('invalidEmail', text, { properties: [name] });
  }
  const to = ['to', 'cc', 'bcc'].flatMap((field) => addressesIn(header, field).flat());
  return {
    mailFrom: { email: isAllowed(address) ? address : own, parameters: null },
    rcptTo: [...new Set(to)].map((email) => ({ email, parameters: null })),
  };
}

/** Refuses recipients that nothing can be sent to. */
export function checkRecipients({ rcptTo }: Envelope): void {
  if (rcptTo.length === 0) throw new SetFailure('noRecipients', 'The email has no recipients');
  if (rcptTo.length > MAX_RECIPIENTS) {
    const text = `An email goes to ${MAX_RECIPIENTS} recipients at most`;
    throw new SetFailure('tooManyRecipients', text, { maxRecipients: MAX_RECIPIENTS });
  }
  const invalidRecipients = rcptTo.map(({ email }) => email).filter((email) => !isAddress(email));
  if (invalidRecipients.length > 0) {
    const text = `These are no addresses: ${invalidRecipients.join(', ')}`;
    throw new SetFailure('invalidRecipients', text, { invalidRecipients });
  }
  if (rcptTo.some(({ parameters }) => Object.keys(parameters ?? {}).length > 0)) {
    throw invalidProperties(['envelope'], 'envelope/rcptTo: recipients have no parameters here');
  }
}

/** What can stand in an envelope as it is: nothing that would end a command or an address. */
function isAddress(address: string): boolean {
  if (address.length > 320 || /[\x00-\x20\x7f<>]/.test(address)) return false;
  return /^[^@]{1,64}@[^@\s]+$/.test(address) && !/["(),:;[\]\\]/.test(address) && !/^\.|\.\.|\.@|@\.|@-/.test(address);
}

/** When it is to be sent: RFC 4865's HOLDFOR or HOLDUNTIL, in milliseconds since 1970. */
export function timeOf({ mailFrom }: Envelope, now: number): number {
  const given = Object.entries(mailFrom.parameters ?? {}).map(([name, value]) => [name.toUpperCase(), value] as const);
  if (given.length === 0) return now;
  const [[name, value], ...more] = given as [readonly [string, string | null], ...unknown[]];
  if (more.length > 0 || (name !== 'HOLDFOR' && name !== 'HOLDUNTIL')) {
    throw invalidProperties(['envelope'], 'envelope/mailFrom: its one parameter is HOLDFOR or HOLDUNTIL');
  }
  const at = name === 'HOLDFOR' ? now + seconds(value) * 1000 : date(value);
  if (Number.isNaN(at)) throw invalidProperties(['envelope'], `envelope/mailFrom: ${name} cannot be ${value}`);
  if (at > now + MAX_DELAYED_SEND * 1000) {
    throw invalidProperties(['envelope'], `An email is held for ${MAX_DELAYED_SEND} seconds at most`);
  }
  return Math.max(at, now);
}

function seconds(value: string | null): number {
  return value !== null && /^[1-9]\d{0,8}$/.test(value) ? Number(value) : Number.NaN;
}

function date(value: string | null): number {
  const isDate = value !== null && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/.test(value);
  return isDate ? Date.parse(value) : Number.NaN;
}
