import * as z from 'zod';
import { ID } from '../method.ts';

/** Message Disposition Notifications (RFC 8098) as JMAP has them (RFC 9007 section 2). */

export const MDN_SENT = '$mdnsent';

/** Bytes. */
const MAX_LINE = 500;
const MAX_TEXT = 16 * 1024;

const line = z
  .string()
  .refine((text) => !/[\x00-\x1f\x7f]/.test(text), 'no control characters')
  .refine((text) => Buffer.byteLength(text) <= MAX_LINE, `at most ${MAX_LINE} bytes`);

/** What stands in a field of the report: ASCII, for RFC 8098 has no other. */
const fieldText = line.refine((text) => /^[\x20-\x7e]*$/.test(text), 'ASCII only');

const DISPOSITION = z.strictObject({
  actionMode: z.enum(['manual-action', 'automatic-action']),
  sendingMode: z.enum(['mdn-sent-manually', 'mdn-sent-automatically']),
  type: z.enum(['deleted', 'dispatched', 'displayed', 'processed']),
});
export type Disposition = z.infer<typeof DISPOSITION>;

/** Fields that the report has anyway, lower case. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  ...['reporting-ua', 'mdn-gateway', 'original-recipient', 'final-recipient', 'original-message-id', 'disposition'],
  ...['error', 'failure', 'warning'],
]);

const EXTENSION_NAME = z
  .string()
  .regex(/^[\x21-\x39\x3b-\x7e]{1,76}$/, 'no name of a field')
  .refine((name) => !OWN_FIELDS.has(name.toLowerCase()), 'a field that the report has anyway');

/** As a client gives it. What only the server sets must be null. */
export const NEW_MDN = z.strictObject({
  forEmailId: ID,
  subject: line.nullish(),
  textBody: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= MAX_TEXT, `at most ${MAX_TEXT} bytes`)
    .nullish(),
  includeOriginalMessage: z.boolean().nullish(),
  reportingUA: fieldText.nullish(),
  disposition: DISPOSITION,
  mdnGateway: z.null().optional(),
  originalRecipient: z.null().optional(),
  finalRecipient: fieldText.regex(/^[A-Za-z0-9-]+;\s*\S+@\S+$/, 'not like "rfc822; john@example.com"').nullish(),
  originalMessageId: z.null().optional(),
  error: z.null().optional(),
  extensionFields: z
    .record(EXTENSION_NAME, fieldText)
    .refine((fields) => Object.keys(fields).length <= 50, 'at most 50')
    .nullish(),
});
export type NewMdn = z.infer<typeof NEW_MDN>;

/** As it is sent, and as it is read. */
export interface Mdn {
  readonly forEmailId: string | null;
  readonly subject: string | null;
  readonly textBody: string | null;
  readonly includeOriginalMessage: boolean;
  readonly reportingUA: string | null;
  readonly disposition: Disposition;
  readonly mdnGateway: string | null;
  readonly originalRecipient: string | null;
  readonly finalRecipient: string | null;
  readonly originalMessageId: string | null;
  readonly error: readonly string[] | null;
  readonly extensionFields: Readonly<Record<string, string>> | null;
}
