import { type Key, t } from '../i18n/index.ts';
import type { IconName } from '../ui/icon.tsx';
import { failed, toast } from '../ui/toast.tsx';
import { destroy, email, type Patches, update } from './emails.ts';
import { byRole } from './mailboxes.ts';
import { current } from './sync.ts';
import type { Email, Mailbox } from './types.ts';

/** What an action is done to: emails of a mailbox (undefined: of a search). */
export interface Selection {
  readonly emails: readonly Email[];
  readonly mailbox: Mailbox | undefined;
}

/** What can be done with messages, as data: buttons, menus, keys and the palette are made of this table. */
export interface Action {
  readonly name: string;
  readonly label: Key;
  readonly icon: IconName;
  /** As in `KeyboardEvent.key`. */
  readonly key?: string;
  /** Whether it means something for these. */
  readonly when: (selection: Selection) => boolean;
  readonly perform: (selection: Selection) => Promise<void>;
}

const isIn =
  (role: string) =>
  ({ mailbox }: Selection) =>
    mailbox?.role === role;
const all = (keyword: string, { emails }: Selection) => emails.every(({ keywords }) => keyword in keywords);

export const ACTIONS: readonly Action[] = [
  {
    name: 'archive',
    label: 'action.archive',
    icon: 'archive',
    key: 'e',
    when: (selection) => byRole('archive') !== undefined && !isIn('archive')(selection),
    perform: (selection) => moveTo('archive', 'action.archived', selection),
  },
  {
    name: 'delete',
    label: 'action.delete',
    icon: 'trash',
    key: '#',
    when: (selection) => !isIn('trash')(selection),
    perform: (selection) => moveTo('trash', 'action.deleted', selection),
  },
  {
    name: 'deleteForever',
    label: 'action.deleteForever',
    icon: 'trash',
    key: '#',
    when: isIn('trash'),
    perform: ({ emails }) => gone(emails, () => destroy(emails.map(({ id }) => id))),
  },
  {
    name: 'junk',
    label: 'action.junk',
    icon: 'junk',
    key: '!',
    when: (selection) => !isIn('junk')(selection),
    perform: (selection) => moveTo('junk', 'action.junked', selection),
  },
  {
    name: 'notJunk',
    label: 'action.notJunk',
    icon: 'inbox',
    key: '!',
    when: isIn('junk'),
    perform: (selection) => moveTo('inbox', 'action.archived', selection),
  },
  {
    name: 'read',
    label: 'action.read',
    icon: 'read',
    key: 'I',
    when: (selection) => !all('$seen', selection),
    perform: (selection) => mark('$seen', true, selection),
  },
  {
    name: 'unread',
    label: 'action.unread',
    icon: 'unread',
    key: 'U',
    when: (selection) => all('$seen', selection),
    perform: (selection) => mark('$seen', null, selection),
  },
  {
    name: 'star',
    label: 'action.star',
    icon: 'star',
    key: 's',
    when: (selection) => !all('$flagged', selection),
    perform: (selection) => mark('$flagged', true, selection),
  },
  {
    name: 'unstar',
    label: 'action.unstar',
    icon: 'star',
    key: 's',
    when: (selection) => all('$flagged', selection),
    perform: (selection) => mark('$flagged', null, selection),
  },
];

export function actionsFor(selection: Selection): readonly Action[] {
  return selection.emails.length === 0 ? [] : ACTIONS.filter(({ when }) => when(selection));
}

/** Puts emails into another mailbox in place of this one, with Undo. */
export async function move(emails: readonly Email[], to: Mailbox, said: Key): Promise<void> {
  const before = emails.map(({ id, mailboxIds }) => [id, mailboxIds] as const);
  const patches = Object.fromEntries(emails.map(({ id }) => [id, { mailboxIds: { [to.id]: true } }]));
  await gone(emails, async () => {
    await update(patches);
    toast(t(said, { count: emails.length }), () => {
      undo(Object.fromEntries(before.map(([id, mailboxIds]) => [id, { mailboxIds }])));
    });
  });
}

function moveTo(role: string, said: Key, { emails }: Selection): Promise<void> {
  return move(emails, byRole(role)!, said);
}

async function mark(keyword: string, value: true | null, { emails }: Selection): Promise<void> {
  try {
    await update(Object.fromEntries(emails.map(({ id }) => [id, { [`keywords/${keyword}`]: value }])));
  } catch (error) {
    failed(error);
  }
}

/** Takes emails out of the list at once; where that is refused, they come back. */
async function gone(emails: readonly Email[], work: () => Promise<void>): Promise<void> {
  const list = current.peek();
  list?.remove(new Set(emails.map(({ id }) => id)));
  try {
    await work();
  } catch (error) {
    failed(error);
    await list?.refresh();
  }
}

function undo(patches: Patches): void {
  update(patches)
    .then(() => current.peek()?.refresh())
    .catch(failed);
}

/** Emails of a list by their ids, as far as they are known. */
export function emailsOf(ids: Iterable<string>): readonly Email[] {
  return [...ids].map((id) => email(id).peek()).filter((one) => one !== undefined);
}
