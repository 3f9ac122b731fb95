import { readVacation, type Vacation, writeVacation } from '../../data/settings.ts';
import { t } from '../../i18n/index.ts';
import { beginOf, dayOf, lastDayBefore } from './days.ts';
import { Form, useForm } from './form.tsx';
import { Field, Group, useLoaded } from './parts.tsx';

/** What is answered for who is away. */
export default function Away() {
  const { value, notice, reload } = useLoaded(readVacation);
  return (
    <Group intro={t('away.intro')}>
      {notice}
      {value !== undefined && <AwayForm one={value} onSaved={reload} />}
    </Group>
  );
}

function AwayForm({ one, onSaved }: { readonly one: Vacation; readonly onSaved: () => Promise<void> }) {
  const saved = {
    isEnabled: one.isEnabled,
    from: dayOf(one.fromDate),
    last: lastDayBefore(one.toDate),
    subject: one.subject ?? '',
    text: one.textBody ?? '',
  };
  const form = useForm('away', saved, async ({ isEnabled, from, last, subject, text }) => {
    if (from !== '' && last !== '' && last < from) throw new Error(t('away.order'));
    if (isEnabled && text.trim() === '') throw new Error(t('away.noText'));
    await writeVacation({
      isEnabled,
      fromDate: beginOf(from),
      toDate: beginOf(last, 1),
      subject: subject === '' ? null : subject,
      textBody: text === '' ? null : text,
    });
    await onSaved();
  });
  const { value, set } = form;
  return (
    <Form form={form}>
      <label class="check">
        <input
          name="isEnabled"
          type="checkbox"
          role="switch"
          class="switch"
          checked={value.isEnabled}
          aria-checked={value.isEnabled}
          onChange={({ currentTarget }) => set({ isEnabled: currentTarget.checked })}
        />
        <span>{t('away.on')}</span>
      </label>
      <div class="set-pair">
        <Field label={t('away.from')} hint={t('away.fromHint')}>
          <input
            name="from"
            type="date"
            value={value.from}
            onInput={({ currentTarget }) => set({ from: currentTarget.value })}
          />
        </Field>
        <Field label={t('away.last')} hint={t('away.lastHint')}>
          <input
            name="last"
            type="date"
            value={value.last}
            onInput={({ currentTarget }) => set({ last: currentTarget.value })}
          />
        </Field>
      </div>
      <Field label={t('away.subject')} hint={t('away.subjectHint')}>
        <input
          name="subject"
          maxLength={200}
          value={value.subject}
          onInput={({ currentTarget }) => set({ subject: currentTarget.value })}
        />
      </Field>
      <Field label={t('away.text')}>
        <textarea
          name="text"
          rows={8}
          maxLength={8_000}
          dir="auto"
          value={value.text}
          onInput={({ currentTarget }) => set({ text: currentTarget.value })}
        />
      </Field>
    </Form>
  );
}
