import { type Signal, signal } from '@preact/signals';
import { call } from '../api/jmap.ts';
import { type Refusals, throwRefused } from '../api/method-error.ts';
import { type Email, MESSAGE_PROPERTIES, type Message, ROW_PROPERTIES } from './types.ts';

/** Emails that were seen, each a signal of its own, so that a change of one renders one row. */
const cache = new Map<string, Signal<Email | undefined>>();
const messages = new Map<string, { readonly asked: Promise<Message>; here?: Message }>();
/** Opened messages kept; each is as large as its text. */
const MESSAGES_KEPT = 50;

export function email(id: string): Signal<Email | undefined> {
  let found = cache.get(id);
  if (found === undefined) {
    found = signal(undefined);
    cache.set(id, found);
  }
  return found;
}

export function take(list: readonly Email[]): void {
  for (const one of list) email(one.id).value = one;
}

/** Reads rows again: those that changed elsewhere. */
export async function refreshEmails(ids: readonly string[]): Promise<void> {
  const known = ids.filter((id) => cache.get(id)?.peek() !== undefined);
  if (known.length === 0) return;
  const { list } = await call<{ list: Email[] }>('Email/get', { ids: known, properties: ROW_PROPERTIES });
  take(list);
}

/** A message with its text. Kept for a while: a message never changes. */
export function message(id: string): Promise<Message> {
  let found = messages.get(id);
  if (found === undefined) {
    const asked = call<{ list: Message[] }>('Email/get', {
      ids: [id],
      properties: MESSAGE_PROPERTIES,
      fetchAllBodyValues: true,
      maxBodyValueBytes: 1_000_000,
    }).then(({ list }) => {
      const one = list[0];
      if (one === undefined) throw new Error('This message is not here any more.');
      take([one]);
      found!.here = one;
      return one;
    });
    found = { asked };
    asked.catch(() => messages.delete(id));
  }
  messages.delete(id);
  messages.set(id, found);
  for (const oldest of messages.keys()) {
    if (messages.size <= MESSAGES_KEPT) break;
    messages.delete(oldest);
  }
  return found.asked;
}

/** The same, where it is here already, so that it is shown with the next frame. */
export function messageHere(id: string): Message | undefined {
  return messages.get(id)?.here;
}

/** Patches for some emails, by id (RFC 8620 section 5.3). */
export type Patches = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Shows the change at once, then has it made; where it is refused, shows what was there before, and throws. */
export async function update(patches: Patches): Promise<void> {
  const before = Object.keys(patches).map((id) => [id, email(id).peek()] as const);
  for (const [id, patch] of Object.entries(patches)) {
    const shown = email(id);
    if (shown.peek() !== undefined) shown.value = patched(shown.peek()!, patch);
  }
  try {
    const { notUpdated } = await call<{ notUpdated: Refusals }>('Email/set', { update: patches });
    throwRefused(notUpdated);
  } catch (error) {
    for (const [id, was] of before) email(id).value = was;
    throw error;
  }
}

export async function destroy(ids: readonly string[]): Promise<void> {
  const { notDestroyed } = await call<{ notDestroyed: Refusals }>('Email/set', { destroy: ids });
  throwRefused(notDestroyed);
}

/** Forgets everything, after signing out. */
export function forgetEmails(): void {
  cache.clear();
  messages.clear();
}

function patched(one: Email, patch: Readonly<Record<string, unknown>>): Email {
  const changed = { ...one } as Record<string, unknown>;
  for (const [pointer, value] of Object.entries(patch)) {
    const [name, key] = pointer.split('/') as [string, string?];
    if (key === undefined) changed[name] = value;
    else {
      const { [key]: _, ...rest } = changed[name] as Record<string, unknown>;
      changed[name] = value === null ? rest : { ...rest, [key]: value };
    }
  }
  return changed as unknown as Email;
}
