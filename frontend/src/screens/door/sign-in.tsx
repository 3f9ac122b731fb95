import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import {
  knowsPasskeys,
  leaveToProvider,
  offersPasskeys,
  type Provider,
  providerOf,
  signInWithPasskey,
} from '../../api/doors.ts';
import { ApiError, type SecondStep, signIn } from '../../api/session.ts';
import { brand } from '../../data/brand.ts';
import { keepWanted } from '../../data/wanted.ts';
import { t } from '../../i18n/index.ts';
import { useChosenDomain, useOpenDomains } from './domains.ts';
import { DoorPage } from './door-page.tsx';
import { AddressField, PasswordField, wholeAddress } from './fields.tsx';
import { Second } from './second.tsx';

/** Questions to passkeys end after five minutes (mail/credentials/passkeys.ts). */
const ASK_AGAIN_MS = 4 * 60_000;

/** The way in: a passkey, or name and password and what the account asks for besides, or somebody else who says who it is. */
export function SignIn() {
  const second = useSignal<SecondStep | undefined>(undefined);
  const stay = useSignal(localStorage.getItem('stay') !== 'no');
  const error = useSignal('');
  const busy = useSignal(false);
  const provider = useSignal<Provider | undefined>(undefined);
  const open = useOpenDomains();
  const domains = useChosenDomain(() => {
    const listed = open.value?.signIn ?? [];
    const own = brand.value.domain;
    return listed.length > 0 ? listed : own === undefined ? [] : [own];
  });
  const passkeys = useComputed(knowsPasskeys);
  const name = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const asking = useRef<AbortController>(undefined);

  const choosePasskey = async () => {
    asking.current?.abort();
    const stop = new AbortController();
    asking.current = stop;
    error.value = '';
    try {
      await signInWithPasskey({ stay: () => stay.value, signal: stop.signal });
    } catch (failure) {
      if (stop.signal.aborted) return;
      error.value = failure instanceof DOMException ? t('signIn.noPasskey') : (failure as Error).message;
      void offerPasskeys();
    }
  };

  /** Among the names that the browser offers in the field. */
  const offerPasskeys = async () => {
    const stop = new AbortController();
    asking.current = stop;
    if (!(await offersPasskeys())) return;
    while (!stop.signal.aborted) {
      const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(ASK_AGAIN_MS)]);
      try {
        await signInWithPasskey({ stay: () => stay.value, silent: true, signal });
        return;
      } catch (failure) {
        if (failure instanceof ApiError && failure.status >= 400 && failure.status !== 429)
          error.value = failure.message;
        // The time is over: another question. Anything else is the end of this way.
        if ((failure as Error).name !== 'TimeoutError') return;
      }
    }
  };

  useEffect(() => {
    // On a phone the keyboard would cover the page.
    if (matchMedia('(pointer: fine)').matches) name.current?.focus();
    void offerPasskeys();
    return () => asking.current?.abort();
  }, []);

  const domain = domains.chosen.value;
  useEffect(() => {
    let isCurrent = true;
    providerOf(domain).then(
      (found) => {
        if (isCurrent) provider.value = found;
      },
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [domain]);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    busy.value = true;
    error.value = '';
    localStorage.setItem('stay', stay.value ? 'yes' : 'no');
    try {
      const address = wholeAddress(name.current!.value, domain);
      second.value = await signIn(address, password.current!.value, stay.value);
      if (second.value !== undefined) asking.current?.abort();
    } catch (refusal) {
      error.value = saying(refusal);
      password.current?.select();
    } finally {
      busy.value = false;
    }
  };

  const toProvider = async () => {
    busy.value = true;
    error.value = '';
    try {
      keepWanted();
      await leaveToProvider(domain, stay.value);
    } catch (refusal) {
      error.value = saying(refusal);
      busy.value = false;
    }
  };

  if (second.value !== undefined) {
    const again = () => {
      second.value = undefined;
      void offerPasskeys();
    };
    return <Second step={second.value} stay={stay.value} onAgain={again} />;
  }
  const { title, webmail } = brand.value;
  const links = (
    <>
      <a href="/reset" onClick={keepWanted}>
        {t('signIn.forgotten')}
      </a>
      {(open.value?.signUp.length ?? 0) > 0 && (
        <a href="/sign-up" onClick={keepWanted}>
          {t('signIn.signUp')}
        </a>
      )}
    </>
  );
  return (
    <DoorPage title={title ?? t('signIn.title')} links={links}>
      {!webmail && <p class="notice">{t('signIn.off')}</p>}
      <form class="door-form" onSubmit={submit} aria-busy={busy.value}>
        <AddressField
          label={t(domains.domains.value.length > 0 ? 'signIn.user' : 'signIn.name')}
          domains={domains.domains.value}
          domain={domain}
          onDomain={domains.choose}
          autocomplete="username webauthn"
          input={name}
        />
        <PasswordField label={t('signIn.password')} autocomplete="current-password" input={password} />
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
        <p class="error" role="alert">
          {error.value}
        </p>
        <button type="submit" class="primary" disabled={busy.value}>
          {t('signIn.submit')}
        </button>
      </form>
      {(passkeys.value || provider.value?.available === true) && (
        <div class="door-others">
          <p class="door-or">{t('signIn.or')}</p>
          {passkeys.value && (
            <button type="button" class="secondary" onClick={() => void choosePasskey()}>
              {t('signIn.passkey')}
            </button>
          )}
          {provider.value?.available === true && (
            <button type="button" class="secondary" disabled={busy.value} onClick={() => void toProvider()}>
              {provider.value.name === undefined
                ? t('signIn.elsewhere')
                : t('signIn.with', { name: provider.value.name })}
            </button>
          )}
        </div>
      )}
    </DoorPage>
  );
}

/** Wrong is told in the page's language; too often, switched off and the rest as the server says it, which knows why. */
function saying(refusal: unknown): string {
  const isWrong = refusal instanceof ApiError && refusal.status === 401;
  return isWrong ? t('signIn.wrong') : (refusal as Error).message;
}
