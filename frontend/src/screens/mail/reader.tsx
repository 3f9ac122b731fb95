import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { actionsFor } from '../../data/actions.ts';
import { email, message, update } from '../../data/emails.ts';
import type { Mailbox, Message } from '../../data/types.ts';
import { longDate, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { failed } from '../../ui/toast.tsx';
import { Body } from './body.tsx';
import { colourOf, initials, people, personOf } from './names.ts';

/** Time for which nothing is shown in place of a message that is about to come, in milliseconds. */
const PATIENCE_MS = 150;

interface Props {
  readonly id: string | undefined;
  readonly mailbox: Mailbox | undefined;
  readonly onClose: () => void;
}

/** The message that is read. */
export function Reader({ id, mailbox, onClose }: Props) {
  const shown = useSignal<Message | undefined>(undefined);
  const error = useSignal<Error | undefined>(undefined);
  const waits = useSignal(false);

  useEffect(() => {
    error.value = undefined;
    if (id === undefined) {
      shown.value = undefined;
      return undefined;
    }
    let isWanted = true;
    const timer = setTimeout(() => {
      waits.value = true;
      shown.value = undefined;
    }, PATIENCE_MS);
    message(id)
      .then(
        (one) => {
          if (!isWanted) return;
          shown.value = one;
          if (!('$seen' in one.keywords)) update({ [id]: { 'keywords/$seen': true } }).catch(failed);
        },
        (reason: Error) => {
          if (isWanted) error.value = reason;
        },
      )
      .finally(() => {
        clearTimeout(timer);
        if (isWanted) waits.value = false;
      });
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [id]);

  if (id === undefined) {
    return (
      <main class="reader empty">
        <p class="centre muted">{t('reader.none')}</p>
      </main>
    );
  }
  const one = shown.value;
  const now = email(id).value ?? one;
  const selection = { emails: now === undefined ? [] : [now], mailbox };
  return (
    <main class="reader" aria-label={t('reader.label')} aria-busy={waits.value}>
      <header class="reader-head">
        <button type="button" class="icon-button back" aria-label={t('reader.back')} onClick={onClose}>
          <Icon name="back" />
        </button>
        {actionsFor(selection).map((action) => (
          <button
            key={action.name}
            type="button"
            class="icon-button"
            title={t(action.label)}
            aria-label={t(action.label)}
            onClick={() => void action.perform(selection)}
          >
            <Icon name={action.icon} filled={action.name === 'unstar'} />
          </button>
        ))}
      </header>
      {error.value !== undefined && (
        <p class="notice" role="alert">
          {t('reader.failed', { reason: error.value.message })}
        </p>
      )}
      {waits.value && <div class="skeleton-text" />}
      {one !== undefined && <Card one={one} />}
    </main>
  );
}

function Card({ one }: { readonly one: Message }) {
  const sender = one.from?.[0];
  return (
    <article class="message">
      <h2>
        <bdi>{one.subject || t('list.noSubject')}</bdi>
      </h2>
      <div class="message-head">
        <span class="avatar" data-colour={colourOf(sender)} aria-hidden="true">
          {initials(sender)}
        </span>
        <div class="who">
          <span>
            <bdi class="sender">{sender === undefined ? t('list.noSender') : personOf(sender)}</bdi>{' '}
            {sender?.name && <bdi class="muted">&lt;{sender.email}&gt;</bdi>}
          </span>
          <bdi class="muted">{t('reader.to', { names: people([...(one.to ?? []), ...(one.cc ?? [])]) })}</bdi>
        </div>
        <time class="muted" dateTime={one.receivedAt}>
          {longDate(one.receivedAt)}
        </time>
      </div>
      <Body one={one} />
    </article>
  );
}
