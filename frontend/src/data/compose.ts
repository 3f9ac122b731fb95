import { signal } from '@preact/signals';
import type { ReplyKind } from './reply.ts';

/** What a window of composing was opened for. */
export type Opening =
  | { readonly kind: 'new'; readonly mailto?: string }
  | { readonly kind: ReplyKind; readonly emailId: string }
  /** A draft that the server has. */
  | { readonly kind: 'draft'; readonly emailId: string }
  /** One that this browser has kept (data/mirror.ts). */
  | { readonly kind: 'kept'; readonly key: string };

export interface ComposeWindow {
  readonly key: string;
  readonly opening: Opening;
  /** What had the focus before, and gets it back. */
  readonly from: Element | null;
}

export const windows = signal<readonly ComposeWindow[]>([]);
/** The one that is not minimised. */
export const front = signal<string | undefined>(undefined);

/** Opens a window to write in; where one has been opened for the same, it comes to the front. */
export function compose(opening: Opening): void {
  const same = windows.peek().find((one) => JSON.stringify(one.opening) === JSON.stringify(opening));
  if (same !== undefined && opening.kind !== 'new') {
    front.value = same.key;
    return;
  }
  const key = opening.kind === 'kept' ? opening.key : crypto.randomUUID();
  windows.value = [...windows.peek(), { key, opening, from: document.activeElement }];
  front.value = key;
}

export function closeWindow(key: string): void {
  const closing = windows.peek().find((one) => one.key === key);
  windows.value = windows.peek().filter((one) => one.key !== key);
  if (front.peek() === key) front.value = undefined;
  if (closing?.from instanceof HTMLElement && closing.from.isConnected) closing.from.focus();
}
