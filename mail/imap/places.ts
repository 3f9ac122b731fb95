import { canonicalName, parentNames } from '../account/names.ts';
import type { Account, Accounts, Mailbox, Rows, State } from '../account/types.ts';
import type { AccountInfo, ShareHint, Sharing } from '../directory/types.ts';
import { Refused } from '../refused.ts';
import { inOrder } from '../search/in-order.ts';
import { aclOf, rightsOf } from '../sharing/acl.ts';
import { EVERY, NONE, type Rights } from '../sharing/rights.ts';
import { asReadBy } from '../sharing/seen.ts';
import { No } from './errors.ts';
import { DELIMITER } from './grammar/mailbox.ts';

/** The namespaces of RFC 2342 besides the own one: mailboxes that other users share, and the tenant's public folders. */
export const SHARED = `Shared${DELIMITER}`;
export const PUBLIC = `Public${DELIMITER}`;
/** A share of somebody whose address follows, up to the next level. */
const SHARE = /^Shared\/([^/]+@[^/]+)(?:\/(.+))?$/;
/** Owners whose accounts are opened at a time. */
const AHEAD = { count: 16, weight: 1 };

/**
 * An account as a user may look at it: his own, or somebody else's as far as its owner lets him. Every command comes to a mailbox through one,
 * and asks it what may be done.
 */
export class Place {
  readonly account: Account;
  readonly owner: AccountInfo;
  readonly user: AccountInfo;
  /** What stands before the names of its mailboxes; '' in the own account. */
  readonly prefix: string;

  constructor(account: Account, owner: AccountInfo, user: AccountInfo, prefix: string) {
    this.account = account;
    this.owner = owner;
    this.user = user;
    this.prefix = prefix;
  }

  get isOwn(): boolean {
    return this.owner.id === this.user.id;
  }

  /** A mailbox's name as the user knows it. */
  fullName(mailbox: Mailbox): string {
    return this.prefix + mailbox.name;
  }

  /** None for a mailbox that there is not. */
  rights(state: State, mailbox: Mailbox | undefined): Rights {
    if (mailbox === undefined) return NONE;
    if (this.isOwn) return EVERY;
    return rightsOf(aclOf(state, mailbox.id, this.owner), this.owner, this.user);
  }

  /** The mailbox of that name, for something that needs a right. Refuses as `checkRight` does; `missing` where there is none. */
  mailbox(state: State, name: string, right: string, missing = noSuchMailbox): Mailbox {
    const mailbox = state.mailboxNamed(name);
    this.check(state, mailbox, right, missing);
    return mailbox!;
  }

  /**
   * Refuses what needs a right that the user does not have. Who may not even see the mailbox is told what he would be told if it were not
   * there (RFC 4314 section 6). Several rights: one of them is enough.
   */
  check(state: State, mailbox: Mailbox | undefined, right: string, missing = noSuchMailbox): void {
    if (this.isOwn && mailbox !== undefined) return;
    const rights = this.rights(state, mailbox);
    if ([...right].some((one) => rights.has(one))) return;
    if (!rights.has('l')) throw missing();
    throw new No('NOPERM', `That needs the right "${right.charAt(0)}" in this mailbox; its owner can give it to you`);
  }

  /** Messages with the user's own `\Seen`. */
  rows(state: State, mailbox: string): Rows {
    const rows = state.rows(mailbox);
    return this.isOwn ? rows : asReadBy(rows, state.seenBy(mailbox, this.user.id));
  }

  /** Messages that the user has not read. */
  unseen(state: State, { id, messages, unseen }: Mailbox): number {
    return this.isOwn ? unseen : messages - state.seenBy(id, this.user.id).size;
  }
}

/** The nearest mailbox above a name that there is. */
export function parentOf(state: State, name: string): Mailbox | undefined {
  for (const above of parentNames(name).reverse()) {
    const mailbox = state.mailboxNamed(above);
    if (mailbox !== undefined) return mailbox;
  }
  return undefined;
}

export function noSuchMailbox(): No {
  return new No('NONEXISTENT', 'There is no such mailbox');
}

/** Whether a name is one of somebody else's, whoever that is. */
export function isForeign(name: string): boolean {
  return `${name}${DELIMITER}`.startsWith(SHARED) || `${name}${DELIMITER}`.startsWith(PUBLIC);
}

/** Whether a list pattern can match the name of a mailbox that is not the user's own. */
export function mayBeForeign(pattern: string): boolean {
  const fixed = /^[^%*]*/.exec(pattern)![0];
  return [SHARED, PUBLIC].some((prefix) => prefix.startsWith(fixed) || fixed.startsWith(prefix));
}

/** A mailbox's name taken apart. The mailbox need not be there. */
export interface Spot {
  readonly place: Place;
  /** As it is called in its account. */
  readonly name: string;
}

/** An account's state, and how the user sees it. */
export interface Look {
  readonly place: Place;
  readonly state: State;
}

/** Finds the accounts that a user may look at. */
export class Places {
  readonly own: Place;
  readonly #accounts: Accounts;
  readonly #sharing: Sharing;

  constructor(account: Account, user: AccountInfo, accounts: Accounts, sharing: Sharing) {
    this.own = new Place(account, user, user, '');
    this.#accounts = accounts;
    this.#sharing = sharing;
  }

  get #user(): AccountInfo {
    return this.own.user;
  }

  /** Where a mailbox of that name is, or would be. Undefined where the user has nothing to look for, whoever may be there. */
  async locate(name: string): Promise<Spot | undefined> {
    if (!isForeign(name)) return { place: this.own, name };
    if (name.startsWith(PUBLIC)) {
      const place = await this.#public();
      return place && { place, name: canonicalName(name.slice(PUBLIC.length)) };
    }
    const [, address, rest] = SHARE.exec(name) ?? [];
    if (address === undefined || rest === undefined) return undefined;
    const place = await this.#shared(await this.#sharing.accountNamed(address));
    return place && { place, name: canonicalName(rest) };
  }

  /** As `locate`; throws `missing` where there is nothing. */
  async find(name: string, missing = noSuchMailbox): Promise<Spot> {
    const spot = await this.locate(name);
    if (spot === undefined) throw missing();
    return spot;
  }

  /** All accounts of others in which the user may do anything, as they are now. */
  async others(): Promise<readonly Look[]> {
    const [hints, ofTenant] = await Promise.all([this.#sharing.hints.for(this.#user), this.#public()]);
    const shared = hints.filter(({ owner }) => owner !== ofTenant?.owner.id);
    const byOwner = Map.groupBy(shared, ({ owner }) => owner);
    const looks: Look[] = [];
    const load = async (owner: string) => ({ owner, look: await this.#lookAt(owner) });
    for await (const { owner, look } of inOrder([...byOwner.keys()], AHEAD, () => 0, load)) {
      if (look !== undefined) looks.push(look);
      else await this.#drop(byOwner.get(owner)!);
    }
    const state = ofTenant === undefined ? undefined : await refreshed(ofTenant);
    return state === undefined ? looks : [...looks, { place: ofTenant!, state }];
  }

  async #lookAt(owner: string): Promise<Look | undefined> {
    const place = await this.#shared(await this.#sharing.account(owner));
    const state = place === undefined ? undefined : await refreshed(place);
    if (place === undefined || state === undefined) return undefined;
    const some = [...state.mailboxes.values()].some((mailbox) => place.rights(state, mailbox).size > 0);
    return some ? { place, state } : undefined;
  }

  async #drop(hints: readonly ShareHint[]): Promise<void> {
    for (const hint of hints) await this.#sharing.hints.dropEmpty(hint);
  }

  async #public(): Promise<Place | undefined> {
    return this.#open(await this.#sharing.publicAccount(this.#user.tenant), () => PUBLIC);
  }

  /** The public folders are not shared besides: one mailbox has one name. */
  async #shared(owner: AccountInfo | undefined): Promise<Place | undefined> {
    if (owner?.public === true) return undefined;
    return this.#open(owner, ({ address }) => `${SHARED}${address}${DELIMITER}`);
  }

  /** Never an account of another tenant, and not the user's own a second time. */
  async #open(owner: AccountInfo | undefined, prefix: (owner: AccountInfo) => string): Promise<Place | undefined> {
    if (owner === undefined || owner.tenant !== this.#user.tenant || owner.id === this.#user.id) return undefined;
    const account = await unlessRefused(this.#accounts.open(owner.id));
    return account && new Place(account, owner, this.#user, prefix(owner));
  }
}

function refreshed({ account }: Place): Promise<State | undefined> {
  return unlessRefused(account.refresh());
}

/** An account that is being erased, or cannot be opened here, must not keep the user from the others. */
async function unlessRefused<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}
