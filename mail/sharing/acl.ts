import { ACCESS, ACL, type Draft, MAILBOX_VIEW, type Mailbox, type State } from '../account/types.ts';
import type { AccountInfo } from '../directory/types.ts';
import { Refused } from '../refused.ts';
import { EVERY, NONE, plainRights, type Rights, type RightsChange } from './rights.ts';

/**
 * Access control lists (RFC 4314): for each mailbox one account object of its owner's, from who to rights. Who is `anyone`, which is
 * everybody of the tenant, or `user:` and an account's id, so that an address can be given to somebody else; with a dash before
 * it, the rights are taken away (section 2).
 */
export type Acl = ReadonlyMap<string, string>;

export const ANYONE = 'anyone';
/** Entries of one list. */
const MAX_ENTRIES = 500;
/** What a public folder begins with. */
const PUBLIC: Acl = new Map([[ANYONE, 'lrs']]);
const EMPTY: Acl = new Map();

/** Of an account, as an entry names it. */
export function userKey(account: string): string {
  return `user:${account}`;
}

/** The list in force for a mailbox of `owner`'s. */
export function aclOf(state: State, mailbox: string, owner: AccountInfo): Acl {
  const kept = state.object(ACL, mailbox) as Readonly<Record<string, string>> | undefined;
  if (kept !== undefined) return new Map(Object.entries(kept));
  return owner.public === true ? PUBLIC : EMPTY;
}

/** What somebody may do with a mailbox of `owner`'s: all that he and everybody are given, less what is taken from either (RFC 4314 section 2). */
export function rightsOf(acl: Acl, owner: AccountInfo, user: AccountInfo): Rights {
  if (user.id === owner.id) return EVERY;
  if (user.tenant !== owner.tenant || acl.size === 0) return NONE;
  const names = [ANYONE, userKey(user.id)];
  const rights = new Set(names.flatMap((name) => [...(acl.get(name) ?? '')]));
  for (const right of names.flatMap((name) => [...(acl.get(`-${name}`) ?? '')])) rights.delete(right);
  return rights;
}

/** Changes one entry; without rights it goes. */
export function changeAcl(draft: Draft, mailbox: Mailbox, owner: AccountInfo, key: string, change: RightsChange): void {
  const acl = new Map(aclOf(draft, mailbox.id, owner));
  const before = new Set(acl.get(key));
  let after: Rights = change.rights;
  if (change.mode === 'add') after = new Set([...before, ...change.rights]);
  if (change.mode === 'remove') after = new Set([...before].filter((right) => !change.rights.has(right)));
  if (after.size === 0) acl.delete(key);
  else acl.set(key, plainRights(after));
  if (acl.size > MAX_ENTRIES) throw new Refused('limit', `A mailbox is shared with at most ${MAX_ENTRIES} others`);
  putAcl(draft, mailbox.id, acl, owner);
  touchAccess(draft, key);
  // To JMAP the list is a property of the mailbox: so that changes.
  draft.putObject(MAILBOX_VIEW, mailbox.id, draft.object(MAILBOX_VIEW, mailbox.id) ?? {});
}

/** What is made below a mailbox is shared as that is (RFC 4314 section 4, CREATE). `before`: ids of the mailboxes that are not new. */
export function inheritByNew(draft: Draft, parent: Mailbox | undefined, before: ReadonlySet<string>): void {
  const kept = parent === undefined ? undefined : draft.object(ACL, parent.id);
  if (kept === undefined) return;
  for (const id of [...draft.mailboxes.keys()]) if (!before.has(id)) draft.putObject(ACL, id, kept);
}

/** A mailbox's list goes with it. */
export function forgetAcl(draft: Draft, mailbox: string, owner: AccountInfo): void {
  for (const key of aclOf(draft, mailbox, owner).keys()) touchAccess(draft, key);
  dropAcl(draft, mailbox);
}

/**
 * The position at which what somebody may see of `owner`'s mailboxes was changed last, the contents of the mailboxes apart; 0: never. What he
 * knows from before it tells him nothing of what there is now.
 */
export function accessSeq(state: State, user: AccountInfo): number {
  const seqs = [ANYONE, userKey(user.id)].map(
    (key) => state.object(ACCESS, key) as { readonly seq: number } | undefined,
  );
  return Math.max(...seqs.map((one) => one?.seq ?? 0));
}

function touchAccess(draft: Draft, key: string): void {
  draft.putObject(ACCESS, key.replace(/^-/, ''), { seq: draft.seq });
}

function dropAcl(draft: Draft, mailbox: string): void {
  if (draft.object(ACL, mailbox) !== undefined) draft.deleteObject(ACL, mailbox);
}

/** An empty list is kept for a public folder, where none would mean another one. */
function putAcl(draft: Draft, mailbox: string, acl: Acl, owner: AccountInfo): void {
  if (acl.size === 0 && owner.public !== true) dropAcl(draft, mailbox);
  else draft.putObject(ACL, mailbox, Object.fromEntries(acl));
}
