import { useSignal } from '@preact/signals';
import {
  askForPasskey,
  beginTotp,
  confirmTotp,
  hasPasskeys,
  newRecoveryCodes,
  readSecondFactor,
  removeTotp,
} from '../../data/security.ts';
import { t } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { RecoveryCodes } from './codes.tsx';
import { recently } from './confirm.tsx';
import { Field, Group, Item, Problem, Removing, useDeed, useLoaded } from './parts.tsx';
import { QrCode } from './qr-code.tsx';

interface Setup {
  readonly secret: string;
  readonly uri: string;
}

/** What is asked for beside the password. */
export function SecondStep() {
  const { value, notice, reload } = useLoaded(readSecondFactor);
  const setup = useSignal<Setup | undefined>(undefined);
  const codes = useSignal<readonly string[] | undefined>(undefined);
  const deed = useDeed();
  const has = (kind: 'totp' | 'passkey') => value?.factors.includes(kind) ?? false;
  const run = (act: () => Promise<unknown>) => void deed.run(() => recently(act).then(reload));
  return (
    <Group title={t('second.title')} intro={t('second.intro')}>
      {notice}
      <Problem text={deed.error} />
      {value !== undefined && (
        <ul class="set-list">
          <Item title={t('second.totp')} text={t(has('totp') ? 'second.on' : 'second.totpText')}>
            {has('totp') ? (
              <Removing
                label={t('second.turnOff')}
                title={t('second.offTitle')}
                text={t('second.offText')}
                yes={t('second.turnOff')}
                onYes={() => run(removeTotp)}
              />
            ) : (
              <button
                type="button"
                class="button"
                disabled={deed.busy}
                onClick={() =>
                  void deed.run(async () => {
                    setup.value = await recently(beginTotp);
                  })
                }
              >
                {t('second.setUp')}
              </button>
            )}
          </Item>
          {(has('passkey') || hasPasskeys.value) && (
            <Item title={t('second.passkey')} text={t(has('passkey') ? 'second.on' : 'second.passkeyText')}>
              <button
                type="button"
                class={has('passkey') ? 'link danger' : 'button'}
                disabled={deed.busy}
                onClick={() =>
                  run(async () => {
                    codes.value = (await askForPasskey(!has('passkey'))).recoveryCodes;
                  })
                }
              >
                {t(has('passkey') ? 'second.turnOff' : 'second.turnOn')}
              </button>
            </Item>
          )}
          {value.factors.length > 0 && (
            <Item title={t('second.codes')} text={t('second.codesLeft', { count: value.recoveryCodes })}>
              <Removing
                label={t('second.newCodes')}
                title={t('second.newCodes')}
                text={t('second.newCodesText')}
                yes={t('second.newCodes')}
                onYes={() =>
                  run(async () => {
                    codes.value = (await newRecoveryCodes()).recoveryCodes;
                  })
                }
              />
            </Item>
          )}
        </ul>
      )}
      {setup.value !== undefined && (
        <Enrolment
          setup={setup.value}
          onClose={() => {
            setup.value = undefined;
          }}
          onDone={(given) => {
            setup.value = undefined;
            codes.value = given;
            void reload();
          }}
        />
      )}
      {codes.value !== undefined && (
        <RecoveryCodes
          codes={codes.value}
          onClose={() => {
            codes.value = undefined;
          }}
        />
      )}
    </Group>
  );
}

function Enrolment({
  setup,
  onClose,
  onDone,
}: {
  readonly setup: Setup;
  readonly onClose: () => void;
  readonly onDone: (codes: readonly string[] | undefined) => void;
}) {
  const deed = useDeed();
  const code = useSignal('');
  return (
    <Dialog title={t('second.totp')} onClose={onClose}>
      <form
        class="set-form"
        onSubmit={(event) => {
          event.preventDefault();
          void deed.run(async () => {
            const { recoveryCodes } = await recently(() => confirmTotp(code.value.replace(/\s/g, '')));
            onDone(recoveryCodes);
          });
        }}
      >
        <p>{t('second.scan')}</p>
        <QrCode text={setup.uri} label={t('second.qr')} />
        <p class="muted">{t('second.secretText')}</p>
        <code class="set-code" dir="ltr">
          {setup.secret.match(/.{1,4}/g)?.join(' ')}
        </code>
        <Field label={t('second.code')}>
          <input
            name="code"
            inputMode="numeric"
            autocomplete="one-time-code"
            required
            value={code.value}
            onInput={({ currentTarget }) => {
              code.value = currentTarget.value;
            }}
          />
        </Field>
        <Problem text={deed.error} />
        <div class="set-foot">
          <button type="submit" class="primary" disabled={deed.busy}>
            {t('second.confirm')}
          </button>
          <button type="button" class="button" onClick={onClose}>
            {t('app.cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
