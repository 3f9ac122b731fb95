import { z } from 'zod';
import { type Draft, MAILBOX_VIEW, type Mailbox, type Role } from '../../account/types.ts';
import { MAIL } from '../capabilities.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import type { Tracked } from '../standard/changes.ts';
import type { Readable } from '../standard/get.ts';
import { notFound, type SetContext, type Settable } from '../standard/set.ts';
import { COUNTS, fullName, isLevel, MAILBOX_PROPERTIES, mailboxObject, placeOf } from './object.ts';

interface Options {
  readonly onDestroyRemoveEmails?: boolean | undefined;
}

const ROLES = ['inbox', 'drafts', 'sent', 'junk', 'trash', 'archive', 'flagged', 'all', 'important'] as const;

/** What a client may set (RFC 8621 section 2.5). */
const SETTABLE = z.strictObject({
  name: z.string().max(255).optional(),
  parentId: z.string().nullish(),
  role: z.enum(ROLES).nullish(),
  sortOrder: z.int().min(0).max(0x7fffffff).optional(),
  isSubscribed: z.boolean().optional(),
});

type Settings = z.infer<typeof SETTABLE>;

/** Mailbox (RFC 8621 section 2). */
export const mailboxType: Readable & Tracked & Settable<Options> = {
  name: 'Mailbox',
  capability: MAIL,
  properties: MAILBOX_PROPERTIES,
  more: z.strictObject({ onDestroyRemoveEmails: z.boolean().optional() }) as z.ZodType<Options>,

  ids: ({ state }) => [...state.mailboxes.keys()],

  async load(_call, { state }, ids, properties) {
    const found = new Map<string, Readonly<Record<string, unknown>>>();
    for (const id of ids) {
      const mailbox = state.mailboxes.get(id);
      if (mailbox !== undefined) found.set(id, mailboxObject(state, mailbox, properties));
    }
    return found;
  },

  changes: (state, since) => state.changes('Mailbox', since),

  /** RFC 8621 section 2.2: where only counts have changed, the client need not fetch the rest. */
  besides: (state, since, updated) => ({
    updatedProperties: updated.every((id) => state.mailboxes.get(id)!.described <= since) ? COUNTS : null,
  }),

  create(draft, properties, context) {
    const { name, parentId, role, sortOrder, isSubscribed } = settings(properties);
    if (name === undefined) throw invalidProperties(['name'], 'A mailbox has a name');
    const mailbox = draft.createMailbox(named(draft, name, parentOf(draft, parentId, context)), roleOf(role));
    if (sortOrder !== undefined) draft.putObject(MAILBOX_VIEW, mailbox.id, { sortOrder });
    if (isSubscribed === true) draft.subscribe(mailbox.name, true);
    const { name: _, ...set } = mailboxObject(draft, draft.mailboxes.get(mailbox.id)!, new Set(MAILBOX_PROPERTIES));
    return set;
  },

  update(draft, id, patch, context) {
    const before = existing(draft, id);
    const changes = settings(patch);
    if (changes.name !== undefined || changes.parentId !== undefined) move(draft, before, changes, context);
    const now = existing(draft, id);
    if (changes.role !== undefined) draft.setRole(id, roleOf(changes.role));
    if (changes.sortOrder !== undefined) draft.putObject(MAILBOX_VIEW, id, { sortOrder: changes.sortOrder });
    if (changes.isSubscribed !== undefined) draft.subscribe(now.name, changes.isSubscribed);
    return null;
  },

  destroy(draft, id, { args }) {
    const mailbox = existing(draft, id);
    const hasChild = [...draft.mailboxes.values()].some(({ name }) => name.startsWith(`${mailbox.name}/`));
    if (hasChild) throw new SetFailure('mailboxHasChild', `${mailbox.name} has mailboxes below it`);
    if (mailbox.messages > 0 && args.onDestroyRemoveEmails !== true) {
      throw new SetFailure('mailboxHasEmail', `${mailbox.name} holds ${mailbox.messages} messages`);
    }
    draft.deleteMailbox(mailbox.name);
    if (draft.object(MAILBOX_VIEW, id) !== undefined) draft.deleteObject(MAILBOX_VIEW, id);
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

function existing(draft: Draft, id: string): Mailbox {
  const mailbox = draft.mailboxes.get(id);
  if (mailbox === undefined) throw notFound(id);
  return mailbox;
}

function roleOf(role: Settings['role']): Role | undefined {
  if (role === 'inbox') throw invalidProperties(['role'], 'There is one inbox, and it stays where it is');
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
  const before = placeOf(mailbox.name);
  const parent =
    changes.parentId === undefined
      ? before.parent === undefined
        ? undefined
        : draft.mailboxNamed(before.parent)
      : parentOf(draft, changes.parentId, context);
  const name = changes.name ?? before.name;
  if (fullName(name, parent) === mailbox.name) return;
  if (mailbox.role === 'inbox') throw new SetFailure('forbidden', 'The inbox keeps its name and place');
  if (parent !== undefined && `${parent.name}/`.startsWith(`${mailbox.name}/`)) {
    throw invalidProperties(['parentId'], 'A mailbox cannot be below itself');
  }
  draft.renameMailbox(mailbox.name, named(draft, name, parent));
}
