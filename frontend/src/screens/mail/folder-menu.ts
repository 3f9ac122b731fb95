import { accountOf } from '../../api/ids.ts';
import { empty } from '../../data/actions.ts';
import { deleteFolder, nestAsked, newFolder, renameFolder, showFolder } from '../../data/folders.ts';
import { List } from '../../data/list.ts';
import { besides, may, sharing } from '../../data/others.ts';
import type { Mailbox } from '../../data/types.ts';
import { type Key, t } from '../../i18n/index.ts';
import type { IconName } from '../../ui/icon.tsx';
import type { MenuPart } from '../../ui/menu.tsx';
import { nameOf } from './names.ts';

interface FolderAction {
  readonly name: string;
  readonly label: Key;
  readonly icon: IconName;
  readonly when: (mailbox: Mailbox) => boolean;
  readonly perform: (mailbox: Mailbox) => Promise<void>;
}

const isOwn = ({ role }: Mailbox) => role === null;
const isMine = ({ id }: Mailbox) => accountOf(id) === undefined;

/** What can be done with a folder, as data. */
const FOLDER_ACTIONS: readonly FolderAction[] = [
  {
    name: 'newInside',
    label: 'folder.newInside',
    icon: 'add',
    when: ({ myRights, role }) => myRights.mayCreateChild !== false && role !== 'snoozed',
    perform: ({ id }) => newFolder(id),
  },
  {
    name: 'rename',
    label: 'folder.rename',
    icon: 'drafts',
    when: (mailbox) => isOwn(mailbox) && mailbox.myRights.mayRename !== false,
    perform: renameFolder,
  },
  {
    name: 'nest',
    label: 'folder.nest',
    icon: 'folder',
    when: (mailbox) => isMine(mailbox) && isOwn(mailbox) && mailbox.myRights.mayRename !== false,
    perform: nestAsked,
  },
  {
    name: 'share',
    label: 'folder.share',
    icon: 'people',
    when: ({ myRights, role }) => myRights.mayShare === true && role !== 'snoozed',
    perform: async ({ id }) => {
      sharing.value = id;
    },
  },
  {
    name: 'export',
    label: 'folder.export',
    icon: 'download',
    when: (mailbox) => mailbox.totalEmails > 0 && may(mailbox, 'mayReadItems'),
    perform: async (mailbox) =>
      (await import('../../data/mail-files/export.ts')).exportMailbox(mailbox, nameOf(mailbox)),
  },
  {
    name: 'hide',
    label: 'folder.hide',
    icon: 'close',
    when: (mailbox) => isMine(mailbox) && isOwn(mailbox) && mailbox.isSubscribed,
    perform: (mailbox) => showFolder(mailbox, false),
  },
  {
    name: 'show',
    label: 'folder.show',
    icon: 'add',
    when: (mailbox) => isMine(mailbox) && isOwn(mailbox) && !mailbox.isSubscribed,
    perform: (mailbox) => showFolder(mailbox, true),
  },
  {
    name: 'empty',
    label: 'folder.empty',
    icon: 'trash',
    when: (mailbox) =>
      (mailbox.role === 'trash' || mailbox.role === 'junk') &&
      mailbox.totalEmails > 0 &&
      may(mailbox, 'mayRemoveItems'),
    perform: (mailbox) =>
      empty(mailbox, new List({ filter: { inMailbox: mailbox.id }, sort: [], collapseThreads: false })),
  },
  {
    name: 'delete',
    label: 'folder.delete',
    icon: 'trash',
    // What is in it has to go somewhere where it can be had back from.
    when: (mailbox) =>
      isOwn(mailbox) &&
      mailbox.myRights.mayDelete !== false &&
      (mailbox.totalEmails === 0 || (may(mailbox, 'mayRemoveItems') && besides(mailbox, 'trash') !== undefined)),
    perform: deleteFolder,
  },
];

export function folderParts(mailbox: Mailbox): readonly MenuPart[] {
  return FOLDER_ACTIONS.filter(({ when }) => when(mailbox)).map(({ name, label, icon, perform }) => ({
    name,
    label: t(label),
    icon,
    perform: () => void perform(mailbox),
  }));
}
