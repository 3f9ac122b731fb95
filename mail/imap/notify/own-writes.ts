import type { Account, Draft, State, StoredEmail } from '../../account/types.ts';

/** An account that says of each write what it was before and after: what a client has done itself, it need not be told. */
export class OwnWrites<Look> implements Account {
  readonly #account: Account;
  readonly #look: (draft: State) => Look;
  readonly #wrote: (before: Look, after: Look) => void;

  /** `look` is called while a write is decided, perhaps again; `wrote` once, when it is durable. */
  constructor(account: Account, look: (draft: State) => Look, wrote: (before: Look, after: Look) => void) {
    this.#account = account;
    this.#look = look;
    this.#wrote = wrote;
  }

  get id(): string {
    return this.#account.id;
  }
  get state(): State {
    return this.#account.state;
  }

  async write<T>(
    decide: (draft: Draft) => T,
  ): Promise<{ readonly result: T; readonly state: State; readonly seq: number }> {
    let step: { readonly before: Look; readonly after: Look } | undefined;
    const written = await this.#account.write((draft) => {
      const before = this.#look(draft);
      const result = decide(draft);
      step = { before, after: this.#look(draft) };
      return result;
    });
    if (step !== undefined) this.#wrote(step.before, step.after);
    return written;
  }

  refresh(): Promise<State> {
    return this.#account.refresh();
  }
  emails(numbers: readonly number[]): Promise<ReadonlyMap<number, StoredEmail>> {
    return this.#account.emails(numbers);
  }
  watch(listener: (state: State) => void): () => void {
    return this.#account.watch(listener);
  }
}
