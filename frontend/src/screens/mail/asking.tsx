import { useSignal } from '@preact/signals';
import { accountOf } from '../../api/ids.ts';
import { asked, type Question } from '../../data/asking.ts';
import { mailboxes, pathOf, tree } from '../../data/mailboxes.ts';
import { may, others, othersMailboxes } from '../../data/others.ts';
import { laterTimes, utcDate } from '../../data/snooze.ts';
import { t, when } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { type Choice, Palette } from '../../ui/palette.tsx';
import { nameOf } from './names.ts';
import { FOLDER_ICONS } from './rail.tsx';

/** The question that an action has asked (data/asking.ts). */
export default function Asking() {
  const one = asked.value;
  if (one === undefined) return null;
  const props = { answer: one.answer };
  const { question } = one;
  switch (question.kind) {
    case 'sure':
      return <Sure question={question} {...props} />;
    case 'text':
      return <Text question={question} {...props} />;
    case 'folder':
      return <Folder question={question} {...props} />;
    case 'time':
      return <Time question={question} {...props} />;
  }
}

interface Props<K extends Question['kind']> {
  readonly question: Extract<Question, { readonly kind: K }>;
  readonly answer: (answer: string | null | undefined) => void;
}

function Sure({ question, answer }: Props<'sure'>) {
  return (
    <Dialog title={question.title} onClose={() => answer(undefined)}>
      <p>{question.text}</p>
      <footer class="dialog-foot">
        <button type="button" class="secondary" autofocus onClick={() => answer(undefined)}>
          {t('app.cancel')}
        </button>
        <button type="button" class="primary danger" onClick={() => answer('')}>
          {question.yes}
        </button>
      </footer>
    </Dialog>
  );
}

function Text({ question, answer }: Props<'text'>) {
  return (
    <Dialog title={question.title} onClose={() => answer(undefined)}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          const name = String(new FormData(event.currentTarget as HTMLFormElement).get('text')).trim();
          if (name !== '') answer(name);
        }}
      >
        <label class="field">
          <span>{question.label}</span>
          <input name="text" type="text" value={question.value} autocomplete="off" maxLength={200} required autofocus />
        </label>
        <footer class="dialog-foot">
          <button type="button" class="secondary" onClick={() => answer(undefined)}>
            {t('app.cancel')}
          </button>
          <button type="submit" class="primary">
            {question.yes}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Folder({ question, answer }: Props<'folder'>) {
  const top: readonly Choice[] =
    question.top === undefined ? [] : [{ name: '', label: question.top, icon: 'folder', perform: () => answer(null) }];
  const choices: readonly Choice[] = tree.value
    .filter(({ mailbox }) => !question.without.has(mailbox.id) && mailbox.role !== 'snoozed')
    .map(({ mailbox }) => ({
      name: mailbox.id,
      label: pathOf(mailboxes.value.get(mailbox.id)!).map(nameOf).join(' / '),
      icon: FOLDER_ICONS[mailbox.role ?? ''] ?? ('folder' as const),
      perform: () => answer(mailbox.id),
    }));
  // Those of others, behind one's own: whose they are is said first.
  const theirs: readonly Choice[] = question.hasOthers
    ? others.value.flatMap(({ account, name }) =>
        [...othersMailboxes.value.values()]
          .filter((one) => accountOf(one.id) === account && may(one, 'mayAddItems') && !question.without.has(one.id))
          .map((one) => ({
            name: one.id,
            label: [name, ...pathOf(one, othersMailboxes.value).map(nameOf)].join(' / '),
            icon: 'people' as const,
            perform: () => answer(one.id),
          })),
      )
    : [];
  return (
    <Palette
      title={question.title}
      placeholder={t('palette.folder')}
      choices={[...top, ...choices, ...theirs]}
      onClose={() => {
        // Closing comes before what was chosen is done: that has the last word.
        queueMicrotask(() => answer(undefined));
      }}
    />
  );
}

function Time({ question, answer }: Props<'time'>) {
  const picks = useSignal(false);
  const now = new Date();
  const least = localMinute(new Date(now.getTime() + 60_000));
  return (
    <Dialog title={question.title} class="time-dialog" onClose={() => answer(undefined)}>
      <ul>
        {laterTimes(now).map(({ label, at }, index) => (
          <li key={label}>
            <button type="button" class="menu-item" autofocus={index === 0} onClick={() => answer(utcDate(at))}>
              <Icon name="snoozed" />
              <span class="menu-label">{t(label)}</span>
              <span class="hint">{when(at)}</span>
            </button>
          </li>
        ))}
        {!picks.value && (
          <li>
            <button
              type="button"
              class="menu-item"
              onClick={() => {
                picks.value = true;
              }}
            >
              <Icon name="calendar" />
              <span class="menu-label">{t('snooze.pick')}</span>
            </button>
          </li>
        )}
      </ul>
      {picks.value && (
        <form
          method="dialog"
          onSubmit={(event) => {
            event.preventDefault();
            const at = new Date(String(new FormData(event.currentTarget as HTMLFormElement).get('at')));
            if (!Number.isNaN(at.getTime())) answer(utcDate(at));
          }}
        >
          <label class="field">
            <span>{t('snooze.when')}</span>
            <input name="at" type="datetime-local" min={least} required autofocus />
          </label>
          <footer class="dialog-foot">
            <button type="submit" class="primary">
              {question.title}
            </button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}

/** As `<input type="datetime-local">` has it. */
function localMinute(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
