import { memo } from 'preact/compat';
import { email } from '../../data/emails.ts';
import { shortDate, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { colourOf, initials, people } from './names.ts';

interface Props {
  readonly id: string | undefined;
  readonly index: number;
  readonly top: number;
  readonly isOpened: boolean;
  readonly isSelected: boolean;
  readonly onOpen: (id: string) => void;
  readonly onToggle: (id: string) => void;
}

/** One message of the list. Rendered again only where something of it has changed. */
export const Row = memo(function Row({ id, index, top, isOpened, isSelected, onOpen, onToggle }: Props) {
  const one = id === undefined ? undefined : email(id).value;
  const place = { transform: `translateY(${top}px)` };
  if (id === undefined || one === undefined) {
    return <div class="row skeleton" role="row" aria-rowindex={index + 1} style={place} aria-busy="true" />;
  }
  const isUnread = !('$seen' in one.keywords);
  const sender = one.from?.[0];
  const name = people(one.from) || t('list.noSender');
  return (
    <div
      class={isUnread ? 'row unread' : 'row'}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={isSelected}
      aria-current={isOpened ? 'true' : undefined}
      style={place}
    >
      <div role="gridcell">
        <button
          type="button"
          class="avatar"
          data-colour={colourOf(sender)}
          aria-pressed={isSelected}
          aria-label={name}
          onClick={() => onToggle(id)}
        >
          {isSelected ? '✓' : initials(sender)}
        </button>
      </div>
      <div role="gridcell" class="row-text">
        <button type="button" class="row-open" onClick={() => onOpen(id)}>
          {isUnread && <span class="sr">{t('list.unread')}</span>}
          <span class="row-line">
            <bdi class="sender">{name}</bdi>
            <time class="date" dateTime={one.receivedAt}>
              {shortDate(one.receivedAt)}
            </time>
          </span>
          <span class="row-line">
            <span class="subject-line">
              <bdi class="subject">{one.subject || t('list.noSubject')}</bdi> <bdi class="preview">{one.preview}</bdi>
            </span>
            {one.hasAttachment && (
              <span class="mark">
                <Icon name="clip" />
                <span class="sr">{t('list.attachment')}</span>
              </span>
            )}
            {'$flagged' in one.keywords && (
              <span class="mark starred">
                <Icon name="star" filled />
                <span class="sr">{t('list.starred')}</span>
              </span>
            )}
          </span>
        </button>
      </div>
    </div>
  );
});
