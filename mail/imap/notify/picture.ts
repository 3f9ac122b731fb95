import { ANNOTATIONS, type Mailbox, type State } from '../../account/types.ts';
import { isShared } from '../annotations.ts';
import type { Look } from '../places.ts';

/** One mailbox as `Picture` knows it. */
export type Glimpse = Pick<
  Mailbox,
  'name' | 'role' | 'uidvalidity' | 'uidnext' | 'modseq' | 'messages' | 'unseen' | 'deleted'
>;

type Entries = Readonly<Record<string, string>>;

/**
 * What has to be known of an account to say later what has become different, and no more: it holds no rows, so a client that does not
 * listen keeps no old state alive (design: rule 13).
 */
export interface Picture {
  /** By id. */
  readonly mailboxes: ReadonlyMap<string, Glimpse>;
  readonly subscriptions: ReadonlyMap<string, true>;
  /** By the id of the mailbox, or SERVER. */
  readonly annotations: ReadonlyMap<string, Entries>;
}

/** A mailbox of which only the name may be known. */
const CLOSED = { role: undefined, uidnext: 1, modseq: 0, messages: 0, unseen: 0, deleted: 0 };
const NONE: Picture['subscriptions'] = new Map();

const glimpses = new WeakMap<Mailbox, Glimpse>();
const pictures = new WeakMap<State, Picture>();
const subscribed = new WeakMap<ReadonlySet<string>, ReadonlyMap<string, true>>();

/** Made once for each state; what did not change is the same object as in the picture before. */
export function pictureOf(state: State): Picture {
  let picture = pictures.get(state);
  if (picture === undefined) pictures.set(state, (picture = takePicture(state)));
  return picture;
}

/** As its user sees it: what he may not know is not in it, so that what he is given or loses shows as any other change. */
export function pictureIn({ place, state }: Look): Picture {
  if (place.isOwn) return pictureOf(state);
  const mailboxes = new Map<string, Glimpse>();
  const annotations = new Map<string, Entries>();
  const all = state.objects(ANNOTATIONS) as ReadonlyMap<string, Entries>;
  for (const mailbox of state.mailboxes.values()) {
    const rights = place.rights(state, mailbox);
    if (!rights.has('l')) continue;
    const name = place.fullName(mailbox);
    // RFC 5465 section 5: all but the name needs the right to read.
    if (!rights.has('r')) mailboxes.set(mailbox.id, { ...CLOSED, name, uidvalidity: mailbox.uidvalidity });
    else {
      mailboxes.set(mailbox.id, { ...glimpseOf(mailbox), name, role: undefined, unseen: place.unseen(state, mailbox) });
      const entries = Object.entries(all.get(mailbox.id) ?? {}).filter(([entry]) => isShared(entry));
      if (entries.length > 0) annotations.set(mailbox.id, Object.fromEntries(entries));
    }
  }
  return { mailboxes, subscriptions: NONE, annotations };
}

/** As `pictureOf`, of a draft: it goes on changing, so nothing of it is kept. */
export function takePicture(state: State): Picture {
  const mailboxes = new Map<string, Glimpse>();
  for (const mailbox of state.mailboxes.values()) mailboxes.set(mailbox.id, glimpseOf(mailbox));
  const annotations = state.objects(ANNOTATIONS) as ReadonlyMap<string, Entries>;
  return { mailboxes, subscriptions: subscriptionsOf(state.subscriptions), annotations };
}

/**
 * What a client knows after a write of its own: what it changed itself it need not hear (RFC 5465 section 5). Where somebody else had
 * changed the same thing before, and the client was not told of it yet, all of that is still news.
 */
export function withOwn(known: Picture, before: Picture, after: Picture): Picture {
  return {
    mailboxes: stepped(known.mailboxes, before.mailboxes, after.mailboxes, sameGlimpse),
    subscriptions: stepped(known.subscriptions, before.subscriptions, after.subscriptions, Object.is),
    annotations: stepped(known.annotations, before.annotations, after.annotations, Object.is),
  };
}

/** The entries of one mailbox, or of the server: names in order. */
export function changedEntries(was: Entries | undefined, is: Entries | undefined): string[] {
  const names = new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})]);
  return [...names].filter((name) => was?.[name] !== is?.[name]).sort();
}

function stepped<V>(
  known: ReadonlyMap<string, V>,
  before: ReadonlyMap<string, V>,
  after: ReadonlyMap<string, V>,
  same: (a: V | undefined, b: V | undefined) => boolean,
): ReadonlyMap<string, V> {
  if (before === after) return known;
  const result = new Map(known);
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const is = after.get(id);
    if (before.get(id) === is || !same(known.get(id), before.get(id))) continue;
    if (is === undefined) result.delete(id);
    else result.set(id, is);
  }
  return result;
}

function sameGlimpse(a: Glimpse | undefined, b: Glimpse | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (Object.keys(a) as (keyof Glimpse)[]).every((key) => a[key] === b[key]);
}

function glimpseOf(mailbox: Mailbox): Glimpse {
  let glimpse = glimpses.get(mailbox);
  if (glimpse === undefined) {
    const { name, role, uidvalidity, uidnext, modseq, messages, unseen, deleted } = mailbox;
    glimpse = { name, role, uidvalidity, uidnext, modseq, messages, unseen, deleted };
    glimpses.set(mailbox, glimpse);
  }
  return glimpse;
}

function subscriptionsOf(names: ReadonlySet<string>): ReadonlyMap<string, true> {
  let map = subscribed.get(names);
  if (map === undefined) subscribed.set(names, (map = new Map([...names].map((name) => [name, true] as const))));
  return map;
}
