import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { addWord, preferences } from '../../data/preferences.ts';
import { failed } from '../../data/toasts.ts';
import { locale, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import type { Composer } from './composer.ts';
import type { SpellingLanguage } from './dictionaries.ts';
import { languageOf, rememberLanguage, suggestionsFor, textsOf, type Unknown, unknownOf, wordsOf } from './speller.ts';

const PAUSE_MS = 300;
const HIGHLIGHT = 'misspelling';
const CHOSEN = 'misspelling-chosen';
/** As dictionaries.ts has them, which only the worker loads. */
const LANGUAGES: readonly SpellingLanguage[] = ['en', 'en-GB', 'es', 'fr'];

/** Words that no dictionary knows: one after the other, with what may have been meant. They are underlined where the browser can. */
export default function SpellingPanel({
  composer,
  onClose,
}: {
  readonly composer: Composer;
  readonly onClose: () => void;
}) {
  const found = useSignal<readonly Unknown[] | undefined>(undefined);
  const language = useSignal<SpellingLanguage>(languageOf(composer.written));
  const error = useSignal('');
  const at = useSignal(0);
  const suggestions = useSignal<readonly string[]>([]);
  const ignored = useRef(new Set<string>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const one = found.value?.[at.value];

  const check = async () => {
    const all = wordsIn(composer);
    const wanted = language.peek();
    const words = [...new Set(all.map(({ word }) => word))];
    error.value = '';
    const unknown = await unknownOf(words, wanted).then(
      (some) => new Set(some),
      (failure: Error) => failure,
    );
    if (wanted !== language.peek()) return;
    if (unknown instanceof Error) {
      error.value = unknown.message;
      return;
    }
    found.value = all.filter(({ word }) => unknown.has(word) && !ignored.current.has(word));
    at.value = Math.min(at.value, Math.max(0, found.value.length - 1));
  };
  const soon = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void check(), PAUSE_MS);
  };

  useEffect(() => {
    void check();
    composer.editor?.addEventListener('input', soon);
    return () => {
      clearTimeout(timer.current);
      composer.editor?.removeEventListener('input', soon);
      highlight([], undefined);
    };
  }, [preferences.value.dictionary, language.value]);
  useEffect(soon, [composer.text.value]);
  useEffect(() => {
    highlight(found.value ?? [], one);
    let isWanted = true;
    suggestions.value = [];
    if (one !== undefined) {
      suggestionsFor(one.word, language.peek()).then(
        (words) => {
          if (isWanted) suggestions.value = words;
        },
        () => undefined,
      );
    }
    return () => {
      isWanted = false;
    };
  }, [found.value, at.value]);

  const step = (by: number) => {
    const count = found.value?.length ?? 0;
    if (count > 0) at.value = (at.value + by + count) % count;
  };
  const replace = (word: string) => {
    if (one !== undefined) put(composer, one, word);
    void check();
  };

  return (
    <section class="spelling" aria-label={t('compose.spelling')}>
      <select
        class="spelling-language"
        aria-label={t('compose.spellingLanguage')}
        value={language.value}
        onChange={({ currentTarget }) => {
          found.value = undefined;
          language.value = currentTarget.value as SpellingLanguage;
          rememberLanguage(language.value);
        }}
      >
        {LANGUAGES.map((name) => (
          <option key={name} value={name}>
            {new Intl.DisplayNames(locale.value, { type: 'language' }).of(name)}
          </option>
        ))}
      </select>
      <div class="spelling-word" role="status">
        {error.value !== '' ? (
          <>
            {error.value}{' '}
            <button type="button" class="link" onClick={() => void check()}>
              {t('app.retry')}
            </button>
          </>
        ) : found.value === undefined ? (
          t('app.loading')
        ) : one === undefined ? (
          t('compose.spellingDone')
        ) : (
          t('compose.spellingWord', { word: one.word, index: at.value + 1, count: found.value.length })
        )}
      </div>
      {one !== undefined && (
        <>
          <div class="spelling-suggestions">
            {suggestions.value.map((word) => (
              <button key={word} type="button" class="suggested" onClick={() => replace(word)}>
                {word}
              </button>
            ))}
          </div>
          <div class="spelling-actions">
            <button type="button" class="link" onClick={() => step(-1)}>
              {t('compose.spellingPrevious')}
            </button>
            <button type="button" class="link" onClick={() => step(1)}>
              {t('compose.spellingNext')}
            </button>
            <button
              type="button"
              class="link"
              onClick={() => {
                ignored.current.add(one.word);
                void check();
              }}
            >
              {t('compose.spellingIgnore')}
            </button>
            <button type="button" class="link" onClick={() => void addWord(one.word).catch(failed)}>
              {t('compose.spellingAdd')}
            </button>
          </div>
        </>
      )}
      <button
        type="button"
        class="icon-button spelling-close"
        aria-label={t('compose.spellingClose')}
        onClick={onClose}
      >
        <Icon name="close" />
      </button>
    </section>
  );
}

function wordsIn(composer: Composer): readonly Unknown[] {
  const { editor } = composer;
  if (composer.isPlain.peek() || editor === undefined)
    return wordsOf(composer.text.peek().replace(/^>.*$/gm, (line) => ' '.repeat(line.length))).map((one) => ({
      ...one,
      node: undefined,
    }));
  return textsOf(editor.getRoot()).flatMap((node) => wordsOf(node.data).map((one) => ({ ...one, node })));
}

function put(composer: Composer, { node, start, word }: Unknown, replacement: string): void {
  if (node === undefined) {
    const text = composer.text.peek();
    composer.text.value = text.slice(0, start) + replacement + text.slice(start + word.length);
  } else if (node.isConnected) {
    composer.editor?.saveUndoState();
    node.replaceData(start, word.length, replacement);
  }
  composer.touch();
}

/** CSS Custom Highlight API: nothing is put into what is written. */
function highlight(all: readonly Unknown[], chosen: Unknown | undefined): void {
  if (!('highlights' in CSS)) return;
  const ranges = (words: readonly Unknown[]) =>
    words.flatMap(({ node, start, word }) => {
      if (node === undefined || !node.isConnected || start + word.length > node.length) return [];
      return [
        new StaticRange({
          startContainer: node,
          startOffset: start,
          endContainer: node,
          endOffset: start + word.length,
        }),
      ];
    });
  CSS.highlights.set(HIGHLIGHT, new Highlight(...ranges(all)));
  CSS.highlights.set(CHOSEN, new Highlight(...ranges(chosen === undefined ? [] : [chosen])));
}
