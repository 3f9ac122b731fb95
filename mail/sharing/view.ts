import {
  ACL,
  type Change,
  emailId,
  type Left,
  MAILBOX_VIEW,
  type Mailbox,
  type Rows,
  type State,
} from '../account/types.ts';
import { UidSet } from '../account/uidset.ts';
import type { AccountInfo } from '../directory/types.ts';
import { accessSeq, aclOf, rightsOf } from './acl.ts';
import { EVERY, type Rights } from './rights.ts';
import { asReadBy } from './seen.ts';

/** Who looks at whose account. */
export interface Sight {
  readonly owner: AccountInfo;
  readonly user: AccountInfo;
  /** What the user has subscribed to in the owner's account, as its mailboxes are called there. */
  readonly subscribed: () => ReadonlySet<string>;
}

/** What somebody without rights is told of a mailbox. */
const NO_ROWS: Rows = {
  length: 0,
  find: () => -1,
  lowerBound: () => 0,
  uid: none,
  flags: none,
  modseq: none,
  created: none,
  date: none,
  saved: none,
  size: none,
  email: none,
  changedSince: () => [],
};

function none(): never {
  throw new RangeError('there is no such row');
}

/**
 * Somebody's account as another user may look at it: the mailboxes that he may look up, messages where he may read, his own `\Seen`, and
 * nothing of the rest, neither in what it says nor in when it says that something has changed.
 */
export class SharedState implements State {
  protected readonly state: State;
  readonly sight: Sight;
  readonly #rights = new Map<string, Rights>();
  #mailboxes: ReadonlyMap<string, Mailbox> | undefined;

  constructor(state: State, sight: Sight) {
    this.state = state;
    this.sight = sight;
  }

  /** To be called when the state was changed. */
  protected changed(): void {
    this.#mailboxes = undefined;
    this.#rights.clear();
  }

  /** What the user may do with a mailbox. */
  rights(mailbox: string): Rights {
    let rights = this.#rights.get(mailbox);
    if (rights === undefined) {
      const { owner, user } = this.sight;
      rights = rightsOf(aclOf(this.state, mailbox, owner), owner, user);
      this.#rights.set(mailbox, rights);
    }
    return rights;
  }

  /** RFC 8621 section 2, mayReadItems: both of them. */
  #reads(mailbox: string): boolean {
    const rights = this.rights(mailbox);
    return rights.has('l') && rights.has('r');
  }

  get epoch(): number {
    return this.state.epoch;
  }
  /** Nothing that he does not see moves it. */
  get seq(): number {
    return Math.max(this.typeSeq('Email'), this.typeSeq('Mailbox'));
  }
  /** Of the whole account: for its limits. */
  get bytes(): number {
    return this.state.bytes;
  }
  get emails(): number {
    return this.state.emails;
  }

  get mailboxes(): ReadonlyMap<string, Mailbox> {
    if (this.#mailboxes === undefined) {
      const visible = new Map<string, Mailbox>();
      for (const [id, mailbox] of this.state.mailboxes) {
        if (this.#reads(id)) visible.set(id, mailbox);
        else if (this.rights(id).has('l')) visible.set(id, { ...mailbox, ...EMPTY, modseq: mailbox.described });
      }
      this.#mailboxes = visible;
    }
    return this.#mailboxes;
  }

  get subscriptions(): ReadonlySet<string> {
    return this.sight.subscribed();
  }

  mailboxNamed(name: string): Mailbox | undefined {
    const mailbox = this.state.mailboxNamed(name);
    return mailbox && this.mailboxes.get(mailbox.id);
  }

  rows(mailbox: string): Rows {
    if (!this.#reads(mailbox)) return NO_ROWS;
    return asReadBy(this.state.rows(mailbox), this.state.seenBy(mailbox, this.sight.user.id));
  }

  bytesFreed(mailbox: string, rows: readonly number[]): number {
    return this.state.bytesFreed(mailbox, rows);
  }

  seenBy(mailbox: string, actor: string): UidSet {
    return this.#reads(mailbox) ? this.state.seenBy(mailbox, actor) : UidSet.EMPTY;
  }

  vanishedSince(mailbox: string, seq: number): UidSet | undefined {
    return this.#reads(mailbox) ? this.state.vanishedSince(mailbox, seq) : undefined;
  }

  leftSince(mailbox: string, seq: number): readonly Left[] | undefined {
    return this.#reads(mailbox) ? this.state.leftSince(mailbox, seq) : undefined;
  }

  /** The owner's own affairs are nobody else's. */
  object(type: string, id: string): unknown {
    if (type === MAILBOX_VIEW && this.mailboxes.has(id)) return this.state.object(type, id);
    if (type === ACL && this.rights(id).has('a')) return this.state.object(type, id);
    return undefined;
  }

  objects(): ReadonlyMap<string, unknown> {
    return new Map();
  }

  objectSeq(type: string, id: string): number {
    return this.object(type, id) === undefined ? 0 : this.state.objectSeq(type, id);
  }

  placements(email: number): readonly { readonly mailbox: string; readonly row: number }[] {
    return this.state.placements(email).filter(({ mailbox }) => this.#reads(mailbox));
  }

  inThread(thread: string): readonly number[] {
    return this.state.inThread(thread).filter((email) => this.placements(email).length > 0);
  }

  threadOf(email: number): string | undefined {
    return this.state.threadOf(email);
  }

  delivered(): boolean {
    return false;
  }

  /** The last change of what he sees; what he was let see or not counts as one. */
  typeSeq(type: string): number {
    if (type !== 'Email' && type !== 'Thread' && type !== 'Mailbox') return 0;
    let seq = accessSeq(this.state, this.sight.user);
    for (const { id, modseq, described } of this.mailboxes.values()) {
      if (type === 'Mailbox') seq = Math.max(seq, modseq, described);
      else if (this.#reads(id)) seq = Math.max(seq, modseq);
    }
    return seq;
  }

  /** Where his rights were changed, what he knew from before says nothing of what he sees now: he begins anew. */
  changes(type: string, since: number): readonly Change[] | undefined {
    if (accessSeq(this.state, this.sight.user) > since) return undefined;
    if (type === 'Mailbox') {
      return this.state.changes(type, since)?.flatMap((change) => {
        const mailbox = this.mailboxes.get(change.id);
        const changed = mailbox === undefined ? 0 : Math.max(mailbox.modseq, mailbox.described);
        return changed > since ? { ...change, changed } : [];
      });
    }
    if (type !== 'Email' && type !== 'Thread') return [];
    const emails = this.state.changes('Email', since) === undefined ? undefined : this.#emailChanges(since);
    if (emails === undefined || type === 'Email') return emails;
    return this.#threadChanges(emails, since);
  }

  #emailChanges(since: number): readonly Change[] | undefined {
    const left = new Map<number, number>();
    const touched = new Map<number, number>();
    const touch = (map: Map<number, number>, email: number, seq: number) =>
      void map.set(email, Math.max(map.get(email) ?? 0, seq));
    for (const id of this.mailboxes.keys()) {
      if (!this.#reads(id)) continue;
      const gone = this.state.leftSince(id, since);
      if (gone === undefined) return undefined;
      for (const { email, seq } of gone) touch(left, email, seq);
      const rows = this.state.rows(id);
      for (const row of rows.changedSince(since)) touch(touched, rows.email(row), rows.modseq(row));
    }
    const changes: Change[] = [];
    for (const email of new Set([...touched.keys(), ...left.keys()])) {
      const placements = this.placements(email);
      const came = placements.map(({ mailbox, row }) => this.state.rows(mailbox).created(row));
      const changed = Math.max(touched.get(email) ?? 0, left.get(email) ?? 0);
      // One that only moved from mailbox to mailbox was there before.
      const created = left.has(email) || came.some((seq) => seq <= since) ? 0 : Math.min(...came);
      changes.push({ id: emailId(email), created, changed, gone: placements.length === 0 ? left.get(email)! : 0 });
    }
    return changes;
  }

  /** A thread changes when an email comes to it or goes. */
  #threadChanges(emails: readonly Change[], since: number): readonly Change[] {
    const threads = new Map<string, number>();
    for (const { id, created, changed, gone } of emails) {
      const thread = this.threadOf(Number.parseInt(id.slice(1), 36));
      if (thread === undefined || (created <= since && gone === 0)) continue;
      threads.set(thread, Math.max(threads.get(thread) ?? 0, changed));
    }
    const came = new Map(emails.map(({ id, created }) => [id, created]));
    return [...threads].map(([id, changed]) => {
      const members = this.inThread(id).map((email) => came.get(emailId(email)) ?? 0);
      const wasThere = members.some((created) => created <= since);
      const created = members.length === 0 || wasThere ? 0 : Math.min(...members);
      return { id, created, changed, gone: members.length === 0 ? changed : 0 };
    });
  }
}

const EMPTY = { messages: 0, unseen: 0, deleted: 0, bytes: 0, uidnext: 1, keywords: [] };

/** What may be done with a mailbox by whoever looks at the state: all, in his own account. */
export function rightsIn(state: State, mailbox: string): Rights {
  return state instanceof SharedState ? state.rights(mailbox) : EVERY;
}

/** Undefined: the account is the user's own. */
export function sightOf(state: State): Sight | undefined {
  return state instanceof SharedState ? state.sight : undefined;
}
