/** What the service worker needs to know when a push wakes it: put down by the page that subscribed, and gone when somebody signs out. */

/** In the language of the pages, which the service worker does not know. */
export interface Words {
  readonly noSender: string;
  readonly noSubject: string;
  /** Where it is not known what has come. */
  readonly some: string;
  /** By how many have come; the last one for all that are more. */
  readonly counted: readonly string[];
}

export interface PushRecord {
  /** Where JMAP is. */
  readonly api: string;
  readonly account: string;
  /** The inbox's id. */
  readonly inbox: string;
  /** Of this browser, for the server (RFC 8620 section 7.2: `deviceClientId`). */
  readonly device: string;
  /** Of the subscription at the push service. */
  readonly endpoint: string;
  /** When the newest email came that was told of, and those of that moment. */
  readonly since: string;
  readonly told: readonly string[];
  readonly words: Words;
}

/** Not in IndexedDB: that is wiped apart, by account. */
const CACHE = 'push';
const KEY = '/push';

export async function readPushRecord(): Promise<PushRecord | undefined> {
  if (!(await caches.has(CACHE))) return undefined;
  const found = await (await caches.open(CACHE)).match(KEY);
  return found === undefined ? undefined : ((await found.json()) as PushRecord);
}

export async function writePushRecord(record: PushRecord): Promise<void> {
  await (await caches.open(CACHE)).put(KEY, new Response(JSON.stringify(record)));
}

export async function deletePushRecord(): Promise<void> {
  await caches.delete(CACHE);
}

/** This browser's subscription at its push service. */
export async function subscription(): Promise<PushSubscription | null> {
  return (await (await registration())?.pushManager?.getSubscription()) ?? null;
}

/**
 * Nothing is told any more here, and nothing that was told stays. The server's subscription ends with the session (RFC 8620 section 7.2), or
 * when the push service says that nobody is there.
 */
export async function forgetPush(): Promise<void> {
  const here = await registration();
  if (here === undefined) return;
  for (const notification of await here.getNotifications()) notification.close();
  await deletePushRecord();
  await (await subscription())?.unsubscribe();
}

function registration(): Promise<ServiceWorkerRegistration | undefined> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  return workers?.getRegistration() ?? Promise.resolve(undefined);
}
