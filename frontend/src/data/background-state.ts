import { signal } from '@preact/signals';

/** A newer build of the pages is here, for the next time that they are loaded. */
export const updated = signal(false);

/** Where a click on a notification leads. */
export const wantedPath = signal<string | undefined>(undefined);

/**
 * The service worker, without which pages need a line and nothing is told while they are closed. Why there is none: `insecure`: the address is
 * not https; `certificate`: the browser does not trust the server's; `refused`: it takes none, as in a private window.
 */
export const worker = signal<'starting' | 'on' | 'insecure' | 'certificate' | 'refused'>('starting');

/** Counts when the server has seen that what it pushes arrives here. */
export const verified = signal(0);

/** Before the pages have loaded, so that nothing that the worker says is lost: browsers hold it back until then. */
export function hearWorker(): void {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  workers?.addEventListener('message', ({ data }: MessageEvent<{ open?: string; pushed?: 'verified' }>) => {
    if (data.open?.startsWith('/')) wantedPath.value = data.open;
    if (data.pushed !== undefined) verified.value++;
  });
}
