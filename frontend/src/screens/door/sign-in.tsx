import { useSignal } from '@preact/signals';
import { type SecondStep, signIn, signInSecond } from '../../api/session.ts';
import { t } from '../../i18n/index.ts';

/** The way in: address and password, then a second step where the account has one. */
export function SignIn() {
  const second = useSignal<SecondStep | undefined>(undefined);
  const stay = useSignal(true);
  const recovery = useSignal(false);
  const error = useSignal('');
  const busy = useSignal(false);

  const submit = async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const value = (name: string) => String(form.get(name) ?? '').trim();
    busy.value = true;
    error.value = '';
    try {
      if (second.value === undefined) {
        second.value = await signIn(value('name'), String(form.get('password')), stay.value);
      } else {
        const proof = recovery.value ? { recoveryCode: value('code') } : { code: value('code') };
        await signInSecond(second.value.ticket, proof, stay.value);
      }
    } catch (refusal) {
      error.value = (refusal as Error).message;
    } finally {
      busy.value = false;
    }
  };

  return (
    <main class="door">
      <form class="card door-form" onSubmit={submit} aria-busy={busy.value}>
        <h1>{t('signIn.title')}</h1>
        {second.value === undefined ? (
          <>
            <label class="field">
              <span>{t('signIn.name')}</span>
              <input name="name" type="text" inputMode="email" autocomplete="username webauthn" required autofocus />
            </label>
            <label class="field">
              <span>{t('signIn.password')}</span>
              <input name="password" type="password" autocomplete="current-password" required />
            </label>
            <label class="check">
              <input
                type="checkbox"
                checked={stay.value}
                onChange={({ currentTarget }) => {
                  stay.value = currentTarget.checked;
                }}
              />
              <span>{t('signIn.stay')}</span>
            </label>
          </>
        ) : (
          <>
            <label class="field">
              <span>{t(recovery.value ? 'signIn.recoveryCode' : 'signIn.code')}</span>
              <input name="code" key={String(recovery.value)} autocomplete="one-time-code" required autofocus />
            </label>
            {!recovery.value && (
              <button
                type="button"
                class="link"
                onClick={() => {
                  recovery.value = true;
                }}
              >
                {t('signIn.useRecovery')}
              </button>
            )}
          </>
        )}
        <p class="error" role="alert">
          {error.value}
        </p>
        <button type="submit" class="primary" disabled={busy.value}>
          {t(second.value === undefined ? 'signIn.submit' : 'signIn.confirm')}
        </button>
      </form>
    </main>
  );
}
