/** A finger that draws a row aside: towards its end archives, towards its beginning deletes. Menus and keys do the same. */

const LEAST_PX = 12;
const ENOUGH_PX = 96;

export type Swipe = 'archive' | 'delete';

/** Follows a touch that begins on a row. `done` is called when the finger was drawn far enough. */
export function followSwipe(event: PointerEvent, row: HTMLElement, done: (swipe: Swipe) => void): void {
  if (event.pointerType !== 'touch') return;
  const { clientX, clientY, pointerId } = event;
  const turn = getComputedStyle(row).direction === 'rtl' ? -1 : 1;
  let by = 0;
  const stopping = new AbortController();
  const { signal } = stopping;
  const end = () => {
    stopping.abort();
    row.style.translate = '';
    delete row.dataset.swipe;
  };
  const onMove = (moved: PointerEvent) => {
    if (moved.pointerId !== pointerId) return;
    by = moved.clientX - clientX;
    if (Math.abs(by) < LEAST_PX || Math.abs(by) < Math.abs(moved.clientY - clientY)) return;
    row.style.translate = `${by}px 0`;
    row.dataset.swipe = by * turn > 0 ? 'archive' : 'delete';
  };
  const onUp = () => {
    const swipe = row.dataset.swipe as Swipe | undefined;
    end();
    if (swipe === undefined) return;
    // What ends a swipe is no click; where none follows, the next one is somebody's.
    const click = new AbortController();
    addEventListener('click', (event) => event.stopPropagation(), { capture: true, signal: click.signal });
    setTimeout(() => click.abort());
    if (Math.abs(by) >= ENOUGH_PX) done(swipe);
  };
  addEventListener('pointermove', onMove, { signal });
  addEventListener('pointerup', onUp, { signal });
  addEventListener('pointercancel', end, { signal });
}
