import { computed, signal } from '@preact/signals';
import { accountOf } from '../api/ids.ts';
import { call } from '../api/jmap.ts';
import { type Refusals, throwRefused } from '../api/method-error.ts';
import type { Mailbox } from './types.ts';

/** All mailboxes, by id. */
export const mailboxes = signal<ReadonlyMap<string, Mailbox>>(new Map());

/** In the order in which most people look for them. */
export const ROLES = ['inbox', 'flagged', 'snoozed', 'drafts', 'sent', 'archive', 'junk', 'trash'];

export interface Node {
  readonly mailbox: Mailbox;
  readonly depth: number;
  readonly hasChildren: boolean;
}

export const tree = computed(() => treeOf(mailboxes.value.values()));

/** The tree as a list: roles first, then by order and name; children below their parent. */
export function treeOf(all: Iterable<Mailbox>): readonly Node[] {
  const children = Map.groupBy(all, ({ parentId }) => parentId);
  const walk = (parent: string | null, depth: number): Node[] =>
    [...(children.get(parent) ?? [])]
      .sort(compare)
      .flatMap((mailbox) => [
        { mailbox, depth, hasChildren: children.has(mailbox.id) },
        ...walk(mailbox.id, depth + 1),
      ]);
  return walk(null, 0);
}

export function byRole(role: string): Mailbox | undefined {
  for (const mailbox of mailboxes.value.values()) if (mailbox.role === role) return mailbox;
  return undefined;
}

let state: string | undefined;

/** Reads what has changed since the last time, or all of them. */
export async function loadMailboxes(): Promise<void> {
  const answer = await call<{ state: string; list: Mailbox[] }>('Mailbox/get', { ids: null });
  if (answer.state === state) return;
  state = answer.state;
  mailboxes.value = new Map(answer.list.map((mailbox) => [mailbox.id, mailbox]));
}

/** `patch`: properties of RFC 8621 section 2. Throws `MethodError` or an Error with what the server said. */
export async function setMailbox(id: string, patch: Readonly<Record<string, unknown>>): Promise<void> {
  await set({ update: { [id]: patch } }, id);
}

/** Whether a mailbox may stand below another: not below itself or what is below it. */
export function mayNest(id: string, parentId: string | null): boolean {
  for (let at = parentId; at !== null; at = mailboxes.peek().get(at)?.parentId ?? null) if (at === id) return false;
  return true;
}

/** A mailbox and all that are below it. */
export function withChildren(id: string): readonly Mailbox[] {
  return [...mailboxes.peek().values()].filter((one) => !mayNest(id, one.id));
}

/** The names from the top down to a mailbox. */
export function pathOf(mailbox: Mailbox, among = mailboxes.value): readonly Mailbox[] {
  const parent = mailbox.parentId === null ? undefined : among.get(mailbox.parentId);
  return parent === undefined ? [mailbox] : [...pathOf(parent, among), mailbox];
}

export async function createMailbox(name: string, parentId: string | null): Promise<string> {
  const { created } = await set({ create: { new: { name, parentId, isSubscribed: true } } }, parentId);
  return created!.new!.id;
}

/** Deletes a mailbox with the messages that are nowhere else. */
export async function destroyMailbox(id: string): Promise<void> {
  await set({ destroy: [id], onDestroyRemoveEmails: true }, id);
}

interface SetAnswer {
  readonly created: Readonly<Record<string, { readonly id: string }>> | null;
  readonly notCreated: Refusals;
  readonly notUpdated: Refusals;
  readonly notDestroyed: Refusals;
}

/** `of`: one of the mailboxes, by which it is known whose they are. */
async function set(given: Readonly<Record<string, unknown>>, of: string | null): Promise<SetAnswer> {
  const answer = await call<SetAnswer>('Mailbox/set', given);
  throwRefused(answer.notCreated, answer.notUpdated, answer.notDestroyed);
  const account = of === null ? undefined : accountOf(of);
  if (account === undefined) await loadMailboxes();
  else await (await import('./sharing.ts')).reloadOther(account);
  return answer;
}

function compare(a: Mailbox, b: Mailbox): number {
  const rank = ({ role }: Mailbox) =>
    role === null ? ROLES.length : (ROLES.indexOf(role) + ROLES.length) % ROLES.length;
  return rank(a) - rank(b) || a.sortOrder - b.sortOrder || a.name.localeCompare(b.name);
}
