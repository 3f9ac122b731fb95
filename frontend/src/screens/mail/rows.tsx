import { useComputed, useSignal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { actionsFor, emailsOf, type Selection } from '../../data/actions.ts';
import { dragged } from '../../data/dragged.ts';
import { email, message } from '../../data/emails.ts';
import { ROW_PX } from '../../data/layout.ts';
import type { List } from '../../data/list.ts';
import { preferences } from '../../data/preferences.ts';
import { ranged, toggled } from '../../data/selection.ts';
import { failed } from '../../data/toasts.ts';
import type { Email, Mailbox } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { openMenu } from '../../ui/menu.tsx';
import { keyName } from './commands.ts';
import { Row, type RowsOf } from './row.tsx';
import { followSwipe } from './swipe.ts';

/** Rows kept in the page above and below those on the screen. */
const BESIDE = 3;
/** The page is changed when this many rows have gone by, not at each pixel. */
const STEP = 2;
/** Rows that are drawn in one frame, where others are on the screen: more would hold it up. */
const DRAWN = 4;
/** Rows that fly by are not asked for, in milliseconds. */
const PAUSE_MS = 60;

interface Props {
  readonly list: List;
  readonly mailbox: Mailbox | undefined;
  readonly title: string;
  readonly opened: string | undefined;
  readonly pathOf: (id: string) => string;
  readonly onOpen: (id: string, index: number) => void;
}

/** The messages of a list, of which only those on the screen are in the page; all rows are of one height. */
export function Rows({ list, mailbox, title, opened, pathOf, onOpen }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const range = useSignal<readonly [first: number, last: number]>([0, 24]);
  const hot = useSignal<string | undefined>(undefined);
  const hasFocus = useSignal(false);
  const rowPx = useComputed(() => ROW_PX[preferences.value.density]);
  const total = list.total.value ?? 0;
  list.version.value;

  const measure = (isMoving: boolean) => {
    const box = scroller.current;
    // Behind the reader it is not shown, and has no place.
    if (box === null || box.clientHeight === 0) return;
    const { scrollTop, clientHeight } = box;
    list.scrollTop = scrollTop;
    const first = Math.floor(scrollTop / rowPx.peek());
    const last = Math.ceil((scrollTop + clientHeight) / rowPx.peek());
    const from = Math.max(0, Math.floor((first - BESIDE) / STEP) * STEP);
    const to = Math.ceil((last + BESIDE) / STEP) * STEP;
    if (range.peek()[0] !== from || range.peek()[1] !== to) range.value = [from, to];
    list.look(first, last, scrollTop > rowPx.peek() / 2 ? Math.ceil(scrollTop / rowPx.peek()) : undefined);
    clearTimeout(pause.current);
    pause.current = isMoving ? setTimeout(rest, PAUSE_MS) : undefined;
    if (!isMoving) list.fill();
  };
  const rest = () => {
    pause.current = undefined;
    hot.value = under.current;
    list.fill();
  };
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  /** The row under the pointer. Of those that fly by below it none is shown so. */
  const under = useRef<string | undefined>(undefined);

  // Coming back is to where one was.
  useLayoutEffect(() => {
    scroller.current!.scrollTop = list.scrollTop;
    measure(false);
  }, [list, rowPx.value]);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => {
      const box = scroller.current!;
      if (box.clientHeight > 0 && box.scrollTop !== list.scrollTop) box.scrollTop = list.scrollTop;
      measure(false);
    });
    observer.observe(scroller.current!);
    return () => {
      observer.disconnect();
      clearTimeout(pause.current);
      pause.current = undefined;
    };
  }, [list]);
  // What came above the first row must not move it; and the focus stays in the list when its row is no more.
  useLayoutEffect(() => {
    const shift = list.takeShift();
    if (shift !== 0) scroller.current!.scrollTop += shift * rowPx.peek();
    list.fill();
    const isLost = document.activeElement === document.body || document.activeElement === null;
    if (wants.current || (hasFocus.peek() && isLost)) {
      wants.current = false;
      rowAt(list.cursor.peek())?.focus({ preventScroll: true });
    }
  });
  const wants = useRef(false);
  const rowAt = (index: number) => scroller.current?.querySelector<HTMLElement>(`[aria-rowindex="${index + 1}"]`);

  const goTo = (index: number, extend: boolean) => {
    const at = Math.max(0, Math.min(index, total - 1));
    const box = scroller.current!;
    const [above, below] = [at * rowPx.peek(), (at + 1) * rowPx.peek() - box.clientHeight];
    if (box.scrollTop > above) box.scrollTop = above;
    else if (box.scrollTop < below) box.scrollTop = below;
    const was = list.cursor.peek();
    wants.current = true;
    list.cursor.value = at;
    if (extend) void chooseTo(was, at);
    // Where the cursor stays, nothing is rendered.
    if (was === at) rowAt(at)?.focus({ preventScroll: true });
  };
  const chooseTo = async (from: number, to: number) => {
    const begin = list.chosen.peek().from ?? list.idAt(from);
    const ids = await list.between(begin === undefined ? from : list.indexOf(begin), to).catch(() => []);
    const id = list.idAt(to);
    if (id !== undefined) list.chosen.value = ranged({ ...list.chosen.peek(), from: begin }, id, ids);
  };

  const of = useMemo<RowsOf>(() => {
    const selection = (one: Email): Selection => {
      const { ids, isAll } = list.chosen.peek();
      const isOneOf = ids.has(one.id) && (ids.size > 1 || isAll);
      return {
        emails: isOneOf ? emailsOf(ids) : [one],
        mailbox,
        isThreads: list.query.collapseThreads,
        all: isOneOf && isAll ? list : undefined,
      };
    };
    return {
      mailbox,
      pathOf,
      isThreads: list.query.collapseThreads,
      selection,
      onOpen: (id, index) => {
        list.cursor.value = index;
        onOpen(id, index);
      },
      onToggle: (id, index, isRange) => {
        const before = list.chosen.peek();
        const begin = before.from === undefined ? -1 : list.indexOf(before.from);
        list.cursor.value = index;
        if (isRange && begin >= 0) void chooseTo(begin, index).catch(failed);
        else list.chosen.value = toggled(before, id);
      },
      onHover: (id) => {
        under.current = id;
        if (pause.current === undefined) hot.value = id;
      },
      onMenu: (id, at) => {
        const one = email(id).peek();
        if (one === undefined) return;
        const of = selection(one);
        const parts = actionsFor(of).map((action) => ({
          name: action.name,
          label: t(action.label),
          icon: action.icon,
          ...(action.key === undefined ? {} : { hint: keyName(action.key) }),
          perform: () => void action.perform(of),
        }));
        openMenu(at, t('list.actions'), parts);
      },
      onDrag: (id, event) => {
        const one = email(id).peek();
        if (one === undefined || event.dataTransfer === null) return;
        dragged.value = { selection: selection(one) };
        event.dataTransfer.effectAllowed = 'move';
        event.dataTransfer.setData('text/plain', one.subject ?? '');
      },
    };
  }, [list, mailbox, pathOf, onOpen]);

  const onKeyDown = (event: KeyboardEvent) => {
    const { key, shiftKey } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const screen = Math.max(1, Math.floor(scroller.current!.clientHeight / rowPx.peek()) - 1);
    const cursor = list.cursor.peek();
    const id = list.idAt(cursor);
    const row = rowAt(cursor);
    if (key === 'ArrowDown') goTo(cursor + 1, shiftKey);
    else if (key === 'ArrowUp') goTo(cursor - 1, shiftKey);
    else if (key === 'PageDown') goTo(cursor + screen, shiftKey);
    else if (key === 'PageUp') goTo(cursor - screen, shiftKey);
    else if (key === 'Home') goTo(0, shiftKey);
    else if (key === 'End') goTo(total - 1, shiftKey);
    else if (key === 'ArrowRight' || key === 'ArrowLeft') within(row, key === 'ArrowRight' ? 1 : -1);
    else if (id === undefined || event.target !== row) return;
    else if (key === ' ') of.onToggle(id, cursor, shiftKey);
    else if (key === 'Enter') of.onOpen(id, cursor);
    else if (key === 'ContextMenu' || (key === 'F10' && shiftKey)) of.onMenu(id, row!);
    else return;
    event.preventDefault();
  };

  const { ids: chosen, isAll } = list.chosen.value;
  const cursor = Math.min(list.cursor.value, Math.max(0, total - 1));
  const [first, last] = range.value;
  const indexes: number[] = [];
  for (let index = first; index <= Math.min(last, total - 1); index++) indexes.push(index);
  // The row that has the focus stays in the page, wherever one has scrolled to.
  if (total > 0 && (cursor < first || cursor > last)) indexes.push(cursor);
  const ids = useFewNew(
    list,
    indexes.map((index) => list.idAt(index)),
    indexes.indexOf(cursor),
  );
  return (
    <div
      ref={scroller}
      class="scroller"
      role="grid"
      aria-label={title}
      aria-multiselectable="true"
      aria-rowcount={list.total.value ?? -1}
      tabIndex={total === 0 ? 0 : -1}
      onScroll={() => measure(true)}
      onKeyDown={onKeyDown}
      onMouseLeave={() => {
        under.current = undefined;
        hot.value = undefined;
      }}
      onFocusIn={(event) => {
        hasFocus.value = true;
        const index = Number((event.target as Element).closest('[role=row]')?.getAttribute('aria-rowindex') ?? 0) - 1;
        if (index >= 0) list.cursor.value = index;
      }}
      onFocusOut={(event) => {
        const to = event.relatedTarget as Node | null;
        if (to !== null) {
          if (!scroller.current!.contains(to)) hasFocus.value = false;
          return;
        }
        // Whether the row was left, or went away, is only known when it has.
        const row = event.target as Element;
        setTimeout(() => {
          const now = document.activeElement;
          if (row.isConnected && !scroller.current?.contains(now)) hasFocus.value = false;
          else if (!row.isConnected && now === document.body) rowAt(list.cursor.peek())?.focus({ preventScroll: true });
        });
      }}
      onPointerDown={(event) => {
        const row = (event.target as Element).closest<HTMLElement>('[role=row]');
        const one = row === null ? undefined : email(row.dataset.id ?? '').peek();
        if (row === null || one === undefined) return;
        // A click follows: until then its message is on its way.
        const isClick =
          event.pointerType === 'mouse' && event.button === 0 && (event.target as Element).closest('button') === null;
        if (isClick) message(one.id).catch(() => undefined);
        followSwipe(event, row, (swipe) => {
          const selection: Selection = { emails: [one], mailbox, isThreads: list.query.collapseThreads };
          const names = swipe === 'archive' ? ['archive', 'notJunk', 'unsnooze'] : ['delete', 'deleteForever'];
          void actionsFor(selection)
            .find(({ name }) => names.includes(name))
            ?.perform(selection);
        });
      }}
    >
      <div class="rows" role="rowgroup" style={{ blockSize: `${total * rowPx.value}px` }}>
        {indexes.map((index, at) => {
          const id = ids[at];
          return (
            <Row
              key={id ?? index}
              of={of}
              id={id}
              index={index}
              top={index * rowPx.value}
              isOpened={id !== undefined && id === opened}
              isSelected={id !== undefined && (isAll || chosen.has(id))}
              isCursor={index === cursor}
              isHot={id !== undefined && (hot.value === id || (hasFocus.value && index === cursor))}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The ids of rows without those that are for the next frames. `first`: where the one is that is drawn whatever else is. */
function useFewNew(list: List, ids: readonly (string | undefined)[], first: number): readonly (string | undefined)[] {
  const drawn = useRef<{ readonly list: List | undefined; readonly ids: ReadonlySet<string> }>({
    list: undefined,
    ids: new Set(),
  });
  const frames = useSignal(0);
  frames.value;
  const before = drawn.current;
  // What is shown first is shown at once.
  let left = before.list !== list || before.ids.size === 0 ? Number.POSITIVE_INFINITY : DRAWN;
  const few = ids.map((id, at) => {
    if (id === undefined || email(id).peek() === undefined || before.ids.has(id) || at === first) return id;
    return left-- > 0 ? id : undefined;
  });
  useLayoutEffect(() => {
    drawn.current = {
      list,
      ids: new Set(few.filter((id) => id !== undefined && email(id).peek() !== undefined)) as Set<string>,
    };
    if (left >= 0) return undefined;
    const frame = requestAnimationFrame(() => frames.value++);
    return () => cancelAnimationFrame(frame);
  });
  return few;
}

/** From the row to its buttons, one after the other, and back. */
function within(row: HTMLElement | null | undefined, by: number): void {
  if (!row) return;
  const turn = getComputedStyle(row).direction === 'rtl' ? -by : by;
  const all = [row, ...row.querySelectorAll<HTMLElement>('button')];
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[Math.max(0, Math.min(all.length - 1, at + turn))]?.focus();
}
