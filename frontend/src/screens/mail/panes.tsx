import { batch, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { emailsOf, type Selection } from '../../data/actions.ts';
import { appName } from '../../data/brand.ts';
import { compose } from '../../data/compose.ts';
import { message } from '../../data/emails.ts';
import { LIST_PX, listWidth, RAIL_PX, railWidth } from '../../data/layout.ts';
import type { List } from '../../data/list.ts';
import { byRole } from '../../data/mailboxes.ts';
import { sharing } from '../../data/others.ts';
import { everyOf, NONE, toggled } from '../../data/selection.ts';
import { arrived, current } from '../../data/sync.ts';
import type { Email, Mailbox } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { afterPaint } from '../../ui/after-paint.ts';
import { announce } from '../../ui/announce.tsx';
import { later } from '../../ui/later.tsx';
import { Splitter } from '../../ui/splitter.tsx';
import { SearchBox } from '../search/box.tsx';
import { over } from './commands.ts';
import { useKeys } from './keys.ts';
import { MessageList } from './list.tsx';
import { people } from './names.ts';
import { drawer, Rail } from './rail.tsx';
import { loadReader, Reader } from './reader.tsx';
import { Tabs } from './tabs.tsx';

const Over = later(() => import('./over.tsx'));
const Share = later(() => import('../shared/share.tsx'));

/** Below this width the list makes way for what is read. */
const NARROW = '(max-width: 1099px)';
/** Messages beside the one under the cursor whose text is fetched before it is asked for, and when. */
const BESIDE = 2;
const PAUSE_MS = 120;

interface Props {
  readonly list: List | undefined;
  /** Undefined: of a search. */
  readonly mailbox: Mailbox | undefined;
  readonly title: string;
  readonly opened: string | undefined;
  readonly pathOf: (id: string | undefined) => string;
  readonly tools: ComponentChildren;
  readonly notice: ComponentChildren;
  readonly empty: ComponentChildren;
}

/** The panes of mail, as the width of the window allows: folders, list and reader; or one after the other. */
export function Panes({ list, mailbox, title, opened, pathOf, tools, notice, empty }: Props) {
  const { route } = useLocation();
  useCurrent(list);
  useTitle(title);
  usePreloading(list);

  // What is opened is shown with the next frame; the path, and all that hangs on it, follows.
  const ahead = useSignal<string | undefined>(undefined);
  useLayoutEffect(() => {
    ahead.value = undefined;
  }, [opened]);
  const read = () => ahead.peek() ?? opened;

  const latest = useRef({ opened, route, mailbox });
  latest.current = { opened, route, mailbox };
  const open = useMemo(
    () => (id: string) => {
      const { opened, route, mailbox } = latest.current;
      if (mailbox?.role === 'drafts') return compose({ kind: 'draft', emailId: id });
      // Where the reader takes the place of the list, the path comes first.
      const isAtOnce = id === opened || matchMedia(NARROW).matches;
      ahead.value = isAtOnce ? undefined : id;
      if (isAtOnce) return route(pathOf(id), opened !== undefined);
      afterPaint(() => {
        const { opened, route } = latest.current;
        if (ahead.peek() === id) route(pathOf(id), opened !== undefined);
      });
    },
    [pathOf],
  );
  const close = () => {
    ahead.value = undefined;
    route(pathOf(undefined));
    requestAnimationFrame(focusCursor);
  };
  useAdvance(list, read, open, close);

  // Keys come faster than frames: the row that is about to have the focus has it already for them.
  const coming = useRef<number | undefined>(undefined);
  const hasFocus = () => coming.current !== undefined || document.activeElement?.closest('.scroller') != null;
  const step = (by: number) => {
    if (list === undefined) return;
    const hadFocus = hasFocus();
    const last = (list.total.peek() ?? 1) - 1;
    const opened = read();
    const at = opened === undefined || list.indexOf(opened) < 0 ? list.cursor.peek() : list.indexOf(opened);
    // Where nothing has been read yet, the first step is onto the first row.
    const next = opened === undefined && !hadFocus ? at : Math.max(0, Math.min(last, at + by));
    list.cursor.value = next;
    const id = list.idAt(next);
    if (opened !== undefined && id !== undefined && mailbox?.role !== 'drafts') open(id);
    if (opened === undefined || hadFocus) coming.current = next;
    requestAnimationFrame(() => {
      reveal(next, coming.current === next);
      if (coming.current === next) coming.current = undefined;
    });
  };
  const focused = () => (list === undefined ? undefined : list.idAt(list.cursor.peek()));
  useKeys(
    {
      step,
      open: () => {
        const id = focused();
        if (id !== undefined) open(id);
      },
      close: () => {
        if (drawer.peek()) drawer.value = false;
        else if (list !== undefined && list.chosen.peek().ids.size > 0) list.chosen.value = NONE;
        else if (read() !== undefined) close();
      },
      toggle: () => {
        const id = focused();
        if (list !== undefined && id !== undefined) list.chosen.value = toggled(list.chosen.peek(), id);
      },
      chooseAll: () => {
        if (list !== undefined) list.chosen.value = everyOf(list.visible());
      },
      go: route,
    },
    (): Selection => {
      const { ids, isAll } = list?.chosen.peek() ?? NONE;
      const opened = read();
      const isFocused = coming.current !== undefined || document.activeElement?.closest('[role=row]') != null;
      const one = isFocused || opened === undefined ? focused() : opened;
      const has = ids.size > 0 ? ids : one !== undefined && (isFocused || opened !== undefined) ? [one] : [];
      return {
        emails: emailsOf(has),
        mailbox,
        isThreads: list?.query.collapseThreads ?? false,
        all: isAll ? list : undefined,
      };
    },
  );

  const widths = { '--rail': `${railWidth.value}px`, '--list': `${listWidth.value}px` };
  const kind = ['mail', opened !== undefined && 'reading', drawer.value && 'drawer-open'].filter(Boolean).join(' ');
  return (
    <div class={kind} style={widths}>
      <a class="skip" href="#list">
        {t('app.skip')}
      </a>
      <Rail mailbox={mailbox} />
      <Splitter label={t('split.rail')} width={railWidth} range={RAIL_PX} />
      <div class="list-pane">
        <div class="list-top">
          <SearchBox />
        </div>
        {list === undefined ? (
          <section class="list" id="list" aria-busy="true" />
        ) : (
          <MessageList
            list={list}
            mailbox={mailbox}
            title={title}
            opened={opened}
            pathOf={pathOf}
            onOpen={open}
            tools={tools}
            notice={notice}
            empty={empty}
          />
        )}
      </div>
      <Splitter label={t('split.list')} width={listWidth} range={LIST_PX} />
      <Reader id={opened} ahead={ahead} mailbox={mailbox} onClose={close} onStep={step} />
      <Tabs />
      {sharing.value !== undefined && <Share />}
      {over.value !== undefined && <Over list={list} go={route} mailbox={mailbox} opened={opened} />}
    </div>
  );
}

/** What was said to who hears the page: once, though lists come and go. */
let announced: readonly Email[] = [];

/** The list on the screen is the one that is kept as the server has it; what was looked at before is read again. */
function useCurrent(list: List | undefined): void {
  // Not one that is just being read, however fast that is.
  const wasKnown = useMemo(() => list?.total.peek() !== undefined, [list]);
  useEffect(() => {
    current.value = list;
    if (wasKnown) void list?.refresh();
    return () => {
      if (current.peek() === list) current.value = undefined;
    };
  }, [list]);
  useEffect(
    () =>
      arrived.subscribe((emails) => {
        const [one] = emails;
        if (one === undefined || emails === announced) return;
        announced = emails;
        const values = { count: emails.length, name: people(one.from), subject: one.subject ?? '' };
        announce(t('list.arrived', values));
      }),
    [],
  );
}

function useTitle(title: string): void {
  const unread = byRole('inbox')?.unreadThreads ?? 0;
  const name = appName();
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${title} – ${name}`;
  }, [title, unread, name]);
}

/** What is likely to be opened next is there before it is asked for. */
function usePreloading(list: List | undefined): void {
  const cursor = list?.cursor.value;
  const version = list?.version.value;
  useEffect(() => {
    if (list === undefined || cursor === undefined || list.total.peek() === undefined) return undefined;
    void loadReader();
    const timer = setTimeout(() => {
      for (let index = cursor - BESIDE; index <= cursor + BESIDE; index++) {
        const id = list.idAt(index);
        if (id !== undefined) message(id).catch(() => undefined);
      }
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [list, cursor, version]);
}

/** Where what is read is moved away, the next one is read; where the reader hides the list, that is shown again. */
function useAdvance(
  list: List | undefined,
  read: () => string | undefined,
  open: (id: string) => void,
  close: () => void,
) {
  const given = useRef({ read, open, close });
  given.current = { read, open, close };
  useEffect(
    () =>
      list?.removed.subscribe((ids) => {
        const { read, open, close } = given.current;
        const opened = read();
        if (opened === undefined || !ids.has(opened)) return;
        batch(() => {
          const next = list.idAt(list.cursor.peek());
          if (next === undefined || matchMedia(NARROW).matches) close();
          else open(next);
        });
      }),
    [list],
  );
}

function focusCursor(): void {
  document.querySelector<HTMLElement>('.scroller [role=row][tabindex="0"]')?.focus();
}

/** Brings a row into view; the grid knows its rows, and the cursor is one of them wherever the list stands. */
function reveal(index: number, focuses: boolean): void {
  const row = document.querySelector<HTMLElement>(`.scroller [aria-rowindex="${index + 1}"]`);
  row?.scrollIntoView({ block: 'nearest' });
  if (focuses) row?.focus({ preventScroll: true });
}
