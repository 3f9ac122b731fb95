import * as z from 'zod';

/**
 * What the SMTP side hands to `deliver` once a message's bytes are durable. Its `id` is the delivery id: an account that
 * has filed it once never files it again (design: rule 6), and every effect outside the log derives its id from it.
 */
export const inboundJob = z.object({
  v: z.literal(1),
  /** Random, [a-z2-7]; also the queue id shown in the 250 reply and in the Received field. */
  id: z.string().min(8).max(64),
  blob: z.string(),
  /** Bytes of the blob, trace header included. */
  size: z.number().int().nonnegative(),
  /** Milliseconds since 1970; becomes the INTERNALDATE. */
  received: z.number(),
  /** Reverse-path; '' is the null sender. */
  from: z.string(),
  smtputf8: z.boolean().default(false),
  /** The blob's bytes contain 8-bit data (BODY=8BITMIME). */
  eightBit: z.boolean().default(false),
  /** Into the local mailboxes; each account once. */
  deliveries: z.array(
    z.object({
      account: z.string(),
      /** The address as given at RCPT, for traces and Delivered-To. */
      recipient: z.string(),
      /** The subaddress (RFC 5233 detail), when there was one. */
      detail: z.string().optional(),
    }),
  ),
  /** To be sent on: recipients of a submission elsewhere, and targets of aliases elsewhere. */
  relay: z.array(z.string()),
  /** How it came: `mx` from the world, `submission` from a user, `local` made by us (DSN, CLI). */
  via: z.enum(['mx', 'submission', 'local']),
  /** The account that submitted it, when one did. */
  sender: z.string().optional(),
  tenant: z.string(),
  /** DSN request of the submitter or peer (RFC 3461); absent where none was made. */
  dsn: z.object({ ret: z.enum(['full', 'hdrs']).optional(), envid: z.string().optional() }).optional(),
});
export type InboundJob = z.infer<typeof inboundJob>;
