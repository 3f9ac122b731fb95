import { useSignal } from '@preact/signals';
import type { ComponentChildren, Ref } from 'preact';
import { useId } from 'preact/hooks';
import { t } from '../../i18n/index.ts';

interface FieldProps {
  readonly label: string;
  /** Below the field, and read with it. */
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  readonly children: (given: {
    readonly id: string;
    readonly 'aria-describedby': string;
    readonly 'aria-invalid': boolean;
  }) => ComponentChildren;
}

/** A label, what it labels, and what is said about it. */
export function Field({ label, hint, error = '', children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': `${id}-hint ${id}-error`, 'aria-invalid': error !== '' })}
      <div id={`${id}-hint`} class="hint" aria-live="polite">
        {hint}
      </div>
      <p id={`${id}-error`} class="error">
        {error}
      </p>
    </div>
  );
}

interface AddressProps {
  readonly label: string;
  /** More than one: a choice. One: it stands behind the name. None: the whole address is written. */
  readonly domains: readonly string[];
  readonly domain: string | undefined;
  readonly onDomain: (domain: string) => void;
  readonly autocomplete: string;
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  readonly onInput?: ((value: string) => void) | undefined;
  readonly input: Ref<HTMLInputElement>;
}

/** A name, and the domain behind it; a whole address is taken as it is. The field is called `name`. */
export function AddressField({ label, domains, domain, onDomain, hint, error, onInput, input, ...rest }: AddressProps) {
  const isWhole = useSignal(false);
  return (
    <Field label={label} hint={hint} error={error}>
      {(described) => (
        <div class={isWhole.value ? 'address whole' : 'address'} dir="ltr">
          <input
            {...described}
            {...rest}
            ref={input}
            name="name"
            type="text"
            inputMode="email"
            autocapitalize="none"
            spellcheck={false}
            required
            onInput={({ currentTarget: { value } }) => {
              isWhole.value = value.includes('@');
              onInput?.(value);
            }}
          />
          {domains.length > 1 && (
            <>
              <span aria-hidden="true">@</span>
              <select
                aria-label={t('door.domain')}
                value={domain}
                onChange={({ currentTarget }) => onDomain(currentTarget.value)}
              >
                {domains.map((one) => (
                  <option key={one} value={one}>
                    {one}
                  </option>
                ))}
              </select>
            </>
          )}
          {domains.length === 1 && <span>@{domain}</span>}
        </div>
      )}
    </Field>
  );
}

interface PasswordProps {
  readonly label: string;
  readonly autocomplete: 'current-password' | 'new-password';
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  readonly onInput?: ((value: string) => void) | undefined;
  readonly input: Ref<HTMLInputElement>;
}

/** The field is called `password`. */
export function PasswordField({ label, hint, error, onInput, input, autocomplete }: PasswordProps) {
  const shown = useSignal(false);
  return (
    <Field label={label} hint={hint} error={error}>
      {(described) => (
        <div class="password" dir="ltr">
          <input
            {...described}
            ref={input}
            name="password"
            type={(shown.value ? 'text' : 'password') as 'password'}
            autocomplete={autocomplete}
            autocapitalize="none"
            spellcheck={false}
            required
            onInput={({ currentTarget }) => {
              onInput?.(currentTarget.value);
            }}
          />
          <button
            type="button"
            class="link"
            aria-pressed={shown.value}
            aria-label={t('door.showPassword')}
            onClick={() => {
              shown.value = !shown.value;
            }}
          >
            {t(shown.value ? 'door.hide' : 'door.show')}
          </button>
        </div>
      )}
    </Field>
  );
}

/** The whole address that a name and a domain make. */
export function wholeAddress(name: string, domain: string | undefined): string {
  const text = name.trim();
  return text.includes('@') || domain === undefined || text === '' ? text : `${text}@${domain}`;
}
