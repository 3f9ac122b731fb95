import type { State } from '../account/types.ts';
import { Cache } from '../directory/cache.ts';
import { type Kept, kept } from '../limits.ts';
import type { Clock } from '../ports/index.ts';

/** What an account keeps now; as of half a minute ago at worst. */
export type Usage = (account: string) => Promise<Kept>;

export interface UsageDeps {
  readonly accounts: { openToAppend(id: string): Promise<{ refresh(): Promise<State> }> };
  readonly clock: Clock;
  /** No other process writes accounts: what is in memory is the newest, and is asked each time. */
  readonly exclusive: boolean;
}

const REMEMBERED_MS = 30_000;
const REMEMBERED = 20_000;

export function createUsage({ accounts, clock, exclusive }: UsageDeps): Usage {
  const read = async (id: string) => kept(await (await accounts.openToAppend(id)).refresh());
  if (exclusive) return read;
  const known = new Cache<Kept>(clock, REMEMBERED_MS, REMEMBERED);
  return async (id) => (await known.get(id, () => read(id)))!;
}
