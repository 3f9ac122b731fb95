import type { Account } from '../account/types.ts';
import { books } from '../contacts/books.ts';
import { contactsLog } from '../contacts/log.ts';
import { Contacts } from '../contacts/view.ts';
import type { AccountInfo, SharedPart, ShareHint } from '../directory/types.ts';
import { Refused } from '../refused.ts';
import { SharedAccount } from '../sharing/account.ts';
import { isSharee, markSharee } from '../sharing/hint.ts';
import { mayChange } from './may-change.ts';
import type { JmapDeps } from './method.ts';

/** An account of somebody else of which a user may see something. */
export interface Other {
  readonly owner: AccountInfo;
  readonly parts: readonly SharedPart[];
  /** He may change nothing in it. */
  readonly isReadOnly: boolean;
}

/** What was found is believed so long by answers that only say whether the session is still the same. Milliseconds. */
const FRESH_MS = 15_000;
/** Users remembered. */
const MOST = 10_000;

type Deps = Pick<JmapDeps, 'accounts' | 'sharing' | 'clock'>;

/**
 * The accounts of others that a user may look at, as the Session object lists them. Each request says which state the session is in, so what
 * was found last is remembered, and looked at anew in the background; whether he may see an account is decided by each call for itself.
 * Where his own log says that nobody ever shared anything with him, that costs one query, for what is shared with all of his tenant.
 */
export class Others {
  readonly #deps: Deps;
  readonly #known = new Map<string, { readonly at: number; readonly found: Promise<readonly Other[]> }>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** As they are now. */
  of(user: AccountInfo): Promise<readonly Other[]> {
    return this.#remember(user, findAll(this.#deps, user));
  }

  /** As they were some seconds ago. `own`: the user's own account, brought up to date in this request. */
  async lately(user: AccountInfo, own: () => Promise<Account>): Promise<readonly Other[]> {
    const known = this.#known.get(user.id);
    if (known === undefined) return this.#remember(user, findHinted(this.#deps, user, own));
    if (known.at + FRESH_MS <= this.#deps.clock.now()) {
      this.#remember(user, findHinted(this.#deps, user, own)).catch(() => undefined);
    }
    return known.found;
  }

  #remember(user: AccountInfo, found: Promise<readonly Other[]>): Promise<readonly Other[]> {
    const known = { at: this.#deps.clock.now(), found };
    this.#known.delete(user.id);
    this.#known.set(user.id, known);
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!);
    found.catch(() => {
      if (this.#known.get(user.id) === known) this.#known.delete(user.id);
    });
    return found;
  }
}

/** Looks at all that can lead to something. What it finds without its hint, as earlier releases put none, gets it. */
async function findAll(deps: Deps, user: AccountInfo): Promise<readonly Other[]> {
  const { sharing } = deps;
  if (sharing === undefined) return [];
  const [all, ofTenant] = await Promise.all([sharing.hints.for(user, 'any'), sharing.publicAccount(user.tenant)]);
  const folders =
    ofTenant === undefined || ofTenant.id === user.id ? [] : [{ owner: ofTenant.id, part: 'mail' as const }];
  const found = await lookAll(deps, user, [...all, ...folders]);
  for (const { owner } of folders) {
    if (!all.some((hint) => hint.owner === owner)) await sharing.hints.put(owner, { tenant: user.tenant });
  }
  if (all.some(({ forAll }) => !forAll)) await markSharee(await deps.accounts.open(user.id));
  const isEmpty = ({ owner: id }: ShareHint) => id !== ofTenant?.id && !found.some(({ owner }) => owner.id === id);
  for (const hint of all.filter(isEmpty)) await sharing.hints.dropEmpty(hint);
  return found;
}

/** As `findAll`, by what the user's own log says of hints to him alone. */
async function findHinted(deps: Deps, user: AccountInfo, own: () => Promise<Account>): Promise<readonly Other[]> {
  const { sharing } = deps;
  if (sharing === undefined) return [];
  const hints = isSharee((await own()).state) ? sharing.hints.for(user, 'any') : sharing.hints.forTenantOf(user);
  return lookAll(deps, user, await hints);
}

/** In the order of their ids, so that the session has one state however they were found. */
async function lookAll(
  deps: Deps,
  user: AccountInfo,
  hints: readonly Pick<ShareHint, 'owner' | 'part'>[],
): Promise<readonly Other[]> {
  const found: Other[] = [];
  const byOwner = Map.groupBy(hints, ({ owner }) => owner);
  for (const id of [...byOwner.keys()].sort()) {
    const other = await look(deps, user, id, [...new Set(byOwner.get(id)!.map(({ part }) => part))]);
    if (other !== undefined) found.push(other);
  }
  return found;
}

async function look(
  deps: Deps,
  user: AccountInfo,
  id: string,
  parts: readonly SharedPart[],
): Promise<Other | undefined> {
  const owner = await deps.sharing!.account(id);
  if (owner === undefined || owner.tenant !== user.tenant || owner.id === user.id) return undefined;
  const seen: SharedPart[] = [];
  let mayWrite = false;
  for (const part of parts) {
    const access = await unlessRefused(part === 'mail' ? mail(deps, owner, user) : contacts(deps, owner, user));
    if (access === undefined) continue;
    seen.push(part);
    mayWrite ||= access.mayWrite;
  }
  return seen.length === 0 ? undefined : { owner, parts: seen.sort().reverse(), isReadOnly: !mayWrite };
}

async function mail({ accounts }: Deps, owner: AccountInfo, user: AccountInfo) {
  const [account, own] = await Promise.all([accounts.openFresh(owner.id), accounts.open(user.id)]);
  const { state } = new SharedAccount(account, owner, user, own);
  return state.mailboxes.size === 0 ? undefined : { mayWrite: mayChange(state) };
}

async function contacts({ accounts }: Deps, owner: AccountInfo, user: AccountInfo) {
  const { state } = new Contacts(await accounts.openFresh(contactsLog(owner.id)), owner, user);
  return books(state).size === 0 ? undefined : { mayWrite: mayChange(state) };
}

/** An account that is being erased must not keep the user from the others. */
async function unlessRefused<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}
