import { signal } from '@preact/signals';
import { compose } from '../../data/compose.ts';
import { byRole } from '../../data/mailboxes.ts';
import { undoLast } from '../../data/toasts.ts';
import type { Key } from '../../i18n/index.ts';

/** What can be done in the list that is not done to messages: keys, the palette and the help are made of this table. */

/** What is shown over the panes. */
export const over = signal<'palette' | 'help' | undefined>(undefined);

/** What the panes let a command do. */
export interface Panes {
  readonly step: (by: number) => void;
  readonly open: () => void;
  readonly close: () => void;
  readonly toggle: () => void;
  readonly chooseAll: () => void;
  readonly go: (path: string) => void;
}

export interface Command {
  readonly name: string;
  readonly label: Key;
  /** As in `KeyboardEvent.key`; two, with a space between: one after the other. */
  readonly keys: readonly string[];
  /** Not in the palette: there it would do nothing. */
  readonly isOfList?: true;
  readonly perform: (panes: Panes) => void;
}

const goes = (role: string, key: string, label: Key): Command => ({
  name: `go.${role}`,
  label,
  keys: [`g ${key}`],
  perform: ({ go }) => {
    const mailbox = byRole(role);
    if (mailbox !== undefined) go(`/mail/${mailbox.id}`);
  },
});

export const COMMANDS: readonly Command[] = [
  {
    name: 'compose',
    label: 'rail.compose',
    keys: ['c'],
    perform: () => compose({ kind: 'new' }),
  },
  {
    name: 'search',
    label: 'command.search',
    keys: ['/'],
    perform: () => document.querySelector<HTMLElement>('[role=search] input, input[type=search]')?.focus(),
  },
  { name: 'next', label: 'command.next', keys: ['j'], isOfList: true, perform: ({ step }) => step(1) },
  { name: 'previous', label: 'command.previous', keys: ['k'], isOfList: true, perform: ({ step }) => step(-1) },
  { name: 'open', label: 'command.open', keys: ['o', 'Enter'], isOfList: true, perform: ({ open }) => open() },
  { name: 'close', label: 'command.close', keys: ['u', 'Escape'], isOfList: true, perform: ({ close }) => close() },
  { name: 'choose', label: 'command.choose', keys: ['x'], isOfList: true, perform: ({ toggle }) => toggle() },
  { name: 'chooseAll', label: 'command.chooseAll', keys: ['*'], perform: ({ chooseAll }) => chooseAll() },
  { name: 'undo', label: 'command.undo', keys: ['z'], perform: () => undoLast() },
  goes('inbox', 'i', 'command.goInbox'),
  goes('sent', 's', 'command.goSent'),
  goes('drafts', 'd', 'command.goDrafts'),
  goes('trash', 't', 'command.goTrash'),
  goes('archive', 'a', 'command.goArchive'),
  {
    name: 'palette',
    label: 'command.palette',
    keys: ['Ctrl+k'],
    isOfList: true,
    perform: () => {
      over.value = 'palette';
    },
  },
  {
    name: 'help',
    label: 'command.help',
    keys: ['?'],
    perform: () => {
      over.value = 'help';
    },
  },
];

/** How a key is written for people. */
export function keyName(key: string): string {
  return key
    .split(' ')
    .map((one) => (/^[A-Z]$/.test(one) ? `Shift+${one}` : one.replace('Escape', 'Esc').replace('+k', '+K')))
    .join(' ');
}
