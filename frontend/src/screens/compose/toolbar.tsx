import { type Signal, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { preferences } from '../../data/preferences.ts';
import { type Key, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { MenuButton, type MenuPart } from '../../ui/menu.tsx';
import type { Composer } from './composer.ts';
import type { Editor } from './editor.ts';
import { type ComposeIcon, Glyph } from './icons.tsx';

export const NO_FORMATS = {
  bold: false,
  italic: false,
  underline: false,
  strike: false,
  link: false,
  bullets: false,
  numbers: false,
  quote: false,
};
type Format = keyof typeof NO_FORMATS;

interface Command {
  readonly name: Format;
  readonly label: Key;
  readonly on: (editor: Editor) => void;
  readonly off: (editor: Editor) => void;
}

const COMMANDS: readonly Command[] = [
  { name: 'bold', label: 'compose.bold', on: (editor) => editor.bold(), off: (editor) => editor.removeBold() },
  { name: 'italic', label: 'compose.italic', on: (editor) => editor.italic(), off: (editor) => editor.removeItalic() },
  {
    name: 'underline',
    label: 'compose.underline',
    on: (editor) => editor.underline(),
    off: (editor) => editor.removeUnderline(),
  },
  {
    name: 'strike',
    label: 'compose.strike',
    on: (editor) => editor.strikethrough(),
    off: (editor) => editor.removeStrikethrough(),
  },
  {
    name: 'bullets',
    label: 'compose.bullets',
    on: (editor) => editor.makeUnorderedList(),
    off: (editor) => editor.removeList(),
  },
  {
    name: 'numbers',
    label: 'compose.numbers',
    on: (editor) => editor.makeOrderedList(),
    off: (editor) => editor.removeList(),
  },
  {
    name: 'quote',
    label: 'compose.quote',
    on: (editor) => editor.increaseQuoteLevel(),
    off: (editor) => editor.decreaseQuoteLevel(),
  },
];

const SIZES: readonly (readonly [Key, string | null])[] = [
  ['compose.sizeSmall', '12px'],
  ['compose.sizeNormal', null],
  ['compose.sizeLarge', '20px'],
  ['compose.sizeHuge', '28px'],
];
/** Each is legible on white and on black. */
const COLOURS: readonly (readonly [Key, string | null])[] = [
  ['compose.colourNone', null],
  ['compose.colourGrey', '#767676'],
  ['compose.colourRed', '#d93025'],
  ['compose.colourOrange', '#c26401'],
  ['compose.colourGreen', '#188038'],
  ['compose.colourBlue', '#1a73e8'],
  ['compose.colourViolet', '#9050d8'],
];

interface Props {
  readonly composer: Composer;
  readonly formats: typeof NO_FORMATS;
  readonly checks: Signal<boolean>;
}

/** APG toolbar: one stop of the Tab key, arrows within. */
export function Toolbar({ composer, formats, checks }: Props) {
  const bar = useRef<HTMLDivElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const images = useRef<HTMLInputElement>(null);
  const linking = useSignal<string | undefined>(undefined);
  const isPlain = composer.isPlain.value;

  const edit = (work: (editor: Editor) => void) => {
    const { editor } = composer;
    if (editor === undefined) return;
    editor.focus();
    work(editor);
    composer.touch();
  };
  const onKey = (event: KeyboardEvent) => {
    const items = [...bar.current!.querySelectorAll<HTMLElement>('.toolbar-items button')];
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    const isMirrored = getComputedStyle(bar.current!).direction === 'rtl';
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next =
      event.key === 'Home'
        ? items[0]
        : event.key === 'End'
          ? items.at(-1)
          : step === undefined
            ? undefined
            : items[(at + (isMirrored ? -step : step) + items.length) % items.length];
    if (next === undefined) return;
    event.preventDefault();
    for (const item of items) item.tabIndex = item === next ? 0 : -1;
    next.focus();
  };
  const choose = (input: HTMLInputElement, isInline: boolean) => {
    composer.addFiles([...(input.files ?? [])], isInline);
    input.value = '';
  };
  const button = (icon: ComposeIcon, label: Key, perform: () => void, isPressed?: boolean) => (
    <button
      key={label}
      type="button"
      class="tool"
      tabIndex={-1}
      title={t(label)}
      aria-label={t(label)}
      aria-pressed={isPressed}
      // The selection stays where it is.
      onMouseDown={(event) => event.preventDefault()}
      onClick={perform}
    >
      <Glyph name={icon} />
    </button>
  );

  return (
    <div
      ref={bar}
      class="toolbar"
      role="toolbar"
      aria-label={t('compose.toolbar')}
      aria-orientation="horizontal"
      onKeyDown={onKey}
    >
      <div class="toolbar-items">
        <button
          type="button"
          class="tool"
          title={t('compose.attach')}
          aria-label={t('compose.attach')}
          onClick={() => picker.current!.click()}
        >
          <Icon name="clip" />
        </button>
        {!isPlain && (
          <>
            {COMMANDS.map(({ name, label, on, off }) =>
              button(name, label, () => edit(formats[name] ? off : on), formats[name]),
            )}
            <MenuButton
              class="tool"
              tabIndex={-1}
              label={t('compose.size')}
              parts={() =>
                SIZES.map(([label, size]) => ({
                  name: label,
                  label: t(label),
                  perform: () => edit((editor) => editor.setFontSize(size)),
                }))
              }
            >
              <Glyph name="text" />
            </MenuButton>
            <MenuButton
              class="tool"
              tabIndex={-1}
              label={t('compose.colour')}
              parts={() =>
                COLOURS.map(([label, colour]) => ({
                  name: label,
                  label: t(label),
                  perform: () => edit((editor) => editor.setTextColor(colour)),
                }))
              }
            >
              <Glyph name="colour" />
            </MenuButton>
            {button(
              'link',
              'compose.link',
              () => {
                if (formats.link) edit((editor) => editor.removeLink());
                else linking.value = composer.editor?.getSelectedText().match(/^https?:\S+$/)?.[0] ?? '';
              },
              formats.link,
            )}
            {button('image', 'compose.image', () => images.current!.click())}
            {button('clear', 'compose.clear', () => edit((editor) => editor.removeAllFormatting()))}
          </>
        )}
        <MenuButton class="tool" tabIndex={-1} label={t('compose.templates')} parts={() => templateParts(composer)}>
          <Glyph name="template" />
        </MenuButton>
        {button('spelling', 'compose.spelling', () => (checks.value = !checks.value), checks.value)}
        {button('plain', 'compose.plain', () => composer.setPlain(!isPlain), isPlain)}
      </div>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={t('compose.attach')}
        onChange={({ currentTarget }) => choose(currentTarget, false)}
      />
      <input
        ref={images}
        type="file"
        multiple
        hidden
        accept="image/png,image/jpeg,image/gif,image/webp"
        aria-label={t('compose.image')}
        onChange={({ currentTarget }) => choose(currentTarget, true)}
      />
      {linking.value !== undefined && (
        <form
          class="link-form"
          onSubmit={(event) => {
            event.preventDefault();
            const address = linkOf(linking.value ?? '');
            linking.value = undefined;
            if (address !== undefined) edit((editor) => editor.makeLink(address));
          }}
        >
          <input
            type="text"
            inputMode="url"
            autofocus
            ref={(input) => input?.focus()}
            aria-label={t('compose.linkAddress')}
            placeholder={t('compose.linkAddress')}
            value={linking.value}
            onInput={({ currentTarget }) => {
              linking.value = currentTarget.value;
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              event.preventDefault();
              linking.value = undefined;
              composer.editor?.focus();
            }}
          />
          <button type="submit" class="link">
            {t('compose.linkSet')}
          </button>
        </form>
      )}
    </div>
  );
}

/** The menu of templates: those there are, and what is written as a new one. */
function templateParts(composer: Composer): readonly MenuPart[] {
  const work = () => import('./templates.ts');
  const all = Object.entries(preferences.peek().templates).sort(([, a], [, b]) => a.name.localeCompare(b.name));
  return [
    ...all.map(([id, { name, subject, html }]) => ({
      name: id,
      label: name,
      perform: () => void work().then(({ insert }) => insert(composer, subject, html)),
    })),
    ...(all.length > 0 ? (['line'] as const) : []),
    { name: 'save', label: t('compose.saveTemplate'), perform: () => void work().then(({ save }) => save(composer)) },
  ];
}

/** What was typed as an address: of the web, where it does not say otherwise. */
function linkOf(typed: string): string | undefined {
  const text = typed.trim();
  if (text === '') return undefined;
  if (/^(https?|mailto|tel):/i.test(text)) return text;
  if (/^[a-z][\w+.-]*:(?!\d)/i.test(text)) return undefined;
  return /^[^\s@/]+@[^\s@/]+$/.test(text) ? `mailto:${text}` : `https://${text}`;
}
