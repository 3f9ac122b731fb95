import '../../styles/shared.css';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { accountOf } from '../../api/ids.ts';
import { setMailbox } from '../../data/mailboxes.ts';
import { mailboxOf, sharing } from '../../data/others.ts';
import { LEVELS, type Level, levelOf, type Rights } from '../../data/share-levels.ts';
import { type Principal, principals } from '../../data/sharing.ts';
import type { Mailbox } from '../../data/types.ts';
import { enShared } from '../../i18n/en-shared.ts';
import { addWords, t } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { colourOf, initials, nameOf } from '../mail/names.ts';
import { Person } from './person.tsx';

addWords(enShared);

/** Stands for all who are here (docs/jmap.md). */
const EVERYBODY = 'anyone';

/** Whom a folder is shared with, and what each may do. What is chosen holds at once. */
export default function Share() {
  const mailbox = sharing.value === undefined ? undefined : mailboxOf(sharing.value);
  const close = () => {
    sharing.value = undefined;
  };
  if (mailbox === undefined) return null;
  return (
    <Dialog title={t('share.title', { name: nameOf(mailbox) })} class="share" onClose={close}>
      <Shares mailbox={mailbox} />
    </Dialog>
  );
}

function Shares({ mailbox }: { readonly mailbox: Mailbox }) {
  const shares = Object.entries(mailbox.shareWith ?? {});
  const people = useSignal<ReadonlyMap<string, Principal>>(new Map());
  const said = useSignal('');
  const error = useSignal('');
  const isBusy = useSignal(false);
  const unknown = shares.map(([id]) => id).filter((id) => !people.value.has(id));
  useEffect(() => {
    if (unknown.length === 0) return;
    void principals(unknown).then(
      (found) => learn(found),
      () => undefined,
    );
  }, [unknown.join()]);
  const learn = (found: readonly Principal[]) => {
    people.value = new Map([...people.peek(), ...found.map((one) => [one.id, one] as const)]);
  };
  const nameFor = (id: string) =>
    id === EVERYBODY ? t('share.everybody') : (people.value.get(id)?.name ?? t('share.unknown'));

  const set = async (id: string, rights: Rights | null, done: string) => {
    isBusy.value = true;
    error.value = '';
    said.value = '';
    try {
      await setMailbox(mailbox.id, { [`shareWith/${id}`]: rights });
      said.value = done;
    } catch (reason) {
      error.value = t('share.failed', { reason: (reason as Error).message });
    }
    isBusy.value = false;
  };
  return (
    <div class="shares-box" aria-busy={isBusy.value}>
      <p class="muted">{t('share.intro')}</p>
      <Person
        without={new Set([...shares.map(([id]) => id), accountOf(mailbox.id) ?? ''])}
        onChoose={(one) => {
          learn([one]);
          void set(one.id, LEVELS.read, t('share.added', { name: nameFor(one.id) }));
        }}
      />
      <p class="error" role="alert">
        {error.value}
      </p>
      {shares.length === 0 && <p class="share-none">{t('share.none')}</p>}
      <ul class="share-list">
        {shares.map(([id, rights]) => {
          const name = nameFor(id);
          const address = people.value.get(id)?.email ?? undefined;
          return (
            <li key={id}>
              <span class="avatar" aria-hidden="true" data-colour={colourOf({ name, email: address ?? id })}>
                {id === EVERYBODY ? <Icon name="people" /> : initials({ name, email: address ?? id })}
              </span>
              <span class="share-who">
                <bdi>{name}</bdi>
                {address !== undefined && address !== name && <bdi class="muted">{address}</bdi>}
              </span>
              <LevelOf
                name={name}
                rights={rights}
                onChange={(level) =>
                  void set(id, LEVELS[level], t('share.changed', { name, level: t(`share.${level}`) }))
                }
              />
              <button
                type="button"
                class="icon-button"
                aria-label={t('share.remove', { name })}
                title={t('share.remove', { name })}
                onClick={() => void set(id, null, t('share.removed', { name }))}
              >
                <Icon name="close" />
              </button>
            </li>
          );
        })}
      </ul>
      <p class="share-said muted" role="status">
        {said.value}
      </p>
      <ul class="share-hints muted">
        {(Object.keys(LEVELS) as Level[]).map((level) => (
          <li key={level}>{t(`share.${level}Hint`)}</li>
        ))}
      </ul>
    </div>
  );
}

interface LevelProps {
  readonly name: string;
  readonly rights: Rights;
  readonly onChange: (level: Level) => void;
}

function LevelOf({ name, rights, onChange }: LevelProps) {
  const level = levelOf(rights) ?? '';
  return (
    <select
      aria-label={t('share.level', { name })}
      value={level}
      onChange={({ currentTarget }) => onChange(currentTarget.value as Level)}
    >
      {level === '' && <option value="">{t('share.other')}</option>}
      {(Object.keys(LEVELS) as Level[]).map((one) => (
        <option key={one} value={one}>
          {t(`share.${one}`)}
        </option>
      ))}
    </select>
  );
}
