import type { Entry, Operation } from './operations.ts';
import { type StoredEmail, threadId } from './types.ts';

/** The tail is long, and a snapshot due, from here on. */
const LONG_ENTRIES = 64;
const LONG_BYTES = 64 * 1024;

/** The entries behind a snapshot, and the emails that they added: what the snapshot's summaries do not have. */
export class Tail {
  #entries: Entry[] = [];
  #bytes = 0;
  #emails = new Map<number, StoredEmail>();

  /** Ascending. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Bytes of the stored entries. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Ascending by number. */
  get emails(): ReadonlyMap<number, StoredEmail> {
    return this.#emails;
  }

  /** True now and then while the tail is long: with every 64th entry, and with each once it has 64 KB. */
  get isLong(): boolean {
    const { length } = this.#entries;
    return length > 0 && (length % LONG_ENTRIES === 0 || this.#bytes >= LONG_BYTES);
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += entry.size;
    for (const operation of entry.operations) {
      if (operation.op === 'add') this.#emails.set(operation.email, storedEmail(operation));
      if (operation.op === 'release' || operation.op === 'erase') {
        for (const email of operation.emails) this.#emails.delete(email);
      }
    }
  }

  /** Forgets what a snapshot of `seq` holds. */
  cut(seq: number): void {
    const entries = this.#entries;
    this.#entries = [];
    this.#bytes = 0;
    this.#emails = new Map();
    for (const entry of entries) if (entry.seq > seq) this.add(entry);
  }
}

function storedEmail(operation: Operation & { op: 'add' }): StoredEmail {
  const { email, blob, size, thread, summary } = operation;
  return { email, blob, size, thread: threadId(thread), summary };
}
