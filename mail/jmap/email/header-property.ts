import { MethodError } from '../errors.ts';

/** The forms in which a header field's value is given (RFC 8621 section 4.1.2). */
export const HEADER_FORMS = ['Raw', 'Text', 'Addresses', 'GroupedAddresses', 'MessageIds', 'Date', 'URLs'] as const;
export type HeaderForm = (typeof HEADER_FORMS)[number];

/** A property `header:Name[:asForm][:all]` (RFC 8621 section 4.1.3). */
export interface HeaderProperty {
  /** As the client wrote it. */
  readonly property: string;
  /** The field's name as the client wrote it. */
  readonly field: string;
  readonly form: HeaderForm;
  /** Every instance of the field; else the last alone. */
  readonly all: boolean;
}

const ADDRESSES = ['Addresses', 'GroupedAddresses'] as const;

/** RFC 5322 and RFC 2369 fields, lower case, and the forms besides Raw that each may take; a field that is not here takes all. */
const FORMS: ReadonlyMap<string, readonly HeaderForm[]> = new Map(
  [
    { fields: ['subject', 'comments', 'keywords'], forms: ['Text'] as const },
    {
      fields: ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'].flatMap((name) => [name, `resent-${name}`]),
      forms: ADDRESSES,
    },
    { fields: ['message-id', 'in-reply-to', 'references', 'resent-message-id'], forms: ['MessageIds'] as const },
    { fields: ['date', 'resent-date'], forms: ['Date'] as const },
    {
      fields: ['help', 'unsubscribe', 'subscribe', 'post', 'owner', 'archive'].map((name) => `list-${name}`),
      forms: ['URLs'] as const,
    },
    { fields: ['return-path', 'received'], forms: [] },
  ].flatMap(({ fields, forms }) => fields.map((field) => [field, forms] as const)),
);

/** Reads `header:...`; throws `invalidArguments` for what is none, and for a form that the field may not take. */
export function headerProperty(property: string): HeaderProperty {
  const match = /^header:([\x21-\x39\x3b-\x7e]+)(?::as([A-Za-z]+))?(:all)?$/.exec(property);
  const form = match?.[2] ?? 'Raw';
  if (match === null || !isForm(form)) {
    throw new MethodError(
      'invalidArguments',
      `${property} is not header:Name, header:Name:asForm or one of them with :all`,
    );
  }
  const field = match[1]!;
  if (!mayTake(field, form)) {
    throw new MethodError('invalidArguments', `${property}: ${field} cannot be given as ${form}`);
  }
  return { property, field, form, all: match[3] !== undefined };
}

export function isHeaderProperty(property: string): boolean {
  return property.startsWith('header:');
}

/** Whether RFC 8621 section 4.1.2 allows the form for the field. */
function mayTake(field: string, form: HeaderForm): boolean {
  return form === 'Raw' || (FORMS.get(field.toLowerCase())?.includes(form) ?? true);
}

function isForm(name: string): name is HeaderForm {
  return (HEADER_FORMS as readonly string[]).includes(name);
}
