import type { Account, State } from '../../account/types.ts';
import { stateString } from '../method.ts';

/** Types whose changes are pushed (RFC 8620 section 7.1, RFC 8621 section 1.5). */
export const PUSHED = ['Email', 'EmailDelivery', 'Mailbox', 'Thread'] as const;

/** The types that a client asks for: `*` means all; those that there are none of are left out. */
export function pushedTypes(asked: readonly string[]): readonly string[] {
  return asked.includes('*') ? PUSHED : PUSHED.filter((type) => asked.includes(type));
}

/** A StateChange object (RFC 8620 section 7.1), or undefined where none of the types has changed since `before`. */
export function stateChange(
  account: string,
  types: readonly string[],
  before: State,
  now: State,
): Readonly<Record<string, unknown>> | undefined {
  const isNew = (type: string) => stateString(before, type) !== stateString(now, type);
  const changed = types.filter(isNew).map((type) => [type, stateString(now, type)] as const);
  if (changed.length === 0) return undefined;
  return { '@type': 'StateChange', changed: { [account]: Object.fromEntries(changed) } };
}

/**
 * The StateChanges of an account, as they come. Nothing is queued: whoever is slow is told once of all that changed meanwhile. Ends
 * when `wait` says so: it resolves when something may be new, with false to end.
 */
export class Changes {
  readonly #account: Account;
  readonly #types: readonly string[];
  #told: State;
  #wake: (() => void) | undefined;
  readonly #stop: () => void;

  /** `since`: what the client knows already. @default the state of now */
  constructor(account: Account, types: readonly string[], since: State = account.state) {
    this.#account = account;
    this.#types = types;
    this.#told = since;
    this.#stop = account.watch(() => this.#wake?.());
  }

  /** What is new since the last call; undefined: nothing. */
  next(): Readonly<Record<string, unknown>> | undefined {
    const { state } = this.#account;
    const change = stateChange(this.#account.id, this.#types, this.#told, state);
    this.#told = state;
    return change;
  }

  /** Calls `wake` when something may be new. */
  onNews(wake: () => void): void {
    this.#wake = wake;
  }

  close(): void {
    this.#stop();
    this.#wake = undefined;
  }
}
