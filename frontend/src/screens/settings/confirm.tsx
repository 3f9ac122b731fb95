import { signal, useSignal } from '@preact/signals';
import { confirmWho, isTooLongAgo, readSecondFactor } from '../../data/security.ts';
import { t } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';

/** The user thought better of it. */
export class Cancelled extends Error {}

const waiting = signal<{ readonly needsCode: boolean; readonly answer: (isConfirmed: boolean) => void } | undefined>(
  undefined,
);

/** Does what needs a recent sign-in; asks for the password in place where the last one is long ago. Throws `Cancelled`. */
export async function recently<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(await isTooLongAgo(error))) throw error;
    const { factors } = await readSecondFactor();
    const isConfirmed = await new Promise<boolean>((answer) => {
      waiting.value = { needsCode: factors.length > 0, answer };
    });
    waiting.value = undefined;
    if (!isConfirmed) throw new Cancelled();
    return act();
  }
}

/** Where it is asked: once in the settings. */
export function Confirming() {
  return waiting.value === undefined ? null : <Asking {...waiting.value} />;
}

function Asking({ needsCode, answer }: NonNullable<typeof waiting.value>) {
  const error = useSignal('');
  const busy = useSignal(false);
  const submit = async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const code = String(form.get('code') ?? '').trim();
    busy.value = true;
    try {
      await confirmWho(String(form.get('password')), proofOf(code));
      answer(true);
    } catch (refusal) {
      error.value = (refusal as Error).message;
      busy.value = false;
    }
  };
  return (
    <Dialog title={t('confirm.title')} onClose={() => answer(false)}>
      <form class="set-form" onSubmit={submit}>
        <p class="muted">{t('confirm.text')}</p>
        <label class="field">
          <span>{t('confirm.password')}</span>
          <input name="password" type="password" autocomplete="current-password" required autofocus />
        </label>
        {needsCode && (
          <label class="field">
            <span>{t('confirm.code')}</span>
            <input name="code" autocomplete="one-time-code" required />
          </label>
        )}
        <p class="error" role="alert">
          {error.value}
        </p>
        <div class="set-foot">
          <button type="submit" class="primary" disabled={busy.value}>
            {t('confirm.submit')}
          </button>
          <button type="button" class="button" onClick={() => answer(false)}>
            {t('app.cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A code of an authenticator has six digits; recovery codes are longer. */
function proofOf(code: string): { code?: string; recoveryCode?: string } {
  if (code === '') return {};
  return /^\d{3} ?\d{3}$/.test(code) ? { code: code.replace(' ', '') } : { recoveryCode: code };
}
