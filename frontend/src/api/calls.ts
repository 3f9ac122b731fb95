/** Calls of methods (RFC 8620 section 3.2) as values: what they refer to, and which are the same. */

export type Given = Readonly<Record<string, unknown>>;
export type Call = readonly [method: string, given: Given, id: string];
export type Answer = readonly [method: string, result: Given, id: string];

/** Arguments with what they and their filter refer to in earlier answers (RFC 8620 section 3.7); undefined where that is not there. */
export function resolved(given: Given, earlier: readonly Answer[]): Given | undefined {
  const concrete: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!name.startsWith('#')) {
      const isFilter = name === 'filter' && typeof value === 'object' && value !== null;
      concrete[name] = isFilter ? resolved(value as Given, earlier) : value;
      if (isFilter && concrete[name] === undefined) return undefined;
      continue;
    }
    const { resultOf, name: method, path } = value as { resultOf: string; name: string; path: string };
    const answer = earlier.find((one) => one[2] === resultOf && one[0] === method);
    const found = answer === undefined ? undefined : pointed(answer[1], path.split('/').slice(1));
    if (found === undefined) return undefined;
    concrete[name.slice(1)] = found;
  }
  return concrete;
}

function pointed(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (name === '*' && Array.isArray(value)) return value.flatMap((one) => pointed(one, rest));
  if (value === null || typeof value !== 'object') return undefined;
  return pointed((value as Given)[name], rest);
}

/** The same for calls that ask the same. */
export function keyOf(method: string, given: Given): string {
  return `${method}:${JSON.stringify(given, (_, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )}`;
}
