import { ANNOTATIONS, type Draft, type Mailbox, type Role, type State } from '../account/types.ts';
import { No } from './errors.ts';
import type { Place } from './places.ts';
import { roleOf, useOf } from './special-use.ts';

/** Annotations (RFC 5464) of one mailbox, or of the server as this account sees it, are one account object. Values are latin1, one char a byte. */
const TYPE = ANNOTATIONS;
/** The server's: no mailbox has this id. */
export const SERVER = 'server';
/** Bytes of a value, entries of a mailbox, and bytes of all of them. */
const MAX_VALUE = 16 * 1024;
const MAX_ENTRIES = 100;
const MAX_BYTES = 64 * 1024;
/** RFC 6154 section 4: tied to the mailbox's special use. */
export const SPECIAL_USE = '/private/specialuse';

/** Entry names in lower case, and what they hold. */
export type Annotations = ReadonlyMap<string, string>;
/** Entries with what they are to hold; undefined: nothing. */
type Changes = readonly (readonly [string, string | undefined])[];

/** Those of a mailbox, or with undefined those of the server. */
export function annotations(state: State, mailbox: Mailbox | undefined): Annotations {
  const kept = state.object(TYPE, mailbox?.id ?? SERVER) as Readonly<Record<string, string>> | undefined;
  const all = new Map(Object.entries(kept ?? {}));
  const use = useOf(mailbox);
  if (use !== undefined) all.set(SPECIAL_USE, use);
  return all;
}

/** Those of a mailbox as the user of `place` sees them: what is shared is its owner's, what is private his own, kept in `own`, his account. */
export function annotationsSeen(place: Place, own: State, state: State, mailbox: Mailbox): Annotations {
  const all = annotations(state, mailbox);
  if (place.isOwn) return all;
  const kept = own.object(TYPE, privateId(place, mailbox)) as Readonly<Record<string, string>> | undefined;
  return new Map([...[...all].filter(([entry]) => isShared(entry)), ...Object.entries(kept ?? {})]);
}

/** Private entries of somebody else's mailbox, in the account of who made them. Throws as `annotate` does. */
export function annotatePrivately(draft: Draft, place: Place, mailbox: Mailbox, changes: Changes): void {
  const id = privateId(place, mailbox);
  const kept = draft.object(TYPE, id) as Readonly<Record<string, string>> | undefined;
  const all = new Map(Object.entries(kept ?? {}));
  for (const [entry, value] of changes) {
    if (entry === SPECIAL_USE) throw new No('USEATTR', 'Only the owner says what a mailbox is used for');
    change(all, entry, value);
  }
  keep(draft, id, all);
}

export function isShared(entry: string): boolean {
  return entry.startsWith('/shared/');
}

function privateId({ owner }: Place, mailbox: Mailbox): string {
  return `${owner.id}/${mailbox.id}`;
}

/** Sets or, with undefined, removes entries: all or none. Throws `No`, with the codes of RFC 5464 section 4.3. */
export function annotate(draft: Draft, mailbox: Mailbox | undefined, changes: Changes): void {
  const id = mailbox?.id ?? SERVER;
  const all = new Map(annotations(draft, mailbox));
  all.delete(SPECIAL_USE);
  for (const [entry, value] of changes) {
    if (mailbox === undefined && isShared(entry)) {
      throw new No('NOPERM', 'Only an administrator annotates the server for all');
    }
    if (entry === SPECIAL_USE && mailbox !== undefined) setUse(draft, mailbox, value);
    else change(all, entry, value);
  }
  keep(draft, id, all);
}

function change(all: Map<string, string>, entry: string, value: string | undefined): void {
  if (value === undefined) all.delete(entry);
  else if (value.length > MAX_VALUE) throw new No(`METADATA MAXSIZE ${MAX_VALUE}`, 'That value is too long');
  else all.set(entry, value);
}

function keep(draft: Draft, id: string, all: Annotations): void {
  const bytes = [...all].reduce((sum, [entry, value]) => sum + entry.length + value.length, 0);
  if (all.size > MAX_ENTRIES || bytes > MAX_BYTES) {
    throw new No('METADATA TOOMANY', `One mailbox has at most ${MAX_ENTRIES} entries of ${MAX_BYTES} bytes together`);
  }
  if (all.size > 0) draft.putObject(TYPE, id, Object.fromEntries(all));
  else if (draft.object(TYPE, id) !== undefined) draft.deleteObject(TYPE, id);
}

/** RFC 5464 section 4.1: when INBOX is renamed, both have its annotations. */
export function copyAnnotations(draft: Draft, from: Mailbox, to: Mailbox): void {
  const kept = draft.object(TYPE, from.id);
  if (kept !== undefined) draft.putObject(TYPE, to.id, kept);
}

/** The annotations of a mailbox go with it. */
export function forgetAnnotations(draft: Draft, mailbox: string): void {
  if (draft.object(TYPE, mailbox) !== undefined) draft.deleteObject(TYPE, mailbox);
}

function setUse(draft: Draft, mailbox: Mailbox, value: string | undefined): void {
  if (mailbox.role === 'inbox') throw new No('USEATTR', 'The use of INBOX stays');
  let role: Role | undefined;
  if (value !== undefined) {
    role = roleOf(value);
    if (role === undefined) throw new No('USEATTR', 'Expected one use: \\Archive, \\Drafts, \\Junk, \\Sent or \\Trash');
  }
  if (role === mailbox.role) return;
  if (role !== undefined && [...draft.mailboxes.values()].some((other) => other.role === role)) {
    throw new No('USEATTR', 'Another mailbox has that use');
  }
  draft.setRole(mailbox.id, role);
}
