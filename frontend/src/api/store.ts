import { account } from './account.ts';
import { forgetPush } from './push-record.ts';

/** What was opened, kept in this browser for when there is no line; and what was asked for meanwhile. One database an account. */

const PREFIX = 'postern-mail:';
/** Bytes of what is kept: the oldest goes first. */
export const KEPT_BYTES = 50_000_000;

interface Row {
  readonly key: string;
  readonly value: unknown;
  readonly bytes: number;
  /** When it was last read from the server, in milliseconds of the epoch. */
  readonly at: number;
}

/** A request that waits: its calls are done in this order. */
export interface Waiting {
  readonly id?: number;
  readonly calls: readonly (readonly [method: string, given: Readonly<Record<string, unknown>>, id: string])[];
  /** Ids that were told to the page until the server gives its own, by creation id and call. */
  readonly promised: Readonly<Record<string, string>>;
  /** It was begun, so that it may have been done though no answer came. */
  readonly begun?: true;
}

let opened: { readonly account: string; readonly database: Promise<IDBDatabase> } | undefined;

export async function readRows(keys: readonly string[]): Promise<readonly unknown[]> {
  const rows = await store('rows', 'readonly');
  return Promise.all(keys.map(async (key) => (await result<Row | undefined>(rows.get(key)))?.value));
}

/** Keeps values; those of objects are laid over what is kept of them (`merge`). */
export async function writeRows(
  entries: readonly {
    readonly key: string;
    readonly value: object;
    readonly bytes: number;
    readonly merge?: boolean;
  }[],
): Promise<void> {
  const rows = await store('rows', 'readwrite');
  const at = Date.now();
  for (const { key, value, bytes, merge } of entries) {
    const before = merge ? await result<Row | undefined>(rows.get(key)) : undefined;
    const row: Row =
      before === undefined
        ? { key, value, bytes, at }
        : { key, value: { ...(before.value as object), ...value }, bytes: Math.max(before.bytes, bytes), at };
    rows.put(row);
  }
  await done(rows.transaction);
}

export async function deleteRows(keys: readonly string[]): Promise<void> {
  const rows = await store('rows', 'readwrite');
  for (const key of keys) rows.delete(key);
  await done(rows.transaction);
}

/** Lets the oldest go until the rest fits. Gives how many bytes are kept. */
export async function trimRows(most = KEPT_BYTES): Promise<number> {
  const rows = await store('rows', 'readwrite');
  let total = 0;
  await new Promise<void>((resolve, reject) => {
    const newestFirst = rows.index('at').openCursor(null, 'prev');
    newestFirst.onerror = () => reject(newestFirst.error);
    newestFirst.onsuccess = () => {
      const cursor = newestFirst.result;
      if (cursor === null) return resolve();
      const { bytes } = cursor.value as Row;
      if (total + bytes > most) cursor.delete();
      else total += bytes;
      cursor.continue();
    };
  });
  return total;
}

export async function readQueue(): Promise<readonly Waiting[]> {
  return result<Waiting[]>((await store('queue', 'readonly')).getAll());
}

/** Adds a request at the end, or changes one that is there. */
export async function putWaiting(one: Waiting): Promise<void> {
  const queue = await store('queue', 'readwrite');
  queue.put(one);
  await done(queue.transaction);
}

export async function deleteWaiting(id: number): Promise<void> {
  const queue = await store('queue', 'readwrite');
  queue.delete(id);
  await done(queue.transaction);
}

/** Leaves nothing of anybody's mail in this browser, but of the account that is named. */
export async function wipe(but?: string): Promise<void> {
  await forgetPush().catch(() => undefined);
  if (opened?.account !== but) {
    const database = await opened?.database.catch(() => undefined);
    opened = undefined;
    database?.close();
  }
  for (const { name } of await indexedDB.databases())
    if (name?.startsWith(PREFIX) && name !== PREFIX + but) await result(indexedDB.deleteDatabase(name));
}

async function store(name: 'rows' | 'queue', mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const owner = account.peek()?.id;
  if (owner === undefined) throw new Error('Nobody is signed in.');
  if (opened?.account !== owner) {
    opened = { account: owner, database: open(PREFIX + owner) };
    opened.database.catch(() => {
      opened = undefined;
    });
  }
  return (await opened.database).transaction(name, mode).objectStore(name);
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('rows', { keyPath: 'key' }).createIndex('at', 'at');
    request.result.createObjectStore('queue', { keyPath: 'id', autoIncrement: true });
  };
  return result(request).then((database) => {
    // Another page signs out: it must not wait for this one.
    database.onversionchange = () => {
      database.close();
      opened = undefined;
    };
    return database;
  });
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}
