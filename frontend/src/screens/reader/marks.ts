import { computed, signal } from '@preact/signals';
import { highlight } from './words.ts';

/** Words of the search that a message was opened from: marked in what it shows, until they are taken off. */

/** Words and phrases, as typed. Empty: it was opened from a folder. */
export const searched = signal<readonly string[]>([]);
export const isMarking = signal(true);
export const marking = computed(() => (isMarking.value ? searched.value : []));

/** Places by what shows them: a text of the page, or a frame. */
const counts = signal<ReadonlyMap<object, number>>(new Map());
export const marksCount = computed(() => [...counts.value.values()].reduce((sum, count) => sum + count, 0));
const ranges = new Map<object, readonly Range[]>();
/** The message whose first mark is gone to, once. */
let awaited: string | undefined;

/** A message is opened from a search for these words. */
export function beginMarks(words: readonly string[], id: string): void {
  isMarking.value = true;
  awaited = words.length === 0 ? undefined : id;
  // The same words are the same list, so that nothing is marked again.
  if (words.join('\n') !== searched.peek().join('\n')) searched.value = words;
}

/** Something shows so many of them; `found`: where, in this document. */
export function marked(by: object, count: number, found: readonly Range[] = []): void {
  ranges.set(by, found);
  highlight('found', [...ranges.values()].flat());
  counts.value = new Map([...counts.peek(), [by, count]]);
}

export function unmarked(by: object): void {
  if (!ranges.delete(by)) return;
  highlight('found', [...ranges.values()].flat());
  const next = new Map(counts.peek());
  next.delete(by);
  counts.value = next;
}

/** Whether the first mark of a message is to be brought into sight: once, when it is opened. */
export function takeFirst(id: string): boolean {
  if (awaited !== id) return false;
  awaited = undefined;
  return true;
}

/** Brings a place into sight where it is not: `top` is where it is in the window, in pixels. */
export function bringIntoSight(within: Element, top: number): void {
  const scroller = within.closest('.reader');
  if (scroller === null) return;
  const { top: first, height } = scroller.getBoundingClientRect();
  // What lies below the head and well above the end is in sight.
  if (top > first + 80 && top < first + height - 80) return;
  scroller.scrollBy({ top: top - first - height / 3 });
}
