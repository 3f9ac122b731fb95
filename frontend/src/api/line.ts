import { signal } from '@preact/signals';

/** Whether the server is heard. Undefined until it was asked, or where it answers but tells of no changes. */
export const connected = signal<boolean | undefined>(undefined);

/** How many requests of changes wait until the server is heard again. */
export const pending = signal(0);

/** What could not be done of what was asked for without a line, in the server's words. */
export const refusals = signal<readonly string[]>([]);

/** Tells `cut`, where a request has not reached the server, and `try`, where somebody wants it asked now. */
export const line = new EventTarget();

/** Whether not to ask the server at all: until it is heard again, asking it may take for ever. */
export function isCut(): boolean {
  return connected.peek() === false;
}

/** A request has not reached the server. */
export function cut(): void {
  connected.value = false;
  line.dispatchEvent(new Event('cut'));
}

/** Asks the server now whether it is there. */
export function tryNow(): void {
  line.dispatchEvent(new Event('try'));
}
