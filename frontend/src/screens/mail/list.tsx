import { type Signal, useComputed } from '@preact/signals';
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from '@tanstack/virtual-core';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { actionsFor, emailsOf } from '../../data/actions.ts';
import type { List } from '../../data/list.ts';
import type { Mailbox } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { nameOf } from './names.ts';
import { Row } from './row.tsx';

const ROW_PX = 64;

interface Props {
  readonly list: List;
  readonly mailbox: Mailbox;
  readonly opened: string | undefined;
  readonly selected: Signal<ReadonlySet<string>>;
  readonly onOpen: (id: string) => void;
}

/** Messages of a query, of which only those on the screen are in the page. */
export function MessageList({ list, mailbox, opened, selected, onOpen }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [, render] = useReducer((count: number) => count + 1, 0);
  const total = list.total.value;
  list.version.value;

  const options: VirtualizerOptions<HTMLDivElement, HTMLDivElement> = {
    count: total ?? 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 6,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => render(undefined),
  };
  const kept = useRef<Virtualizer<HTMLDivElement, HTMLDivElement>>(undefined);
  kept.current ??= new Virtualizer(options);
  const virtual = kept.current;
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), []);
  useLayoutEffect(() => virtual._willUpdate());

  const items = virtual.getVirtualItems();
  useLayoutEffect(() => list.show(items[0]?.index ?? 0, items.at(-1)?.index ?? 0));
  const chosen = useComputed(() => emailsOf(selected.value));
  const selection = { emails: chosen.value, mailbox };

  const toggle = (id: string) => {
    const next = new Set(selected.value);
    if (!next.delete(id)) next.add(id);
    selected.value = next;
  };

  return (
    <section class="list" id="list" aria-label={t('list.label', { name: nameOf(mailbox) })}>
      <header class="list-head">
        <h1>
          <bdi>{nameOf(mailbox)}</bdi>
        </h1>
        {selected.value.size === 0
          ? total !== undefined && <span class="muted">{t('list.count', { count: total })}</span>
          : actionsFor(selection).map((action) => (
              <button
                key={action.name}
                type="button"
                class="icon-button"
                title={t(action.label)}
                aria-label={t(action.label)}
                onClick={() => {
                  void action.perform(selection);
                  selected.value = new Set();
                }}
              >
                <Icon name={action.icon} />
              </button>
            ))}
      </header>
      {list.error.value !== undefined && (
        <p class="notice" role="alert">
          {t('list.failed', { reason: list.error.value.message })}{' '}
          <button type="button" class="link" onClick={() => void list.refresh()}>
            {t('app.retry')}
          </button>
        </p>
      )}
      {total === 0 && <p class="centre muted">{t(mailbox.role === 'inbox' ? 'list.emptyInbox' : 'list.empty')}</p>}
      <div ref={scroller} class="scroller" role="grid" aria-rowcount={total ?? -1} tabIndex={-1}>
        <div class="rows" style={{ blockSize: `${virtual.getTotalSize()}px` }}>
          {items.map(({ index, start }) => {
            const id = list.idAt(index);
            return (
              <Row
                key={id ?? index}
                id={id}
                index={index}
                top={start}
                isOpened={id !== undefined && id === opened}
                isSelected={id !== undefined && selected.value.has(id)}
                onOpen={onOpen}
                onToggle={toggle}
              />
            );
          })}
        </div>
      </div>
    </section>
  );
}
