import { z } from 'zod';
import type { Account, Accounts, State } from '../account/types.ts';
import type { AccountInfo, Directory } from '../directory/types.ts';
import type { Outbox } from '../outbound/outbox.ts';
import type { Blobs, Clock, Log, Random, Records } from '../ports/index.ts';
import { MethodError } from './errors.ts';
import type { Devices } from './push/devices.ts';

/** What the API is made of. */
export interface JmapDeps {
  readonly accounts: Accounts;
  readonly directory: Pick<Directory, 'maySendAs'>;
  readonly blobs: Blobs;
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Our name, for Message-IDs. */
  readonly hostname: string;
  /** Sends. Absent where this process does not. */
  readonly outbox?: Outbox;
  /** Pushes to devices. Absent where this process does not. */
  readonly devices?: Devices;
}

/** One request as its method calls see it. */
export class Call {
  readonly deps: JmapDeps;
  /** Who is signed in. */
  readonly user: AccountInfo;
  /** The capabilities that the request uses. */
  readonly using: ReadonlySet<string>;
  /** Ids of the objects that this request has created, by the client's names for them (RFC 8620 section 3.3). */
  readonly created: Map<string, string>;
  readonly #opened = new Map<string, Promise<Account>>();

  constructor(
    deps: JmapDeps,
    user: AccountInfo,
    created: Iterable<readonly [string, string]> = [],
    using: ReadonlySet<string> = new Set(),
  ) {
    this.deps = deps;
    this.user = user;
    this.created = new Map(created);
    this.using = using;
  }

  /** The account, brought up to date once in this request (design: rule 9). Throws `accountNotFound`. */
  account(id: string): Promise<Account> {
    if (id !== this.user.id) throw new MethodError('accountNotFound', `There is no account ${id} for you`);
    let opened = this.#opened.get(id);
    if (opened === undefined) {
      opened = this.deps.accounts.open(id).then(async (account) => {
        await account.refresh();
        return account;
      });
      this.#opened.set(id, opened);
    }
    return opened;
  }

  /** An id as the client gave it: `#name` is the object that this request created by that name. Undefined where there is none. */
  idOf(given: string): string | undefined {
    return given.startsWith('#') ? this.created.get(given.slice(1)) : given;
  }
}

/** The arguments that a method answers with, or several answers in order, the first with the method's own name. */
export type Answer = Readonly<Record<string, unknown>>;
export type Answers = readonly (readonly [name: string, args: Answer])[];

/** One JMAP method. */
export interface Method<A = unknown> {
  /** The capability that a request must use. */
  readonly capability: string;
  /** What the arguments are; others are refused with `invalidArguments`. */
  readonly args: z.ZodType<A>;
  run(call: Call, args: A): Promise<Answer | Answers>;
}

/** Keeps the argument type between `args` and `run` and forgets it for the table. */
export function method<A>(definition: Method<A>): Method {
  return definition as unknown as Method;
}

/** RFC 8620 section 1.2: 1 to 255 of A-Z a-z 0-9 - _; a `#` in front where it may name what was just created. */
export const ID = z.string().regex(/^#?[A-Za-z0-9_-]{1,255}$/, 'not an id');

/** A state of one type of one account: the epoch, and the seq of the type's last change (design: rules 5 and 10). */
export function stateString(state: State, type: string): string {
  return stateAt(state, state.typeSeq(type));
}

export function stateAt(state: State, seq: number): string {
  return `${state.epoch}-${seq}`;
}

/** The seq that a state string stands for; undefined where it is of another epoch, of the future, or none. */
export function seqOf(state: State, text: string): number | undefined {
  const match = /^(\d{1,10})-(\d{1,15})$/.exec(text);
  if (match === null || Number(match[1]) !== state.epoch) return undefined;
  const seq = Number(match[2]);
  return seq <= state.seq ? seq : undefined;
}
