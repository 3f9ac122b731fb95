/** What is being written, kept in this browser at each pause of typing: it outlives a tab, a crash and a server that is not reached. */

export interface Kept<T> {
  /** The draft's Message-ID. */
  readonly key: string;
  /** Whose it is. */
  readonly account: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly state: T;
}

const STORE = 'drafts';

let opened: Promise<IDBDatabase> | undefined;

export async function keep<T>(one: Kept<T>): Promise<void> {
  await within('readwrite', (store) => store.put(one));
}

export async function drop(key: string): Promise<void> {
  await within('readwrite', (store) => store.delete(key));
}

export function kept<T>(key: string): Promise<Kept<T> | undefined> {
  return within('readonly', (store) => store.get(key)) as Promise<Kept<T> | undefined>;
}

/** Those of an account that no tab has open, the latest first. */
export async function abandoned<T>(account: string): Promise<readonly Kept<T>[]> {
  const all = (await within('readonly', (store) => store.getAll())) as Kept<T>[];
  const held = new Set((await navigator.locks.query()).held?.map(({ name }) => name));
  return all.filter((one) => one.account === account && !held.has(lockOf(one.key))).sort((a, b) => b.at - a.at);
}

/**
 * Takes a draft for this tab until `release` is called or the tab ends. False where another tab has it: two would overwrite each other.
 */
export function hold(key: string): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    void navigator.locks.request(lockOf(key), { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(undefined);
      return new Promise<void>((release) => resolve(release));
    });
  });
}

function lockOf(key: string): string {
  return `draft ${key}`;
}

async function within(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const store = (await open()).transaction(STORE, mode, { durability: 'relaxed' }).objectStore(STORE);
  return result(work(store));
}

function open(): Promise<IDBDatabase> {
  opened ??= (async () => {
    const request = indexedDB.open('compose', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' });
    return (await result(request)) as IDBDatabase;
  })();
  opened.catch(() => {
    opened = undefined;
  });
  return opened;
}

function result(request: IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
