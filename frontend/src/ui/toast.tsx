import { dismiss, shown } from '../data/toasts.ts';
import { t } from '../i18n/index.ts';
import { Icon } from './icon.tsx';

/** The line that says what has happened. */
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
              {one.label ?? t('app.undo')}
            </button>
          )}
          <button type="button" class="icon-button" aria-label={t('app.close')} onClick={dismiss}>
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
}
