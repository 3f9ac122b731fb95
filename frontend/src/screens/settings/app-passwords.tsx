import { useSignal } from '@preact/signals';
import { account } from '../../api/account.ts';
import {
  APP_SCOPES,
  type AppScope,
  makeAppPassword,
  readAppPasswords,
  revokeAppPassword,
} from '../../data/security.ts';
import { longDate, t } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { recently } from './confirm.tsx';
import { CopyButton } from './copy.tsx';
import { Field, Group, Item, Problem, Removing, useDeed, useLoaded } from './parts.tsx';

const USUAL: readonly AppScope[] = ['imap', 'smtp'];

/** Passwords for one program each. */
export function AppPasswords() {
  const { value, notice, reload } = useLoaded(readAppPasswords);
  const deed = useDeed();
  const isAdding = useSignal(false);
  return (
    <Group title={t('apps.title')} intro={t('apps.intro')}>
      {notice}
      <Problem text={deed.error} />
      <ul class="set-list">
        {value?.map(({ id, name, scopes, made, used }) => (
          <Item
            key={id}
            title={name}
            text={`${scopes.map((scope) => t(`apps.scope.${scope}`)).join(', ')} · ${
              used === undefined ? t('apps.made', { date: longDate(made) }) : t('apps.used', { date: longDate(used) })
            }`}
          >
            <Removing
              label={t('apps.revoke')}
              title={t('apps.revokeTitle', { name })}
              text={t('apps.revokeText')}
              yes={t('apps.revoke')}
              onYes={() => void deed.run(() => revokeAppPassword(id).then(reload))}
            />
          </Item>
        ))}
      </ul>
      <button
        type="button"
        class="button"
        onClick={() => {
          isAdding.value = true;
        }}
      >
        {t('apps.add')}
      </button>
      {isAdding.value && (
        <NewAppPassword
          onClose={() => {
            isAdding.value = false;
            void reload();
          }}
        />
      )}
    </Group>
  );
}

/** Asks for what it is, then shows it once. */
export function NewAppPassword({
  onClose,
  usual = USUAL,
}: {
  readonly onClose: () => void;
  readonly usual?: readonly AppScope[];
}) {
  const name = useSignal('');
  const scopes = useSignal<ReadonlySet<AppScope>>(new Set(usual));
  const made = useSignal<string | undefined>(undefined);
  const deed = useDeed();
  if (made.value !== undefined) {
    return (
      <Dialog title={t('apps.once')} onClose={onClose}>
        <p>{t('apps.onceText')}</p>
        <dl class="set-facts">
          <dt>{t('devices.user')}</dt>
          <dd>
            <bdi>{account.value?.address}</bdi>
          </dd>
          <dt>{t('signIn.password')}</dt>
          <dd>
            <code class="set-code" dir="ltr">
              {made.value}
            </code>
          </dd>
        </dl>
        <div class="set-foot">
          <CopyButton text={made.value} />
          <button type="button" class="primary" onClick={onClose}>
            {t('settings.done')}
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t('apps.add')} onClose={onClose}>
      <form
        class="set-form"
        onSubmit={(event) => {
          event.preventDefault();
          void deed.run(async () => {
            const answer = await recently(() => makeAppPassword(name.value.trim(), [...scopes.value]));
            made.value = answer.password;
          });
        }}
      >
        <Field label={t('apps.name')} hint={t('apps.nameHint')}>
          <input
            name="name"
            required
            maxLength={100}
            value={name.value}
            onInput={({ currentTarget }) => {
              name.value = currentTarget.value;
            }}
          />
        </Field>
        <fieldset class="set-checks">
          <legend>{t('apps.scopes')}</legend>
          {APP_SCOPES.map((scope) => (
            <label key={scope} class="check">
              <input
                type="checkbox"
                name={scope}
                checked={scopes.value.has(scope)}
                onChange={() => {
                  const next = new Set(scopes.value);
                  if (!next.delete(scope)) next.add(scope);
                  scopes.value = next;
                }}
              />
              <span>{t(`apps.scope.${scope}`)}</span>
            </label>
          ))}
        </fieldset>
        <Problem text={deed.error} />
        <div class="set-foot">
          <button type="submit" class="primary" disabled={deed.busy || scopes.value.size === 0}>
            {t('apps.make')}
          </button>
          <button type="button" class="button" onClick={onClose}>
            {t('app.cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
