import '../../styles/reader.css';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ApiError } from '../../api/session.ts';
import { actionsFor } from '../../data/actions.ts';
import { email, message, messageHere } from '../../data/emails.ts';
import { mailboxes } from '../../data/mailboxes.ts';
import { preferences } from '../../data/preferences.ts';
import { parseQuery } from '../../data/query/language.ts';
import { wordsOf } from '../../data/query/words.ts';
import { vocabulary } from '../../data/search.ts';
import { emailsHere, emailsOfThreads, thread } from '../../data/threads.ts';
import type { Email, Mailbox } from '../../data/types.ts';
import { enReader } from '../../i18n/en-reader.ts';
import { addWords, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import type { ReaderProps } from '../mail/reader.tsx';
import { exposed } from './bidi.ts';
import { Card } from './card.tsx';
import { LinkQuestion } from './following.tsx';
import { beginMarks } from './marks.ts';
import { MarksBar } from './marks-bar.tsx';
import { printAll } from './print.ts';
import { shownIn } from './shown.ts';

addWords(enReader);

/** Time for which nothing is shown in place of a message that is about to come, in milliseconds. */
const PATIENCE_MS = 150;

/** What each card offers by itself. */
const ANSWERS: ReadonlySet<string> = new Set(['reply', 'replyAll', 'forward']);

/** A conversation that is shown. */
interface Shown {
  /** The email that was opened. */
  readonly of: string;
  readonly one: Email;
  /** Those that are not folded. */
  readonly open: ReadonlySet<string>;
}

/** A conversation: each message a card, the latest and the unread ones open. */
export default function Conversation({ id, mailbox, onClose, onStep }: ReaderProps & { readonly id: string }) {
  const error = useSignal<Error | undefined>(undefined);
  const waits = useSignal(false);
  /** What was loaded, or opened and folded since. */
  const loaded = useSignal<Shown | undefined>(undefined);
  const attempt = useSignal(0);
  const heading = useRef<HTMLHeadingElement>(null);
  const { path, query } = useLocation();
  const search = path.startsWith('/search/') ? (query.q ?? '') : '';

  // What is here already is shown with this frame; else what is shown stays, until the next is there.
  const here = useMemo(() => shownHere(id, mailbox), [id]);
  const before = useRef<Shown | undefined>(undefined);
  const shown =
    loaded.value?.of === id ? loaded.value : (here ?? (waits.value || error.value ? undefined : before.current));
  before.current = shown;

  useEffect(() => {
    let isWanted = true;
    error.value = undefined;
    if (loaded.peek()?.of !== id) loaded.value = undefined;
    beginMarks(wordsOf(parseQuery(search, vocabulary())), id);
    if (here !== undefined) {
      waits.value = false;
      focusWhereAlone(heading.current);
      return undefined;
    }
    const timer = setTimeout(() => {
      waits.value = true;
    }, PATIENCE_MS);
    load(id, mailbox)
      .then(
        (found) => {
          if (!isWanted) return;
          loaded.value = found;
          focusWhereAlone(heading.current);
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
  }, [id, search, attempt.value]);

  const emails = shown === undefined ? [] : membersOf(shown.one, mailbox);
  const toggle = (one: string) => {
    const open = new Set(shown!.open);
    if (!open.delete(one)) open.add(one);
    loaded.value = { ...shown!, open };
  };
  const openAll = () => {
    loaded.value = { ...shown!, open: new Set(emails.map((one) => one.id)) };
  };

  const now = email(id).value;
  const selection = { emails: now === undefined ? [] : [now], mailbox, isThreads: true };
  const actions = actionsFor(selection).filter(({ name }) => !ANSWERS.has(name));
  const isFolded = emails.some((one) => !shown!.open.has(one.id));
  return (
    <main class="reader" aria-label={t('reader.label')} aria-busy={waits.value}>
      <header class="reader-head">
        <button type="button" class="icon-button back" aria-label={t('reader.back')} onClick={onClose}>
          <Icon name="back" />
        </button>
        <div class="reader-actions" role="toolbar" aria-label={t('reader.actions')}>
          {actions.map((action) => (
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
        </div>
        {onStep !== undefined && (
          <span class="reader-steps">
            <button
              type="button"
              class="icon-button"
              aria-label={t('reader.previous')}
              title={t('reader.previous')}
              onClick={() => onStep(-1)}
            >
              <Icon name="previous" />
            </button>
            <button
              type="button"
              class="icon-button"
              aria-label={t('reader.next')}
              title={t('reader.next')}
              onClick={() => onStep(1)}
            >
              <Icon name="next" />
            </button>
          </span>
        )}
      </header>
      {error.value !== undefined && <Failed error={error.value} onRetry={() => attempt.value++} />}
      {waits.value && shown === undefined && (
        <div class="reader-skeleton" aria-hidden="true">
          <div />
          <div />
          <div />
        </div>
      )}
      {shown !== undefined && (
        <div class="conversation">
          <div class="conversation-head">
            <h2 ref={heading} tabIndex={-1}>
              <bdi>{exposed(shown.one.subject ?? '') || t('list.noSubject')}</bdi>
            </h2>
            {emails.length > 1 && (
              <span class="conversation-buttons">
                {isFolded && (
                  <button type="button" class="link" onClick={openAll}>
                    {t('reader.expandAll')}
                  </button>
                )}
                <button
                  type="button"
                  class="link"
                  onClick={() => {
                    openAll();
                    void printAll();
                  }}
                >
                  {t('reader.printAll')}
                </button>
              </span>
            )}
          </div>
          <MarksBar />
          {emails.map((one) => (
            <Card
              key={one.id}
              id={one.id}
              isOpen={shown.open.has(one.id)}
              isAlone={emails.length === 1}
              onToggle={() => toggle(one.id)}
            />
          ))}
        </div>
      )}
      <LinkQuestion />
    </main>
  );
}

function Failed({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const isOffline = error instanceof ApiError && error.status === 0;
  return (
    <div class="notice" role="alert">
      <p>{isOffline ? t('reader.offline') : t('reader.failed', { reason: error.message })}</p>
      <button type="button" class="link" onClick={onRetry}>
        {t('app.retry')}
      </button>
    </div>
  );
}

/** Reads the message that was opened and what it belongs to; says which are open at first. */
async function load(id: string, mailbox: Mailbox | undefined): Promise<Shown> {
  const one = email(id).peek();
  const [opened] = await Promise.all([
    message(id),
    // Alone it is shown all the same.
    one === undefined ? undefined : emailsOfThreads([one.threadId]).catch(() => undefined),
  ]);
  if (one === undefined) await emailsOfThreads([opened.threadId]).catch(() => undefined);
  return shownAtFirst(opened, mailbox);
}

/** The same of what is here already; undefined where something of it is missing. */
function shownHere(id: string, mailbox: Mailbox | undefined): Shown | undefined {
  const one = messageHere(id);
  return one === undefined || emailsHere(one.threadId) === undefined ? undefined : shownAtFirst(one, mailbox);
}

function shownAtFirst(opened: Email, mailbox: Mailbox | undefined): Shown {
  const members = membersOf(opened, mailbox);
  const unread = members.filter(({ keywords }) => !('$seen' in keywords) && !('$draft' in keywords));
  const latest = members.findLast(({ keywords }) => !('$draft' in keywords)) ?? opened;
  return {
    of: opened.id,
    one: opened,
    // Of a search, the one that was found.
    open: new Set(
      [...unread, latest, ...(members.length === 1 || mailbox === undefined ? [opened] : [])].map((each) => each.id),
    ),
  };
}

function membersOf(one: Email, mailbox: Mailbox | undefined): readonly Email[] {
  if (!preferences.value.conversations) return [one];
  const ids = thread(one.threadId).value ?? [one.id];
  const emails = ids.map((id) => email(id).value).filter((each) => each !== undefined);
  return shownIn(emails, one, mailbox, mailboxes.value);
}

/** Where the list has made place for the message, what had the focus is gone with it. */
function focusWhereAlone(heading: HTMLElement | null): void {
  requestAnimationFrame(() => {
    if (document.activeElement === null || document.activeElement === document.body)
      heading?.focus({ preventScroll: true });
  });
}
