import { signal } from '@preact/signals';
import { t } from '../i18n/index.ts';

interface Toast {
  readonly text: string;
  readonly undo?: () => void;
}

const SHOWN_MS = 10_000;

const shown = signal<Toast | undefined>(undefined);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says for ten seconds what has happened, and offers to undo it. */
export function toast(text: string, undo?: () => void): void {
  clearTimeout(timer);
  shown.value = undo === undefined ? { text } : { text, undo };
  timer = setTimeout(dismiss, SHOWN_MS);
}

/** Says in one plain line what went wrong. */
export function failed(error: unknown): void {
  toast(t('action.failed', { reason: (error as Error).message }));
}

function dismiss(): void {
  clearTimeout(timer);
  shown.value = undefined;
}

export function Toasts() {
  const one = shown.value;
  return (
    <div class="toasts" role="status" aria-live="polite">
      {one !== undefined && (
        <div class="toast">
          <span>{one.text}</span>
          {one.undo !== undefined && (
            <button
              type="button"
              class="link"
              onClick={() => {
                dismiss();
                one.undo!();
              }}
            >
              {t('app.undo')}
            </button>
          )}
          <button type="button" class="icon-button" aria-label={t('app.close')} onClick={dismiss}>
            ×
          </button>
        </div>
      )}
    </div>
  );
}
