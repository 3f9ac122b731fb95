import { t } from '../i18n/index.ts';
import { ask } from './asking.ts';
import { allIds, type Change, changeAll, patchAll } from './changes.ts';
import { runJob } from './jobs.ts';
import { folded } from './layout.ts';
import { List } from './list.ts';
import { createMailbox, destroyMailbox, mayNest, setMailbox, withChildren } from './mailboxes.ts';
import { besides } from './others.ts';
import { current } from './sync.ts';
import { failed, toast } from './toasts.ts';
import type { Mailbox } from './types.ts';

/** What can be done with folders. Each asks what it has to know, does it, and says in a line where it could not. */

export function fold(id: string): void {
  const now = folded.peek();
  folded.value = now.includes(id) ? now.filter((one) => one !== id) : [...now, id];
}

export async function newFolder(parentId: string | null): Promise<void> {
  const title = t(parentId === null ? 'folder.new' : 'folder.newInside');
  const name = await ask({ kind: 'text', title, label: t('folder.name'), value: '', yes: t('folder.create') });
  if (typeof name !== 'string') return;
  await trying(async () => {
    const id = await createMailbox(name, parentId);
    if (parentId !== null) folded.value = folded.peek().filter((one) => one !== parentId);
    toast(t('folder.created', { name }), () => void trying(() => destroyMailbox(id)));
  });
}

export async function renameFolder({ id, name: was }: Mailbox): Promise<void> {
  const title = t('folder.rename');
  const name = await ask({ kind: 'text', title, label: t('folder.name'), value: was, yes: t('folder.rename') });
  if (typeof name !== 'string' || name === was) return;
  await trying(async () => {
    await setMailbox(id, { name });
    toast(t('folder.renamed', { name }), () => void trying(() => setMailbox(id, { name: was })));
  });
}

/** Asks where to; the alternative to dragging. */
export async function nestAsked(mailbox: Mailbox): Promise<void> {
  const without = new Set([...withChildren(mailbox.id).map(({ id }) => id), mailbox.parentId ?? '']);
  const answer = await ask({
    kind: 'folder',
    title: t('folder.nest'),
    without,
    ...(mailbox.parentId === null ? {} : { top: t('folder.top') }),
  });
  if (answer !== undefined) await nest(mailbox, answer);
}

export async function nest({ id, name, parentId: was }: Mailbox, parentId: string | null): Promise<void> {
  if (parentId === was || !mayNest(id, parentId)) return;
  await trying(async () => {
    await setMailbox(id, { parentId });
    toast(t('folder.nested', { name }), () => void trying(() => setMailbox(id, { parentId: was })));
  });
}

export async function showFolder({ id, name }: Mailbox, isSubscribed: boolean): Promise<void> {
  await trying(async () => {
    await setMailbox(id, { isSubscribed });
    const back = () => void trying(() => setMailbox(id, { isSubscribed: !isSubscribed }));
    toast(t(isSubscribed ? 'folder.shown' : 'folder.hidden', { name }), back);
  });
}

/**
 * Deletes a folder without others below it; what is in it goes to Trash, so that it can be taken back. In the end it is the folder's
 * name that comes back with them: ids are never used again.
 */
export async function deleteFolder(mailbox: Mailbox): Promise<void> {
  const { id, name, parentId, totalEmails } = mailbox;
  const title = t('folder.delete');
  if (withChildren(id).length > 1) {
    failed(new Error(t('folder.hasChildren')));
    return;
  }
  const text =
    totalEmails === 0 ? t('folder.deleteEmpty', { name }) : t('folder.deleteSure', { name, count: totalEmails });
  if ((await ask({ kind: 'sure', title, text, yes: title })) === undefined) return;
  await trying(async () => {
    const trash = besides(mailbox, 'trash');
    const list = new List({ filter: { inMailbox: id }, sort: [], collapseThreads: false });
    const moved =
      totalEmails === 0 || trash === undefined
        ? {}
        : await runJob(t('job.changing'), async (progress) => {
            // What is in other folders too stays there.
            const isElsewhere = (mailboxIds: object) => Object.keys(mailboxIds).length > 1;
            const intoTrash = `mailboxIds/${trash.id}`;
            const change: Change = {
              patch: ({ mailboxIds }) => ({
                [`mailboxIds/${id}`]: null,
                ...(isElsewhere(mailboxIds) ? {} : { [intoTrash]: true }),
              }),
              back: ({ mailboxIds }) => (isElsewhere(mailboxIds) ? {} : { [intoTrash]: null }),
            };
            const done = await changeAll(await allIds(list, progress), change, progress);
            if (progress.signal.aborted) throw new Error(t('job.stopped'));
            return done;
          });
    await destroyMailbox(id);
    toast(t('folder.deleted', { name }), () => {
      void trying(async () => {
        const again = await createMailbox(name, parentId);
        const patches = Object.fromEntries(
          Object.entries(moved).map(([one, patch]) => [one, { ...patch, [`mailboxIds/${again}`]: true }]),
        );
        await runJob(t('job.undoing'), (progress) => patchAll(patches, progress));
        await current.peek()?.refresh();
      });
    });
  });
}

async function trying(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    failed(error, () => void trying(work));
  }
}
