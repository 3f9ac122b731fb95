import { accountOf } from '../api/ids.ts';
import { type Key, t } from '../i18n/index.ts';
import type { IconName } from '../ui/icon.tsx';
import { ask } from './asking.ts';
import { allIds, type Change, changeAll, destroyAll, patchAll, StoppedShort } from './changes.ts';
import { compose } from './compose.ts';
import { destroy, email, type Patches, update } from './emails.ts';
import { runJob } from './jobs.ts';
import type { List } from './list.ts';
import { byRole } from './mailboxes.ts';
import { besides, mailboxOf, may, mayWith, others } from './others.ts';
import { current } from './sync.ts';
import { emailsOfThreads } from './threads.ts';
import { failed, toast } from './toasts.ts';
import type { Email, Mailbox } from './types.ts';

/** What an action is done to: emails of a mailbox (undefined: of a search). */
export interface Selection {
  readonly emails: readonly Email[];
  readonly mailbox: Mailbox | undefined;
  /** Each email stands for its conversation, as far as that is in the mailbox: so in lists. */
  readonly isThreads?: boolean;
  /** All that this list's query matches; `emails` are those of it that are known. */
  readonly all?: List | undefined;
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
const isOwn = ({ emails: [one] }: Selection) => one !== undefined && accountOf(one.id) === undefined;
/** Whether these may be moved to the mailbox with a role. */
const takesOut = ({ mailbox }: Selection, role: string) =>
  besides(mailbox, role) !== undefined && may(mailbox, 'mayRemoveItems');
const mayMark = (right: string, { emails }: Selection) => emails.every((one) => mayWith(one, right));
const all = (keyword: string, { emails }: Selection) => emails.every(({ keywords }) => keyword in keywords);
/** More messages than these take a while, and are changed in batches. */
const MANY = 250;

export const ACTIONS: readonly Action[] = [
  {
    name: 'archive',
    label: 'action.archive',
    icon: 'archive',
    key: 'e',
    when: (selection) => takesOut(selection, 'archive') && !isIn('archive')(selection),
    perform: (selection) => moveTo('archive', 'action.archived', selection),
  },
  {
    name: 'delete',
    label: 'action.delete',
    icon: 'trash',
    key: '#',
    when: (selection) => !isIn('trash')(selection) && may(selection.mailbox, 'mayRemoveItems'),
    perform: (selection) => moveTo('trash', 'action.deleted', selection),
  },
  {
    name: 'deleteForever',
    label: 'action.deleteForever',
    icon: 'trash',
    key: '#',
    when: (selection) => isIn('trash')(selection) && may(selection.mailbox, 'mayRemoveItems'),
    perform: destroyForever,
  },
  {
    name: 'unsnooze',
    label: 'action.unsnooze',
    icon: 'inbox',
    key: 'b',
    when: (selection) => isIn('snoozed')(selection) && isOwn(selection),
    perform: (selection) => change(selection, UNSNOOZE, 'action.unsnoozed', true),
  },
  {
    name: 'snooze',
    label: 'action.snooze',
    icon: 'snoozed',
    key: 'h',
    // Only the owner of an account snoozes (docs/jmap.md).
    when: (selection) =>
      isOwn(selection) && !['drafts', 'trash', 'junk', 'sent'].includes(selection.mailbox?.role ?? ''),
    perform: snooze,
  },
  {
    name: 'junk',
    label: 'action.junk',
    icon: 'junk',
    key: '!',
    when: (selection) =>
      takesOut(selection, 'junk') && !['junk', 'sent', 'drafts'].includes(selection.mailbox?.role ?? ''),
    perform: (selection) => moveTo('junk', 'action.junked', selection),
  },
  {
    name: 'notJunk',
    label: 'action.notJunk',
    icon: 'inbox',
    key: '!',
    when: (selection) => isIn('junk')(selection) && takesOut(selection, 'inbox'),
    perform: (selection) => moveTo('inbox', 'action.notJunked', selection),
  },
  {
    name: 'move',
    label: 'action.move',
    icon: 'folder',
    key: 'v',
    when: ({ mailbox }) => may(mailbox, 'mayRemoveItems'),
    perform: moveAsked,
  },
  {
    name: 'copy',
    label: 'action.copy',
    icon: 'copy',
    // Of all that a list matches, as many as are known: a copy is made of each.
    when: ({ all }) => others.value.length > 0 && all === undefined,
    perform: copyAsked,
  },
  {
    name: 'read',
    label: 'action.read',
    icon: 'read',
    key: 'I',
    when: (selection) => mayMark('maySetSeen', selection) && (!all('$seen', selection) || selection.all !== undefined),
    perform: (selection) => change(selection, keyword('$seen', true), 'action.marked', false),
  },
  {
    name: 'unread',
    label: 'action.unread',
    icon: 'unread',
    key: 'U',
    when: (selection) => mayMark('maySetSeen', selection) && (all('$seen', selection) || selection.all !== undefined),
    perform: (selection) => change(selection, keyword('$seen', null), 'action.marked', false),
  },
  {
    name: 'star',
    label: 'action.star',
    icon: 'star',
    key: 's',
    when: (selection) =>
      mayMark('maySetKeywords', selection) && (!all('$flagged', selection) || selection.all !== undefined),
    perform: (selection) => change({ ...selection, isThreads: false }, keyword('$flagged', true), undefined, false),
  },
  {
    name: 'unstar',
    label: 'action.unstar',
    icon: 'star',
    key: 's',
    when: (selection) =>
      mayMark('maySetKeywords', selection) && (all('$flagged', selection) || selection.all !== undefined),
    perform: (selection) => change(selection, keyword('$flagged', null), undefined, false),
  },
  {
    name: 'save',
    label: 'action.save',
    icon: 'download',
    when: () => true,
    perform: async (selection) => (await import('./mail-files/export.ts')).exportSelection(selection),
  },
  ...(['reply', 'replyAll', 'forward'] as const).map(
    (kind): Action => ({
      name: kind,
      label: `reader.${kind}`,
      icon: kind === 'forward' ? 'forward' : 'reply',
      key: { reply: 'r', replyAll: 'a', forward: 'f' }[kind],
      when: ({ emails, mailbox }) => emails.length === 1 && mailbox?.role !== 'drafts',
      perform: async ({ emails }) => compose({ kind, emailId: emails[0]!.id }),
    }),
  ),
];

export function actionsFor(selection: Selection): readonly Action[] {
  return selection.emails.length === 0 ? [] : ACTIONS.filter(({ when }) => when(selection));
}

/** Puts emails into another mailbox in place of this one, with Undo. */
export async function move(selection: Selection, to: Mailbox, said: Key = 'action.moved'): Promise<void> {
  if (isElsewhere(selection, to)) return (await transferring()).transfer(selection, to, 'move');
  const from = selection.mailbox?.id;
  return change(
    selection,
    {
      patch: ({ mailboxIds }) => {
        const patch = { ...(from !== undefined && from in mailboxIds ? { [`mailboxIds/${from}`]: null } : {}) };
        if (from === undefined) return { mailboxIds: { [to.id]: true } };
        return to.id === from ? undefined : { ...patch, [`mailboxIds/${to.id}`]: true };
      },
      back: ({ mailboxIds }) => ({ mailboxIds }),
    },
    said,
    true,
    to,
  );
}

/** Takes out everything that is in a mailbox, for ever, after asking. */
export async function empty(mailbox: Mailbox, list: List): Promise<void> {
  const title = t('folder.empty');
  const text = t('folder.emptySure', { count: mailbox.totalEmails, name: mailbox.name });
  if ((await ask({ kind: 'sure', title, text, yes: title })) === undefined) return;
  await destroyMatching(list);
}

/** Whether a mailbox is in another account than these are. */
function isElsewhere({ emails: [one] }: Selection, to: Mailbox): boolean {
  return one !== undefined && accountOf(one.id) !== accountOf(to.id);
}

/** Between accounts it is copied (data/transfer.ts): code that most never need. */
const transferring = () => import('./transfer.ts');

async function folderAsked({ mailbox }: Selection, title: string): Promise<Mailbox | undefined> {
  const without = new Set(mailbox === undefined ? [] : [mailbox.id]);
  const id = await ask({ kind: 'folder', title, without, hasOthers: true });
  return typeof id === 'string' ? mailboxOf(id) : undefined;
}

async function moveAsked(selection: Selection): Promise<void> {
  const to = await folderAsked(selection, t('action.move'));
  if (to !== undefined) await move(selection, to);
}

async function copyAsked(selection: Selection): Promise<void> {
  const to = await folderAsked(selection, t('action.copy'));
  if (to === undefined) return;
  if (isElsewhere(selection, to)) return (await transferring()).transfer(selection, to, 'copy');
  const path = `mailboxIds/${to.id}`;
  const made: Change = {
    patch: ({ mailboxIds }) => (to.id in mailboxIds ? undefined : { [path]: true }),
    back: () => ({ [path]: null }),
  };
  await change(selection, made, 'action.copied', false, to);
}

function moveTo(role: string, said: Key, selection: Selection): Promise<void> {
  // What may be taken out where there is no Trash to put it goes to one's own.
  const to = besides(selection.mailbox, role) ?? byRole(role);
  if (to !== undefined) return move(selection, to, said);
  failed(new Error(t('action.noFolder')));
  return Promise.resolve();
}

async function snooze(selection: Selection): Promise<void> {
  const until = await ask({ kind: 'time', title: t('action.snooze') });
  if (typeof until !== 'string') return;
  const patch = () => ({ snoozed: { until } });
  await change(selection, { patch, back: () => ({ snoozed: null }) }, 'action.snoozed', true);
}

const UNSNOOZE: Change = {
  patch: () => ({ snoozed: null }),
  back: ({ id }) => ({ snoozed: email(id).peek()?.snoozed ?? null }),
};

function keyword(name: string, value: true | null): Change {
  return {
    patch: ({ keywords }) => (name in keywords === (value === true) ? undefined : { [`keywords/${name}`]: value }),
    back: () => ({ [`keywords/${name}`]: value === true ? null : true }),
  };
}

/** Makes a change, with Undo. `leaves`: it takes the emails out of the list. */
async function change(
  selection: Selection,
  made: Change,
  said: Key | undefined,
  leaves: boolean,
  to?: Mailbox,
): Promise<void> {
  const list = current.peek();
  // The rows go at once, whatever else has to be asked for first; where that is refused, they come back.
  if (leaves && selection.all === undefined) list?.remove(new Set(selection.emails.map(({ id }) => id)));
  const again = () => void change(selection, made, said, leaves, to);
  const tell = (undo: Patches) => {
    const count = selection.all === undefined ? selection.emails.length : Object.keys(undo).length;
    const values = { count, name: to === undefined ? '' : nameOfTarget(to) };
    if (said !== undefined && Object.keys(undo).length > 0) toast(t(said, values), () => takeBack(undo));
  };
  try {
    const emails = selection.all === undefined ? await members(selection) : [];
    if (selection.all === undefined && emails.length <= MANY) tell(await changeFew(emails, made));
    else {
      const label = t('job.changing');
      tell(
        await runJob(label, async (progress) => {
          const ids = selection.all === undefined ? emails.map(({ id }) => id) : await allIds(selection.all, progress);
          return changeAll(ids, made, progress);
        }),
      );
      await list?.refresh();
    }
  } catch (error) {
    if (error instanceof StoppedShort && Object.keys(error.undo).length > 0) tell(error.undo);
    failed(error, again);
    await list?.refresh();
  }
}

async function changeFew(emails: readonly Email[], { patch, back }: Change): Promise<Patches> {
  const pairs = emails.map((one) => [one, patch(one), back(one)] as const).filter(([, made]) => made !== undefined);
  if (pairs.length > 0) await update(Object.fromEntries(pairs.map(([{ id }, made]) => [id, made!])));
  return Object.fromEntries(pairs.map(([{ id }, , undo]) => [id, undo]));
}

/** The emails themselves, or all of their conversations that are in the mailbox. */
export async function members({ emails, mailbox, isThreads }: Selection): Promise<readonly Email[]> {
  if (!isThreads || mailbox === undefined) return emails;
  const given = new Set(emails.map(({ id }) => id));
  const found = await emailsOfThreads(emails.map(({ threadId }) => threadId));
  const inMailbox = found.filter(({ id, mailboxIds }) => given.has(id) || mailbox.id in mailboxIds);
  return inMailbox.length === 0 ? emails : inMailbox;
}

async function takeBack(patches: Patches): Promise<void> {
  try {
    const few = Object.keys(patches).length <= MANY;
    if (few) await update(patches);
    else await runJob(t('job.undoing'), (progress) => patchAll(patches, progress));
  } catch (error) {
    failed(error, () => void takeBack(patches));
  }
  await current.peek()?.refresh();
}

async function destroyForever(selection: Selection): Promise<void> {
  const count = selection.all?.total.peek() ?? selection.emails.length;
  const title = t('action.deleteForever');
  const text = t('action.deleteSure', { count });
  if ((await ask({ kind: 'sure', title, text, yes: title })) === undefined) return;
  if (selection.all !== undefined) return destroyMatching(selection.all);
  const list = current.peek();
  list?.remove(new Set(selection.emails.map(({ id }) => id)));
  try {
    const emails = await members(selection);
    await destroy(emails.map(({ id }) => id));
    toast(t('action.destroyed', { count }));
  } catch (error) {
    failed(error);
    await list?.refresh();
  }
}

async function destroyMatching(list: List): Promise<void> {
  try {
    const count = await runJob(t('job.deleting'), async (progress) =>
      destroyAll(await allIds(list, progress), progress),
    );
    toast(t('action.destroyed', { count }));
  } catch (error) {
    failed(error, () => void destroyMatching(list));
  }
  await current.peek()?.refresh();
}

export function nameOfTarget({ name, role }: Mailbox): string {
  return role === null ? name : t(`role.${role}` as Key);
}

/** Emails of a list by their ids, as far as they are known. */
export function emailsOf(ids: Iterable<string>): readonly Email[] {
  return [...ids].map((id) => email(id).peek()).filter((one) => one !== undefined);
}
