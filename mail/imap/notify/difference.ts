import { parentNames } from '../../account/names.ts';
import { SERVER, SPECIAL_USE } from '../annotations.ts';
import { changedEntries, type Glimpse, type Picture } from './picture.ts';

/** One thing that has become different (RFC 5465 section 5). */
export type Change =
  /** A mailbox came to be, went, or has another name; or it is the parent of one that came or went. */
  | { readonly kind: 'name'; readonly name: string; readonly oldName?: string }
  | { readonly kind: 'subscription'; readonly name: string }
  | MessagesChange
  | { readonly kind: 'metadata'; readonly mailbox: string; readonly name: string; readonly entries: readonly string[] }
  | { readonly kind: 'server metadata'; readonly entries: readonly string[] };

/** Messages came, went or changed in a mailbox. */
export interface MessagesChange {
  readonly kind: 'messages';
  /** Its id. */
  readonly mailbox: string;
  readonly name: string;
  /** Whether messages came or went, or all UIDs are void: not only flags. */
  readonly counts: boolean;
  readonly unseen: boolean;
}

/**
 * What has become different between two pictures of an account, whatever happened in between: each mailbox at most once for its name,
 * its subscription, its messages and its annotations. Names first, so that nothing is said of a mailbox that the client does not know.
 * Takes time by the number of mailboxes, of which those that are the same cost one comparison each.
 */
export function difference(known: Picture, now: Picture): Change[] {
  const changed = changedMailboxes(known, now);
  return [
    ...nameChanges(known, now, changed),
    ...subscriptionChanges(known, now),
    ...messageChanges(known, now, changed),
    ...metadataChanges(known, now, changed),
  ];
}

/** Ids of mailboxes that are not the same in both, those that are gone first. */
function changedMailboxes(known: Picture, now: Picture): string[] {
  if (known.mailboxes === now.mailboxes) return [];
  const ids = [...known.mailboxes.keys()].filter((id) => !now.mailboxes.has(id));
  for (const [id, is] of now.mailboxes) if (known.mailboxes.get(id) !== is) ids.push(id);
  return ids;
}

function nameChanges(known: Picture, now: Picture, changed: readonly string[]): Change[] {
  const renames = new Map<string, string>();
  const names = new Map<string, Change>();
  for (const id of changed) {
    const was = known.mailboxes.get(id)?.name;
    const is = now.mailboxes.get(id)?.name;
    if (was === is) continue;
    if (was !== undefined && is !== undefined) renames.set(was, is);
    else {
      const name = (was ?? is)!;
      // RFC 5465 section 5.4: the direct parent is affected too.
      for (const one of [...parentNames(name).slice(-1), name]) names.set(one, { kind: 'name', name: one });
    }
  }
  for (const [oldName, name] of renames) {
    if (!followsParent(oldName, name, renames)) names.set(name, { kind: 'name', name, oldName });
  }
  return [...names.values()];
}

/** Whether a mailbox has its new name only because one above it was renamed: nothing is said of it then (section 5.4). */
function followsParent(oldName: string, name: string, renames: ReadonlyMap<string, string>): boolean {
  return parentNames(oldName).some((above) => {
    const to = renames.get(above);
    return to !== undefined && name === to + oldName.slice(above.length);
  });
}

function subscriptionChanges(known: Picture, now: Picture): Change[] {
  if (known.subscriptions === now.subscriptions) return [];
  const gone = [...known.subscriptions.keys()].filter((name) => !now.subscriptions.has(name));
  const fresh = [...now.subscriptions.keys()].filter((name) => !known.subscriptions.has(name));
  return [...gone, ...fresh].map((name) => ({ kind: 'subscription', name }));
}

function messageChanges(known: Picture, now: Picture, changed: readonly string[]): Change[] {
  const changes: Change[] = [];
  const gone = new Set<string>();
  for (const id of changed) {
    const is = now.mailboxes.get(id);
    const was = known.mailboxes.get(id);
    if (is === undefined) gone.add(was!.name);
    else {
      // One that took the name of another has other UIDs.
      const counts = was === undefined ? is.uidnext > 1 || gone.has(is.name) : countsDiffer(was, is);
      const unseen = (was?.unseen ?? 0) !== is.unseen;
      const flags = was !== undefined && (is.modseq !== was.modseq || unseen || is.deleted !== was.deleted);
      if (counts || flags) changes.push({ kind: 'messages', mailbox: id, name: is.name, counts, unseen });
    }
  }
  return changes;
}

function countsDiffer(was: Glimpse, is: Glimpse): boolean {
  return is.uidvalidity !== was.uidvalidity || is.uidnext !== was.uidnext || is.messages !== was.messages;
}

function metadataChanges(known: Picture, now: Picture, changed: readonly string[]): Change[] {
  const changes: Change[] = [];
  const entries = new Map<string, string[]>();
  if (known.annotations !== now.annotations) {
    for (const id of new Set([...known.annotations.keys(), ...now.annotations.keys()])) {
      const was = known.annotations.get(id);
      const is = now.annotations.get(id);
      if (was !== is) entries.set(id, changedEntries(was, is));
    }
  }
  for (const id of changed) {
    const was = known.mailboxes.get(id);
    const is = now.mailboxes.get(id);
    if (is === undefined) entries.delete(id);
    // Of a mailbox that is new, LIST tells the use.
    else if (was !== undefined && was.role !== is.role) entries.set(id, [...(entries.get(id) ?? []), SPECIAL_USE]);
  }
  for (const [mailbox, names] of entries) {
    if (names.length === 0) continue;
    if (mailbox === SERVER) changes.push({ kind: 'server metadata', entries: names });
    else {
      const name = now.mailboxes.get(mailbox)?.name;
      if (name !== undefined) changes.push({ kind: 'metadata', mailbox, name, entries: names });
    }
  }
  return changes;
}
