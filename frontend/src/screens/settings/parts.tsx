import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import { changePreferences, type Preferences, preferences } from '../../data/preferences.ts';
import { t } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Cancelled } from './confirm.tsx';

/** A group of settings that belong together. */
export function Group({
  title,
  intro,
  children,
}: {
  /** Absent where the page's own says it. */
  readonly title?: string;
  readonly intro?: string;
  readonly children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class="card set-group" aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && <h2 id={id}>{title}</h2>}
      {intro !== undefined && <p class="muted">{intro}</p>}
      {children}
    </section>
  );
}

export function Field({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label class="field">
      <span>{label}</span>
      {children}
      {hint !== undefined && <small class="muted">{hint}</small>}
    </label>
  );
}

/** What is read when the screen opens. Nothing is shown for the blink that it mostly takes. */
export function useLoaded<T>(read: () => Promise<T>, ...inputs: readonly unknown[]) {
  const value = useSignal<T | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);
  const reload = async () => {
    try {
      value.value = await read();
      error.value = undefined;
    } catch (refusal) {
      error.value = (refusal as Error).message;
    }
  };
  useEffect(() => {
    void reload();
  }, inputs);
  const notice =
    error.value === undefined ? null : (
      <p class="notice" role="alert">
        {t('settings.failed', { reason: error.value })}{' '}
        <button type="button" class="link" onClick={() => void reload()}>
          {t('app.retry')}
        </button>
      </p>
    );
  return { value: value.value, notice, reload };
}

/** Something that is done by a button: busy while it lasts, and says what went wrong. */
export function useDeed() {
  const busy = useSignal(false);
  const error = useSignal('');
  const run = async (act: () => Promise<unknown>): Promise<boolean> => {
    if (busy.peek()) return false;
    busy.value = true;
    error.value = '';
    try {
      await act();
      return true;
    } catch (refusal) {
      if (!(refusal instanceof Cancelled)) error.value = (refusal as Error).message;
      return false;
    } finally {
      busy.value = false;
    }
  };
  return { busy: busy.value, error: error.value, run };
}

export function Problem({ text }: { readonly text: string }) {
  return (
    <p class="error" role="alert">
      {text}
    </p>
  );
}

/** A preference that is saved as soon as it is chosen. */
function useChoice<K extends keyof Preferences>(name: K, after?: (value: Preferences[K]) => void) {
  const state = useSignal('');
  const deed = useDeed();
  const choose = (value: Preferences[K]) => {
    state.value = '';
    void deed
      .run(() => changePreferences({ [name]: value }))
      .then((isDone) => {
        if (isDone) state.value = t('settings.saved');
      });
    after?.(value);
  };
  const said = (
    <span class={deed.error === '' ? 'set-said muted' : 'set-said error'} role="status">
      {deed.error === '' ? state.value : deed.error}
    </span>
  );
  return { value: preferences.value[name], choose, said };
}

interface ChoiceProps<K extends keyof Preferences> {
  readonly name: K;
  readonly label: string;
  readonly hint?: string;
  readonly options: readonly (readonly [value: Preferences[K], label: string])[];
  readonly after?: (value: Preferences[K]) => void;
}

export function Choice<K extends keyof Preferences>({ name, label, hint, options, after }: ChoiceProps<K>) {
  const { value, choose, said } = useChoice(name, after);
  const id = useId();
  const at = options.findIndex(([one]) => one === value);
  return (
    <div class="set-row">
      <label for={id}>
        <span>{label}</span>
        {hint !== undefined && <small class="muted">{hint}</small>}
      </label>
      {said}
      <select
        id={id}
        name={name}
        value={String(at)}
        onChange={({ currentTarget }) => choose(options[Number(currentTarget.value)]![0])}
      >
        {at === -1 && <option value="-1">{String(value)}</option>}
        {options.map(([, text], index) => (
          <option key={text} value={String(index)}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

type Flags = { [K in keyof Preferences]: Preferences[K] extends boolean ? K : never }[keyof Preferences];

export function Toggle({
  name,
  label,
  hint,
}: {
  readonly name: Flags;
  readonly label: string;
  readonly hint?: string;
}) {
  const { value, choose, said } = useChoice(name);
  const id = useId();
  return (
    <div class="set-row">
      <label for={id}>
        <span>{label}</span>
        {hint !== undefined && <small class="muted">{hint}</small>}
      </label>
      {said}
      <input
        id={id}
        name={name}
        type="checkbox"
        role="switch"
        class="switch"
        checked={value as boolean}
        aria-checked={value as boolean}
        onChange={({ currentTarget }) => choose(currentTarget.checked)}
      />
    </div>
  );
}

/** A line of a list of things, with what can be done to it. */
export function Item({
  title,
  text,
  children,
}: {
  readonly title: ComponentChildren;
  readonly text?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <li class="set-item">
      <div>
        <strong dir="auto">{title}</strong>
        {text !== undefined && <small class="muted">{text}</small>}
      </div>
      <div class="set-acts">{children}</div>
    </li>
  );
}

/** Asks before what cannot be undone. */
export function Sure({
  title,
  text,
  yes,
  onYes,
  onNo,
  no = t('app.cancel'),
}: {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
  readonly no?: string;
}) {
  return (
    <Dialog title={title} onClose={onNo}>
      <p>{text}</p>
      <div class="set-foot">
        <button type="button" class="primary" onClick={onNo}>
          {no}
        </button>
        <button type="button" class="button danger" onClick={onYes}>
          {yes}
        </button>
      </div>
    </Dialog>
  );
}

/** A button that asks first. */
export function Removing({
  label,
  title,
  text,
  yes = t('settings.remove'),
  onYes,
}: {
  readonly label: string;
  readonly title: string;
  readonly text: string;
  readonly yes?: string;
  readonly onYes: () => void;
}) {
  const isAsking = useSignal(false);
  return (
    <>
      <button
        type="button"
        class="link danger"
        onClick={() => {
          isAsking.value = true;
        }}
      >
        {label}
      </button>
      {isAsking.value && (
        <Sure
          title={title}
          text={text}
          yes={yes}
          onNo={() => {
            isAsking.value = false;
          }}
          onYes={() => {
            isAsking.value = false;
            onYes();
          }}
        />
      )}
    </>
  );
}
