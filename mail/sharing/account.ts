import type { Account, Draft, State, StoredEmail } from '../account/types.ts';
import type { AccountInfo } from '../directory/types.ts';
import { SharedDraft } from './draft.ts';
import { SharedState, type Sight } from './view.ts';

/** What a user has subscribed to of mailboxes that others share, as his own account remembers it (RFC 2342). */
export function sharedPrefix(owner: AccountInfo): string {
  return owner.public === true ? 'Public/' : `Shared/${owner.address}/`;
}

/** By state and user: states do not change, and what is worked out of one is kept by it. */
const views = new WeakMap<State, Map<string, SharedState>>();

/** Somebody's account as `user` may use it. `own` is his own account. */
export class SharedAccount implements Account {
  readonly #account: Account;
  readonly #own: Account;
  readonly #sight: Sight;

  constructor(account: Account, owner: AccountInfo, user: AccountInfo, own: Account) {
    this.#account = account;
    this.#own = own;
    const prefix = sharedPrefix(owner);
    this.#sight = {
      owner,
      user,
      subscribed: () => {
        const names = [...own.state.subscriptions].filter((name) => name.startsWith(prefix));
        return new Set(names.map((name) => name.slice(prefix.length)));
      },
    };
  }

  get id(): string {
    return this.#account.id;
  }

  get owner(): AccountInfo {
    return this.#sight.owner;
  }

  get state(): SharedState {
    return this.#view(this.#account.state);
  }

  async refresh(): Promise<State> {
    return this.#view(await this.#account.refresh());
  }

  async write<T>(
    decide: (draft: Draft) => T,
  ): Promise<{ readonly result: T; readonly state: State; readonly seq: number }> {
    let subscribing: ReadonlyMap<string, boolean> = new Map();
    const { result, state, seq } = await this.#account.write((draft) => {
      const shared = new SharedDraft(draft, this.#sight);
      const decided = decide(shared);
      subscribing = shared.subscribing;
      return decided;
    });
    if (subscribing.size > 0) {
      const prefix = sharedPrefix(this.#sight.owner);
      await this.#own.write((draft) => {
        for (const [name, on] of subscribing) draft.subscribe(prefix + name, on);
      });
    }
    return { result, state: this.#view(state), seq };
  }

  /** Only what the user may read. */
  async emails(numbers: readonly number[]): Promise<ReadonlyMap<number, StoredEmail>> {
    const { state } = this;
    return this.#account.emails(numbers.filter((number) => state.placements(number).length > 0));
  }

  watch(listener: (state: State) => void): () => void {
    return this.#account.watch((state) => listener(this.#view(state)));
  }

  /** One view for a state, as long as owner and user are what they were. */
  #view(state: State): SharedState {
    let ofState = views.get(state);
    if (ofState === undefined) {
      ofState = new Map();
      views.set(state, ofState);
    }
    const { owner, user } = this.#sight;
    const known = ofState.get(user.id);
    const { owner: before, user: viewer } = known?.sight ?? {};
    const holds = before?.public === owner.public && before?.tenant === owner.tenant && viewer?.tenant === user.tenant;
    if (known !== undefined && holds) return known;
    const made = new SharedState(state, this.#sight);
    ofState.set(user.id, made);
    return made;
  }
}
