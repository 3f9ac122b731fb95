import { books } from '../contacts/books.ts';
import { contactsLog } from '../contacts/log.ts';
import { Contacts } from '../contacts/view.ts';
import type { AccountInfo, SharedPart, ShareHint } from '../directory/types.ts';
import { Refused } from '../refused.ts';
import { SharedAccount } from '../sharing/account.ts';
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
 */
export class Others {
  readonly #deps: Deps;
  readonly #known = new Map<string, { readonly at: number; readonly found: Promise<readonly Other[]> }>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** As they are now. */
  of(user: AccountInfo): Promise<readonly Other[]> {
    const found = findAll(this.#deps, user);
    this.#known.delete(user.id);
    this.#known.set(user.id, { at: this.#deps.clock.now(), found });
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!);
    found.catch(() => this.#known.delete(user.id));
    return found;
  }

  /** As they were some seconds ago. */
  async lately(user: AccountInfo): Promise<readonly Other[]> {
    const known = this.#known.get(user.id);
    if (known === undefined) return this.of(user);
    if (known.at + FRESH_MS <= this.#deps.clock.now()) this.of(user).catch(() => undefined);
    return known.found;
  }
}

async function findAll(deps: Deps, user: AccountInfo): Promise<readonly Other[]> {
  const { sharing } = deps;
  if (sharing === undefined) return [];
  const [hints, ofTenant] = await Promise.all([sharing.hints.for(user, 'any'), sharing.publicAccount(user.tenant)]);
  const parts = new Map<string, Set<SharedPart>>();
  const add = (owner: string, part: SharedPart) => parts.set(owner, (parts.get(owner) ?? new Set()).add(part));
  for (const { owner, part } of hints) add(owner, part);
  if (ofTenant !== undefined && ofTenant.id !== user.id) add(ofTenant.id, 'mail');
  const found: Other[] = [];
  for (const [id, some] of parts) {
    const other = await look(deps, user, id, [...some]);
    if (other === undefined) await dropEmpty(deps, hints, id);
    else found.push(other);
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
  const [account, own] = await Promise.all([accounts.open(owner.id), accounts.open(user.id)]);
  const state = await new SharedAccount(account, owner, user, own).refresh();
  return state.mailboxes.size === 0 ? undefined : { mayWrite: mayChange(state) };
}

async function contacts({ accounts }: Deps, owner: AccountInfo, user: AccountInfo) {
  const state = await new Contacts(await accounts.open(contactsLog(owner.id)), owner, user).refresh();
  return books(state).size === 0 ? undefined : { mayWrite: mayChange(state) };
}

async function dropEmpty({ sharing }: Deps, hints: readonly ShareHint[], owner: string): Promise<void> {
  for (const hint of hints) if (hint.owner === owner) await sharing!.hints.dropEmpty(hint);
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
