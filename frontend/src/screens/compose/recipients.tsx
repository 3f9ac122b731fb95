import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { addressText, isAddress, parseRecipients, unique } from '../../data/addresses.ts';
import type { Address } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import type { Composer } from './composer.ts';

interface Props {
  readonly composer: Composer;
  readonly label: string;
  readonly of: Signal<readonly Address[]>;
  /** Was just asked for: it gets the focus. */
  readonly isNew?: boolean;
  readonly children?: ComponentChildren;
}

const TYPING_MS = 80;

async function suggest(text: string): Promise<readonly Address[]> {
  return (await import('../../data/people.ts')).suggest(text);
}

/** Recipients, one chip each, with an input behind them that suggests people (APG: combobox with a list). */
export function Recipients({ composer, label, of, isNew = false, children }: Props) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const typed = useSignal('');
  const found = useSignal<readonly Address[]>([]);
  const chosen = useSignal(-1);

  useLayoutEffect(() => {
    if (isNew && of.peek().length === 0) input.current?.focus();
  }, []);
  useEffect(() => {
    const text = typed.value;
    let isWanted = true;
    const timer = setTimeout(async () => {
      const people = text.trim() === '' ? [] : await suggest(text).catch(() => []);
      if (!isWanted) return;
      found.value = people.filter(
        ({ email }) => !of.peek().some((one) => one.email.toLowerCase() === email.toLowerCase()),
      );
      chosen.value = found.value.length > 0 ? 0 : -1;
    }, TYPING_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [typed.value]);

  const set = (next: readonly Address[]) => {
    of.value = unique(next);
    composer.touch();
  };
  const add = (more: readonly Address[]) => {
    typed.value = '';
    found.value = [];
    if (more.length > 0) set([...of.value, ...more]);
  };
  const remove = (index: number) => {
    set(of.value.filter((_, at) => at !== index));
    input.current?.focus();
  };
  const chip = (index: number) => box.current?.querySelectorAll<HTMLElement>('.compose-chip')[index];

  const onKey = (event: KeyboardEvent) => {
    const { key } = event;
    const isOpen = found.value.length > 0;
    if (isOpen && (key === 'ArrowDown' || key === 'ArrowUp')) {
      const count = found.value.length;
      chosen.value = (chosen.value + (key === 'ArrowDown' ? 1 : -1) + count) % count;
      event.preventDefault();
    } else if (isOpen && key === 'Escape') {
      found.value = [];
      event.preventDefault();
    } else if (isOpen && (key === 'Enter' || key === 'Tab') && chosen.value >= 0 && !isAddress(typed.value.trim())) {
      add([found.value[chosen.value]!]);
      event.preventDefault();
    } else if (
      (key === 'Enter' || key === ',' || key === ';') &&
      typed.value.trim() !== '' &&
      !event.ctrlKey &&
      !event.metaKey
    ) {
      // A comma within a quoted name is part of it.
      if (key !== 'Enter' && (typed.value.match(/"/g)?.length ?? 0) % 2 === 1) return;
      add(parseRecipients(typed.value));
      event.preventDefault();
    } else if (typed.value === '' && (key === 'Backspace' || key === 'ArrowLeft')) {
      chip(of.value.length - 1)?.focus();
    }
  };
  const onChipKey = (event: KeyboardEvent, index: number) => {
    const isMirrored = getComputedStyle(box.current!).direction === 'rtl';
    const before = isMirrored ? 'ArrowRight' : 'ArrowLeft';
    const after = isMirrored ? 'ArrowLeft' : 'ArrowRight';
    if (event.key === 'Backspace' || event.key === 'Delete') remove(index);
    else if (event.key === before) chip(Math.max(0, index - 1))?.focus();
    else if (event.key === after) (chip(index + 1) ?? input.current)?.focus();
    else if (event.key === 'Enter') edit(index);
    else return;
    event.preventDefault();
  };
  /** Back to text, to be mended. */
  const edit = (index: number) => {
    const one = of.value[index]!;
    set(of.value.filter((_, at) => at !== index));
    typed.value = addressText(one);
    input.current?.focus();
  };

  return (
    <div class="compose-field compose-recipients" ref={box}>
      <label class="compose-label" for={id}>
        {label}
      </label>
      <div class="compose-chips">
        {of.value.map((one, index) => {
          const isValid = isAddress(one.email);
          return (
            <span key={one.email} class={isValid ? 'compose-chip-box' : 'compose-chip-box invalid'}>
              <button
                type="button"
                class="compose-chip"
                title={isValid ? addressText(one) : t('compose.invalidRecipient', { address: one.email })}
                aria-label={isValid ? addressText(one) : t('compose.invalidRecipient', { address: one.email })}
                aria-description={t('compose.chipKeys')}
                onKeyDown={(event) => onChipKey(event, index)}
                onDblClick={() => edit(index)}
                onClick={() => {
                  if (!isValid) edit(index);
                }}
              >
                <bdi>{one.name || one.email}</bdi>
              </button>
              <button
                type="button"
                class="compose-chip-remove"
                tabIndex={-1}
                aria-label={t('compose.removeRecipient', { address: one.email })}
                onClick={() => remove(index)}
              >
                <Icon name="close" />
              </button>
            </span>
          );
        })}
        <input
          id={id}
          ref={input}
          type="text"
          inputMode="email"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={found.value.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={found.value.length > 0 && chosen.value >= 0 ? `${id}-${chosen.value}` : undefined}
          value={typed.value}
          onInput={({ currentTarget }) => {
            typed.value = currentTarget.value;
          }}
          onKeyDown={onKey}
          onPaste={(event) => {
            const text = event.clipboardData?.getData('text/plain') ?? '';
            const pasted = parseRecipients(text);
            if (pasted.length < 2 && !pasted.some(({ email }) => isAddress(email))) return;
            event.preventDefault();
            add([...parseRecipients(typed.value), ...pasted]);
          }}
          onBlur={() => add(parseRecipients(typed.value))}
        />
      </div>
      {children}
      <div
        id={`${id}-list`}
        class="compose-suggestions card"
        role="listbox"
        aria-label={label}
        hidden={found.value.length === 0}
      >
        {found.value.map((one, index) => (
          <div
            key={one.email}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            class="compose-suggestion"
            aria-selected={index === chosen.value}
            onPointerDown={(event) => {
              // The input keeps the focus.
              event.preventDefault();
              add([one]);
            }}
          >
            {one.name && <bdi class="sender">{one.name}</bdi>}
            <bdi class={one.name ? 'muted' : ''}>{one.email}</bdi>
          </div>
        ))}
      </div>
    </div>
  );
}
