import { actionsFor, type Selection } from '../../data/actions.ts';
import { email } from '../../data/emails.ts';
import { mailboxes } from '../../data/mailboxes.ts';
import { snippets } from '../../data/snippets.ts';
import { thread } from '../../data/threads.ts';
import type { Email, Mailbox } from '../../data/types.ts';
import { shortDate, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { Marked } from '../search/marked.tsx';
import { colourOf, initials, nameOf, people } from './names.ts';

/** What rows have in common, and tell. The same object as long as the list is shown, so that only rows that changed are rendered. */
export interface RowsOf {
  readonly mailbox: Mailbox | undefined;
  readonly pathOf: (id: string) => string;
  readonly isThreads: boolean;
  readonly onOpen: (id: string, index: number) => void;
  readonly onToggle: (id: string, index: number, isRange: boolean) => void;
  readonly onMenu: (id: string, at: Element | { readonly x: number; readonly y: number }) => void;
  readonly onDrag: (id: string, event: DragEvent) => void;
  readonly onHover: (id: string) => void;
  readonly selection: (one: Email) => Selection;
}

interface Props {
  readonly of: RowsOf;
  readonly id: string | undefined;
  readonly index: number;
  readonly top: number;
  readonly isOpened: boolean;
  readonly isSelected: boolean;
  /** The one that Tab comes to. */
  readonly isCursor: boolean;
  /** Under the pointer, or with the focus: what can be done with it is shown. */
  readonly isHot: boolean;
}

/** Beside the row; the others are in its menu. */
const HOT = new Set(['archive', 'delete', 'deleteForever', 'snooze', 'unsnooze', 'read', 'unread']);

/** One message of the list, or one conversation. As it reads signals, it is rendered again only where something of it has changed. */
export function Row({ of, id, index, top, isOpened, isSelected, isCursor, isHot }: Props) {
  const one = id === undefined ? undefined : email(id).value;
  const place = { transform: `translateY(${top}px)` };
  if (id === undefined || one === undefined) {
    return <div class="row skeleton" role="row" aria-rowindex={index + 1} style={place} aria-busy="true" />;
  }
  const { count, isUnread, isStarred } = stateOf(one, of);
  const isOwn = of.mailbox?.role === 'sent' || of.mailbox?.role === 'drafts';
  const who = isOwn ? one.to : one.from;
  const name = people(who) || t(isOwn ? 'list.noRecipient' : 'list.noSender');
  const marked = of.mailbox === undefined ? snippets.value.get(id) : undefined;
  const until = of.mailbox?.role === 'snoozed' ? one.snoozed?.until : undefined;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the grid (rows.tsx).
    <div
      class={isUnread ? 'row unread' : 'row'}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={isSelected}
      aria-current={isOpened ? 'true' : undefined}
      tabIndex={isCursor ? 0 : -1}
      style={place}
      data-id={id}
      draggable
      onDragStart={(event) => of.onDrag(id, event)}
      onMouseEnter={() => of.onHover(id)}
      onContextMenu={(event) => {
        event.preventDefault();
        of.onMenu(id, { x: event.clientX, y: event.clientY });
      }}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.defaultPrevented) return;
        event.preventDefault();
        // The router hears of every click on a link.
        event.stopPropagation();
        if (event.shiftKey) of.onToggle(id, index, true);
        else of.onOpen(id, index);
      }}
    >
      <span role="gridcell">
        <button
          type="button"
          class="avatar"
          role="checkbox"
          data-colour={colourOf(who?.[0])}
          aria-checked={isSelected}
          aria-label={t('list.choose', { name })}
          tabIndex={-1}
          onClick={(event) => {
            event.preventDefault();
            event.stopPropagation();
            of.onToggle(id, index, event.shiftKey);
          }}
        >
          {isSelected ? '✓' : initials(who?.[0])}
        </button>
      </span>
      <div role="gridcell" class="row-text">
        {isUnread && <span class="sr">{t('list.unread')}</span>}
        <span class="sender">
          <bdi>{name}</bdi>
          {count > 1 && <span class="thread-count">{count}</span>}
        </span>
        <span class="marks">
          {of.mailbox === undefined && <Folder of={one} />}
          {one.hasAttachment && <Mark name="clip" label={t('list.attachment')} />}
          {isStarred && <Mark name="star" label={t('list.starred')} />}
        </span>
        <time class={until === undefined ? 'date' : 'date until'} dateTime={until ?? one.receivedAt}>
          {until === undefined ? shortDate(one.receivedAt) : t('list.until', { time: shortDate(until) })}
        </time>
        <span class="subject-line" dir={directionOf(`${one.subject ?? ''} ${one.preview}`)}>
          <a class="subject" href={of.pathOf(id)} tabIndex={-1} draggable={false}>
            <bdi>{marked?.subject ? <Marked snippet={marked.subject} /> : one.subject || t('list.noSubject')}</bdi>
          </a>{' '}
          <bdi class="preview">{marked?.preview ? <Marked snippet={marked.preview} /> : one.preview}</bdi>
        </span>
      </div>
      {isHot && <Hot of={of} one={one} />}
    </div>
  );
}

/** Where a message of a search is. */
function Folder({ of: { mailboxIds } }: { readonly of: Email }) {
  const [mailbox] = Object.keys(mailboxIds).flatMap((id) => mailboxes.value.get(id) ?? []);
  return mailbox === undefined ? null : <bdi class="row-folder">{nameOf(mailbox)}</bdi>;
}

function Mark({ name, label }: { readonly name: 'clip' | 'star'; readonly label: string }) {
  return (
    <span class={name === 'star' ? 'mark starred' : 'mark'} role="img" aria-label={label}>
      <Icon name={name} filled={name === 'star'} />
    </span>
  );
}

/** What is done most, beside a row. */
function Hot({ of, one }: { readonly of: RowsOf; readonly one: Email }) {
  const selection = of.selection(one);
  return (
    <div role="gridcell" class="row-actions">
      {actionsFor(selection)
        .filter(({ name }) => HOT.has(name))
        .map((action) => (
          <button
            key={action.name}
            type="button"
            class="icon-button"
            title={t(action.label)}
            aria-label={t(action.label)}
            tabIndex={-1}
            onClick={(event) => {
              event.preventDefault();
              event.stopPropagation();
              void action.perform(selection);
            }}
          >
            <Icon name={action.icon} />
          </button>
        ))}
      <button
        type="button"
        class="icon-button"
        title={t('app.more')}
        aria-label={t('app.more')}
        aria-haspopup="menu"
        tabIndex={-1}
        onClick={(event) => {
          event.preventDefault();
          event.stopPropagation();
          of.onMenu(one.id, event.currentTarget);
        }}
      >
        <Icon name="more" />
      </button>
    </div>
  );
}

/** Of the conversation, where a row is one: as much of it as is known. */
function stateOf(one: Email, { mailbox, isThreads }: RowsOf) {
  const ids = isThreads ? thread(one.threadId).value : undefined;
  const others = (ids ?? []).map((id) => (id === one.id ? one : email(id).value)).filter((of) => of !== undefined);
  const here = others.filter(({ mailboxIds }) => mailbox === undefined || mailbox.id in mailboxIds);
  const all = here.length === 0 ? [one] : here;
  return {
    count: ids?.length ?? 1,
    isUnread: all.some(({ keywords }) => !('$seen' in keywords)),
    isStarred: all.some(({ keywords }) => '$flagged' in keywords),
  };
}

/** By its first letter, as `dir=auto` does, which does not look into a `bdi`. */
function directionOf(text: string): 'ltr' | 'rtl' {
  return /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(text)
    ? 'rtl'
    : 'ltr';
}
