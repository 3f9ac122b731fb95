import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { knowsPasskeys, signInWithPasskey } from '../../api/doors.ts';
import { type SecondStep, signInSecond } from '../../api/session.ts';
import { type Key, t } from '../../i18n/index.ts';
import { DoorPage } from './door-page.tsx';
import { Field } from './fields.tsx';

type Way = SecondStep['needs'][number];

const OFFERS: Readonly<Record<Way, Key>> = {
  totp: 'signIn.useCode',
  passkey: 'signIn.passkey',
  recoveryCode: 'signIn.useRecovery',
};

/** What the account asks for after its password. */
export function Second({
  step: { ticket, needs },
  stay,
  onAgain,
}: {
  readonly step: SecondStep;
  readonly stay: boolean;
  readonly onAgain: () => void;
}) {
  const ways = needs.filter((one) => one !== 'passkey' || knowsPasskeys());
  const way = useSignal<Way>(ways.find((one) => one !== 'recoveryCode') ?? 'recoveryCode');
  const error = useSignal('');
  const busy = useSignal(false);
  const code = useRef<HTMLInputElement>(null);
  const asking = useRef(new AbortController());

  useEffect(() => code.current?.focus(), [way.value]);
  useEffect(() => () => asking.current.abort(), []);

  const attempt = async (work: () => Promise<void>) => {
    busy.value = true;
    error.value = '';
    try {
      await work();
    } catch (refusal) {
      error.value = refusal instanceof DOMException ? t('signIn.noPasskey') : (refusal as Error).message;
      code.current?.select();
    } finally {
      busy.value = false;
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void attempt(async () => {
      if (way.value === 'passkey') {
        await signInWithPasskey({ stay: () => stay, ticket, signal: asking.current.signal });
        return;
      }
      const given = code.current!.value.trim();
      await signInSecond(ticket, way.value === 'totp' ? { code: given } : { recoveryCode: given }, stay);
    });
  };

  const again = (
    <button type="button" class="link" onClick={onAgain}>
      {t('signIn.again')}
    </button>
  );
  return (
    <DoorPage title={t('signIn.secondTitle')} links={again}>
      <form class="door-form" onSubmit={submit} aria-busy={busy.value}>
        {way.value === 'passkey' ? (
          <p>{t('signIn.passkeyText')}</p>
        ) : (
          <Field label={t(way.value === 'totp' ? 'signIn.code' : 'signIn.recoveryCode')}>
            {(described) => (
              <input
                {...described}
                ref={code}
                name="code"
                key={way.value}
                inputMode={way.value === 'totp' ? 'numeric' : 'text'}
                autocomplete={way.value === 'totp' ? 'one-time-code' : 'off'}
                autocapitalize="none"
                spellcheck={false}
                dir="ltr"
                required
              />
            )}
          </Field>
        )}
        <p class="error" role="alert">
          {error.value}
        </p>
        <button type="submit" class="primary" disabled={busy.value}>
          {t(way.value === 'passkey' ? 'signIn.usePasskey' : 'signIn.confirm')}
        </button>
        {ways
          .filter((one) => one !== way.value)
          .map((one) => (
            <button
              key={one}
              type="button"
              class="link"
              onClick={() => {
                error.value = '';
                way.value = one;
              }}
            >
              {t(OFFERS[one])}
            </button>
          ))}
      </form>
    </DoorPage>
  );
}
