import * as z from 'zod';
import { MethodError } from '../errors.ts';

/** The window of a query's results that the client wants (RFC 8620 section 5.5). */
export const WINDOW = {
  position: z.int().nullish(),
  anchor: z.string().nullish(),
  anchorOffset: z.int().nullish(),
  limit: z.int().nonnegative().nullish(),
  calculateTotal: z.boolean().nullish(),
};

/** The arguments of every /query (RFC 8620 section 5.5). */
export const QUERY = z.strictObject({
  accountId: z.string(),
  filter: z.unknown().optional(),
  sort: z
    .array(
      z.strictObject({ property: z.string(), isAscending: z.boolean().optional(), collation: z.string().optional() }),
    )
    .nullish(),
  ...WINDOW,
});

/** The arguments of a /queryChanges that only says that it cannot (RFC 8620 section 5.6). */
export const QUERY_CHANGES = z.strictObject({
  accountId: z.string(),
  filter: z.unknown().optional(),
  sort: z.array(z.record(z.string(), z.unknown())).nullish(),
  sinceQueryState: z.string(),
  maxChanges: z.int().positive().nullish(),
  upToId: z.string().nullish(),
  calculateTotal: z.boolean().nullish(),
});

const window = z.object(WINDOW);
export type Window = z.infer<typeof window>;

/** The most ids that one /query gives. */
export const MAX_RESULTS = 5000;

/** The ids that a query found, in order: a list, or what can act as one. */
export interface Results {
  readonly length: number;
  indexOf(id: string): number;
  slice(start: number, end: number): readonly string[];
}

/** The part of the results that the window shows. */
export function windowOf(
  all: Results,
  { position, anchor, anchorOffset, limit, calculateTotal }: Window,
): Readonly<Record<string, unknown>> & { readonly ids: readonly string[] } {
  let start = position ?? 0;
  if (anchor !== undefined && anchor !== null) {
    const at = all.indexOf(anchor);
    if (at < 0) throw new MethodError('anchorNotFound', `${anchor} is not among the results`);
    start = Math.max(0, at + (anchorOffset ?? 0));
  } else if (start < 0) start = Math.max(0, all.length + start);
  const most = Math.min(limit ?? MAX_RESULTS, MAX_RESULTS);
  const ids = all.slice(start, start + most);
  return {
    position: Math.min(start, all.length),
    ids,
    ...(calculateTotal === true ? { total: all.length } : {}),
    // RFC 8620 section 5.5: only where it is not what the client asked for.
    ...(most !== limit && all.length > start + most ? { limit: most } : {}),
  };
}

/** FilterOperator or a condition (RFC 8620 section 5.5). */
export type Filter<C> = { readonly operator: 'AND' | 'OR' | 'NOT'; readonly conditions: readonly Filter<C>[] } | C;

/** Levels and conditions that a filter may have. */
const MAX_DEPTH = 20;
const MAX_CONDITIONS = 500;

/** Reads a filter; throws `unsupportedFilter` for what `condition` does not take, `invalidArguments` for one that is too large. */
export function parseFilter<C>(value: unknown, condition: z.ZodType<C>): Filter<C> | undefined {
  if (value === null || value === undefined) return undefined;
  let count = 0;
  const parse = (one: unknown, depth: number): Filter<C> => {
    if (depth > MAX_DEPTH || ++count > MAX_CONDITIONS) {
      throw new MethodError(
        'invalidArguments',
        `A filter has at most ${MAX_DEPTH} levels and ${MAX_CONDITIONS} conditions`,
      );
    }
    if (typeof one !== 'object' || one === null) throw new MethodError('invalidArguments', 'A filter is an object');
    if (!('operator' in one)) {
      const parsed = condition.safeParse(one);
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0];
      throw new MethodError(
        'unsupportedFilter',
        `filter/${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'not known'}`,
      );
    }
    const { operator, conditions, ...more } = one as Record<string, unknown>;
    if ((operator !== 'AND' && operator !== 'OR' && operator !== 'NOT') || !Array.isArray(conditions)) {
      throw new MethodError('invalidArguments', 'An operator is AND, OR or NOT, with conditions');
    }
    if (Object.keys(more).length > 0)
      throw new MethodError('invalidArguments', 'An operator has nothing but conditions');
    return { operator, conditions: conditions.map((inner) => parse(inner, depth + 1)) };
  };
  return parse(value, 1);
}

/** Whether something fits a filter. NOT: none of the conditions. */
export function fits<C>(filter: Filter<C> | undefined, test: (condition: C) => boolean): boolean {
  if (filter === undefined) return true;
  if (typeof filter === 'object' && filter !== null && 'operator' in filter) {
    const { operator, conditions } = filter as { operator: string; conditions: readonly Filter<C>[] };
    if (operator === 'AND') return conditions.every((one) => fits(one, test));
    const any = conditions.some((one) => fits(one, test));
    return operator === 'OR' ? any : !any;
  }
  return test(filter as C);
}
