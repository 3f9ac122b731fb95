import { accountOf } from '../../api/ids.ts';
import { ACTIONS, actionsFor, emailsOf, type Selection } from '../../data/actions.ts';
import type { List } from '../../data/list.ts';
import { pathOf, tree } from '../../data/mailboxes.ts';
import { others, othersMailboxes } from '../../data/others.ts';
import type { Mailbox } from '../../data/types.ts';
import { type Key, t } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { type Choice, Palette } from '../../ui/palette.tsx';
import { COMMANDS, keyName, over } from './commands.ts';
import { nameOf } from './names.ts';
import { FOLDER_ICONS } from './rail.tsx';

interface Props {
  readonly list: List | undefined;
  readonly mailbox: Mailbox | undefined;
  readonly opened: string | undefined;
  readonly go: (path: string) => void;
}

/** What is shown over the panes: all that can be done, found by typing; or the keys. */
export default function Over(props: Props) {
  return over.value === 'help' ? <Help /> : <Everything {...props} />;
}

const close = () => {
  over.value = undefined;
};

function Everything({ list, mailbox, opened, go }: Props) {
  const { ids, isAll } = list?.chosen.peek() ?? { ids: new Set<string>(), isAll: false };
  const one = opened ?? list?.idAt(list.cursor.peek());
  const selection: Selection = {
    emails: emailsOf(ids.size > 0 ? ids : one === undefined ? [] : [one]),
    mailbox,
    isThreads: list?.query.collapseThreads ?? false,
    all: isAll ? list : undefined,
  };
  const panes = {
    step: () => undefined,
    open: () => undefined,
    close: () => undefined,
    toggle: () => undefined,
    chooseAll: () => {
      if (list !== undefined) list.chosen.value = { ids: new Set(list.visible()), from: undefined, isAll: false };
    },
    go,
  };
  const choices: Choice[] = [
    ...actionsFor(selection).map((action) => ({
      name: action.name,
      label: t(action.label),
      icon: action.icon,
      ...(action.key === undefined ? {} : { hint: keyName(action.key) }),
      perform: () => void action.perform(selection),
    })),
    ...COMMANDS.filter(({ isOfList, name }) => !isOfList && !name.startsWith('go.')).map((command) => ({
      name: command.name,
      label: t(command.label),
      hint: keyName(command.keys[0]!),
      perform: () => command.perform(panes),
    })),
    ...tree.value.map(({ mailbox }) => ({
      name: mailbox.id,
      label: t('palette.go', { name: pathOf(mailbox).map(nameOf).join(' / ') }),
      icon: FOLDER_ICONS[mailbox.role ?? ''] ?? ('folder' as const),
      perform: () => go(`/mail/${mailbox.id}`),
    })),
    ...[...othersMailboxes.value.values()].map((one) => ({
      name: one.id,
      label: t('palette.go', {
        name: [
          others.value.find(({ account }) => account === accountOf(one.id))?.name ?? '',
          ...pathOf(one, othersMailboxes.value).map(nameOf),
        ].join(' / '),
      }),
      icon: 'people' as const,
      perform: () => go(`/mail/${one.id}`),
    })),
    { name: 'settings', label: t('rail.settings'), icon: 'settings', perform: () => go('/settings') },
    { name: 'contacts', label: t('tabs.contacts'), icon: 'contacts', perform: () => go('/contacts') },
  ];
  return (
    <Palette title={t('command.palette')} placeholder={t('palette.placeholder')} choices={choices} onClose={close} />
  );
}

function Help() {
  const actions = Map.groupBy(
    ACTIONS.filter(({ key }) => key !== undefined),
    ({ key }) => key!,
  );
  return (
    <Dialog title={t('command.help')} class="help" onClose={close}>
      <div class="help-columns">
        <section>
          <h3>{t('help.go')}</h3>
          <dl>
            {COMMANDS.map(({ name, label, keys }) => (
              <Line key={name} keys={keys} labels={[label]} />
            ))}
          </dl>
        </section>
        <section>
          <h3>{t('help.messages')}</h3>
          <dl>
            {[...actions].map(([key, all]) => (
              <Line key={key} keys={[key]} labels={all.map(({ label }) => label)} />
            ))}
          </dl>
          <h3>{t('help.list')}</h3>
          <dl>
            <Line keys={['↓', '↑']} labels={['help.arrows']} />
            <Line keys={['Shift+↓', 'Shift+↑']} labels={['help.range']} />
            <Line keys={['→', '←']} labels={['help.within']} />
            <Line keys={['Shift+F10']} labels={['list.actions']} />
          </dl>
        </section>
      </div>
    </Dialog>
  );
}

function Line({ keys, labels }: { readonly keys: readonly string[]; readonly labels: readonly Key[] }) {
  return (
    <div class="help-line">
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{keyName(key)}</kbd>
        ))}
      </dt>
      <dd>{labels.map((label) => t(label)).join(' / ')}</dd>
    </div>
  );
}
