import type { Draft, Mailbox, State } from '../../account/types.ts';
import type { AccountInfo } from '../../directory/types.ts';
import { ANYONE, aclOf, changeAcl, rightsOf, userKey } from '../../sharing/acl.ts';
import { shareIn } from '../../sharing/draft.ts';
import { lettersOf, MAILBOX_RIGHTS, type MailboxRights, mailboxRights } from '../../sharing/mailbox-rights.ts';
import { rightsOrNull } from '../../sharing/notify.ts';
import { plainRights, type Rights } from '../../sharing/rights.ts';
import { rightsIn, sightOf } from '../../sharing/view.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import type { Call } from '../method.ts';
import { checkPrincipal, EVERYBODY, sharesOf } from '../principals/share-with.ts';

const USER = userKey('');

/** Whom a mailbox is shared with (RFC 9670 section 4.2): its access control list, as far as JMAP has words for it. */
export function shareWith(
  state: State,
  owner: AccountInfo,
  mailbox: Mailbox,
): Readonly<Record<string, MailboxRights>> | null {
  if (!rightsIn(state, mailbox.id).has('a')) return null;
  const shares: Record<string, MailboxRights> = {};
  for (const [id, rights] of given(state, owner, mailbox)) shares[id] = mailboxRights(rights);
  return Object.keys(shares).length === 0 ? null : shares;
}

/** What each is given by himself, less what is taken from him. */
function given(state: State, owner: AccountInfo, mailbox: Mailbox): ReadonlyMap<string, Rights> {
  const acl = aclOf(state, mailbox.id, owner);
  const shares = new Map<string, Rights>();
  for (const [key, letters] of acl) {
    if (key.startsWith('-')) continue;
    const taken = acl.get(`-${key}`) ?? '';
    const rights = new Set([...letters].filter((letter) => !taken.includes(letter)));
    if (rights.size > 0) shares.set(key === ANYONE ? EVERYBODY : key.slice(USER.length), rights);
  }
  return shares;
}

/** A change of a list of rights that may be made. */
export type Sharing = (draft: Draft, mailbox: Mailbox) => void;

/** Makes the list what a client wants, and remembers whom to tell. Throws `SetFailure` before anything is done. */
export function sharing(draft: Draft, call: Call, mailbox: Mailbox | undefined, value: unknown): Sharing {
  const owner = sightOf(draft)?.owner ?? call.user;
  if (mailbox !== undefined && !rightsIn(draft, mailbox.id).has('a')) {
    throw new SetFailure('forbidden', 'You may not share this mailbox; its owner can let you');
  }
  const before = mailbox === undefined ? new Map<string, Rights>() : given(draft, owner, mailbox);
  const wanted = sharesOf(value, MAILBOX_RIGHTS);
  const after = new Map<string, Rights>();
  for (const [id, rights] of wanted) {
    const had: Rights = before.get(id) ?? new Set();
    const isSame = JSON.stringify(mailboxRights(had)) === JSON.stringify({ ...mailboxRights(new Set()), ...rights });
    if (!isSame || !before.has(id)) checkPrincipal(call, owner, id);
    const letters = isSame ? had : lettersOf(rights, had);
    if (letters === undefined) {
      throw invalidProperties(['shareWith'], 'mayRename and mayDelete are one right: give both or neither');
    }
    after.set(id, letters);
  }
  return (draftNow, shared) =>
    shareIn(draftNow, shared.id, (now) => {
      for (const id of new Set([...before.keys(), ...after.keys()])) {
        const rights: Rights = after.get(id) ?? new Set();
        if (plainRights(rights) === plainRights(before.get(id) ?? new Set())) continue;
        const key = id === EVERYBODY ? ANYONE : userKey(id);
        const principal = call.principals.get(id) ?? { ...owner, id };
        const effective = () => rightsOrNull(mailboxRights(rightsOf(aclOf(now, shared.id, owner), owner, principal)));
        const oldRights = effective();
        // What was taken away by itself would hold against what is given now.
        if (aclOf(now, shared.id, owner).has(`-${key}`)) {
          changeAcl(now, shared, owner, `-${key}`, { mode: 'set', rights: new Set() });
        }
        changeAcl(now, shared, owner, key, { mode: 'set', rights });
        if (id === EVERYBODY) continue;
        const object = {
          objectType: 'Mailbox',
          objectAccountId: owner.id,
          objectId: shared.id,
          name: shared.name,
        } as const;
        call.shared.push({ grantee: id, ...object, oldRights, newRights: effective() });
      }
    });
}
