import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { compose } from '../../data/compose.ts';
import { email, message, messageHere } from '../../data/emails.ts';
import type { Message } from '../../data/types.ts';
import { longDate, shortDate, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { colourOf, initials } from '../mail/names.ts';
import { nameShown, Person, Recipients } from './addresses.tsx';
import { Attachments } from './attachments.tsx';
import { Bars } from './bars.tsx';
import { exposed } from './bidi.ts';
import { Body } from './body.tsx';
import { CardMenu } from './menu.tsx';
import { readSoon } from './reading.ts';

interface Props {
  readonly id: string;
  readonly isOpen: boolean;
  /** The only message of its conversation: it is not folded. */
  readonly isAlone: boolean;
  readonly onToggle: () => void;
}

/** One message of a conversation: a line, or all of it. */
export function Card({ id, isOpen, isAlone, onToggle }: Props) {
  const one = email(id).value;
  const element = useRef<HTMLElement>(null);
  if (one === undefined) return null;
  const sender = one.from?.[0];
  const isDraft = '$draft' in one.keywords;
  const isUnread = !('$seen' in one.keywords);
  if (!isOpen) {
    return (
      <article class={isUnread ? 'message folded unread' : 'message folded'}>
        <button type="button" class="message-line" aria-expanded={false} onClick={onToggle}>
          <span class="avatar small" data-colour={colourOf(sender)} aria-hidden="true">
            {initials(sender)}
          </span>
          <bdi class="sender">{sender === undefined ? t('list.noSender') : nameShown(sender)}</bdi>
          {isDraft && <span class="draft-mark">{t('reader.draft')}</span>}
          <bdi class="muted preview">{exposed(one.preview)}</bdi>
          {one.hasAttachment && <Icon name="clip" />}
          <time class="muted" dateTime={one.receivedAt}>
            {shortDate(one.receivedAt)}
          </time>
        </button>
      </article>
    );
  }
  return (
    <article
      class="message"
      tabIndex={-1}
      ref={element}
      aria-label={t('reader.messageOf', { name: sender === undefined ? t('list.noSender') : nameShown(sender) })}
    >
      <div class="message-head">
        {isAlone ? (
          <span class="avatar" data-colour={colourOf(sender)} aria-hidden="true">
            {initials(sender)}
          </span>
        ) : (
          <button type="button" class="avatar" data-colour={colourOf(sender)} aria-expanded={true} onClick={onToggle}>
            <span aria-hidden="true">{initials(sender)}</span>
            <span class="sr">{t('reader.fold')}</span>
          </button>
        )}
        <div class="who">
          <span class="who-line">
            {sender === undefined ? <span class="sender">{t('list.noSender')}</span> : <Person address={sender} />}
            {isDraft && <span class="draft-mark">{t('reader.draft')}</span>}
          </span>
          <Recipients one={one} />
        </div>
        <time class="muted" dateTime={one.receivedAt} title={longDate(one.receivedAt)}>
          {shortDate(one.receivedAt)}
        </time>
        <span class="card-buttons">
          {isDraft ? (
            <button
              type="button"
              class="icon-button"
              aria-label={t('reader.editDraft')}
              title={t('reader.editDraft')}
              onClick={() => compose({ kind: 'draft', emailId: id })}
            >
              <Icon name="compose" />
            </button>
          ) : (
            <button
              type="button"
              class="icon-button answer"
              aria-label={t('reader.reply')}
              title={t('reader.reply')}
              onClick={() => compose({ kind: 'reply', emailId: id })}
            >
              <Icon name="reply" />
            </button>
          )}
          <CardMenu id={id} card={element} />
        </span>
      </div>
      <Content id={id} />
      {!isDraft && (
        <footer class="card-foot">
          <button type="button" class="secondary" onClick={() => compose({ kind: 'reply', emailId: id })}>
            <Icon name="reply" />
            {t('reader.reply')}
          </button>
          <button type="button" class="secondary" onClick={() => compose({ kind: 'replyAll', emailId: id })}>
            <Icon name="replyAll" />
            {t('reader.replyAll')}
          </button>
          <button type="button" class="secondary" onClick={() => compose({ kind: 'forward', emailId: id })}>
            <Icon name="forward" />
            {t('reader.forward')}
          </button>
        </footer>
      )}
    </article>
  );
}

/** What has to be read from the server for one message. */
function Content({ id }: { readonly id: string }) {
  const one = useSignal<Message | undefined>(messageHere(id));
  const error = useSignal<Error | undefined>(undefined);
  const attempt = useSignal(0);
  useEffect(() => {
    let isWanted = true;
    error.value = undefined;
    if (one.peek() !== undefined) return undefined;
    message(id).then(
      (found) => {
        if (isWanted) one.value = found;
      },
      (reason: Error) => {
        if (isWanted) error.value = reason;
      },
    );
    return () => {
      isWanted = false;
    };
  }, [id, attempt.value]);
  useEffect(() => (one.value === undefined ? undefined : readSoon(id)), [id, one.value]);
  if (error.value !== undefined) {
    return (
      <p class="notice" role="alert">
        {t('reader.failed', { reason: error.value.message })}{' '}
        <button type="button" class="link" onClick={() => attempt.value++}>
          {t('app.retry')}
        </button>
      </p>
    );
  }
  if (one.value === undefined) return <div class="card-waits" aria-busy="true" />;
  return <Letter one={one.value} />;
}

/** A message with what comes with it: one that arrived, or one that another carries. */
export function Letter({ one }: { readonly one: Message }) {
  return (
    <>
      <Bars one={one} />
      <Body one={one} />
      <Attachments one={one} />
    </>
  );
}
