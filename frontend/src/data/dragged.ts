import { signal } from '@preact/signals';
import type { Selection } from './actions.ts';

/** What is being dragged: messages, or a folder by its id. */
export const dragged = signal<{ readonly selection: Selection } | { readonly folder: string } | undefined>(undefined);
