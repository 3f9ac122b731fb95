import { type Signal, signal } from '@preact/signals';
import { call } from '../api/jmap.ts';
import { email, take } from './emails.ts';
import { type Email, ROW_PROPERTIES } from './types.ts';

/** Conversations (RFC 8621 section 3): the emails of each, oldest first, as a signal of its own. */
const cache = new Map<string, Signal<readonly string[] | undefined>>();
/** Rows asked for at once; less than the server's `maxObjectsInGet`. */
const BATCH = 500;

export interface Thread {
  readonly id: string;
  readonly emailIds: readonly string[];
}

export function thread(id: string): Signal<readonly string[] | undefined> {
  let found = cache.get(id);
  if (found === undefined) {
    found = signal(undefined);
    cache.set(id, found);
  }
  return found;
}

export function takeThreads(list: readonly Thread[]): void {
  for (const { id, emailIds } of list) {
    const kept = thread(id);
    if (kept.peek()?.join() !== emailIds.join()) kept.value = emailIds;
  }
}

/** The emails of a conversation, if all of them are known. */
export function emailsHere(id: string): readonly Email[] | undefined {
  const emails = thread(id)
    .peek()
    ?.map((one) => email(one).peek());
  return emails?.every((one) => one !== undefined) ? emails : undefined;
}

/** The emails of conversations: what is not known of them is read. Throws `MethodError` or `ApiError`. */
export async function emailsOfThreads(ids: Iterable<string>): Promise<readonly Email[]> {
  const wanted = [...new Set(ids)];
  const unknown = wanted.filter((id) => thread(id).peek() === undefined);
  for (let at = 0; at < unknown.length; at += BATCH) {
    const { list } = await call<{ list: Thread[] }>('Thread/get', { ids: unknown.slice(at, at + BATCH) });
    takeThreads(list);
  }
  const members = wanted.flatMap((id) => thread(id).peek() ?? []);
  const missing = members.filter((id) => email(id).peek() === undefined);
  for (let at = 0; at < missing.length; at += BATCH) {
    const { list } = await call<{ list: Email[] }>('Email/get', {
      ids: missing.slice(at, at + BATCH),
      properties: ROW_PROPERTIES,
    });
    take(list);
  }
  return members.map((id) => email(id).peek()).filter((one) => one !== undefined);
}

export function forgetThreads(): void {
  cache.clear();
}
