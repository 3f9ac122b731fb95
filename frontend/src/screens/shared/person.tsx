import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { account } from '../../api/account.ts';
import { type Principal, principalsLike } from '../../data/sharing.ts';
import { t } from '../../i18n/index.ts';
import { colourOf, initials } from '../mail/names.ts';

interface Props {
  readonly without: ReadonlySet<string>;
  readonly onChoose: (one: Principal) => void;
}

const TYPING_MS = 120;

/** Somebody who is here, found by typing (APG: combobox with a list). */
export function Person({ without, onChoose }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const typed = useSignal('');
  /** Undefined: nothing was looked for yet. */
  const found = useSignal<readonly Principal[] | undefined>(undefined);
  const at = useSignal(0);
  const error = useSignal('');
  useEffect(() => {
    const text = typed.value.trim();
    let isWanted = true;
    const timer = setTimeout(async () => {
      try {
        const people = text === '' ? undefined : await principalsLike(text);
        if (!isWanted) return;
        error.value = '';
        at.value = 0;
        found.value = people?.filter((one) => !without.has(one.id) && one.email !== account.peek()?.address);
      } catch (reason) {
        if (isWanted) error.value = (reason as Error).message;
      }
    }, TYPING_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [typed.value]);
  const people = found.value ?? [];
  const choose = (one: Principal | undefined) => {
    if (one === undefined) return;
    typed.value = '';
    found.value = undefined;
    onChoose(one);
    input.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    const last = people.length - 1;
    if (event.key === 'ArrowDown') at.value = at.value >= last ? 0 : at.value + 1;
    else if (event.key === 'ArrowUp') at.value = at.value <= 0 ? last : at.value - 1;
    else if (event.key === 'Enter') choose(people[at.value]);
    else if (event.key === 'Escape' && typed.value !== '') typed.value = '';
    else return;
    event.preventDefault();
  };
  return (
    <div class="share-add">
      <label class="field" for={id}>
        <span>{t('share.add')}</span>
      </label>
      <input
        ref={input}
        id={id}
        type="text"
        class="share-input"
        role="combobox"
        placeholder={t('share.placeholder')}
        aria-expanded={people.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={people.length === 0 ? undefined : `${id}-${at.value}`}
        autocomplete="off"
        spellcheck={false}
        autofocus
        value={typed.value}
        onInput={({ currentTarget }) => {
          typed.value = currentTarget.value;
        }}
        onKeyDown={onKey}
      />
      <div
        id={`${id}-list`}
        role="listbox"
        tabIndex={-1}
        aria-label={t('share.add')}
        class={people.length > 0 ? 'share-found open' : 'share-found'}
      >
        {people.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the combobox, which keeps the focus (APG).
          <div
            key={one.id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            class="menu-item"
            aria-selected={index === at.value}
            onMouseMove={() => {
              at.value = index;
            }}
            onClick={() => choose(one)}
          >
            <span class="avatar" aria-hidden="true" data-colour={colourOf(addressOf(one))}>
              {initials(addressOf(one))}
            </span>
            <span class="share-who">
              <bdi>{one.email === null ? t('share.everybody') : one.name}</bdi>
              {one.email !== null && one.email !== one.name && <bdi class="muted">{one.email}</bdi>}
            </span>
          </div>
        ))}
      </div>
      <p class="share-said muted" role="status">
        {error.value !== '' ? error.value : found.value?.length === 0 ? t('share.noneFound') : ''}
      </p>
    </div>
  );
}

function addressOf({ name, email, id }: Principal) {
  return { name, email: email ?? id };
}
