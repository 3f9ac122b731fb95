import { createHash } from 'node:crypto';
import * as z from 'zod';

/**
 * One item of the outbound queue: the recipients of one message in one domain, at most RECIPIENTS_PER_ENTRY of them. The table is
 * the queue's truth; jobs and schedules only say "look at entry X" (design.md section 3).
 */

/** So that one entry fits one SMTP transaction and one SES call, and stays far below the item limit. */
export const RECIPIENTS_PER_ENTRY = 50;
export const SHARDS = 16;
/** What a server said is kept up to this length. */
export const TEXT_LIMIT = 500;

/** What was said about a recipient. */
const verdict = z.object({
  /** The server's reply code; 0 when none was given. */
  code: z.number().int(),
  /** RFC 3463. */
  enhanced: z.string(),
  text: z.string(),
  /** `host[address]` of the server that said it; absent when we said it ourselves. */
  remote: z.string().optional(),
  /** Milliseconds since 1970. */
  at: z.number(),
});
export type Verdict = z.infer<typeof verdict>;

export const queueEntry = z.object({
  v: z.literal(1),
  id: z.string(),
  /** The id it was submitted under, shown in the 250 reply and the Received field. */
  job: z.string(),
  blob: z.string(),
  size: z.number().int().nonnegative(),
  /** Reverse-path; '' is the null sender. */
  from: z.string(),
  /** The recipients' domain, lower case, as written; `[192.0.2.1]` for a literal. */
  domain: z.string(),
  /** The domain of ours whose routes apply. */
  routing: z.string(),
  tenant: z.string(),
  /** The account that submitted it. */
  sender: z.string().optional(),
  via: z.enum(['mx', 'submission', 'local']),
  smtputf8: z.boolean(),
  eightBit: z.boolean(),
  dsn: z.object({ ret: z.enum(['full', 'hdrs']).optional(), envid: z.string().optional() }).optional(),
  /** When it was submitted, milliseconds since 1970; its lifetime counts from here. */
  arrived: z.number(),
  /** Still to be delivered, with what was said last. */
  recipients: z.array(z.object({ address: z.string(), last: verdict.optional() })),
  /** Given up, to be reported to the sender by the next DSN. */
  failed: z.array(z.object({ address: z.string(), last: verdict })),
  /** How many DSNs it has had: part of the next one's id. */
  reports: z.number().int().nonnegative(),
  /**
   * `ready`: as soon as possible. `sending`: somebody is at it until `until`. `deferred`: again at `until`. `held`: not before a
   * human releases it. `ending`: nothing is left to deliver, what remains is to report and to clean up.
   */
  state: z.enum(['ready', 'sending', 'deferred', 'held', 'ending']),
  /** Milliseconds since 1970; what of, see `state`. For the others: when the state began. */
  until: z.number(),
  /** Why it is held. */
  reason: z.string().optional(),
  /** Delivery attempts made. */
  attempts: z.number().int().nonnegative(),
  /** Nonce of whoever wrote this version, to settle a write of unknown outcome (design: rule 2). */
  writer: z.string(),
});
export type QueueEntry = z.infer<typeof queueEntry>;

/** An entry as read, with the revision that replaces it. */
export interface Stored {
  readonly entry: QueueEntry;
  readonly rev: number;
}

/** An id made of the things it stands for: the same things always give the same id. 26 characters out of [a-z2-7]. */
export function deriveId(...parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  let id = '';
  for (let i = 0; i < 26; i++) id += 'abcdefghijklmnopqrstuvwxyz234567'[digest[i]! & 31];
  return id;
}

/** The partition of an entry. */
export function partition(id: string): string {
  return `q/${shardOf(id)}`;
}

/** The partition of the mark that an entry leaves when it is done. */
export function donePartition(id: string): string {
  return `qdone/${shardOf(id)}`;
}

function shardOf(id: string): number {
  return createHash('sha256').update(id).digest()[0]! % SHARDS;
}

export function encodeEntry(entry: QueueEntry): Uint8Array {
  return Buffer.from(JSON.stringify(entry));
}

/** Throws on a version or shape that this release does not know: such an entry is left alone (design: rule 4). */
export function decodeEntry(body: Uint8Array): QueueEntry {
  return queueEntry.parse(JSON.parse(Buffer.from(body).toString()));
}

/** The owner's name of an entry's claim on its blob (design: rule 3). */
export function blobOwner(id: string): string {
  return `q/${id}`;
}
