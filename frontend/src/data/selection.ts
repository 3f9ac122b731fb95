/** Which rows of a list are chosen: pure, so that every rule of it is a line of a test. */
export interface Chosen {
  readonly ids: ReadonlySet<string>;
  /** Where a range begins: the row that was chosen last. */
  readonly from: string | undefined;
  /** All that the list's query matches, whether it is on the screen or not. */
  readonly isAll: boolean;
}

export const NONE: Chosen = { ids: new Set(), from: undefined, isAll: false };

/** Chooses a row, or not any more. From all, what is left is what was on the screen. */
export function toggled({ ids }: Chosen, id: string): Chosen {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, from: id, isAll: false };
}

/** Chooses from the row chosen last to this one, in the order of the list; alone where that row is not there any more. */
export function ranged(chosen: Chosen, id: string, order: readonly string[]): Chosen {
  const begin = chosen.from === undefined ? -1 : order.indexOf(chosen.from);
  const end = order.indexOf(id);
  if (begin < 0 || end < 0) return { ids: new Set([...chosen.ids, id]), from: id, isAll: false };
  const range = order.slice(Math.min(begin, end), Math.max(begin, end) + 1);
  return { ids: new Set([...chosen.ids, ...range]), from: chosen.from, isAll: false };
}

export function everyOf(ids: readonly string[]): Chosen {
  return { ids: new Set(ids), from: ids[0], isAll: false };
}

/** Without those that are not there any more. */
export function without(chosen: Chosen, gone: ReadonlySet<string>): Chosen {
  if (![...chosen.ids].some((id) => gone.has(id))) return chosen;
  const ids = new Set([...chosen.ids].filter((id) => !gone.has(id)));
  return { ids, from: chosen.from, isAll: chosen.isAll };
}
