import { invalidProperties } from '../errors.ts';
import { type HeaderForm, headerProperty, isHeaderProperty } from './header-property.ts';
import { renderField } from './header-render.ts';

type Properties = Readonly<Record<string, unknown>>;

/** The properties that stand for a header field (RFC 8621 section 4.1.3). */
const SHORT: Readonly<Record<string, readonly [field: string, form: HeaderForm]>> = {
  messageId: ['Message-ID', 'MessageIds'],
  inReplyTo: ['In-Reply-To', 'MessageIds'],
  references: ['References', 'MessageIds'],
  sender: ['Sender', 'Addresses'],
  from: ['From', 'Addresses'],
  to: ['To', 'Addresses'],
  cc: ['Cc', 'Addresses'],
  bcc: ['Bcc', 'Addresses'],
  replyTo: ['Reply-To', 'Addresses'],
  subject: ['Subject', 'Text'],
  sentAt: ['Date', 'Date'],
};

/** Header fields, ready to be written, by their name in lower case. */
export type Fields = Map<string, string>;

export function isField(property: string): boolean {
  return Object.hasOwn(SHORT, property) || isHeaderProperty(property);
}

/**
 * The header fields among the properties of an email or a body part, in their order. Throws `SetFailure` for one that is given twice, in a
 * form that it may not have, or where it may not be (RFC 8621 section 4.6). `at`: the path of the part; '' for the email.
 */
export function fieldsOf(properties: Properties, at: string): Fields {
  const fields: Fields = new Map();
  for (const [property, value] of Object.entries(properties)) {
    // A part has no property `from`; where it stands for something else, it is not for us to refuse.
    if (at === '' ? !isField(property) : !isHeaderProperty(property)) continue;
    const path = `${at}${property}`;
    const { field, form, all } = named(property, path);
    const name = field.toLowerCase();
    if (fields.has(name)) throw invalidProperties([path], `${path}: the field ${field} is given twice`);
    if (name === 'content-transfer-encoding' || name === 'content-type' || name === 'mime-version') {
      throw invalidProperties([path], `${path}: the server decides on this field`);
    }
    if (at === '' && name.startsWith('content-')) {
      throw invalidProperties([path], `${path}: fields of content belong to body parts`);
    }
    if (value === null || value === undefined) continue;
    if (all && !Array.isArray(value)) throw invalidProperties([path], `${path} is a list`);
    const values = all ? (value as unknown[]) : [value];
    fields.set(name, values.map((one) => renderField(field, form, one, path)).join(''));
  }
  return fields;
}

function named(property: string, path: string): { field: string; form: HeaderForm; all: boolean } {
  const short = SHORT[property];
  if (short !== undefined) return { field: short[0], form: short[1], all: false };
  try {
    return headerProperty(property);
  } catch (error) {
    throw invalidProperties([path], (error as Error).message);
  }
}
