import { empty } from '../../data/actions.ts';
import { deleteFolder, nestAsked, newFolder, renameFolder, showFolder } from '../../data/folders.ts';
import { List } from '../../data/list.ts';
import type { Mailbox } from '../../data/types.ts';
import { type Key, t } from '../../i18n/index.ts';
import type { IconName } from '../../ui/icon.tsx';
import type { MenuPart } from '../../ui/menu.tsx';

interface FolderAction {
  readonly name: string;
  readonly label: Key;
  readonly icon: IconName;
  readonly when: (mailbox: Mailbox) => boolean;
  readonly perform: (mailbox: Mailbox) => Promise<void>;
}

const isOwn = ({ role }: Mailbox) => role === null;

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
    when: (mailbox) => isOwn(mailbox) && mailbox.myRights.mayRename !== false,
    perform: nestAsked,
  },
  {
    name: 'hide',
    label: 'folder.hide',
    icon: 'close',
    when: (mailbox) => isOwn(mailbox) && mailbox.isSubscribed,
    perform: (mailbox) => showFolder(mailbox, false),
  },
  {
    name: 'show',
    label: 'folder.show',
    icon: 'add',
    when: (mailbox) => isOwn(mailbox) && !mailbox.isSubscribed,
    perform: (mailbox) => showFolder(mailbox, true),
  },
  {
    name: 'empty',
    label: 'folder.empty',
    icon: 'trash',
    when: ({ role, totalEmails }) => (role === 'trash' || role === 'junk') && totalEmails > 0,
    perform: (mailbox) =>
      empty(mailbox, new List({ filter: { inMailbox: mailbox.id }, sort: [], collapseThreads: false })),
  },
  {
    name: 'delete',
    label: 'folder.delete',
    icon: 'trash',
    when: (mailbox) => isOwn(mailbox) && mailbox.myRights.mayDelete !== false,
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
