import { useSignal } from '@preact/signals';
import { account } from '../../api/account.ts';
import { type Identity, readIdentities } from '../../data/identities.ts';
import { removeIdentity, writeIdentity } from '../../data/settings.ts';
import type { Address } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { Form, useForm } from './form.tsx';
import { Choice, Field, Group, Item, Problem, Removing, useDeed, useLoaded } from './parts.tsx';
import { RichField } from './rich-field.tsx';

/** Whom one writes as, and what stands below. */
export default function Identities() {
  const { value, notice, reload } = useLoaded(readIdentities);
  const opened = useSignal<string | 'new' | undefined>(undefined);
  const deed = useDeed();
  const close = async () => {
    opened.value = undefined;
    await reload();
  };
  return (
    <>
      <Group intro={t('identities.intro')}>
        {notice}
        <Problem text={deed.error} />
        <ul class="set-list">
          {value?.map((one) =>
            opened.value === one.id ? (
              <li key={one.id} class="set-open">
                <IdentityForm one={one} onDone={close} />
              </li>
            ) : (
              <Item
                key={one.id}
                title={one.name === '' ? one.email : `${one.name} <${one.email}>`}
                text={one.textSignature.replace(/^-- \n/, '').split('\n')[0] || t('identities.unsigned')}
              >
                <button
                  type="button"
                  class="link"
                  aria-label={t('identities.editOf', { name: one.email })}
                  onClick={() => {
                    opened.value = one.id;
                  }}
                >
                  {t('settings.edit')}
                </button>
                {one.id !== 'default' && (
                  <Removing
                    label={t('settings.remove')}
                    title={t('identities.remove', { name: one.name || one.email })}
                    text={t('identities.removeText')}
                    onYes={() => void deed.run(() => removeIdentity(one.id).then(reload))}
                  />
                )}
              </Item>
            ),
          )}
          {opened.value === 'new' && (
            <li class="set-open">
              <IdentityForm one={undefined} onDone={close} />
            </li>
          )}
        </ul>
        {opened.value !== 'new' && (
          <button
            type="button"
            class="button"
            onClick={() => {
              opened.value = 'new';
            }}
          >
            {t('identities.add')}
          </button>
        )}
      </Group>
      <Group title={t('identities.writing')}>
        {value !== undefined && value.length > 1 && (
          <Choice
            name="defaultIdentity"
            label={t('identities.default')}
            options={value.map(({ id, name, email }) => [id, name === '' ? email : `${name} <${email}>`] as const)}
          />
        )}
        <Choice
          name="signatureUse"
          label={t('identities.use')}
          options={[
            ['always', t('identities.useAlways')],
            ['new', t('identities.useNew')],
            ['never', t('identities.useNever')],
          ]}
        />
        <Choice
          name="composeFormat"
          label={t('identities.format')}
          options={[
            ['html', t('identities.formatHtml')],
            ['plain', t('identities.formatPlain')],
          ]}
        />
      </Group>
    </>
  );
}

function IdentityForm({ one, onDone }: { readonly one: Identity | undefined; readonly onDone: () => Promise<void> }) {
  const saved = {
    name: one?.name ?? '',
    email: one?.email ?? account.value?.address ?? '',
    replyTo: (one?.replyTo ?? []).map(({ email }) => email).join(', '),
    htmlSignature: one?.htmlSignature || asHtml(one?.textSignature ?? ''),
    textSignature: one?.textSignature ?? '',
  };
  const form = useForm(`identity.${one?.id ?? 'new'}`, saved, async ({ replyTo, ...rest }) => {
    await writeIdentity(one?.id, {
      ...rest,
      replyTo: replyTo === saved.replyTo ? (one?.replyTo ?? null) : addressesOf(replyTo),
    });
    await onDone();
  });
  const { value, set } = form;
  return (
    <Form form={form}>
      <Field label={t('identities.name')}>
        <input
          name="name"
          maxLength={200}
          value={value.name}
          onInput={({ currentTarget }) => set({ name: currentTarget.value })}
        />
      </Field>
      <Field label={t('identities.email')} hint={one === undefined ? t('identities.emailHint') : undefined}>
        <input
          name="email"
          type="email"
          required
          readOnly={one !== undefined}
          value={value.email}
          onInput={({ currentTarget }) => set({ email: currentTarget.value.trim() })}
        />
      </Field>
      <Field label={t('identities.replyTo')} hint={t('identities.replyToHint')}>
        <input
          name="replyTo"
          value={value.replyTo}
          onInput={({ currentTarget }) => set({ replyTo: currentTarget.value })}
        />
      </Field>
      <RichField
        key={form.revision}
        label={t('identities.signature')}
        html={value.htmlSignature}
        onChange={(htmlSignature, textSignature) => set({ htmlSignature, textSignature })}
      />
      <button type="button" class="link set-close" onClick={() => void onDone()}>
        {t('app.close')}
      </button>
    </Form>
  );
}

function addressesOf(text: string): readonly Address[] | null {
  const all = text.split(/[,;]/).flatMap((one) => (one.trim() === '' ? [] : [{ name: null, email: one.trim() }]));
  return all.length === 0 ? null : all;
}

/** A signature that another program has written as plain text. */
function asHtml(text: string): string {
  const safe = (line: string) => line.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return text
    .split('\n')
    .map((line) => (text === '' ? '' : `<div>${safe(line) || '<br>'}</div>`))
    .join('');
}
