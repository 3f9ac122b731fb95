import type { Account, State } from '../../account/types.ts';
import { BOOK, CARD } from '../../contacts/log.ts';
import type { Limits } from '../../limits.ts';
import { SHARE_NOTIFICATION } from '../../sharing/notify.ts';
import { seqOf, stateAt, stateString } from '../method.ts';
import { quotaState, quotas } from '../quota/object.ts';
import type { Source } from './sources.ts';

const CONTACT_TYPES: readonly string[] = [BOOK, CARD];

/**
 * Types whose changes are pushed (RFC 8620 section 7.1, RFC 8621 section 1.5, RFC 9425 section 6, RFC 9661 section 6.2, RFC 9610, RFC 9670
 * section 3), and of our own.
 */
export const PUSHED: readonly string[] = [
  ...['AddressBook', 'ContactCard', 'Email', 'EmailDelivery', 'EmailSubmission', 'Identity', 'Mailbox', 'Quota'],
  ...['Preferences', 'ShareNotification', 'SieveScript', 'Thread', 'VacationResponse'],
];

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
  /** What the object says: states by type, by account. */
  readonly changed: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Stands for all that is watched: what has changed after it is told to a client that comes back with it (RFC 8887 section 4.3.5.1). */
  readonly pushState: string;
}

/** What is watched besides an account: what there is now, and how to find what there is later. */
export interface More {
  readonly now: readonly Source[];
  readonly find: () => Promise<readonly Source[]>;
}

/** A source, and what of it was told. */
interface Watched {
  readonly source: Source;
  readonly stop: () => void;
  told: Position;
}

/** The StateChanges for one user. Nothing is queued: whoever is slow is told once of all that has changed meanwhile. */
export class Changes {
  /** The account's. */
  limits: Limits;
  readonly #account: Account;
  readonly #types: readonly string[];
  readonly #stop: () => void;
  readonly #onNews: () => void;
  /** Finds what is watched besides the account. */
  readonly #find: (() => Promise<readonly Source[]>) | undefined;
  #sources: readonly Watched[] = [];
  /** Positions in sources that the client has told us of, by key. */
  readonly #known: ReadonlyMap<string, string>;
  #isClosed = false;
  #told: Position;
  /** The state of the quotas that was told last; undefined: which one is not known. */
  #quota: string | undefined;

  /**
   * `since`: the push state that the client has. @default the state of now. `onNews` is called when something may be new. `more`: what
   * is watched besides; what comes to it later is told of at once.
   */
  constructor(
    account: Account,
    limits: Limits,
    types: readonly string[],
    since: string | undefined,
    onNews: () => void,
    more?: More | undefined,
  ) {
    this.#account = account;
    this.limits = limits;
    this.#types = types;
    const [own, ...rest] = since?.split('.') ?? [];
    this.#known = new Map(rest.flatMap((text) => (text.includes(':') ? [text.split(':') as [string, string]] : [])));
    this.#told = own === undefined ? account.state : positionOf(account.state, own);
    if (!isNew(account.state, 'Email', this.#told)) this.#quota = quotaState(limits, account.state);
    this.#onNews = onNews;
    this.#find = more?.find;
    this.#stop = account.watch(onNews);
    this.#take(more?.now ?? [], since === undefined);
  }

  /** Where it fails, it is looked for again the next time. */
  async #look(): Promise<void> {
    const found = await this.#find?.().catch(() => undefined);
    if (found === undefined || this.#isClosed) return;
    this.#take(found, false);
    this.#onNews();
  }

  /** `isKnown`: what there is now is what the client knows. */
  #take(found: readonly Source[], isKnown: boolean): void {
    const before = new Map(this.#sources.map((watched) => [watched.source.key, watched]));
    this.#sources = found.map((source) => {
      const kept = before.get(source.key);
      if (kept !== undefined) {
        before.delete(source.key);
        return kept;
      }
      const known = this.#known.get(source.key);
      const now = isKnown ? positionNow(source.state) : NOTHING;
      const told = known === undefined ? now : positionOf(source.state, known);
      return { source, told, stop: source.watch(this.#onNews) };
    });
    for (const { stop } of before.values()) stop();
  }

  /** What is new since the last call; undefined: nothing. */
  next(): News | undefined {
    const { state } = this.#account;
    const told = this.#told;
    this.#told = { epoch: state.epoch, seq: state.seq };
    const quota = quotaState(this.limits, state);
    const isQuotaNew = quota !== this.#quota && quotas(this.limits, state).length > 0;
    this.#quota = quota;
    const own = this.#types
      .filter((type) => !CONTACT_TYPES.includes(type))
      .filter((type) => (type === 'Quota' ? isQuotaNew : isNew(state, type, told)))
      .map((type) => [type, type === 'Quota' ? quota : stateString(state, type)] as const);
    const changed: Record<string, Record<string, string>> = {};
    if (own.length > 0) changed[this.#account.id] = Object.fromEntries(own);
    // Somebody has shared something, or does no longer.
    if (isNew(state, SHARE_NOTIFICATION, told)) void this.#look();
    for (const watched of this.#sources) this.#addNews(watched, changed);
    if (Object.keys(changed).length === 0) return undefined;
    return { change: { '@type': 'StateChange', changed }, changed, pushState: this.#pushState(state) };
  }

  #addNews(watched: Watched, changed: Record<string, Record<string, string>>): void {
    const { source, told } = watched;
    const { state } = source;
    watched.told = positionNow(state);
    for (const type of source.types) {
      if (!this.#types.includes(type) || !isNew(state, type, told)) continue;
      changed[source.account] = { ...changed[source.account], [type]: stateString(state, type) };
    }
  }

  #pushState(state: State): string {
    const others = this.#sources.map(({ source, told }) => `.${source.key}:${told.epoch}-${told.seq}`);
    return stateAt(state, state.seq) + others.join('');
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
    for (const { stop } of this.#sources) stop();
    this.#sources = [];
  }
}

function positionNow({ epoch, seq }: State): Position {
  return { epoch, seq };
}

function isNew(state: State, type: string, told: Position): boolean {
  return state.epoch !== told.epoch || state.typeSeq(type) > told.seq;
}

function positionOf(state: State, pushState: string): Position {
  const seq = seqOf(state, pushState);
  return seq === undefined ? NOTHING : { epoch: state.epoch, seq };
}
