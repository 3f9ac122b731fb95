import { parentNames } from '../account/names.ts';
import {
  type Copied,
  type Draft,
  MAILBOX_VIEW,
  type Mailbox,
  type NewMessage,
  type Placement,
  type Role,
  SYSTEM_FLAGS,
} from '../account/types.ts';
import { UidSet } from '../account/uidset.ts';
import { Refused } from '../refused.ts';
import { forgetAcl, inheritByNew } from './acl.ts';
import { rightFor } from './rights.ts';
import { SEEN_FLAG } from './seen.ts';
import { SharedState, type Sight } from './view.ts';

/**
 * A write to somebody else's account: each step needs the right that RFC 4314 section 4 wants for it, and is refused (`noperm`) without.
 * `\Seen` is everybody's own (design: rule 14).
 */
export class SharedDraft extends SharedState implements Draft {
  readonly #draft: Draft;
  /** What the user subscribes to, which his own account remembers. */
  readonly subscribing = new Map<string, boolean>();

  constructor(draft: Draft, sight: Sight) {
    super(draft, sight);
    this.#draft = draft;
  }

  get #actor(): string {
    return this.sight.user.id;
  }

  add(message: NewMessage): { readonly email: number; readonly placements: readonly Placement[] } | undefined {
    for (const mailbox of message.mailboxes) {
      this.#need(mailbox, 'i');
      for (const flag of message.flags) this.#need(mailbox, rightFor(flag));
    }
    const flags = message.flags.filter((flag) => flag !== SEEN_FLAG);
    const added = this.#draft.add({ ...message, flags });
    if (flags.length < message.flags.length) {
      for (const { mailbox, uid } of added?.placements ?? []) {
        this.#draft.see(mailbox, this.#actor, UidSet.from([uid]), true);
      }
    }
    return this.#done(added);
  }

  store(mailbox: string, uids: UidSet, mode: 'set' | 'add' | 'remove', flags: readonly string[]) {
    if (mode === 'set') throw new Error('flags of others are added and removed');
    for (const flag of flags) this.#need(mailbox, rightFor(flag));
    const shared = flags.filter((flag) => flag !== SEEN_FLAG);
    let changed = shared.length === 0 ? UidSet.EMPTY : this.#draft.store(mailbox, uids, mode, shared).changed;
    if (shared.length < flags.length) {
      changed = changed.union(this.#draft.see(mailbox, this.#actor, uids, mode === 'add'));
    }
    return this.#done({ changed, modified: UidSet.EMPTY });
  }

  see(): UidSet {
    throw new Error('reading is done by store');
  }

  expunge(mailbox: string, uids: UidSet): UidSet {
    this.#need(mailbox, 'te');
    return this.#done(this.#draft.expunge(mailbox, uids));
  }

  copy(from: string, uids: UidSet, to: string): Copied {
    this.#need(from, 'r');
    return this.#transfer('copy', from, uids, to);
  }

  move(from: string, uids: UidSet, to: string): Copied {
    this.#need(from, 'rte');
    return this.#transfer('move', from, uids, to);
  }

  /** Flags that the user may not set do not go along. */
  #transfer(op: 'copy' | 'move', from: string, uids: UidSet, to: string): Copied {
    this.#need(to, 'i');
    const seen = this.#draft.seenBy(from, this.#actor);
    const made = this.#draft[op](from, uids, to);
    settleCopies(this.#draft, to, made, seen, this.#actor, (flag) => this.rights(to).has(rightFor(flag)));
    return this.#done(made);
  }

  /** It is shared as what it is made in. */
  createMailbox(name: string, role?: Role): Mailbox {
    if (role !== undefined) throw refused('Only the owner says what a mailbox is used for');
    const parent = this.#parentOf(name);
    if (parent === undefined || !this.rights(parent.id).has('k')) throw refused('You may not make a mailbox there');
    const before = new Set(this.#draft.mailboxes.keys());
    const made = this.#draft.createMailbox(name);
    inheritByNew(this.#draft, parent, before);
    return this.#done(made);
  }

  renameMailbox(from: string, to: string): void {
    const mailbox = this.mailboxNamed(from);
    if (mailbox === undefined) throw new Refused('nonexistent', 'There is no such mailbox.');
    this.#need(mailbox.id, 'x');
    const parent = this.#parentOf(to);
    const stays = this.#parentOf(from)?.id === parent?.id && levels(from) === levels(to);
    if (!stays && (parent === undefined || !this.rights(parent.id).has('k'))) {
      throw refused('You may not put a mailbox there');
    }
    const before = new Set(this.#draft.mailboxes.keys());
    this.#draft.renameMailbox(from, to);
    inheritByNew(this.#draft, parent, before);
    this.#done(undefined);
  }

  deleteMailbox(name: string): void {
    const mailbox = this.mailboxNamed(name);
    if (mailbox === undefined) throw new Refused('nonexistent', 'There is no such mailbox.');
    this.#need(mailbox.id, 'x');
    if (mailbox.messages > 0) this.#need(mailbox.id, 'te');
    this.#draft.deleteMailbox(name);
    forgetAcl(this.#draft, mailbox.id, this.sight.owner);
    if (this.#draft.object(MAILBOX_VIEW, mailbox.id) !== undefined) this.#draft.deleteObject(MAILBOX_VIEW, mailbox.id);
    this.#done(undefined);
  }

  subscribe(name: string, on: boolean): void {
    this.subscribing.set(name, on);
  }

  setRole(): void {
    throw refused('Only the owner says what a mailbox is used for');
  }

  putObject(): void {
    throw refused('That is for the owner of the account to change');
  }

  deleteObject(): void {
    throw refused('That is for the owner of the account to change');
  }

  /** Changes who may do what with a mailbox. */
  share(mailbox: string, change: (draft: Draft) => void): void {
    this.#need(mailbox, 'a');
    change(this.#draft);
    this.changed();
  }

  #parentOf(name: string): Mailbox | undefined {
    for (const above of parentNames(name).reverse()) {
      const mailbox = this.#draft.mailboxNamed(above);
      if (mailbox !== undefined) return mailbox;
    }
    return undefined;
  }

  /** All of the rights. */
  #need(mailbox: string, rights: string): void {
    const has = this.rights(mailbox);
    const missing = [...rights].find((right) => !has.has(right));
    if (missing === undefined) return;
    if (!has.has('l')) throw new Refused('nonexistent', 'There is no such mailbox.');
    throw refused(`That needs the right "${missing}" in this mailbox; its owner can give it to you`);
  }

  #done<T>(result: T): T {
    this.changed();
    return result;
  }
}

/** Changes who may do what with a mailbox, where whoever writes may do that. */
export function shareIn(draft: Draft, mailbox: string, change: (draft: Draft) => void): void {
  if (draft instanceof SharedDraft) draft.share(mailbox, change);
  else change(draft);
}

function levels(name: string): number {
  return name.split('/').length;
}

function refused(why: string): Refused {
  return new Refused('noperm', why);
}

/** Takes flags off new copies that their maker may not set there, and gives them his own `\Seen`. `seen`: the originals that he has read. */
export function settleCopies(
  draft: Draft,
  mailbox: string,
  made: Copied,
  seen: UidSet,
  actor: string,
  may: (flag: string) => boolean,
): void {
  const shared = [...SYSTEM_FLAGS, ...draft.mailboxes.get(mailbox)!.keywords].filter((flag) => flag !== SEEN_FLAG);
  const denied = shared.filter((flag) => !may(flag));
  if (denied.length > 0) draft.store(mailbox, made.to, 'remove', denied);
  if (may(SEEN_FLAG)) draft.see(mailbox, actor, copiesOf(made, seen), true);
}

/** The copies of those messages that are in `which`. */
export function copiesOf({ from, to }: Copied, which: UidSet): UidSet {
  if (which.isEmpty) return which;
  const copies = to[Symbol.iterator]();
  const found: number[] = [];
  for (const uid of from) {
    const copy = copies.next().value!;
    if (which.has(uid)) found.push(copy);
  }
  return UidSet.fromAscending(found);
}
