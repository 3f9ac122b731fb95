import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { preferences } from '../../data/preferences.ts';
import { t } from '../../i18n/index.ts';
import { later } from '../../ui/later.tsx';
import type { Composer } from './composer.ts';
import { NO_FORMATS, Toolbar } from './toolbar.tsx';

/** With the editor, which is larger than the window. */
const RichText = later(() => import('./rich-text.tsx'));
const SpellingPanel = later(() => import('./spelling.tsx'));

/** What is written: rich text with its toolbar, or plain text. */
export function Body({ composer }: { readonly composer: Composer }) {
  const isPlain = composer.isPlain.value;
  const checks = useSignal(false);
  const formats = useSignal(NO_FORMATS);
  const plain = useRef<HTMLTextAreaElement>(null);
  return (
    <>
      <Toolbar composer={composer} formats={formats.value} checks={checks} />
      {isPlain ? (
        <textarea
          ref={plain}
          class="compose-text compose-plain"
          dir="auto"
          aria-label={t('compose.text')}
          spellcheck={!checks.value && preferences.value.spelling}
          value={composer.text.value}
          onInput={({ currentTarget }) => {
            composer.text.value = currentTarget.value;
            composer.touch();
          }}
          onPaste={(event) => {
            const files = event.clipboardData?.files;
            if (files === undefined || files.length === 0) return;
            event.preventDefault();
            composer.addFiles(files);
          }}
        />
      ) : (
        <RichText composer={composer} checks={checks.value} formats={formats} />
      )}
      {checks.value && <SpellingPanel composer={composer} onClose={() => (checks.value = false)} />}
    </>
  );
}
