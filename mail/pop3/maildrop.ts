import type { Account, Mailbox, Rows, State } from '../account/types.ts';
import { UidSet } from '../account/uidset.ts';
import { Downgrader, downgrade } from '../message/downgrade.ts';
import type { PartRow } from '../message/summary.ts';
import { type Blobs, NotFound } from '../ports/index.ts';
import { Refused } from '../refused.ts';

/** Messages up to this size are read whole, and ahead. */
const SMALL = 128 * 1024;
/** Messages and bytes read ahead of a client that takes one after the other. */
const AHEAD = 32;
const AHEAD_BYTES = 512 * 1024;
/** Emails whose blobs are looked up with one call. */
const LOOKUP = 128;

/** Where a message is, and its parts in it. */
interface Located {
  readonly blob: string;
  readonly parts: readonly PartRow[];
}

/**
 * The inbox as it was at login. Messages are numbered from 1, as in RFC 1939 section 3. The state never changes and the
 * bytes of messages stay for the retention time, so no lock is needed to keep the numbers valid: other sessions go on.
 */
export class Maildrop {
  private readonly account: Account;
  private readonly blobs: Blobs;
  private readonly inbox: Mailbox;
  private readonly rows: Rows;
  private readonly deleted = new Set<number>();
  private deletedBytes = 0;
  private readonly utf8: boolean;
  /** By message number; replaced as the client goes on. */
  private located: ReadonlyMap<number, Located> = new Map();
  private lookup: { readonly first: number; readonly result: Promise<ReadonlyMap<number, Located>> } | undefined;
  private readonly ahead = new Map<number, Promise<Uint8Array>>();
  private lastTaken = 0;

  /** `utf8`: messages are given as they are; else downgraded (RFC 6856 section 2.1). */
  constructor(account: Account, state: State, blobs: Blobs, utf8: boolean) {
    const inbox = state.mailboxNamed('INBOX');
    if (inbox === undefined) throw new Error(`account ${account.id} has no INBOX`);
    this.account = account;
    this.blobs = blobs;
    this.utf8 = utf8;
    this.inbox = inbox;
    this.rows = state.rows(inbox.id);
  }

  /** How many messages there were at login: the highest number. */
  get size(): number {
    return this.rows.length;
  }
  /** Messages that are not marked as deleted. */
  get count(): number {
    return this.rows.length - this.deleted.size;
  }
  /** Octets of those. */
  get bytes(): number {
    return this.inbox.bytes - this.deletedBytes;
  }
  get summary(): string {
    return `${this.count} ${this.count === 1 ? 'message' : 'messages'} (${this.bytes} octets)`;
  }

  /** Whether there is such a message that is not marked as deleted. */
  has(number: number): boolean {
    return number >= 1 && number <= this.rows.length && !this.deleted.has(number);
  }

  /** Throws `Refused` when there is none. */
  require(number: number): void {
    if (this.has(number)) return;
    if (this.deleted.has(number)) throw new Refused('nonexistent', `Message ${number} is deleted`);
    throw new Refused('nonexistent', `There is no message ${number}; there are ${this.rows.length}`);
  }

  octets(number: number): number {
    return this.rows.size(number - 1);
  }

  /** RFC 1939 section 7: one to 70 characters, never given to another message. A UID is unique under its UIDVALIDITY for ever. */
  uniqueId(number: number): string {
    return `${this.inbox.uidvalidity}.${this.rows.uid(number - 1)}`;
  }

  delete(number: number): void {
    this.require(number);
    this.deleted.add(number);
    this.deletedBytes += this.octets(number);
  }

  undelete(): void {
    this.deleted.clear();
    this.deletedBytes = 0;
  }

  /** Removes what is marked, as one entry of the log; resolves when it is durable (design: rule 14). */
  async update(): Promise<void> {
    if (this.deleted.size === 0) return;
    const { id, uidvalidity } = this.inbox;
    const uids = UidSet.from([...this.deleted].map((number) => this.rows.uid(number - 1)));
    await this.account.write((draft) => {
      if (draft.mailboxes.get(id)?.uidvalidity !== uidvalidity) {
        throw new Refused('unavailable', 'The inbox was restored meanwhile; nothing was deleted');
      }
      return draft.expunge(id, uids);
    });
  }

  /** The message's bytes: whole where it is small, else in chunks. Throws `Refused` when they were erased meanwhile. */
  async content(number: number): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
    const inOrder = number === this.lastTaken + 1;
    this.lastTaken = number;
    const small = this.octets(number) <= SMALL;
    const read = small ? this.small(number) : undefined;
    if (inOrder) this.readAhead(number + 1);
    return read ?? this.stream(number);
  }

  /** As `content`, in chunks and without reading ahead: for whoever wants only the beginning. */
  async stream(number: number): Promise<AsyncIterable<Uint8Array>> {
    const { blob, parts } = await this.locate(number);
    const stored = this.blobs.stream(blob);
    return this.utf8 ? stored : downgraded(stored, parts);
  }

  private small(number: number): Promise<Uint8Array> {
    const waiting = this.ahead.get(number);
    this.ahead.delete(number);
    return waiting ?? this.read(number);
  }

  private async read(number: number): Promise<Uint8Array> {
    try {
      const { blob, parts } = await this.locate(number);
      const stored = await this.blobs.get(blob);
      return this.utf8 ? stored : downgrade(stored, parts);
    } catch (error) {
      if (error instanceof NotFound) throw erased(number);
      throw error;
    }
  }

  private readAhead(first: number): void {
    for (const number of this.ahead.keys()) if (number < first) this.ahead.delete(number);
    // Many at once, which the store reads together, rather than one for each that was taken.
    if (this.ahead.size > AHEAD / 2) return;
    let bytes = 0;
    for (let number = first; number < first + AHEAD && number <= this.rows.length; number++) {
      bytes += this.octets(number);
      if (bytes > AHEAD_BYTES || this.octets(number) > SMALL) return;
      if (this.ahead.has(number) || this.deleted.has(number)) continue;
      const read = this.read(number);
      // Whoever takes it sees the failure; until then it must not count as unhandled.
      read.catch(() => undefined);
      this.ahead.set(number, read);
    }
  }

  private async locate(number: number): Promise<Located> {
    let located = this.located;
    if (!located.has(number)) {
      // Several messages that are read ahead at once share one look-up.
      if (this.lookup === undefined || number < this.lookup.first || number >= this.lookup.first + LOOKUP) {
        this.lookup = { first: number, result: this.locateFrom(number) };
      }
      located = await this.lookup.result;
    }
    const found = located.get(number);
    if (found === undefined) throw erased(number);
    return found;
  }

  private async locateFrom(first: number): Promise<ReadonlyMap<number, Located>> {
    try {
      const numbers = Array.from({ length: Math.min(LOOKUP, this.rows.length - first + 1) }, (_, i) => first + i);
      const emails = await this.account.emails(numbers.map((number) => this.rows.email(number - 1)));
      const located = new Map<number, Located>();
      for (const number of numbers) {
        const email = emails.get(this.rows.email(number - 1));
        if (email !== undefined) located.set(number, { blob: email.blob, parts: email.summary.parts });
      }
      this.located = located;
      return located;
    } finally {
      if (this.lookup?.first === first) this.lookup = undefined;
    }
  }
}

async function* downgraded(stored: AsyncIterable<Uint8Array>, parts: readonly PartRow[]): AsyncGenerator<Uint8Array> {
  const downgrader = new Downgrader(parts);
  for await (const chunk of stored) yield downgrader.push(chunk);
}

function erased(number: number): Refused {
  return new Refused('nonexistent', `Message ${number} was erased meanwhile`);
}
