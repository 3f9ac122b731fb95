import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { type Contact, letterOf } from '../../data/contacts/model.ts';
import { areLoaded, contacts, removeContacts, setMembers } from '../../data/contacts.ts';
import { failed, toast } from '../../data/toasts.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { MenuButton } from '../../ui/menu.tsx';
import { Photo } from './photo.tsx';
import { writeTo } from './write.ts';

const ROW_PX = 56;
const LETTER_PX = 28;
const BESIDE_PX = 300;

interface Props {
  readonly list: readonly Contact[];
  readonly opened: string | undefined;
  readonly text: Signal<string>;
  readonly chosen: Signal<ReadonlySet<string>>;
  readonly view: string;
  readonly total: number;
  readonly pathTo: (key: string) => string;
  readonly children: ComponentChildren;
}

/** Where the reader was: kept from one card to the next. */
let kept = { view: '', top: 0 };

/** A row of the list: somebody, or the letter under which those below it are. */
type Line = { readonly top: number; readonly letter: string } | { readonly top: number; readonly contact: Contact };

/** People by letters, of whom only those on the screen are in the page. */
export function ContactList({ list, opened, text, chosen, view, total, pathTo, children }: Props) {
  const { route } = useLocation();
  const scroller = useRef<HTMLDivElement>(null);
  const place = useSignal<readonly [top: number, height: number]>([0, 800]);
  const { lines, height, letters } = useMemo(() => laidOut(list), [list]);
  const [top, shownPx] = place.value;
  const visible = between(lines, top - BESIDE_PX, top + shownPx + BESIDE_PX);
  const selected = list.filter(({ key }) => chosen.value.has(key));

  const measure = () => {
    const box = scroller.current;
    if (box === null || box.clientHeight === 0) return;
    place.value = [box.scrollTop, box.clientHeight];
    kept = { view, top: box.scrollTop };
  };
  useLayoutEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(scroller.current!);
    if (kept.view === view) scroller.current!.scrollTop = kept.top;
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(measure, [list]);

  const toggle = (key: string) => {
    const next = new Set(chosen.value);
    if (!next.delete(key)) next.add(key);
    chosen.value = next;
  };
  const step = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const rows = [...scroller.current!.querySelectorAll<HTMLElement>('.person-open')];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const next = rows[at + (event.key === 'ArrowDown' ? 1 : -1)];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    next.focus();
  };

  return (
    <section class="contact-list" id="contacts" aria-label={t('contacts.list')}>
      <header class="contact-tools">
        <div class="search-field">
          <Icon name="search" />
          <input
            type="search"
            id="contact-search"
            autocomplete="off"
            placeholder={t('contacts.search')}
            aria-label={t('contacts.search')}
            value={text.value}
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value;
              scroller.current!.scrollTop = 0;
            }}
          />
        </div>
        <a class="primary new-contact" href={pathTo('new')} aria-label={t('contacts.new')} title={t('contacts.new')}>
          <Icon name="add" />
        </a>
      </header>
      <div class="contact-count">
        {selected.length === 0 ? (
          <span class="muted" role="status">
            {areLoaded.value && t('contacts.count', { count: text.value === '' ? total : list.length })}
          </span>
        ) : (
          <>
            <span role="status">{t('contacts.selected', { count: selected.length })}</span>
            <SelectedTools selected={selected} chosen={chosen} onMerge={() => route('/contacts?in=duplicates')} />
          </>
        )}
        <MenuButton label={t('contacts.export')} parts={() => exports(selected.length > 0 ? selected : list)}>
          <Icon name="download" />
        </MenuButton>
      </div>
      {children}
      {areLoaded.value && list.length === 0 && (
        <p class="centre muted">
          {text.value !== ''
            ? t('contacts.noneFound', { text: text.value })
            : t(view === '' ? 'contacts.none' : 'contacts.noneHere')}
        </p>
      )}
      <div class="contact-scroll">
        {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows go from link to link, beside Tab. */}
        <div ref={scroller} class="scroller" onScroll={measure} onKeyDown={step}>
          <ul class="rows" style={{ blockSize: `${height}px` }}>
            {visible.map((line) =>
              'letter' in line ? (
                <li key={`#${line.letter}`} class="letter" style={{ transform: `translateY(${line.top}px)` }}>
                  {line.letter}
                </li>
              ) : (
                <Person
                  key={line.contact.key}
                  contact={line.contact}
                  top={line.top}
                  isOpened={line.contact.key === opened}
                  isChosen={chosen.value.has(line.contact.key)}
                  path={pathTo(line.contact.key)}
                  onToggle={toggle}
                />
              ),
            )}
          </ul>
        </div>
        {letters.length > 4 && (
          <nav class="letters" aria-label={t('contacts.letters')}>
            {letters.map(({ letter, top: at }) => (
              <button
                key={letter}
                type="button"
                onClick={() => {
                  scroller.current!.scrollTop = at;
                }}
              >
                {letter}
              </button>
            ))}
          </nav>
        )}
      </div>
    </section>
  );
}

interface PersonProps {
  readonly contact: Contact;
  readonly top: number;
  readonly isOpened: boolean;
  readonly isChosen: boolean;
  readonly path: string;
  readonly onToggle: (key: string) => void;
}

function Person({ contact, top, isOpened, isChosen, path, onToggle }: PersonProps) {
  const { key, name, emails, isFavourite, isGroup, card } = contact;
  const called = name || emails[0] || t('contacts.unnamed');
  const below = isGroup
    ? t('contacts.members', { count: Object.keys(card.members ?? {}).length })
    : name === ''
      ? ''
      : (emails[0] ?? '');
  return (
    <li class="contact-row" style={{ transform: `translateY(${top}px)` }} aria-current={isOpened ? 'true' : undefined}>
      <button
        type="button"
        class="person-pick"
        aria-pressed={isChosen}
        aria-label={t('contacts.select', { name: called })}
        onClick={() => onToggle(key)}
      >
        {isChosen ? <span class="avatar picked">✓</span> : <Photo contact={contact} />}
      </button>
      <a class="person-open" href={path}>
        <bdi class="person-name">{called}</bdi>
        {below !== '' && <bdi class="muted person-more">{below}</bdi>}
      </a>
      {isFavourite && (
        <span class="mark starred">
          <Icon name="star" filled />
          <span class="sr">{t('contacts.favourites')}</span>
        </span>
      )}
    </li>
  );
}

function SelectedTools(props: {
  readonly selected: readonly Contact[];
  readonly chosen: Signal<ReadonlySet<string>>;
  readonly onMerge: () => void;
}) {
  const { selected, chosen } = props;
  const done = () => {
    chosen.value = new Set();
  };
  const groups = [...contacts.value.values()].filter((one) => one.isGroup && one.mayWrite);
  const canWrite = selected.every(({ mayWrite }) => mayWrite);
  return (
    <span class="selected-tools">
      <button
        type="button"
        class="icon-button"
        title={t('contacts.write')}
        aria-label={t('contacts.write')}
        onClick={() => writeTo(selected)}
      >
        <Icon name="compose" />
      </button>
      {groups.length > 0 && (
        <MenuButton
          label={t('contacts.addToGroup')}
          parts={() =>
            groups.map((group) => ({
              name: group.key,
              label: group.name,
              perform: () =>
                void setMembers(
                  group,
                  selected.filter((one) => !one.isGroup && one.account === group.account),
                ).then(() => {
                  toast(t('contacts.addedTo', { name: group.name }));
                  done();
                }, failed),
            }))
          }
        >
          <Icon name="contacts" />
        </MenuButton>
      )}
      {canWrite && (
        <button
          type="button"
          class="icon-button"
          title={t('contacts.delete')}
          aria-label={t('contacts.delete')}
          onClick={() => {
            done();
            void removeContacts(selected);
          }}
        >
          <Icon name="trash" />
        </button>
      )}
      <button
        type="button"
        class="icon-button"
        title={t('contacts.deselect')}
        aria-label={t('contacts.deselect')}
        onClick={done}
      >
        <Icon name="close" />
      </button>
    </span>
  );
}

function exports(list: readonly Contact[]) {
  const save = async (isVcard: boolean) => {
    const files = await import('../../data/contact-files.ts');
    try {
      if (!isVcard) return files.saveFile(files.csvFile(list), 'contacts.csv');
      const stop = new AbortController();
      const onProgress = (count: number) => {
        if (count % 100 === 0) toast(t('contacts.exporting', { done: count, all: list.length }));
      };
      return files.saveFile(await files.vcardFile(list, onProgress, stop.signal), 'contacts.vcf');
    } catch (error) {
      return failed(error);
    }
  };
  return [
    { name: 'vcard', label: t('contacts.exportVcard'), perform: () => void save(true) },
    { name: 'csv', label: t('contacts.exportCsv'), perform: () => void save(false) },
  ];
}

function laidOut(list: readonly Contact[]) {
  const lines: Line[] = [];
  const letters: { letter: string; top: number }[] = [];
  let top = 0;
  for (const contact of list) {
    const letter = letterOf(contact);
    if (letters.at(-1)?.letter !== letter) {
      letters.push({ letter, top });
      lines.push({ top, letter });
      top += LETTER_PX;
    }
    lines.push({ top, contact });
    top += ROW_PX;
  }
  return { lines, height: top, letters };
}

function between(lines: readonly Line[], from: number, to: number): readonly Line[] {
  const first = firstBelow(lines, from);
  return lines.slice(first, firstBelow(lines, to));
}

/** By halves: there may be 20,000. */
function firstBelow(lines: readonly Line[], top: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle]!.top < top) low = middle + 1;
    else high = middle;
  }
  return low;
}
