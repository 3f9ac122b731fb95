import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { account } from '../../api/account.ts';
import { type Identity, readIdentities } from '../../data/identities.ts';
import { loadStorage, storage } from '../../data/quota.ts';
import { readRecoveryAddress, removeRecoveryAddress, setRecoveryAddress } from '../../data/security.ts';
import { writeIdentity } from '../../data/settings.ts';
import { size, t } from '../../i18n/index.ts';
import { recently } from './confirm.tsx';
import { Form, useForm } from './form.tsx';
import { Field, Group, Problem, Removing, useDeed, useLoaded } from './parts.tsx';

/** Whose mail this is, how much room it has, and how its owner gets back in. */
export default function Account() {
  const { value: identities, notice, reload } = useLoaded(readIdentities);
  useEffect(() => {
    loadStorage().catch(() => undefined);
  }, []);
  const own = identities?.find(({ id }) => id === 'default');
  return (
    <>
      <Group>
        {notice}
        <dl class="set-facts">
          <dt>{t('account.address')}</dt>
          <dd>
            <bdi>{account.value?.address}</bdi>
          </dd>
          {identities !== undefined && identities.length > 1 && (
            <>
              <dt>{t('account.others')}</dt>
              <dd>
                {[...new Set(identities.map(({ email }) => email))]
                  .filter((email) => email !== account.value?.address)
                  .map((email) => (
                    <div key={email}>
                      <bdi>{email}</bdi>
                    </div>
                  ))}
                <a href="/settings/identities">{t('account.toIdentities')}</a>
              </dd>
            </>
          )}
        </dl>
        {own !== undefined && <Name own={own} onSaved={reload} />}
      </Group>
      <Storage />
      <Recovery />
    </>
  );
}

function Name({ own, onSaved }: { readonly own: Identity; readonly onSaved: () => Promise<void> }) {
  const form = useForm('account.name', { name: own.name }, async ({ name }) => {
    const { id, bcc: _, ...rest } = own;
    await writeIdentity(id, { ...rest, name });
    await onSaved();
  });
  return (
    <Form form={form}>
      <Field label={t('account.name')} hint={t('account.nameHint')}>
        <input
          name="name"
          autocomplete="name"
          maxLength={200}
          value={form.value.name}
          onInput={({ currentTarget }) => form.set({ name: currentTarget.value })}
        />
      </Field>
    </Form>
  );
}

function Storage() {
  const one = storage.value;
  if (one === undefined) return null;
  const share = one.hardLimit === 0 ? 1 : one.used / one.hardLimit;
  return (
    <Group title={t('account.storage')}>
      <meter class="set-meter" min={0} max={1} high={0.9} value={share} aria-label={t('account.storage')} />
      <p>
        {t('account.used', { used: size(one.used), limit: size(one.hardLimit) })}{' '}
        {share > 0.9 && <span class="muted">{t('account.full')}</span>}
      </p>
    </Group>
  );
}

function Recovery() {
  const { value, notice, reload } = useLoaded(readRecoveryAddress);
  const deed = useDeed();
  const said = useSignal('');
  const form = useForm('account.recovery', { address: '' }, async ({ address }) => {
    const { pending } = await recently(() => setRecoveryAddress(address.trim()));
    said.value = t('account.recoveryMailed', { address: pending });
    await reload();
  });
  return (
    <Group title={t('account.recovery')} intro={t('account.recoveryIntro')}>
      {notice}
      {value?.address !== undefined && (
        <p>
          <bdi>{value.address}</bdi> <span class="muted">{t('account.recoveryCounts')}</span>{' '}
          <Removing
            label={t('settings.remove')}
            title={t('account.recoveryRemove')}
            text={t('account.recoveryRemoveText')}
            onYes={() => void deed.run(() => recently(removeRecoveryAddress).then(reload))}
          />
        </p>
      )}
      {value?.pending !== undefined && <p class="notice">{t('account.recoveryPending', { address: value.pending })}</p>}
      <Problem text={deed.error} />
      <Form form={form} label={t(value?.address === undefined ? 'account.recoverySet' : 'account.recoveryChange')}>
        <Field label={t('account.recoveryNew')}>
          <input
            name="recovery"
            type="email"
            autocomplete="off"
            required
            value={form.value.address}
            onInput={({ currentTarget }) => form.set({ address: currentTarget.value })}
          />
        </Field>
      </Form>
      <p role="status" class="muted">
        {said.value}
      </p>
    </Group>
  );
}
