import { useSignal } from '@preact/signals';
import { changePreferences, preferences, type Template } from '../../data/preferences.ts';
import { t } from '../../i18n/index.ts';
import { Form, useForm } from './form.tsx';
import { Field, Group, Item, Problem, Removing, useDeed } from './parts.tsx';
import { RichField } from './rich-field.tsx';

const EMPTY: Template = { name: '', subject: '', html: '' };

/** Texts that are written again and again. */
export default function Templates() {
  const { templates } = preferences.value;
  const opened = useSignal<string | undefined>(undefined);
  const deed = useDeed();
  const all = Object.entries(templates).sort(([, a], [, b]) => a.name.localeCompare(b.name));
  const isNew = opened.value !== undefined && templates[opened.value] === undefined;
  const close = () => {
    opened.value = undefined;
  };
  return (
    <Group intro={t('templates.intro')}>
      <Problem text={deed.error} />
      {all.length === 0 && !isNew && <p class="muted">{t('templates.none')}</p>}
      <ul class="set-list">
        {all.map(([id, one]) =>
          opened.value === id ? (
            <li key={id} class="set-open">
              <TemplateForm id={id} one={one} onDone={close} />
            </li>
          ) : (
            <Item key={id} title={one.name} text={one.subject}>
              <button
                type="button"
                class="link"
                aria-label={t('templates.editOf', { name: one.name })}
                onClick={() => {
                  opened.value = id;
                }}
              >
                {t('settings.edit')}
              </button>
              <Removing
                label={t('settings.remove')}
                title={t('templates.remove', { name: one.name })}
                text={t('templates.removeText')}
                onYes={() => void deed.run(() => changePreferences({ [`templates/${id}`]: null }))}
              />
            </Item>
          ),
        )}
        {isNew && (
          <li class="set-open">
            <TemplateForm id={opened.value!} one={EMPTY} onDone={close} />
          </li>
        )}
      </ul>
      {!isNew && (
        <button
          type="button"
          class="button"
          onClick={() => {
            opened.value = crypto.randomUUID();
          }}
        >
          {t('templates.add')}
        </button>
      )}
    </Group>
  );
}

function TemplateForm({
  id,
  one,
  onDone,
}: {
  readonly id: string;
  readonly one: Template;
  readonly onDone: () => void;
}) {
  const form = useForm(`template.${id}`, one, async (template) => {
    await changePreferences({ [`templates/${id}`]: template });
    onDone();
  });
  const { value, set } = form;
  return (
    <Form form={form}>
      <Field label={t('templates.name')}>
        <input
          name="name"
          required
          maxLength={200}
          value={value.name}
          onInput={({ currentTarget }) => set({ name: currentTarget.value })}
        />
      </Field>
      <Field label={t('templates.subject')}>
        <input
          name="subject"
          maxLength={500}
          value={value.subject}
          onInput={({ currentTarget }) => set({ subject: currentTarget.value })}
        />
      </Field>
      <RichField key={form.revision} label={t('templates.text')} html={value.html} onChange={(html) => set({ html })} />
      <button type="button" class="link set-close" onClick={onDone}>
        {t('app.close')}
      </button>
    </Form>
  );
}
