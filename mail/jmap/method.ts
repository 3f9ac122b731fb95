import * as z from 'zod';
import type { Account, Accounts, State } from '../account/types.ts';
import { books, FIRST_BOOK } from '../contacts/books.ts';
import { BOOK, contactsLog } from '../contacts/log.ts';
import { Contacts } from '../contacts/view.ts';
import type { AccountInfo, Directory, Sharing } from '../directory/types.ts';
import type { Outbox } from '../outbound/outbox.ts';
import { type Blobs, type Clock, type Log, type Random, type Records, randomName } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import type { SearchIndex } from '../search/index/index.ts';
import { SharedAccount } from '../sharing/account.ts';
import type { ShareChange } from '../sharing/notify.ts';
import { sightOf } from '../sharing/view.ts';
import { MethodError } from './errors.ts';
import type { ImageSigner } from './images/sign.ts';
import type { Pushing } from './push/pusher.ts';
import type { Others } from './shared.ts';
import type { Lists } from './unsubscribe/lists.ts';

/** What the API is made of. */
export interface JmapDeps {
  readonly accounts: Accounts;
  readonly directory: Pick<Directory, 'maySendAs'>;
  readonly blobs: Blobs;
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The full-text index. Without it, messages are read. */
  readonly index?: Pick<SearchIndex, 'open'>;
  /** Bytes of one message. @default that of the setting */
  readonly maxMessage?: () => Promise<number>;
  /** Our name, for Message-IDs. */
  readonly hostname: string;
  /** Who shares with whom. Absent: nobody does. */
  readonly sharing?: Sharing;
  /** The accounts of a tenant that its users may see as principals. Absent: each sees himself. */
  readonly people?: (tenant: string) => Promise<readonly AccountInfo[]>;
  /** Finds what others share with a user. */
  readonly others?: Pick<Others, 'lately'>;
  /** Signs addresses of images. Absent where this process shows none. */
  readonly images?: ImageSigner;
  /** Sends. Absent where this process does not. */
  readonly outbox?: Outbox;
  /** Pushes to devices. Absent where this process does not. */
  readonly devices?: Pushing;
  /** Leaves mailing lists. Absent where this process does not. */
  readonly lists?: Lists;
  /** What the caller signed in with (`SignedIn.credential`), where that is known. */
  readonly credential?: string;
}

/** An account's mail and its contacts are logs of their own. */
export type Part = 'mail' | 'contacts';

/** Capabilities whose methods work on what others share. `part`: what they are about. */
const SHARED: ReadonlyMap<string, Part | 'any'> = new Map([
  ['urn:ietf:params:jmap:core', 'any'],
  ['urn:ietf:params:jmap:blob', 'any'],
  ['urn:ietf:params:jmap:mail', 'mail'],
  ['urn:ietf:params:jmap:contacts', 'contacts'],
]);
export const CONTACTS_URN = 'urn:ietf:params:jmap:contacts';

/** One request as its method calls see it. */
export class Call {
  readonly deps: JmapDeps;
  /** Who is signed in. */
  readonly user: AccountInfo;
  /** The capabilities that the request uses. */
  readonly using: ReadonlySet<string>;
  /** Ids of the objects that this request has created, by the client's names for them (RFC 8620 section 3.3). */
  readonly created: Map<string, string>;
  /** Rights that the running /set changes: those whose they are will be told. */
  readonly shared: ShareChange[] = [];
  /** Principals that the running /set names. */
  readonly principals = new Map<string, AccountInfo>();
  /** Of the method that runs. */
  capability = 'urn:ietf:params:jmap:core';
  readonly #opened = new Map<string, Promise<Account | undefined>>();

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

  /**
   * The account, brought up to date once in this request (design: rule 9): what the running method's capability is about, and of others'
   * accounts what they share with the user. Throws `accountNotFound`, `accountNotSupportedByMethod`.
   */
  async account(id: string): Promise<Account> {
    const wanted = id === this.user.id ? 'any' : SHARED.get(this.capability);
    const part = this.capability === CONTACTS_URN ? 'contacts' : 'mail';
    const found = wanted === undefined ? undefined : await this.part(id, part);
    if (found !== undefined) return found;
    const other = wanted === undefined ? await this.part(id, 'mail') : undefined;
    if ((other ?? (await this.part(id, part === 'mail' ? 'contacts' : 'mail'))) === undefined) {
      throw new MethodError('accountNotFound', `There is no account ${id} for you`);
    }
    // A blob that was uploaded needs no mail.
    if (wanted === 'any') return (await this.part(id, 'contacts'))!;
    throw new MethodError('accountNotSupportedByMethod', `Account ${id} shares nothing of that kind with you`);
  }

  /** A part of an account; undefined where nothing of it is the user's or shared with him. */
  part(id: string, part: Part): Promise<Account | undefined> {
    const key = `${part} ${id}`;
    let opened = this.#opened.get(key);
    if (opened === undefined) {
      opened = id === this.user.id ? this.#own(part) : this.#shared(id, part);
      this.#opened.set(key, opened);
    }
    return opened;
  }

  /** The user's own mail. */
  async own(): Promise<Account> {
    return (await this.part(this.user.id, 'mail'))!;
  }

  async #own(part: Part): Promise<Account> {
    const { id } = this.user;
    const account = await this.deps.accounts.openFresh(part === 'mail' ? id : contactsLog(id));
    if (part === 'mail') return account;
    // Whoever looks for the first time finds one (RFC 9610 section 2, isDefault).
    if (account.state.typeSeq(BOOK) === 0) {
      const book = randomName(this.deps.random, 20);
      await account.write((draft) => {
        if (draft.typeSeq(BOOK) === 0) draft.putObject(BOOK, book, FIRST_BOOK);
      });
    }
    return new Contacts(account, this.user, this.user);
  }

  async #shared(id: string, part: Part): Promise<Account | undefined> {
    const owner = await this.deps.sharing?.account(id);
    if (owner === undefined || owner.tenant !== this.user.tenant) return undefined;
    try {
      const { accounts } = this.deps;
      if (part === 'contacts') {
        const contacts = new Contacts(await accounts.openFresh(contactsLog(id)), owner, this.user);
        return books(contacts.state).size > 0 ? contacts : undefined;
      }
      const account = new SharedAccount(await accounts.openFresh(id), owner, this.user, await this.own());
      return account.state.mailboxes.size > 0 ? account : undefined;
    } catch (error) {
      // An account that is being erased.
      if (error instanceof Refused && !error.temporary) return undefined;
      throw error;
    }
  }

  /** Where the user's uploads to an account are kept: to somebody else's, apart from everybody else's. */
  uploads(account: string): string {
    return account === this.user.id ? account : `${account}/${this.user.id}`;
  }

  /** Whose account it is, and so whose limits hold there. */
  ownerOf(state: State): AccountInfo {
    return sightOf(state)?.owner ?? this.user;
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
