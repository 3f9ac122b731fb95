import type { Signal } from '@preact/signals';
import { empty } from '../../data/actions.ts';
import type { List } from '../../data/list.ts';
import { FILTERS, type FilterName, ORDERS, type Order, order, TURNS, turned } from '../../data/order.ts';
import { may } from '../../data/others.ts';
import { changePreferences, preferences } from '../../data/preferences.ts';
import { failed } from '../../data/toasts.ts';
import type { Mailbox } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { MenuButton, type MenuPart } from '../../ui/menu.tsx';

interface Props {
  readonly list: List;
  readonly mailbox: Mailbox;
  readonly filters: Signal<ReadonlySet<FilterName>>;
}

/** How a folder's list is ordered, and what of it is shown. */
export function Tools({ list, mailbox, filters }: Props) {
  const canEmpty =
    (mailbox.role === 'trash' || mailbox.role === 'junk') &&
    (list.total.value ?? 0) > 0 &&
    may(mailbox, 'mayRemoveItems');
  return (
    <>
      {canEmpty && filters.value.size === 0 && (
        <button type="button" class="link" onClick={() => void empty(mailbox, list)}>
          {t('folder.empty')}
        </button>
      )}
      <MenuButton
        label={filters.value.size === 0 ? t('filter.label') : t('filter.on')}
        class={filters.value.size === 0 ? 'icon-button' : 'icon-button on'}
        parts={() => filterParts(filters)}
      >
        <Icon name="filter" />
      </MenuButton>
      <MenuButton label={t('sort.label')} parts={sortParts}>
        <Icon name="sort" />
      </MenuButton>
    </>
  );
}

function sortParts(): readonly MenuPart[] {
  const now = order.peek();
  const density = preferences.peek().density;
  return [
    ...(Object.keys(ORDERS) as Order['by'][]).map((by) => ({
      name: by,
      label: t(ORDERS[by].label),
      isChecked: now.by === by,
      ...(now.by === by && TURNS.has(by) ? { hint: t(now.isAscending ? 'sort.up' : 'sort.down') } : {}),
      perform: () => {
        order.value = turned(now, by);
      },
    })),
    'line',
    ...(['cosy', 'compact'] as const).map((one) => ({
      name: one,
      label: t(`density.${one}`),
      isChecked: density === one,
      perform: () => void changePreferences({ density: one }).catch(failed),
    })),
  ];
}

function filterParts(filters: Signal<ReadonlySet<FilterName>>): readonly MenuPart[] {
  const set = (next: Iterable<FilterName>) => {
    filters.value = new Set(next);
  };
  return [
    { name: 'all', label: t('filter.all'), isChecked: filters.peek().size === 0, perform: () => set([]) },
    ...(Object.keys(FILTERS) as FilterName[]).map((name) => ({
      name,
      label: t(FILTERS[name].label),
      isChecked: filters.peek().has(name),
      perform: () => set(flipped(filters.peek(), name)),
    })),
  ];
}

function flipped(now: ReadonlySet<FilterName>, name: FilterName): readonly FilterName[] {
  return now.has(name) ? [...now].filter((one) => one !== name) : [...now, name];
}
