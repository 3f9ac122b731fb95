import * as z from 'zod';
import { type Draft, MAILBOX_VIEW, type Mailbox, type Role } from '../../account/types.ts';
import { forgetAcl, inheritByNew } from '../../sharing/acl.ts';
import { rightsIn, sightOf } from '../../sharing/view.ts';
import { MAIL, PRINCIPALS } from '../capabilities.ts';
import { MAX_MAILBOX_NAME } from '../email/limits.ts';
import { invalidProperties, type SetError, SetFailure } from '../errors.ts';
import type { Call } from '../method.ts';
import { readyToShare } from '../principals/share-with.ts';
import type { Tracked } from '../standard/changes.ts';
import type { Readable } from '../standard/get.ts';
import { patched } from '../standard/patch.ts';
import { attempt, notFound, type SetContext, type Settable } from '../standard/set.ts';
import { mailboxChanges } from './changes.ts';
import { COUNTS, fullName, isLevel, MAILBOX_PROPERTIES, mailboxObject, shownPlace } from './object.ts';
import { sharing } from './share.ts';

interface Options {
  readonly onDestroyRemoveEmails?: boolean | undefined;
}

const ROLES = ['inbox', 'drafts', 'sent', 'junk', 'trash', 'archive', 'flagged', 'all', 'important'] as const;

/** What a client may set (RFC 8621 section 2.5). */
const SETTABLE = z.strictObject({
  name: z
    .string()
    .refine((name) => Buffer.byteLength(name) <= MAX_MAILBOX_NAME, `a name has at most ${MAX_MAILBOX_NAME} bytes`)
    .optional(),
  parentId: z.string().nullish(),
  role: z.enum(ROLES).nullish(),
  // Null sets back to what it is where nobody has said anything (RFC 8620 section 5.3).
  sortOrder: z.int().min(0).max(0x7fffffff).nullish(),
  isSubscribed: z.boolean().nullish(),
  shareWith: z.unknown().optional(),
});

type Settings = z.infer<typeof SETTABLE>;

/** Mailbox (RFC 8621 section 2). */
export const mailboxType: Readable & Tracked & Settable<Options> = {
  name: 'Mailbox',
  capability: MAIL,
  properties: MAILBOX_PROPERTIES,
  more: z.strictObject({ onDestroyRemoveEmails: z.boolean().optional() }) as z.ZodType<Options>,

  ids: ({ state }) => [...state.mailboxes.keys()],

  async load(call, { state }, ids, properties) {
    const owner = call.using.has(PRINCIPALS) ? call.ownerOf(state) : undefined;
    const found = new Map<string, Readonly<Record<string, unknown>>>();
    for (const id of ids) {
      const mailbox = state.mailboxes.get(id);
      if (mailbox !== undefined) found.set(id, mailboxObject(state, mailbox, properties, owner));
    }
    return found;
  },

  changes: mailboxChanges,

  /** RFC 8621 section 2.2: where only counts have changed, the client need not fetch the rest. */
  besides: (state, since, updated) => ({
    updatedProperties: updated.every((id) => state.mailboxes.get(id)!.described <= since) ? COUNTS : null,
  }),

  ready: (call, account, given) => readyToShare(call, account, given, 'mail'),

  create(draft, properties, context) {
    const { name, parentId, role, sortOrder, isSubscribed, shareWith } = settings(properties);
    checkOwners(draft, { role, sortOrder });
    if (name === undefined) throw invalidProperties(['name'], 'A mailbox has a name');
    // All that can be refused comes before anything is done.
    const free = freeRole(draft, undefined, role);
    const shares = shareWith == null ? undefined : sharing(draft, context.call, undefined, shareWith);
    const known = new Set(draft.mailboxes.keys());
    const mailbox = draft.createMailbox(named(draft, name, parentOf(draft, parentId, context)), free);
    if (typeof sortOrder === 'number') draft.putObject(MAILBOX_VIEW, mailbox.id, { sortOrder });
    if (isSubscribed === true) draft.subscribe(mailbox.name, true);
    // RFC 4314 section 4: it is shared as what it is made in.
    if (sightOf(draft) === undefined) inheritByNew(draft, parentOf(draft, parentId, context), known);
    shares?.(draft, draft.mailboxes.get(mailbox.id)!);
    const { name: _, ...set } = mailboxObject(draft, draft.mailboxes.get(mailbox.id)!, new Set(MAILBOX_PROPERTIES));
    return set;
  },

  update(draft, id, patch, context) {
    const before = existing(draft, id);
    const changes = settings(changed(draft, before, patch, context.call));
    checkOwners(draft, changes);
    const shares =
      changes.shareWith === undefined ? undefined : sharing(draft, context.call, before, changes.shareWith);
    const role = freeRole(draft, before, changes.role);
    if (changes.name !== undefined || changes.parentId !== undefined) {
      const subscribed = subscribedFrom(draft, before.name);
      move(draft, before, changes, context);
      for (const [one, name] of subscribed) {
        const now = existing(draft, one).name;
        if (now === name) continue;
        draft.subscribe(name, false);
        draft.subscribe(now, true);
      }
    }
    const now = existing(draft, id);
    if (changes.role !== undefined) draft.setRole(id, role);
    shares?.(draft, now);
    const { sortOrder } = changes;
    if (typeof sortOrder === 'number') draft.putObject(MAILBOX_VIEW, id, { sortOrder });
    else if (sortOrder === null && draft.object(MAILBOX_VIEW, id) !== undefined) draft.deleteObject(MAILBOX_VIEW, id);
    if (typeof changes.isSubscribed === 'boolean') draft.subscribe(now.name, changes.isSubscribed);
    return null;
  },

  destroy(draft, id, { args, call }) {
    const mailbox = existing(draft, id);
    const hasChild = [...draft.mailboxes.values()].some(({ name }) => name.startsWith(`${mailbox.name}/`));
    if (hasChild) throw new SetFailure('mailboxHasChild', `${mailbox.name} has mailboxes below it`);
    const emails = mailbox.messages - mailbox.deleted;
    if (emails > 0 && args.onDestroyRemoveEmails !== true) {
      throw new SetFailure('mailboxHasEmail', `${mailbox.name} holds ${emails} messages`);
    }
    if (mailbox.role === 'inbox') throw new SetFailure('forbidden', 'The inbox stays');
    if (!rightsIn(draft, id).has('x')) throw new SetFailure('forbidden', 'You may not destroy this mailbox');
    draft.deleteMailbox(mailbox.name);
    // Of others' accounts that is done with the rest.
    if (sightOf(draft) === undefined) forgetAcl(draft, id, call.user);
    if (draft.object(MAILBOX_VIEW, id) !== undefined) draft.deleteObject(MAILBOX_VIEW, id);
  },

  /** A mailbox that goes together with those below it goes after them. */
  destroyAll(draft, ids, context) {
    const failures: Record<string, SetError> = {};
    const depth = (id: string) => draft.mailboxes.get(id)?.name.split('/').length ?? 0;
    const inOrder = [...ids].sort((a, b) => depth(b) - depth(a));
    for (const id of inOrder) attempt(failures, id, () => this.destroy(draft, id, context));
    return failures;
  },
};

function settings(properties: Readonly<Record<string, unknown>>): Settings {
  const parsed = SETTABLE.safeParse(properties);
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0] ?? '')],
  );
  throw invalidProperties([...new Set(names)], parsed.error.issues[0]!.message);
}

/**
 * What a client changes. It may give what the server sets, or what cannot be changed, where that is what it is (RFC 8620 section 5.3): whole
 * objects that it has read, with one property changed.
 */
function changed(
  draft: Draft,
  mailbox: Mailbox,
  patch: Readonly<Record<string, unknown>>,
  call: Call,
): Readonly<Record<string, unknown>> {
  const now: Readonly<Record<string, unknown>> = mailboxObject(
    draft,
    mailbox,
    new Set([...Object.keys(patch), 'shareWith']),
    call.ownerOf(draft),
  );
  const isSame = (name: string, value: unknown) =>
    Object.hasOwn(now, name) && JSON.stringify(now[name]) === JSON.stringify(value);
  const isShare = (path: string) => path === 'shareWith' || path.startsWith('shareWith/');
  const rest = Object.entries(patch).filter(([name, value]) => !isShare(name) && !isSame(name, value));
  const shares = Object.entries(patch).filter(([path]) => isShare(path));
  if (shares.length === 0) return Object.fromEntries(rest);
  const before = { shareWith: now.shareWith ?? {} };
  const after = patched(before, Object.fromEntries(shares)).shareWith ?? null;
  return { ...Object.fromEntries(rest), shareWith: after };
}

/** What a mailbox is used for, and where it stands among others, is for the owner of the account to say. */
function checkOwners(draft: Draft, { role, sortOrder }: Pick<Settings, 'role' | 'sortOrder'>): void {
  if (sightOf(draft) === undefined || ((role ?? null) === null && (sortOrder ?? null) === null)) return;
  throw new SetFailure('forbidden', 'Only the owner of the account may set role and sortOrder');
}

function existing(draft: Draft, id: string): Mailbox {
  const mailbox = draft.mailboxes.get(id);
  if (mailbox === undefined) throw notFound(id);
  return mailbox;
}

/** The role that a mailbox is to have, where it may have it: no two mailboxes have the same (RFC 8621 section 2). */
function freeRole(draft: Draft, mailbox: Mailbox | undefined, role: Settings['role']): Role | undefined {
  if (role === 'inbox' || (mailbox?.role === 'inbox' && role !== undefined)) {
    throw invalidProperties(['role'], 'There is one inbox, and it stays where it is');
  }
  const other = [...draft.mailboxes.values()].find((one) => one.role === role && one !== mailbox);
  if (role !== undefined && role !== null && other !== undefined) {
    throw invalidProperties(['role'], `${other.name} has the role ${role} already`);
  }
  return role ?? undefined;
}

/** `#name` is a mailbox that this request has created. */
function parentOf(draft: Draft, id: string | null | undefined, { idOf }: SetContext<Options>): Mailbox | undefined {
  if (id === null || id === undefined) return undefined;
  const parent = draft.mailboxes.get(idOf(id) ?? '');
  if (parent === undefined) throw invalidProperties(['parentId'], `There is no mailbox ${id}`);
  return parent;
}

/** The full name of a level below a parent; refused where it is taken. */
function named(draft: Draft, name: string, parent: Mailbox | undefined): string {
  if (!isLevel(name))
    throw invalidProperties(['name'], 'A name has no slash and no control characters, and is not empty');
  const full = fullName(name, parent);
  const taken = draft.mailboxNamed(full);
  // RFC 8621 section 2.5: no two siblings with the same name.
  if (taken !== undefined) {
    throw new SetFailure('alreadyExists', `${full} exists already`, { existingId: taken.id });
  }
  return full;
}

function move(draft: Draft, mailbox: Mailbox, changes: Settings, context: SetContext<Options>): void {
  const before = shownPlace(draft, mailbox);
  const parent = changes.parentId === undefined ? before.parent : parentOf(draft, changes.parentId, context);
  const name = changes.name ?? before.name;
  if (fullName(name, parent) === mailbox.name) return;
  if (mailbox.role === 'inbox') throw new SetFailure('forbidden', 'The inbox keeps its name and place');
  if (parent !== undefined && `${parent.name}/`.startsWith(`${mailbox.name}/`)) {
    throw invalidProperties(['parentId'], 'A mailbox cannot be below itself');
  }
  draft.renameMailbox(mailbox.name, named(draft, name, parent));
}

/**
 * Subscribed mailboxes at a name and below it. IMAP subscribes to names (RFC 9051 section 6.3.7), JMAP to mailboxes, whatever they are
 * called (RFC 8621 section 2).
 */
function subscribedFrom(draft: Draft, top: string): readonly (readonly [id: string, name: string])[] {
  return [...draft.mailboxes.values()]
    .filter(({ name }) => (name === top || name.startsWith(`${top}/`)) && draft.subscriptions.has(name))
    .map(({ id, name }) => [id, name] as const);
}
