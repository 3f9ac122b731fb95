import { onPush, type PushWorker } from './push.ts';

/** The service worker: the pages without a line, and new mail without a page (push.ts). It knows files only; mail is kept by the pages (src/api/store.ts), who know whose it is. */

/** Put here by the build: what is fetched ahead, and a name for all of it. */
declare const FILES: readonly string[];
declare const VERSION: string;

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetched extends Extendable {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Clicked extends Extendable {
  readonly notification: Notification;
}
interface Pushed extends Extendable {
  readonly data: { text(): string } | null;
}
interface Client {
  focus(): Promise<unknown>;
  postMessage(data: unknown): void;
}
interface Worker {
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { readonly type: 'window' }): Promise<readonly Client[]>;
    openWindow(url: string): Promise<unknown>;
  };
  addEventListener(name: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(name: 'fetch', listener: (event: Fetched) => void): void;
  addEventListener(name: 'notificationclick', listener: (event: Clicked) => void): void;
  addEventListener(name: 'push', listener: (event: Pushed) => void): void;
}

const worker = self as unknown as Worker;
const CACHE = 'pages';
const PAGE = '/';
/** What differs between deployments and domains: as fresh as it can be. */
const FRESH = /^\/(webmail\.json|brand\/.*|manifest\.webmanifest|icons?[-/.].*|icon\.svg)$/;
/** A line that is so slow is none, for a page that is here already; in milliseconds. */
const PATIENCE_MS = 4_000;

worker.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(CACHE).then(async (cache) => {
      await cache.addAll([PAGE, ...FILES.filter((file) => !file.startsWith('/assets/'))]);
      // Names by content: what is here is right.
      for (const file of FILES.filter((one) => one.startsWith('/assets/')))
        if ((await cache.match(file)) === undefined) await cache.add(file);
    }),
  );
});

// It waits until no page uses the files of the one before it.
worker.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      for (const request of await cache.keys()) {
        const { pathname } = new URL(request.url);
        if (pathname.startsWith('/assets/') && !FILES.includes(pathname)) await cache.delete(request);
      }
      await worker.clients.claim();
    })(),
  );
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate') {
    // What has its own answer is not the page: downloads, the admin's and mail programs' addresses.
    if (/^\/(auth|jmap|admin|dav|\.well-known|autodiscover)\//i.test(pathname) || /\.\w+$/.test(pathname)) return;
    event.respondWith(freshOr(PAGE, request));
  } else if (pathname.startsWith('/assets/')) event.respondWith(keptOr(request));
  else if (FRESH.test(pathname)) event.respondWith(freshOr(pathname, request));
});

worker.addEventListener('push', (event) => {
  event.waitUntil(onPush(self as unknown as PushWorker, event.data?.text() ?? ''));
});

/** A page that is open takes the click on a notification; else one is opened. */
worker.addEventListener('notificationclick', (event) => {
  const { notification } = event;
  notification.close();
  const path = (notification.data as { readonly path?: string } | null)?.path ?? PAGE;
  event.waitUntil(
    worker.clients.matchAll({ type: 'window' }).then(async ([client]) => {
      if (client === undefined) return worker.clients.openWindow(path);
      client.postMessage({ open: path });
      return client.focus();
    }),
  );
});

async function keptOr(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept !== undefined) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

async function freshOr(name: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(name);
  const fresh = fetch(request).then(async (response) => {
    if (response.ok && !response.redirected) await cache.put(name, response.clone());
    return response;
  });
  if (kept === undefined) return fresh;
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  // The server's trouble is not a reason to show nothing either.
  return Promise.race([fresh.then((response) => (response.status >= 500 ? kept : response)).catch(() => kept), late]);
}

// So that a new build is a new worker, whose pages are told of it.
console.debug(VERSION);
