import type { Account, State } from '../../account/types.ts';
import type { Limits } from '../../limits.ts';
import { seqOf, stateAt, stateString } from '../method.ts';
import { quotaState, quotas } from '../quota/object.ts';

/** Types whose changes are pushed (RFC 8620 section 7.1, RFC 8621 section 1.5, RFC 9425 section 6, RFC 9661 section 6.2). */
export const PUSHED = [
  ...(['Email', 'EmailDelivery', 'EmailSubmission', 'Identity', 'Mailbox', 'Quota', 'SieveScript', 'Thread'] as const),
  'VacationResponse',
] as const;

/** The types that a client asks for: `*` means all; those that there are none of are left out. */
export function pushedTypes(asked: readonly string[]): readonly string[] {
  return asked.includes('*') ? PUSHED : PUSHED.filter((type) => asked.includes(type));
}

/** A point in the account's log. */
type Position = Pick<State, 'epoch' | 'seq'>;

/** Before everything: all that there is has changed since. */
const NOTHING: Position = { epoch: -1, seq: -1 };

/** What is to be pushed. */
export interface News {
  /** A StateChange object (RFC 8620 section 7.1). */
  readonly change: Readonly<Record<string, unknown>>;
  /** What the object says of our account: states by type. */
  readonly states: Readonly<Record<string, string>>;
  /** Stands for the whole account: what has changed after it is told to a client that comes back with it (RFC 8887 section 4.3.5.1). */
  readonly pushState: string;
}

/** The StateChanges of an account. Nothing is queued: whoever is slow is told once of all that has changed meanwhile. */
export class Changes {
  /** The account's. */
  limits: Limits;
  readonly #account: Account;
  readonly #types: readonly string[];
  readonly #stop: () => void;
  #told: Position;
  /** The state of the quotas that was told last; undefined: which one is not known. */
  #quota: string | undefined;

  /**
   * `since`: the push state that the client has. @default the state of now. `onNews` is called when something may be new.
   */
  constructor(
    account: Account,
    limits: Limits,
    types: readonly string[],
    since: string | undefined,
    onNews: () => void,
  ) {
    this.#account = account;
    this.limits = limits;
    this.#types = types;
    this.#told = since === undefined ? account.state : positionOf(account.state, since);
    if (!isNew(account.state, 'Email', this.#told)) this.#quota = quotaState(limits, account.state);
    this.#stop = account.watch(onNews);
  }

  /** What is new since the last call; undefined: nothing. */
  next(): News | undefined {
    const { state } = this.#account;
    const told = this.#told;
    this.#told = { epoch: state.epoch, seq: state.seq };
    const quota = quotaState(this.limits, state);
    const isQuotaNew = quota !== this.#quota && quotas(this.limits, state).length > 0;
    this.#quota = quota;
    const changed = this.#types
      .filter((type) => (type === 'Quota' ? isQuotaNew : isNew(state, type, told)))
      .map((type) => [type, type === 'Quota' ? quota : stateString(state, type)] as const);
    if (changed.length === 0) return undefined;
    const states = Object.fromEntries(changed);
    return {
      change: { '@type': 'StateChange', changed: { [this.#account.id]: states } },
      states,
      pushState: stateAt(state, state.seq),
    };
  }

  close(): void {
    this.#stop();
  }
}

function isNew(state: State, type: string, told: Position): boolean {
  return state.epoch !== told.epoch || state.typeSeq(type) > told.seq;
}

function positionOf(state: State, pushState: string): Position {
  const seq = seqOf(state, pushState);
  return seq === undefined ? NOTHING : { epoch: state.epoch, seq };
}
