import type { State } from '../../account/types.ts';
import { type BuildOptions, type IndexDeps, updateIndex } from './builder.ts';
import { ByteCache } from './cache.ts';
import { forgetAccount, forgetEmails } from './forget.ts';
import { type OpenIndex, openIndex } from './search.ts';
import { sweepIndex } from './sweep.ts';

/** The full-text index of all accounts, as the rest of the system uses it. */
export interface SearchIndex {
  /** The index of an account in a state: what it knows, for one search. Undefined where it is not worth asking. */
  open(account: string, state: Pick<State, 'emails'>): Promise<OpenIndex | undefined>;
  /** Indexes what is not; for the background. Gives whether there is more to do. */
  update(account: string, options?: BuildOptions): Promise<boolean>;
  /** Takes the words of erased emails out; see `forgetEmails`. */
  forget(account: string, emails: ReadonlySet<number>, seq: number): Promise<void>;
  forgetAccount(account: string): Promise<void>;
  /** Deletes what was left by processes that died. */
  sweep(accounts: AsyncIterable<string>): Promise<{ readonly deleted: number }>;
}

/** Memory for what has been unpacked, of all accounts. */
const CACHE_BYTES = 64 * 1024 * 1024;
/** Smaller accounts are searched by reading them. */
const WORTH = 32;
/** More messages than these that are not indexed: somebody is asked to do it. */
const MANY = 128;

export function createSearchIndex(
  deps: IndexDeps & {
    /** Called when a search finds much that is not indexed: have `update` called, here or elsewhere. */
    readonly onUnindexed: (account: string) => void;
  },
): SearchIndex {
  const cache = new ByteCache(CACHE_BYTES);
  return {
    async open(account, { emails }) {
      if (emails < WORTH) return undefined;
      const index = await openIndex(deps, cache, account);
      if (emails - index.size > MANY) deps.onUnindexed(account);
      return index.size === 0 ? undefined : index;
    },
    update: (account, options) => updateIndex(deps, cache, account, options),
    forget: (account, emails, seq) => forgetEmails(deps, account, emails, seq),
    forgetAccount: (account) => forgetAccount(deps, account),
    sweep: (accounts) => sweepIndex(deps, accounts),
  };
}
