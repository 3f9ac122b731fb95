import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Suggestion } from '../../data/suggestions.ts';
import { t } from '../../i18n/index.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';

const ICONS: Readonly<Record<Suggestion['kind'], IconName>> = {
  recent: 'snoozed',
  person: 'contacts',
  folder: 'folder',
  value: 'search',
};

/** Where searches are typed: a combobox with a list (APG), whose text stays what was typed until a suggestion is chosen. */
export function SearchBox() {
  const { path, query, route } = useLocation();
  const isOn = path === '/search' || path.startsWith('/search/');
  const searched = isOn ? (query.q ?? '') : '';
  const input = useRef<HTMLInputElement>(null);
  const text = useSignal(searched);
  const offers = useSignal<readonly Suggestion[]>([]);
  const isOpen = useSignal(false);
  const chosen = useSignal(-1);
  const latest = useRef(0);
  const id = useId();

  useEffect(() => {
    text.value = searched;
  }, [searched]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { tagName, isContentEditable } = event.target as HTMLElement;
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(tagName)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  const offer = async () => {
    const turn = ++latest.current;
    const { suggestionsFor } = await import('../../data/suggestions.ts');
    const found = await suggestionsFor(text.peek());
    if (turn !== latest.current) return;
    offers.value = found;
    chosen.value = -1;
  };
  const close = () => {
    latest.current++;
    isOpen.value = false;
    chosen.value = -1;
  };
  const search = (wanted: string) => {
    close();
    text.value = wanted;
    const trimmed = wanted.trim();
    if (trimmed === '') {
      if (isOn) route('/');
      return;
    }
    route(`/search?q=${encodeURIComponent(trimmed)}`);
  };
  const take = (suggestion: Suggestion) => {
    if (suggestion.isWhole) return search(suggestion.search);
    text.value = `${suggestion.search} `;
    input.current?.focus();
    void offer();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const count = isOpen.value ? offers.value.length : 0;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!isOpen.value) {
        isOpen.value = true;
        void offer();
      } else if (count > 0) {
        const by = event.key === 'ArrowDown' ? 1 : -1;
        // From the last one back to what was typed, and round.
        chosen.value = ((chosen.value + 1 + by + count + 1) % (count + 1)) - 1;
      }
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const suggestion = isOpen.value ? offers.value[chosen.value] : undefined;
      if (suggestion === undefined) search(text.value);
      else take(suggestion);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      if (isOpen.value && offers.value.length > 0) close();
      else if (text.value !== searched) text.value = searched;
      else input.current?.blur();
    }
  };

  const shown = isOpen.value ? offers.value : [];
  return (
    <search class="search-box">
      <div class="search-field">
        <Icon name="search" />
        <input
          ref={input}
          id="search"
          type="text"
          role="combobox"
          enterkeyhint="search"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder={t('search.placeholder')}
          aria-label={t('search.label')}
          aria-expanded={shown.length > 0}
          aria-controls={id}
          aria-autocomplete="list"
          aria-keyshortcuts="/"
          aria-activedescendant={chosen.value >= 0 && shown.length > 0 ? `${id}-${chosen.value}` : undefined}
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
            isOpen.value = true;
            void offer();
          }}
          onFocus={() => {
            isOpen.value = true;
            void offer();
          }}
          onBlur={close}
          onKeyDown={onKeyDown}
        />
        {(text.value !== '' || isOn) && (
          <button
            type="button"
            class="icon-button"
            aria-label={t('search.clear')}
            onClick={() => {
              search('');
              input.current?.focus();
            }}
          >
            <Icon name="close" />
          </button>
        )}
      </div>
      <div
        id={id}
        class="search-panel card"
        role="listbox"
        tabIndex={-1}
        aria-label={t('search.suggestions')}
        hidden={shown.length === 0}
        onMouseDown={(event) => event.preventDefault()}
      >
        {shown.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the combobox, which keeps the focus (APG).
          <div
            key={one.search}
            id={`${id}-${index}`}
            class="search-option"
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen.value}
            onClick={() => take(one)}
          >
            <Icon name={ICONS[one.kind]} />
            <span class="offer">
              <bdi>{one.label}</bdi>
              {one.person?.name && <bdi class="muted"> {one.person.email}</bdi>}
            </span>
            {one.kind === 'folder' && <bdi class="muted offer-search">{one.search}</bdi>}
          </div>
        ))}
      </div>
      <span class="sr" role="status">
        {shown.length > 0 ? t('search.offered', { count: shown.length }) : ''}
      </span>
    </search>
  );
}
