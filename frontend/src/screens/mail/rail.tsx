import { account, signOut } from '../../api/session.ts';
import { tree } from '../../data/mailboxes.ts';
import type { Mailbox } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { nameOf } from './names.ts';

const ICONS: Readonly<Record<string, IconName>> = {
  inbox: 'inbox',
  drafts: 'drafts',
  sent: 'sent',
  archive: 'archive',
  junk: 'junk',
  trash: 'trash',
  snoozed: 'snoozed',
};

/** The folders, with what is unread in each. */
export function Rail({ mailbox }: { readonly mailbox: Mailbox | undefined }) {
  return (
    <nav class="rail" aria-label={t('rail.label')}>
      <ul>
        {tree.value.map(({ mailbox: one, depth }) => (
          <li key={one.id}>
            <a
              href={`/mail/${one.id}`}
              class="folder"
              style={{ '--depth': depth }}
              aria-current={one.id === mailbox?.id ? 'page' : undefined}
            >
              <Icon name={ICONS[one.role ?? ''] ?? 'folder'} />
              <bdi class="name">{nameOf(one)}</bdi>
              {one.unreadThreads > 0 && one.role !== 'trash' && (
                <span class="count">
                  <span aria-hidden="true">{one.unreadThreads}</span>
                  <span class="sr">{t('rail.unread', { count: one.unreadThreads })}</span>
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
      <footer class="rail-foot">
        <bdi class="muted name">{account.value?.address}</bdi>
        <button type="button" class="icon-button" aria-label={t('signIn.out')} onClick={() => void signOut()}>
          <Icon name="out" />
        </button>
      </footer>
    </nav>
  );
}
