/** How much is loaded ahead of what is being used. */
export interface Ahead {
  readonly count: number;
  /** The sum of what is being loaded or waits to be used; one item alone may be heavier. */
  readonly weight: number;
}

/**
 * Loads for each item in parallel, within bounds, and yields the results in the items' order. The first failure is thrown
 * where its turn comes; whoever stops early leaves what is being loaded to end unheard.
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  ahead: Ahead,
  weigh: (item: T) => number,
  load: (item: T) => Promise<R>,
): AsyncGenerator<R, void, void> {
  const loading: { readonly result: Promise<R>; readonly weight: number }[] = [];
  let weight = 0;
  const iterator = items[Symbol.iterator]();
  let next = iterator.next();
  for (;;) {
    while (next.done !== true) {
      const itsWeight = weigh(next.value);
      if (loading.length > 0 && (loading.length >= ahead.count || weight + itsWeight > ahead.weight)) break;
      const result = load(next.value);
      result.catch(() => undefined);
      loading.push({ result, weight: itsWeight });
      weight += itsWeight;
      next = iterator.next();
    }
    const first = loading.shift();
    if (first === undefined) return;
    yield await first.result;
    weight -= first.weight;
  }
}
