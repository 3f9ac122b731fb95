import { useSignal } from '@preact/signals';
import type { NameSet } from '../../data/preferences.ts';
import { t } from '../../i18n/index.ts';
import { Field, Problem, useDeed } from './parts.tsx';

interface Props {
  readonly label: string;
  readonly names: NameSet;
  readonly none: string;
  readonly add: (name: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  /** Undefined: it can be added. */
  readonly wrong?: (name: string) => string | undefined;
}

/** A set of names that grows and shrinks one by one. */
export function Names({ label, names, none, add, remove, wrong = () => undefined }: Props) {
  const text = useSignal('');
  const deed = useDeed();
  const all = Object.keys(names).sort((a, b) => a.localeCompare(b));
  const adding = async () => {
    const name = text.peek().trim();
    const reason = wrong(name);
    if (reason !== undefined) throw new Error(reason);
    await add(name);
    text.value = '';
  };
  return (
    <>
      <form
        class="set-line"
        onSubmit={(event) => {
          event.preventDefault();
          void deed.run(adding);
        }}
      >
        <Field label={label}>
          <input
            name="name"
            required
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            value={text.value}
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value;
            }}
          />
        </Field>
        <button type="submit" class="primary" disabled={deed.busy}>
          {t('settings.add')}
        </button>
      </form>
      <Problem text={deed.error} />
      {all.length === 0 ? (
        <p class="muted">{none}</p>
      ) : (
        <ul class="set-names">
          {all.map((name) => (
            <li key={name}>
              <bdi>{name}</bdi>
              <button
                type="button"
                class="icon-button"
                aria-label={t('names.remove', { name })}
                onClick={() => void deed.run(() => remove(name))}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
