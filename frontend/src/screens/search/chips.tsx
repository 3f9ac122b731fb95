import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { tree } from '../../data/mailboxes.ts';
import { suggest } from '../../data/people.ts';
import { type Chip, termsOf, withTerms } from '../../data/query/chips.ts';
import { parseQuery, type Query, type Term, VALUES } from '../../data/query/language.ts';
import { ANYWHERE, mailboxCalled, nameInSearch, pathOf, searchPath, vocabulary } from '../../data/search.ts';
import type { Address } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';

/** The chips of a search: they show what the text says, and write into it. */
export default function Chips({ text }: { readonly text: string }) {
  const { route } = useLocation();
  const words = vocabulary();
  const query = parseQuery(text, words);
  const put = (chip: Chip, terms: readonly Term[]) => route(searchPath(withTerms(text, chip, terms, words)));
  const hasFiles = termsOf('has', query).some(({ value }) => value === 'attachment');
  return (
    <div class="chips" role="group" aria-label={t('search.chips')}>
      <PersonChip chip="from" query={query} onPut={put} />
      <PersonChip chip="to" query={query} onPut={put} />
      <button
        type="button"
        class="chip"
        aria-pressed={hasFiles}
        onClick={() => put('has', hasFiles ? [] : [{ operator: 'has', value: VALUES[0] }])}
      >
        {t('search.hasFiles')}
      </button>
      <DateChip query={query} onPut={put} />
      <FolderChip query={query} onPut={put} />
    </div>
  );
}

interface ChipProps {
  readonly query: Query;
  readonly onPut: (chip: Chip, terms: readonly Term[]) => void;
}

/** A chip that opens something small below it. */
function Opened(props: {
  readonly label: string;
  readonly isOn: boolean;
  readonly children: (close: () => void) => preact.ComponentChildren;
}) {
  const isOpen = useSignal(false);
  const whole = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen.value) return undefined;
    whole.current?.querySelector<HTMLElement>('.chip-panel input, .chip-panel button')?.focus();
    const onPointer = (event: Event) => {
      if (!whole.current?.contains(event.target as Node)) isOpen.value = false;
    };
    addEventListener('pointerdown', onPointer);
    return () => removeEventListener('pointerdown', onPointer);
  }, [isOpen.value]);
  const close = () => {
    isOpen.value = false;
    button.current?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it hears what its button and panel do.
    <div
      ref={whole}
      class="chip-holder"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen.value) return;
        event.stopPropagation();
        close();
      }}
      onFocusOut={({ relatedTarget }) => {
        if (relatedTarget !== null && !whole.current?.contains(relatedTarget as Node)) isOpen.value = false;
      }}
    >
      <button
        ref={button}
        type="button"
        class={props.isOn ? 'chip on' : 'chip'}
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        <bdi>{props.label}</bdi>
        <Icon name="back" />
      </button>
      {isOpen.value && <div class="chip-panel card">{props.children(close)}</div>}
    </div>
  );
}

function PersonChip({ chip, query, onPut }: ChipProps & { readonly chip: 'from' | 'to' }) {
  const [term] = termsOf(chip, query);
  const found = useSignal<readonly Address[]>([]);
  const value = useSignal('');
  const label = t(chip === 'from' ? 'search.from' : 'search.to');
  return (
    <Opened label={term === undefined ? label : `${label}: ${term.value}`} isOn={term !== undefined}>
      {(close) => {
        const put = (text: string) => {
          close();
          onPut(chip, text.trim() === '' ? [] : [{ operator: chip, value: text.trim() }]);
        };
        return (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              put(value.value);
            }}
          >
            <label class="field">
              <span>{label}</span>
              <input
                type="text"
                defaultValue={term?.value ?? ''}
                placeholder={t('search.person')}
                autocomplete="off"
                onFocus={({ currentTarget }) => {
                  value.value = currentTarget.value;
                }}
                onInput={({ currentTarget }) => {
                  value.value = currentTarget.value;
                  void suggest(currentTarget.value).then(
                    (people) => {
                      found.value = people.slice(0, 5);
                    },
                    () => undefined,
                  );
                }}
              />
            </label>
            <ul class="chip-choices">
              {found.value.map(({ name, email }) => (
                <li key={email}>
                  <button type="button" onClick={() => put(email)}>
                    <bdi>{name ?? email}</bdi> {name !== null && <bdi class="muted">{email}</bdi>}
                  </button>
                </li>
              ))}
            </ul>
            <Buttons isOn={term !== undefined} onClear={() => put('')} />
          </form>
        );
      }}
    </Opened>
  );
}

const SPANS = [
  ['7d', 'search.week'],
  ['1m', 'search.month'],
  ['6m', 'search.halfYear'],
  ['1y', 'search.year'],
] as const;

function DateChip({ query, onPut }: ChipProps) {
  const terms = termsOf('date', query);
  const span = terms.length === 1 && terms[0]!.operator === 'newer_than' ? terms[0]!.value : undefined;
  const known = SPANS.find(([value]) => value === span);
  const of = (operator: string) => terms.find((one) => one.operator === operator)?.value ?? '';
  const label =
    known !== undefined
      ? t(known[1])
      : terms.length === 0
        ? t('search.date')
        : terms.map(({ value }) => value).join(' – ');
  return (
    <Opened label={label} isOn={terms.length > 0}>
      {(close) => {
        const put = (next: readonly Term[]) => {
          close();
          onPut('date', next);
        };
        return (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              const given = new FormData(event.currentTarget);
              put(
                (['after', 'before'] as const)
                  .map((operator): Term => ({ operator, value: String(given.get(operator) ?? '') }))
                  .filter(({ value }) => value !== ''),
              );
            }}
          >
            <ul class="chip-choices">
              {SPANS.map(([value, said]) => (
                <li key={value}>
                  <button
                    type="button"
                    aria-pressed={value === span}
                    onClick={() => put([{ operator: 'newer_than', value }])}
                  >
                    {t(said)}
                  </button>
                </li>
              ))}
            </ul>
            <div class="chip-dates">
              <label class="field">
                <span>{t('search.after')}</span>
                <input type="date" name="after" defaultValue={of('after')} />
              </label>
              <label class="field">
                <span>{t('search.before')}</span>
                <input type="date" name="before" defaultValue={of('before')} />
              </label>
            </div>
            <Buttons isOn={terms.length > 0} onClear={() => put([])} />
          </form>
        );
      }}
    </Opened>
  );
}

function FolderChip({ query, onPut }: ChipProps) {
  const [term] = termsOf('folder', query);
  const isAnywhere = term?.value.toLowerCase() === ANYWHERE;
  const mailbox = term === undefined || isAnywhere ? undefined : mailboxCalled(term.value);
  const label =
    mailbox !== undefined
      ? pathOf(mailbox)
      : isAnywhere
        ? t('search.anywhere')
        : (term?.value ?? t('search.everywhere'));
  return (
    <Opened label={label} isOn={term !== undefined}>
      {(close) => {
        const put = (value: string) => {
          close();
          onPut('folder', value === '' ? [] : [{ operator: 'in', value }]);
        };
        const choices = [
          { value: '', label: t('search.everywhere'), depth: 0 },
          { value: ANYWHERE, label: t('search.anywhere'), depth: 0 },
          ...tree.value.map((node) => ({
            value: nameInSearch(node.mailbox),
            label: pathOf(node.mailbox).split('/').at(-1)!,
            depth: node.depth,
          })),
        ];
        const chosen = mailbox === undefined ? (term?.value ?? '') : nameInSearch(mailbox);
        return (
          <ul class="chip-choices">
            {choices.map((one) => (
              <li key={one.value}>
                <button
                  type="button"
                  aria-pressed={one.value === chosen}
                  style={{ '--depth': one.depth }}
                  onClick={() => put(one.value)}
                >
                  <bdi>{one.label}</bdi>
                </button>
              </li>
            ))}
          </ul>
        );
      }}
    </Opened>
  );
}

function Buttons({ isOn, onClear }: { readonly isOn: boolean; readonly onClear: () => void }) {
  return (
    <p class="chip-buttons">
      {isOn && (
        <button type="button" class="link" onClick={onClear}>
          {t('search.clearChip')}
        </button>
      )}
      <button type="submit" class="primary">
        {t('search.apply')}
      </button>
    </p>
  );
}
