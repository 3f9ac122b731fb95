import * as z from 'zod';
import type { State } from '../account/types.ts';

/** The account's object of this type, named as JMAP names it. There is one (RFC 8621 section 8), or none that anybody has written. */
export const VACATION_RESPONSE = 'VacationResponse';
export const SINGLETON = 'singleton';

/** It is in the snapshot of the account. In bytes. */
const MAX_SUBJECT = 500;
const MAX_TEXT = 16 * 1024;
const MAX_HTML = 32 * 1024;

const text = (bytes: number) =>
  z.string().refine((given) => Buffer.byteLength(given) <= bytes, `at most ${bytes} bytes`);

/** RFC 8620 section 1.4: UTCDate, of a day that there is. */
const UTC_DATE = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, 'not a UTCDate')
  .refine((date) => !Number.isNaN(Date.parse(date)), 'there is no such day');

/** RFC 8621 section 8. `fromDate` is included, `toDate` is not. */
export const VACATION = z.strictObject({
  isEnabled: z.boolean().default(false),
  fromDate: UTC_DATE.nullable().default(null),
  toDate: UTC_DATE.nullable().default(null),
  subject: text(MAX_SUBJECT)
    .refine((subject) => !/[\x00-\x1f\x7f]/.test(subject), 'no control characters')
    .nullable()
    .default(null),
  textBody: text(MAX_TEXT).nullable().default(null),
  htmlBody: text(MAX_HTML).nullable().default(null),
});
export type Vacation = Readonly<z.infer<typeof VACATION>>;

const NONE: Vacation = VACATION.parse({});

/** What the account has said; by default that nobody is answered. */
export function vacationOf(state: State): Vacation {
  return (state.object(VACATION_RESPONSE, SINGLETON) as Vacation | undefined) ?? NONE;
}

/** Whether mail that came at `at`, milliseconds since 1970, is answered at all. */
export function isAway({ isEnabled, fromDate, toDate }: Vacation, at: number): boolean {
  if (!isEnabled) return false;
  if (fromDate !== null && at < Date.parse(fromDate)) return false;
  return toDate === null || at < Date.parse(toDate);
}
