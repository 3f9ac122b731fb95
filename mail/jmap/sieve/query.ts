import * as z from 'zod';
import { SIEVE_SCRIPT, type StoredScript, storedScripts } from '../../sieve/stored.ts';
import { SIEVE } from '../capabilities.ts';
import { MethodError } from '../errors.ts';
import { type Method, method, stateString } from '../method.ts';
import { fits, parseFilter, QUERY, windowOf } from '../standard/query.ts';

/** RFC 9661 section 2.3. */
const CONDITION = z.strictObject({ name: z.string().optional(), isActive: z.boolean().optional() });

/** SieveScript/query. There is no /queryChanges. */
export const scriptQuery: Method = method({
  capability: SIEVE,
  args: QUERY,
  async run(call, args) {
    const { state } = await call.account(args.accountId);
    const filter = parseFilter(args.filter, CONDITION);
    const compare = comparison(args.sort ?? []);
    const found = [...storedScripts(state)].filter(([, script]) => fits(filter, (one) => matches(script, one)));
    const ids = found.sort(([a, left], [b, right]) => compare(left, right) || (a < b ? -1 : 1)).map(([id]) => id);
    return {
      accountId: args.accountId,
      queryState: stateString(state, SIEVE_SCRIPT),
      canCalculateChanges: false,
      ...windowOf(ids, args),
    };
  },
});

function matches(script: StoredScript, { name, isActive }: z.infer<typeof CONDITION>): boolean {
  if (isActive !== undefined && script.isActive !== isActive) return false;
  return name === undefined || script.name.toLowerCase().includes(name.toLowerCase());
}

const KEYS: Readonly<Record<string, (script: StoredScript) => string>> = {
  name: ({ name }) => name.toLowerCase(),
  isActive: ({ isActive }) => (isActive ? '1' : '0'),
};

function comparison(sort: readonly { property: string; isAscending?: boolean | undefined }[]) {
  const keys = sort.map(({ property, isAscending = true }) => {
    const key = Object.hasOwn(KEYS, property) ? KEYS[property]! : undefined;
    if (key === undefined) throw new MethodError('unsupportedSort', `Scripts are not sorted by ${property}`);
    return { key, sign: isAscending ? 1 : -1 };
  });
  return (a: StoredScript, b: StoredScript): number => {
    for (const { key, sign } of keys) {
      if (key(a) !== key(b)) return key(a) < key(b) ? -sign : sign;
    }
    return 0;
  };
}
