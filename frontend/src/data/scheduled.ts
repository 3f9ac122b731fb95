import { signal } from '@preact/signals';
import { readScheduled, type Scheduled } from './submission.ts';

/** What waits to be sent at a time that somebody chose; not what can only be undone yet. */
export const scheduled = signal<readonly Scheduled[]>([]);

const UNDOABLE_MS = 60_000;

/** Called after signing in, and where the server says that submissions have changed. */
export async function loadScheduled(): Promise<void> {
  const soon = Date.now() + UNDOABLE_MS;
  scheduled.value = (await readScheduled()).filter(({ sendAt }) => Date.parse(sendAt) > soon);
}
