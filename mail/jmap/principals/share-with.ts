import type { Account } from '../../account/types.ts';
import type { AccountInfo, SharedPart } from '../../directory/types.ts';
import { hintOf } from '../../sharing/hint.ts';
import { invalidProperties } from '../errors.ts';
import type { Call } from '../method.ts';
import type { Asked } from '../standard/set.ts';

/** The principal that stands for all users of the tenant. */
export const EVERYBODY = 'anyone';

/** Principals that one object may be shared with. */
export const MAX_SHARES = 500;

type Properties = Readonly<Record<string, unknown>>;

/**
 * Looks up the principals that a /set names in `shareWith`, and notes for each that there may be something for him: a note must be there
 * before the rights are, and gives none by itself.
 */
export async function readyToShare(call: Call, account: Account, given: Asked, part: SharedPart): Promise<void> {
  const { sharing } = call.deps;
  const named = new Map<string, boolean>();
  const objects = [...Object.values(given.create ?? {}), ...Object.values(given.update ?? {})];
  for (const object of objects) {
    for (const [id, isGiven] of namesIn(object)) named.set(id, named.get(id) === true || isGiven);
  }
  if (sharing === undefined || named.size === 0) return;
  const owner = account.id === call.user.id ? call.user : await sharing.account(account.id);
  if (owner === undefined) return;
  for (const [id, isGiven] of named) {
    const principal = id === EVERYBODY ? undefined : await sharing.account(id);
    const isOfTenant = principal?.tenant === owner.tenant && principal.id !== owner.id;
    if (isOfTenant) call.principals.set(id, principal);
    if (!isGiven || (id !== EVERYBODY && !isOfTenant)) continue;
    await hintOf({ accounts: call.deps.accounts, sharing }, owner, principal, part);
  }
}

/** Whom an object or a patch names, and whether he is given something. */
function* namesIn(object: Properties): Generator<readonly [id: string, isGiven: boolean]> {
  for (const [path, value] of Object.entries(object)) {
    const [property, id] = path.split('/');
    if (property !== 'shareWith') continue;
    if (id !== undefined) yield [id, value !== null];
    else for (const [one, rights] of Object.entries((value ?? {}) as Properties)) yield [one, rights !== null];
  }
}

/** Refuses whoever is not to be shared with: strangers, and the owner, who has all rights (RFC 9670 section 4.2). */
export function checkPrincipal(call: Call, owner: AccountInfo, id: string): void {
  if (id === owner.id) throw invalidProperties(['shareWith'], 'The owner has all rights and is not shared with');
  if (id === EVERYBODY || call.principals.has(id)) return;
  throw invalidProperties(['shareWith'], `There is no principal ${id} to share with`);
}

/** What a property `shareWith` is to be: by principal the rights that are true. Throws `SetFailure`. */
export function sharesOf<R extends string>(
  value: unknown,
  rights: readonly R[],
): ReadonlyMap<string, Readonly<Partial<Record<R, boolean>>>> {
  const wrong = (what: string) => invalidProperties(['shareWith'], `shareWith: ${what}`);
  if (value === null || value === undefined) return new Map();
  if (typeof value !== 'object' || Array.isArray(value)) throw wrong('an object of rights by principal, or null');
  const entries = Object.entries(value);
  if (entries.length > MAX_SHARES) throw wrong(`at most ${MAX_SHARES} principals`);
  return new Map(
    entries.map(([id, given]) => {
      if (typeof given !== 'object' || given === null || Array.isArray(given)) throw wrong(`${id} must be rights`);
      for (const [right, has] of Object.entries(given)) {
        if (!(rights as readonly string[]).includes(right)) throw wrong(`there is no right ${right}`);
        if (typeof has !== 'boolean') throw wrong(`${id}/${right} must be true or false`);
      }
      return [id, given as Partial<Record<R, boolean>>] as const;
    }),
  );
}
