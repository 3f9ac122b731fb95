import { call, chain } from '../api/jmap.ts';
import { type Refusals, throwRefused } from '../api/method-error.ts';
import { destroy, type Patches } from './emails.ts';
import type { Progress } from './jobs.ts';
import type { List, Query } from './list.ts';
import type { Email } from './types.ts';

/** Changes of many emails at the server, in batches: of all that a query matches, however many they are. */

/** What a change is decided by. */
export type Flags = Pick<Email, 'id' | 'mailboxIds' | 'keywords'>;
export type Patch = Readonly<Record<string, unknown>>;

/** What is to become of each email, and what brings it back. */
export interface Change {
  /** Undefined: nothing has to be done. */
  readonly patch: (one: Flags) => Patch | undefined;
  readonly back: (one: Flags) => Patch;
}

/** Emails of one request: below the server's `maxObjectsInSet`, and few enough for progress to be seen. */
const BATCH = 250;
const IDS = 5_000;

/** Every id that a query matches, each email and not only the first of its conversation. */
export async function allIds(list: Pick<List, 'query'>, { signal }: Progress): Promise<readonly string[]> {
  const query: Query = { ...list.query, collapseThreads: false };
  const found: string[] = [];
  for (;;) {
    const { ids } = await call<{ ids: string[] }>('Email/query', { ...query, position: found.length, limit: IDS });
    found.push(...ids);
    if (ids.length === 0 || signal.aborted) return found;
  }
}

/** Makes a change; gives what takes it back, for as many as were changed before it was stopped. Throws at the first refusal. */
export async function changeAll(ids: readonly string[], { patch, back }: Change, progress: Progress): Promise<Patches> {
  const undo: Record<string, Patch> = {};
  try {
    for (let at = 0; at < ids.length && !progress.signal.aborted; at += BATCH) {
      progress.tell(at, ids.length);
      const { list } = await call<{ list: Flags[] }>('Email/get', {
        ids: ids.slice(at, at + BATCH),
        properties: ['id', 'mailboxIds', 'keywords'],
      });
      const pairs = list.map((one) => [one, patch(one)] as const).filter(([, made]) => made !== undefined);
      if (pairs.length === 0) continue;
      await setAll(Object.fromEntries(pairs.map(([{ id }, made]) => [id, made!])));
      for (const [one] of pairs) undo[one.id] = back(one);
    }
  } catch (error) {
    throw new StoppedShort(error as Error, undo);
  }
  return undo;
}

/** A change that broke off: what was done until then can be taken back. */
export class StoppedShort extends Error {
  readonly undo: Patches;

  constructor(cause: Error, undo: Patches) {
    super(cause.message, { cause });
    this.undo = undo;
  }
}

export async function patchAll(patches: Patches, progress: Progress): Promise<void> {
  const all = Object.entries(patches);
  for (let at = 0; at < all.length && !progress.signal.aborted; at += BATCH) {
    progress.tell(at, all.length);
    await setAll(Object.fromEntries(all.slice(at, at + BATCH)));
  }
}

/** Destroys emails; gives how many. */
export async function destroyAll(ids: readonly string[], progress: Progress): Promise<number> {
  let done = 0;
  for (; done < ids.length && !progress.signal.aborted; done += BATCH) {
    progress.tell(done, ids.length);
    await destroy(ids.slice(done, done + BATCH));
  }
  return Math.min(done, ids.length);
}

async function setAll(update: Patches): Promise<void> {
  const [{ notUpdated }] = await chain<[{ notUpdated: Refusals }]>(['Email/set', { update }, 's']);
  throwRefused(notUpdated);
}
