import * as z from 'zod';

const MAX_PAGE = 1_000;

/** Query of a list. `after` is the `next` of the page before. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(100),
  after: z.string().max(1_000).optional(),
});

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().optional() });
}

/** The first `limit` of `source`; `next` is there when more may follow. */
export async function takePage<T>(
  source: AsyncIterable<T>,
  limit: number,
  cursor: (last: T) => string,
): Promise<{ items: T[]; next?: string }> {
  const items: T[] = [];
  for await (const item of source) {
    if (items.length === limit) return { items, next: cursor(items[limit - 1]!) };
    items.push(item);
  }
  return { items };
}
