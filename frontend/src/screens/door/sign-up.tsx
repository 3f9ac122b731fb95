import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { LEAST, type Strength, strength } from '../../../../mail/auth/strength.ts';
import { isAvailable, signUp } from '../../api/doors.ts';
import { ApiError, signIn } from '../../api/session.ts';
import { toast } from '../../data/toasts.ts';
import { type Key, t } from '../../i18n/index.ts';
import { useChosenDomain, useOpenDomains } from './domains.ts';
import { DoorPage } from './door-page.tsx';
import { AddressField, Field, PasswordField } from './fields.tsx';

/** Somebody types: a name is looked for when he has stopped. */
const STOPPED_MS = 400;

const STRENGTHS: Readonly<Record<Strength, Key>> = {
  short: 'signUp.short',
  weak: 'signUp.weak',
  fair: 'signUp.fair',
  strong: 'signUp.strong',
};

type Errors = Readonly<Partial<Record<'name' | 'password' | 'recovery' | 'form', string>>>;

/** An account that somebody makes for himself, in a domain where that is allowed. */
export function SignUp() {
  const open = useOpenDomains();
  const domains = useChosenDomain(() => open.value?.signUp ?? []);
  const name = useSignal('');
  const password = useSignal('');
  const availability = useSignal('');
  const errors = useSignal<Errors>({});
  const busy = useSignal(false);
  const nameInput = useRef<HTMLInputElement>(null);
  const passwordInput = useRef<HTMLInputElement>(null);
  const recoveryInput = useRef<HTMLInputElement>(null);
  const displayName = useRef<HTMLInputElement>(null);

  const domain = domains.chosen.value;
  const address = `${name.value.trim()}@${domain}`;
  useEffect(() => {
    availability.value = '';
    if (name.value.trim() === '' || domain === undefined) return;
    let isCurrent = true;
    const timer = setTimeout(async () => {
      try {
        const free = await isAvailable(address);
        if (isCurrent) availability.value = t(free ? 'signUp.free' : 'signUp.taken', { address });
      } catch (refusal) {
        // Asked too often, or not reached: the answer comes with the account itself.
        if (isCurrent && (refusal as ApiError).status === 400) availability.value = (refusal as Error).message;
      }
    }, STOPPED_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [address]);

  const show = (found: Errors) => {
    errors.value = found;
    const first =
      found.name !== undefined
        ? nameInput
        : found.password !== undefined
          ? passwordInput
          : found.recovery !== undefined
            ? recoveryInput
            : undefined;
    first?.current?.focus();
  };

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const recovery = recoveryInput.current!.value.trim();
    const called = displayName.current!.value.trim();
    if (strength(password.value) === 'short') return show({ password: t('signUp.short', { count: LEAST }) });
    if (recovery !== '' && !/^[^\s@]+@[^\s@]+$/.test(recovery)) return show({ recovery: t('signUp.badRecovery') });
    busy.value = true;
    show({});
    try {
      await signUp({
        address,
        password: password.value,
        ...(called === '' ? {} : { displayName: called }),
        ...(recovery === '' ? {} : { recoveryAddress: recovery }),
      });
      if (recovery !== '') toast(t('signUp.confirm', { address: recovery }));
      await signIn(address, password.value, true);
    } catch (refusal) {
      show({ [fieldOf(refusal)]: (refusal as Error).message });
    } finally {
      busy.value = false;
    }
  };

  const back = <a href="/">{t('signUp.back')}</a>;
  if (open.value !== undefined && domain === undefined) {
    return (
      <DoorPage title={t('signUp.title')} links={back}>
        <p>{t('signUp.off')}</p>
      </DoorPage>
    );
  }
  const { value: said } = errors;
  return (
    <DoorPage title={t('signUp.title')} links={back}>
      <form class="door-form" onSubmit={submit} aria-busy={busy.value} noValidate>
        <AddressField
          label={t('signUp.name')}
          domains={domains.domains.value}
          domain={domain}
          onDomain={domains.choose}
          autocomplete="username"
          hint={availability.value}
          error={said.name}
          input={nameInput}
          onInput={(value) => {
            name.value = value;
          }}
        />
        <PasswordField
          label={t('signUp.password')}
          autocomplete="new-password"
          hint={<Strong password={password.value} own={[name.value, domain ?? '']} />}
          error={said.password}
          input={passwordInput}
          onInput={(value) => {
            password.value = value;
          }}
        />
        <Field label={t('signUp.displayName')}>
          {(described) => <input {...described} ref={displayName} name="displayName" autocomplete="name" dir="auto" />}
        </Field>
        <Field label={t('signUp.recovery')} hint={t('signUp.recoveryHint')} error={said.recovery}>
          {(described) => (
            <input {...described} ref={recoveryInput} name="recovery" type="email" autocomplete="email" dir="ltr" />
          )}
        </Field>
        <p class="error" role="alert">
          {said.form}
        </p>
        <button type="submit" class="primary" disabled={busy.value || domain === undefined}>
          {t('signUp.submit')}
        </button>
      </form>
    </DoorPage>
  );
}

/** Rule and strength in words; the bar says the same once more. */
function Strong({ password, own }: { readonly password: string; readonly own: readonly string[] }) {
  if (password === '') return t('signUp.rule', { count: LEAST });
  const found = strength(password, own);
  return (
    <>
      <span class="strength" data-strength={found} aria-hidden="true" />
      {t(STRENGTHS[found], { count: LEAST })}
    </>
  );
}

/** Which field a refusal is about. */
function fieldOf(refusal: unknown): keyof Errors {
  if (!(refusal instanceof ApiError)) return 'form';
  if (refusal.status === 409) return 'name';
  return refusal.status === 400 && /password/i.test(refusal.message) ? 'password' : 'form';
}
