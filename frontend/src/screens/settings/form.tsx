import { computed, effect, signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { account } from '../../api/account.ts';
import { t } from '../../i18n/index.ts';

/** What was typed and is not saved yet, by form: it is there again when one comes back to the form. */
const drafts = signal<ReadonlyMap<string, object>>(new Map());

export const isUnsaved = computed(() => drafts.value.size > 0);

export function forgetDrafts(): void {
  drafts.value = new Map();
}

// Of nobody else's account.
effect(() => {
  if (!account.value) forgetDrafts();
});

export interface FormState<T extends object> {
  readonly value: T;
  readonly isDirty: boolean;
  readonly isBusy: boolean;
  readonly isSaved: boolean;
  readonly error: string;
  /** How often all was discarded: the key of fields that keep their own text. */
  readonly revision: number;
  set(patch: Partial<T>): void;
  discard(): void;
  submit(): Promise<void>;
}

/** A form of a thing as it is saved. `save` throws why it could not; what was typed stays then. */
export function useForm<T extends object>(id: string, saved: T, save: (value: T) => Promise<void>): FormState<T> {
  const kept = drafts.value.get(id) as Partial<T> | undefined;
  const busy = useSignal(false);
  const isSaved = useSignal(false);
  const error = useSignal('');
  const revision = useSignal(0);
  const value = { ...saved, ...kept };
  const keep = (draft: Partial<T> | undefined) => {
    const next = new Map(drafts.peek());
    if (draft === undefined || Object.keys(draft).length === 0) next.delete(id);
    else next.set(id, draft);
    drafts.value = next;
  };
  return {
    value,
    isDirty: kept !== undefined,
    isBusy: busy.value,
    isSaved: isSaved.value,
    error: error.value,
    revision: revision.value,
    set(patch) {
      const draft = { ...(drafts.peek().get(id) as Partial<T> | undefined), ...patch };
      for (const name of Object.keys(draft) as (keyof T)[]) {
        if (JSON.stringify(draft[name]) === JSON.stringify(saved[name])) delete draft[name];
      }
      keep(draft);
      isSaved.value = false;
    },
    discard() {
      keep(undefined);
      revision.value += 1;
      error.value = '';
    },
    async submit() {
      if (busy.peek()) return;
      busy.value = true;
      error.value = '';
      try {
        await save({ ...saved, ...(drafts.peek().get(id) as Partial<T> | undefined) });
        keep(undefined);
        isSaved.value = true;
      } catch (refusal) {
        error.value = (refusal as Error).message;
      } finally {
        busy.value = false;
      }
    },
  };
}

/** With its button, and below it whether all is saved. */
export function Form<T extends object>({
  form,
  label = t('settings.save'),
  children,
}: {
  readonly form: FormState<T>;
  readonly label?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <form
      class="set-form"
      aria-busy={form.isBusy}
      onSubmit={(event) => {
        event.preventDefault();
        void form.submit();
      }}
    >
      {children}
      <p class="error" role="alert">
        {form.error}
      </p>
      <div class="set-foot">
        <button type="submit" class="primary" disabled={form.isBusy || !form.isDirty}>
          {form.isBusy ? t('settings.saving') : label}
        </button>
        {form.isDirty && !form.isBusy && (
          <button type="button" class="link" onClick={form.discard}>
            {t('settings.discard')}
          </button>
        )}
        <span class="muted" role="status">
          {form.isDirty ? t('settings.unsaved') : form.isSaved ? t('settings.saved') : ''}
        </span>
      </div>
    </form>
  );
}
