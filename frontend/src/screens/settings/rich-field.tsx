import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import type { Editor } from '../compose/editor.ts';

interface Props {
  readonly label: string;
  /** What it begins with: what is typed is not given back to it. Another `key` begins anew. */
  readonly html: string;
  readonly onChange: (html: string, text: string) => void;
}

const MARKS = [
  ['B', 'bold', 'removeBold', 'B', 'rich.bold'],
  ['I', 'italic', 'removeItalic', 'I', 'rich.italic'],
  ['U', 'underline', 'removeUnderline', 'U', 'rich.underline'],
] as const;

/** Formatted text, with the editor of messages; it comes when a field of this kind is shown. */
export function RichField({ label, html, onChange }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(undefined);
  const failed = useSignal(false);
  const id = useId();
  const change = useRef(onChange);
  change.current = onChange;

  useEffect(() => {
    let isWanted = true;
    Promise.all([import('../compose/editor.ts'), import('../compose/cleaner.ts').then((one) => one.loadCleaner())])
      .then(([{ Editor }]) => {
        if (!isWanted || place.current === null) return;
        const one = new Editor(place.current);
        editor.current = one;
        one.setHTML(html);
        one.addEventListener('input', () => {
          const { html, text } = one.content();
          const isEmpty = text.trim() === '';
          change.current(isEmpty ? '' : html, isEmpty ? '' : text);
        });
      })
      .catch(() => {
        failed.value = true;
      });
    return () => {
      isWanted = false;
      editor.current?.destroy();
      editor.current = undefined;
    };
  }, []);

  const act = (perform: (one: Editor) => void) => {
    const one = editor.current;
    if (one === undefined) return;
    one.focus();
    perform(one);
  };
  return (
    <div class="field">
      <span id={id}>{label}</span>
      <div class="rich">
        <div class="rich-bar" role="toolbar" aria-label={t('rich.bar')}>
          {MARKS.map(([tag, add, remove, letter, name]) => (
            <button
              key={tag}
              type="button"
              class={`icon-button rich-${add}`}
              title={t(name)}
              aria-label={t(name)}
              onClick={() => act((one) => (one.hasFormat(tag) ? one[remove]() : one[add]()))}
            >
              {letter}
            </button>
          ))}
          <button
            type="button"
            class="icon-button"
            title={t('rich.list')}
            aria-label={t('rich.list')}
            onClick={() => act((one) => (one.hasFormat('UL') ? one.removeList() : one.makeUnorderedList()))}
          >
            •
          </button>
        </div>
        <div ref={place} class="rich-text-field" role="textbox" aria-multiline="true" aria-labelledby={id} dir="auto" />
      </div>
      {failed.value && <p class="error">{t('rich.failed')}</p>}
    </div>
  );
}
