import { type Signal, signal } from '@preact/signals';

/** How this browser shows the pages: kept in it for the next visit. */

/** A value that is kept; what was kept and is of no use any more is forgotten. */
export function remembered<T>(name: string, initial: T): Signal<T> {
  const key = `layout.${name}`;
  let start = initial;
  try {
    const kept = localStorage.getItem(key);
    if (kept !== null) start = JSON.parse(kept) as T;
  } catch {
    // Not readable, or storage is not allowed: as on the first visit.
  }
  const kept = signal(start);
  let last = start;
  kept.subscribe((value) => {
    if (value === last) return;
    last = value;
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // It holds for this visit then.
    }
  });
  return kept;
}

/** Of a row, in pixels. */
export const ROW_PX = { cosy: 64, compact: 40 } as const;

export const RAIL_PX = { least: 180, usual: 232, most: 400 } as const;
export const LIST_PX = { least: 300, usual: 380, most: 720 } as const;
export const railWidth = remembered<number>('rail', RAIL_PX.usual);
export const listWidth = remembered<number>('list', LIST_PX.usual);

/** Folders whose children are not shown, by id. */
export const folded = remembered<readonly string[]>('folded', []);
export const showsHidden = signal(false);
