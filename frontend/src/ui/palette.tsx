import { useSignal } from '@preact/signals';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { Dialog } from './dialog.tsx';
import { Icon, type IconName } from './icon.tsx';

export interface Choice {
  readonly name: string;
  readonly label: string;
  readonly icon?: IconName;
  readonly hint?: string;
  readonly perform: () => void;
}

interface Props {
  readonly title: string;
  readonly placeholder: string;
  readonly choices: readonly Choice[];
  readonly onClose: () => void;
}

const SHOWN = 60;

/** One of many, found by typing: a combobox with its list always open (APG). */
export function Palette({ title, placeholder, choices, onClose }: Props) {
  const typed = useSignal('');
  const at = useSignal(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const found = matching(choices, typed.value).slice(0, SHOWN);
  useLayoutEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  });

  const choose = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    onClose();
    choice.perform();
  };
  const onKey = (event: KeyboardEvent) => {
    const last = found.length - 1;
    if (event.key === 'ArrowDown') at.value = at.value >= last ? 0 : at.value + 1;
    else if (event.key === 'ArrowUp') at.value = at.value <= 0 ? last : at.value - 1;
    else if (event.key === 'Enter') choose(found[at.value]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={title} class="palette" isBare onClose={onClose}>
      <input
        type="text"
        role="combobox"
        class="palette-input"
        placeholder={placeholder}
        aria-label={title}
        aria-expanded="true"
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={found.length === 0 ? undefined : `${id}-${at.value}`}
        autocomplete="off"
        spellcheck={false}
        autofocus
        onInput={({ currentTarget }) => {
          typed.value = currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={onKey}
      />
      <div ref={list} id={id} role="listbox" tabIndex={-1} aria-label={title} class="palette-list">
        {found.map((choice, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the combobox, which keeps the focus (APG).
          <div
            key={choice.name}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            class="menu-item"
            aria-selected={index === at.value}
            onMouseMove={() => {
              at.value = index;
            }}
            onClick={() => choose(choice)}
          >
            {choice.icon === undefined ? <span class="icon" /> : <Icon name={choice.icon} />}
            <bdi class="menu-label">{choice.label}</bdi>
            {choice.hint !== undefined && <kbd class="hint">{choice.hint}</kbd>}
          </div>
        ))}
      </div>
      <p class="palette-none muted" role="status">
        {found.length === 0 ? t('palette.none') : ''}
      </p>
    </Dialog>
  );
}

/** Those that have every word that was typed; first those that begin with it. */
export function matching(choices: readonly Choice[], typed: string): readonly Choice[] {
  const text = typed.trim().toLocaleLowerCase();
  if (text === '') return choices;
  const words = text.split(/\s+/);
  const rank = ({ label }: Choice) => {
    const lower = label.toLocaleLowerCase();
    if (lower.startsWith(text)) return 0;
    return words.every((word) => lower.includes(word)) ? 1 : 2;
  };
  return choices
    .map((choice) => [rank(choice), choice] as const)
    .filter(([place]) => place < 2)
    .sort(([a], [b]) => a - b)
    .map(([, choice]) => choice);
}
