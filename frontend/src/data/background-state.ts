import { signal } from '@preact/signals';

/** A newer build of the pages is here, for the next time that they are loaded. */
export const updated = signal(false);

/** Where a click on a notification leads. */
export const wantedPath = signal<string | undefined>(undefined);
