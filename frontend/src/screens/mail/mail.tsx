import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { accountOf } from '../../api/ids.ts';
import { listOf } from '../../data/list.ts';
import { byRole } from '../../data/mailboxes.ts';
import { type FilterName, order, queryOf } from '../../data/order.ts';
import { areOthersKnown, mailboxOf } from '../../data/others.ts';
import { preferences } from '../../data/preferences.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { later } from '../../ui/later.tsx';
import { useSearch } from '../search/use-search.ts';
import { nameOf } from './names.ts';
import { Panes } from './panes.tsx';
import { FOLDER_ICONS } from './rail.tsx';
import { Tools } from './tools.tsx';

const Chips = later(() => import('../search/chips.tsx'));
const NothingFound = later(() => import('../search/empty.tsx'));
const NO_FILTERS: ReadonlySet<FilterName> = new Set();

/** Folders or a search, their messages, and the one that is read. */
export default function Mail() {
  const { params } = useRoute();
  const { path, query } = useLocation();
  const search = useSearch();
  const filters = useSignal(NO_FILTERS);
  const wanted = params.mailbox ?? '';
  // Of others it is not known at first whether it is there.
  const waits = accountOf(wanted) !== undefined && !areOthersKnown.value;
  const mailbox = search === undefined && !waits ? (mailboxOf(wanted) ?? byRole('inbox')) : undefined;
  const place = mailbox?.id;
  const isConversations = preferences.value.conversations;
  useEffect(() => {
    filters.value = NO_FILTERS;
  }, [place]);
  const found = useMemo(
    () =>
      place === undefined
        ? undefined
        : listOf({ ...queryOf(place, order.value, filters.value), collapseThreads: isConversations }),
    [place, order.value, filters.value, isConversations],
  );
  const text = search?.text;
  const pathOf = useMemo(() => {
    if (text === undefined)
      return (id: string | undefined) => `/mail/${place ?? ''}${id === undefined ? '' : `/${id}`}`;
    return (id: string | undefined) =>
      `/search${id === undefined ? '' : `/${id}`}?q=${encodeURIComponent(query.q ?? text)}`;
  }, [place, text]);
  const list = search === undefined ? found : search.list;
  // The route of the search may be another's: what is read is in the path either way.
  const opened = search === undefined ? params.thread : decodeURIComponent(path.split('/')[2] ?? '') || undefined;

  return (
    <Panes
      list={list}
      mailbox={mailbox}
      title={mailbox === undefined ? t(search === undefined ? 'app.loading' : 'search.title') : nameOf(mailbox)}
      opened={opened}
      pathOf={pathOf}
      tools={mailbox !== undefined && list !== undefined && <Tools list={list} mailbox={mailbox} filters={filters} />}
      notice={
        search !== undefined && (
          <>
            <Chips text={search.text} />
            {search.unknown.length > 0 && (
              <p class="notice">{t('search.unknown', { terms: search.unknown.join(', ') })}</p>
            )}
          </>
        )
      }
      empty={
        search === undefined ? (
          <div class="centre muted">
            <Icon name={filters.value.size > 0 ? 'filter' : (FOLDER_ICONS[mailbox?.role ?? ''] ?? 'folder')} />
            <p>{t(emptyOf(mailbox?.role ?? null, filters.value.size > 0))}</p>
          </div>
        ) : (
          <NothingFound text={search.text} />
        )
      }
    />
  );
}

function emptyOf(role: string | null, isFiltered: boolean) {
  if (isFiltered) return 'list.emptyFiltered';
  return role === 'inbox' ? 'list.emptyInbox' : role === 'snoozed' ? 'list.emptySnoozed' : 'list.empty';
}
