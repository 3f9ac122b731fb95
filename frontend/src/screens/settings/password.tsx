import { LEAST, strength } from '../../../../mail/auth/strength.ts';
import { account } from '../../api/account.ts';
import { changePassword } from '../../data/security.ts';
import { t } from '../../i18n/index.ts';
import { recently } from './confirm.tsx';
import { Form, useForm } from './form.tsx';
import { Field, Group } from './parts.tsx';

const EMPTY = { current: '', wanted: '', alsoApps: false };

export function Password() {
  const form = useForm('security.password', EMPTY, ({ current, wanted, alsoApps }) =>
    recently(() => changePassword(current, wanted, alsoApps ? 'remove' : 'keep')),
  );
  const { wanted } = form.value;
  const kind = strength(wanted, account.value?.address.split(/[@.]/));
  const hint = {
    short: t('password.short', { count: LEAST }),
    weak: t('password.weak'),
    fair: t('password.fair'),
    strong: t('password.strong'),
  }[kind];
  return (
    <Group title={t('password.title')} intro={t('password.intro')}>
      <Form form={form} label={t('password.submit')}>
        <input type="text" autocomplete="username" value={account.value?.address} readOnly hidden />
        <Field label={t('password.current')}>
          <input
            name="current"
            type="password"
            autocomplete="current-password"
            required
            value={form.value.current}
            onInput={({ currentTarget }) => form.set({ current: currentTarget.value })}
          />
        </Field>
        <Field label={t('password.new')} hint={wanted === '' ? t('password.short', { count: LEAST }) : hint}>
          <input
            name="new"
            type="password"
            autocomplete="new-password"
            minLength={LEAST}
            required
            value={wanted}
            onInput={({ currentTarget }) => form.set({ wanted: currentTarget.value })}
          />
        </Field>
        <label class="check">
          <input
            type="checkbox"
            checked={form.value.alsoApps}
            onChange={({ currentTarget }) => form.set({ alsoApps: currentTarget.checked })}
          />
          <span>{t('password.alsoApps')}</span>
        </label>
      </Form>
    </Group>
  );
}
