import { signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { account } from '../../api/account.ts';
import { accountOf } from '../../api/ids.ts';
import { signOut } from '../../api/session.ts';
import { move } from '../../data/actions.ts';
import { compose } from '../../data/compose.ts';
import { dragged } from '../../data/dragged.ts';
import { fold, nest, newFolder } from '../../data/folders.ts';
import { folded, showsHidden } from '../../data/layout.ts';
import { mayNest, type Node, tree } from '../../data/mailboxes.ts';
import { may, others } from '../../data/others.ts';
import { storage } from '../../data/quota.ts';
import type { Mailbox } from '../../data/types.ts';
import { size, t } from '../../i18n/index.ts';
import { BrandMark } from '../../ui/brand.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { later } from '../../ui/later.tsx';
import { MenuButton, openMenu } from '../../ui/menu.tsx';
import { over } from './commands.ts';
import { folderParts } from './folder-menu.ts';
import { initials, nameOf } from './names.ts';

const Scheduled = later(() => import('../scheduled/link.tsx'));
const Others = later(() => import('../shared/section.tsx'));

export const FOLDER_ICONS: Readonly<Record<string, IconName>> = {
  inbox: 'inbox',
  drafts: 'drafts',
  sent: 'sent',
  archive: 'archive',
  junk: 'junk',
  trash: 'trash',
  snoozed: 'snoozed',
};

const QUIET: ReadonlySet<string | null> = new Set(['sent', 'trash', 'junk']);

/** Whether the folders are drawn over a narrow page. */
export const drawer = signal(false);

/** The share of the storage from which it is told in words. */
const NEARLY_FULL = 0.9;

/** Composing, the folders with what is unread in each, and who is signed in. */
export function Rail({ mailbox }: { readonly mailbox: Mailbox | undefined }) {
  const rail = useRef<HTMLElement>(null);
  const { path } = useLocation();
  const was = useRef(path);
  useEffect(() => {
    if (was.current !== path) drawer.value = false;
    was.current = path;
  }, [path]);
  const isOut = drawer.value;
  useEffect(() => {
    if (isOut) rail.current?.querySelector<HTMLElement>('a[aria-current], a')?.focus();
  }, [isOut]);
  const nodes = tree.value.filter((node) => isShown(node));
  const hidden = tree.value.filter(({ mailbox }) => !mailbox.isSubscribed && mailbox.role === null).length;
  return (
    <>
      {isOut && (
        <button
          type="button"
          class="scrim"
          aria-label={t('app.close')}
          onClick={() => {
            drawer.value = false;
          }}
        />
      )}
      <nav ref={rail} class="rail" aria-label={t('rail.label')}>
        <BrandMark />
        <button
          type="button"
          class="primary compose-button"
          title={t('rail.compose')}
          onClick={() => compose({ kind: 'new' })}
        >
          <Icon name="compose" />
          <span class="name">{t('rail.compose')}</span>
        </button>
        <ul class="folders">
          {nodes.map((node) => (
            <Folder key={node.mailbox.id} node={node} isCurrent={node.mailbox.id === mailbox?.id} />
          ))}
          {nodes.length > 0 && <Scheduled />}
          <li class="folder-line more-folders">
            <button type="button" class="folder quiet" onClick={() => void newFolder(null)}>
              <Icon name="add" />
              <span class="name">{t('folder.new')}</span>
            </button>
          </li>
          {hidden > 0 && (
            <li class="folder-line more-folders">
              <button
                type="button"
                class="folder quiet"
                aria-pressed={showsHidden.value}
                onClick={() => {
                  showsHidden.value = !showsHidden.value;
                }}
              >
                <Icon name="more" />
                <span class="name">
                  {t(showsHidden.value ? 'folder.hideHidden' : 'folder.showHidden', { count: hidden })}
                </span>
              </button>
            </li>
          )}
        </ul>
        {others.value.length > 0 && <Others mailbox={mailbox} />}
        <Foot />
      </nav>
    </>
  );
}

/** Not below one that is folded, and not hidden. */
function isShown({ mailbox }: Node): boolean {
  if (!mailbox.isSubscribed && mailbox.role === null && !showsHidden.value) return false;
  return !folded.value.some((id) => id !== mailbox.id && !mayNest(id, mailbox.id));
}

/** A folder of one's own or of another, as a line of the rail. */
export function Folder({ node, isCurrent }: { readonly node: Node; readonly isCurrent: boolean }) {
  const { mailbox: one, depth, hasChildren } = node;
  const isOver = useSignal(false);
  const isFolded = folded.value.includes(one.id);
  const isMine = accountOf(one.id) === undefined;
  const shares = isMine ? Object.keys(one.shareWith ?? {}).length : 0;
  const name = nameOf(one);
  // What waits in Sent, Trash and Junk is nothing to be read; of drafts it counts how many there are.
  const count = one.role === 'drafts' ? one.totalEmails : QUIET.has(one.role) ? 0 : one.unreadThreads;
  const kind = ['folder-line', one.role === null && 'own', isOver.value && 'over'].filter(Boolean).join(' ');
  const takes = () => {
    const what = dragged.peek();
    if (what === undefined) return false;
    if ('folder' in what) return isMine && mayNest(what.folder, one.id);
    const { mailbox } = what.selection;
    return mailbox?.id !== one.id && may(one, 'mayAddItems') && may(mailbox, 'mayRemoveItems');
  };
  return (
    <li
      class={kind}
      style={{ '--depth': depth }}
      onDragOver={(event) => {
        if (!takes()) return;
        event.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={() => {
        isOver.value = false;
      }}
      onDrop={(event) => {
        isOver.value = false;
        const what = dragged.peek();
        if (what === undefined || !takes()) return;
        event.preventDefault();
        dragged.value = undefined;
        if ('folder' in what) {
          const child = tree.peek().find(({ mailbox }) => mailbox.id === what.folder);
          if (child !== undefined) void nest(child.mailbox, one.id);
        } else void move(what.selection, one);
      }}
      onContextMenu={(event) => {
        event.preventDefault();
        openMenu({ x: event.clientX, y: event.clientY }, name, folderParts(one));
      }}
    >
      {hasChildren && (
        <button
          type="button"
          class="fold"
          aria-expanded={!isFolded}
          aria-label={t(isFolded ? 'folder.unfold' : 'folder.fold', { name })}
          onClick={() => fold(one.id)}
        >
          <Icon name="chevron" />
        </button>
      )}
      <a
        href={`/mail/${one.id}`}
        class={count > 0 && one.role !== 'drafts' ? 'folder has-unread' : 'folder'}
        title={name}
        aria-current={isCurrent ? 'page' : undefined}
        draggable={isMine && one.role === null}
        onDragStart={(event) => {
          dragged.value = { folder: one.id };
          event.dataTransfer?.setData('text/plain', name);
        }}
        onDragEnd={() => {
          dragged.value = undefined;
        }}
      >
        <Icon name={FOLDER_ICONS[one.role ?? ''] ?? 'folder'} />
        <bdi class="name">{name}</bdi>
        {shares > 0 && (
          <span
            class="shares"
            role="img"
            aria-label={t('share.with', { count: shares })}
            title={t('share.with', { count: shares })}
          >
            <Icon name="people" />
          </span>
        )}
        {count > 0 && (
          <span class="count">
            <span aria-hidden="true">{count}</span>
            <span class="sr">{t(one.role === 'drafts' ? 'list.count' : 'rail.unread', { count })}</span>
          </span>
        )}
      </a>
      <MenuButton label={t('folder.actions', { name })} class="icon-button folder-more" parts={() => folderParts(one)}>
        <Icon name="more" />
      </MenuButton>
    </li>
  );
}

/** What is used of the storage, and what belongs to the account. */
function Foot() {
  const { route } = useLocation();
  const kept = storage.value;
  return (
    <footer class="rail-foot">
      {kept !== undefined && (
        <div class="storage">
          <meter
            aria-label={t('rail.storage')}
            min={0}
            max={kept.hardLimit}
            high={kept.hardLimit * NEARLY_FULL}
            value={kept.used}
          />
          <span class="muted">{t('rail.used', { used: size(kept.used), limit: size(kept.hardLimit) })}</span>
        </div>
      )}
      <MenuButton
        label={t('rail.account', { address: account.value?.address ?? '' })}
        class="account"
        parts={() => [
          { name: 'settings', label: t('rail.settings'), icon: 'settings', perform: () => route('/settings') },
          { name: 'contacts', label: t('tabs.contacts'), icon: 'contacts', perform: () => route('/contacts') },
          {
            name: 'help',
            label: t('command.help'),
            hint: '?',
            perform: () => {
              over.value = 'help';
            },
          },
          'line',
          { name: 'out', label: t('signIn.out'), icon: 'out', perform: () => void signOut() },
        ]}
      >
        <span
          class="avatar"
          aria-hidden="true"
          data-letter={initials({ name: null, email: account.value?.address ?? '' })[0]}
        />
        <bdi class="name">{account.value?.address}</bdi>
        <Icon name="more" />
      </MenuButton>
    </footer>
  );
}
