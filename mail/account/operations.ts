import type { Summary } from '../message/summary.ts';
import type { Role } from './types.ts';

/**
 * What an entry can hold. Each operation carries its results (UIDs, numbers, ids, deltas): the fold applies and checks
 * them, it never decides. An operation's meaning never changes: a changed rule is a new operation (design: rule 4).
 */

/** Emails and mailboxes that one entry can make: their numbers are seq * EMAILS_PER_ENTRY and following. */
export const EMAILS_PER_ENTRY = 4096;

/** Change of a mailbox's counts: messages, unseen, deleted, bytes. */
export type Counts = readonly [messages: number, unseen: number, deleted: number, bytes: number];

/** Emails that lost their last placement (or got one again), and the bytes they count for. */
export type Freed = readonly [emails: number, bytes: number];

export type Operation =
  /** One new email with a placement in each mailbox named. */
  | {
      readonly op: 'add';
      readonly email: number;
      readonly thread: number;
      readonly blob: string;
      readonly size: number;
      /** Milliseconds since 1970. */
      readonly date: number;
      readonly flags: readonly string[];
      readonly in: readonly (readonly [mailbox: string, uid: number])[];
      readonly delivery?: string;
      readonly summary: Summary;
    }
  /** Flags of exactly these UIDs, each of which changes. */
  | {
      readonly op: 'store';
      readonly mailbox: string;
      readonly uids: string;
      readonly mode: 'set' | 'add' | 'remove';
      readonly flags: readonly string[];
      readonly counts: Counts;
    }
  /** What an account that is not the owner's has read, or not, of exactly these UIDs. */
  | {
      readonly op: 'see';
      readonly mailbox: string;
      readonly actor: string;
      readonly uids: string;
      readonly on: boolean;
    }
  | {
      readonly op: 'expunge';
      readonly mailbox: string;
      readonly uids: string;
      readonly counts: Counts;
      readonly freed: Freed;
    }
  /** New placements `uid`, `uid`+1, ... in `to`, in the order of the source's UIDs. */
  | {
      readonly op: 'copy' | 'move';
      readonly from: string;
      readonly uids: string;
      readonly to: string;
      readonly uid: number;
      readonly counts: Counts;
    }
  /** New placements of emails that the account has, or had and has not released: undelete. */
  | {
      readonly op: 'place';
      readonly mailbox: string;
      readonly uid: number;
      readonly emails: readonly (readonly [email: number, flags: readonly string[], date: number])[];
      readonly counts: Counts;
      readonly revived: Freed;
    }
  | {
      readonly op: 'mailbox';
      readonly id: string;
      readonly name: string;
      readonly role?: Role;
      readonly uidvalidity: number;
    }
  | { readonly op: 'rename'; readonly mailbox: string; readonly name: string }
  | { readonly op: 'unmailbox'; readonly mailbox: string; readonly freed: Freed }
  | { readonly op: 'role'; readonly mailbox: string; readonly role?: Role }
  | { readonly op: 'subscribe'; readonly name: string; readonly on: boolean }
  | { readonly op: 'put'; readonly type: string; readonly id: string; readonly value: unknown }
  | { readonly op: 'unput'; readonly type: string; readonly id: string }
  /** The account gives up emails without placements, and its ownership of their blobs (design: rule 3). */
  | { readonly op: 'release'; readonly emails: readonly number[]; readonly blobs: readonly string[] }
  /** The content of these emails is gone for good; their placements vanished before (design: rule 15). */
  | { readonly op: 'erase'; readonly emails: readonly number[]; readonly blobs: readonly string[] }
  /** After a restore from a backup: nothing that a client remembers holds any more (design: rule 5). */
  | {
      readonly op: 'epoch';
      readonly epoch: number;
      /** The log goes on behind this seq. */
      readonly seq: number;
      readonly uidvalidity: Readonly<Record<string, number>>;
    };

export const OPERATIONS: ReadonlySet<string> = new Set<Operation['op']>([
  'add',
  'store',
  'see',
  'expunge',
  'copy',
  'move',
  'place',
  'mailbox',
  'rename',
  'unmailbox',
  'role',
  'subscribe',
  'put',
  'unput',
  'release',
  'erase',
  'epoch',
]);

export interface Entry {
  readonly seq: number;
  /** Names this one attempt to write, so that its writer recognises it (design: rule 2). */
  readonly nonce: string;
  /** Milliseconds since 1970, by the writer's clock. */
  readonly time: number;
  readonly operations: readonly Operation[];
  /** Blobs that held its operations before their content was erased: to be deleted if they are still there. */
  readonly former?: readonly string[];
  /** Bytes of the stored item, to know when the tail has grown long. */
  readonly size: number;
}
