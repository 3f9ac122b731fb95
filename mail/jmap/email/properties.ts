import * as z from 'zod';
import { MethodError } from '../errors.ts';
import { type HeaderProperty, headerProperty, isHeaderProperty } from './header-property.ts';

/** What is known without the message (RFC 8621 section 4.1.1). */
export const METADATA = ['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt'];

/** What the summary knows (sections 4.1.3 and 4.1.4). */
const LISTED = [
  ...['messageId', 'inReplyTo', 'references', 'sender', 'from', 'to', 'cc', 'bcc', 'replyTo', 'subject', 'sentAt'],
  ...['hasAttachment', 'preview'],
];

const BODIES = ['bodyValues', 'textBody', 'htmlBody', 'attachments'];

/** Our own: docs/jmap.md. */
export const SNOOZING = ['snoozed', 'awakenedAt'];

export const EMAIL_PROPERTIES = [...METADATA, ...LISTED, ...BODIES, 'headers', 'bodyStructure', ...SNOOZING];

/** RFC 8621 section 4.2. */
export const USUAL = [...METADATA, ...LISTED, ...BODIES];

/** RFC 8621 section 4.9. */
export const USUAL_PARSED = [...LISTED, ...BODIES];

const PART_PROPERTIES = [
  ...['partId', 'blobId', 'size', 'name', 'type', 'charset', 'disposition', 'cid', 'language', 'location'],
];

/** More arguments of Email/get and Email/parse. */
export const READING = z.strictObject({
  bodyProperties: z.array(z.string()).nullish(),
  fetchTextBodyValues: z.boolean().nullish(),
  fetchHTMLBodyValues: z.boolean().nullish(),
  fetchAllBodyValues: z.boolean().nullish(),
  maxBodyValueBytes: z.int().nonnegative().nullish(),
});

export type Reading = z.infer<typeof READING>;

/** What a call wants to know of each of its emails. */
export interface Wanted {
  readonly properties: ReadonlySet<string>;
  readonly headers: readonly HeaderProperty[];
  readonly partProperties: ReadonlySet<string>;
  readonly partHeaders: readonly HeaderProperty[];
  readonly args: Reading;
  /** Bytes of body values that the answer may still hold: more are cut. */
  room: number;
  /** Bytes of all else, roughly: more are refused. */
  left: number;
}

const VALUE_BYTES = 16 * 1024 * 1024;
const OTHER_BYTES = 64 * 1024 * 1024;
const MAX_PROPERTIES = 500;

/** Throws `invalidArguments` for properties that there are not. `properties`: checked already but for their header forms. */
export function wantedOf(properties: ReadonlySet<string>, args: Reading): Wanted {
  const ofParts = [...new Set(args.bodyProperties ?? PART_PROPERTIES)];
  if (properties.size > MAX_PROPERTIES || ofParts.length > MAX_PROPERTIES) {
    throw new MethodError('invalidArguments', `At most ${MAX_PROPERTIES} properties can be asked for`);
  }
  const known = [...PART_PROPERTIES, 'headers', 'subParts'];
  const unknown = ofParts.find((name) => !known.includes(name) && !isHeaderProperty(name));
  if (unknown !== undefined) throw new MethodError('invalidArguments', `bodyProperties: a part has no ${unknown}`);
  return {
    properties,
    headers: [...properties].filter(isHeaderProperty).map(headerProperty),
    partProperties: new Set(ofParts),
    partHeaders: ofParts.filter(isHeaderProperty).map(headerProperty),
    args,
    room: VALUE_BYTES,
    left: OTHER_BYTES,
  };
}

/** Counts what goes into an answer; throws `requestTooLarge`. */
export function spend(wanted: Wanted, bytes: number): void {
  wanted.left -= bytes;
  if (wanted.left < 0) {
    throw new MethodError(
      'requestTooLarge',
      `One answer holds about ${OTHER_BYTES} bytes: ask for fewer emails at once`,
    );
  }
}
