import { signal } from '@preact/signals';
import { t } from '../i18n/index.ts';

export interface Toast {
  readonly text: string;
  readonly undo?: () => void;
  /** What the button says in place of Undo. */
  readonly label?: string;
}

const SHOWN_MS = 10_000;

/** What is said at the moment. */
export const shown = signal<Toast | undefined>(undefined);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says for ten seconds, or as long as it can be undone, what has happened, and offers to undo it. */
export function toast(text: string, undo?: () => void, label?: string, shownMs = SHOWN_MS): void {
  clearTimeout(timer);
  shown.value = { text, ...(undo === undefined ? {} : { undo }), ...(label === undefined ? {} : { label }) };
  timer = setTimeout(dismiss, shownMs);
}

/** Says in one plain line what went wrong, and offers to try again where that can help. */
export function failed(error: unknown, again?: () => void): void {
  toast(t('action.failed', { reason: (error as Error).message }), again, t('app.retry'));
}

/** Does what the button of the line that is shown does. False where there is none. */
export function undoLast(): boolean {
  const undo = shown.peek()?.undo;
  if (undo === undefined) return false;
  dismiss();
  undo();
  return true;
}

export function dismiss(): void {
  clearTimeout(timer);
  shown.value = undefined;
}
