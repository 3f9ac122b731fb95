import { useLayoutEffect, useRef } from 'preact/hooks';
import { downloadBlob } from '../../api/jmap.ts';
import { front } from '../../data/compose.ts';
import { preferences } from '../../data/preferences.ts';
import { t } from '../../i18n/index.ts';
import { whenCleanable } from './cleaner.ts';
import type { Composer } from './composer.ts';
import { Editor } from './editor.ts';
import type { NO_FORMATS } from './toolbar.tsx';

interface RichProps {
  readonly composer: Composer;
  /** Whether our own dictionary checks: the browser's is off then. */
  readonly checks: boolean;
  readonly formats: { value: typeof NO_FORMATS };
}

export default function RichText({ composer, checks, formats }: RichProps) {
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    let stop: (() => void) | undefined;
    let isWanted = true;
    const place = root.current!;
    // Nobody types into what does not take it yet.
    place.inert = true;
    whenCleanable(composer.html, () => {
      if (!isWanted) return;
      place.inert = false;
      stop = edit(composer, place, formats);
    });
    return () => {
      isWanted = false;
      stop?.();
    };
  }, []);
  return (
    <div
      ref={root}
      class="compose-text compose-rich"
      role="textbox"
      aria-multiline="true"
      aria-label={t('compose.text')}
      dir="auto"
      tabIndex={0}
      spellcheck={!checks && preferences.value.spelling}
      onPasteCapture={(event) => {
        // Files that were copied elsewhere and are no picture of what was copied.
        const data = event.clipboardData;
        if (data === null || data.files.length === 0 || data.types.includes('text/html')) return;
        event.preventDefault();
        // Nor for the editor, which listens at the same place.
        event.stopImmediatePropagation();
        composer.addFiles(data.files, true);
      }}
    />
  );
}

/** Begins the editor in its place; gives what ends it. */
function edit(composer: Composer, root: HTMLElement, formats: RichProps['formats']): () => void {
  const editor = new Editor(root);
  editor.setHTML(composer.html);
  editor.moveCursorToStart();
  composer.editor = editor;
  const section = root.closest('section');
  const active = document.activeElement;
  // Who writes in another field already goes on there.
  const isElsewhere = active !== root && section?.contains(active) === true;
  if (front.peek() === composer.key && composer.to.peek().length > 0 && !isElsewhere) editor.focus();
  const look = () => {
    formats.value = {
      bold: editor.hasFormat('B'),
      italic: editor.hasFormat('I'),
      underline: editor.hasFormat('U'),
      strike: editor.hasFormat('S'),
      link: editor.hasFormat('A'),
      bullets: editor.hasFormat('UL'),
      numbers: editor.hasFormat('OL'),
      quote: editor.hasFormat('BLOCKQUOTE'),
    };
  };
  // Not of what it begins with.
  const timer = setTimeout(() => editor.addEventListener('input', () => composer.touch()));
  editor.addEventListener('pathChange', look);
  editor.addEventListener('select', look);
  editor.addEventListener('cursor', look);
  editor.addEventListener('pasteImage', (event: Event) => {
    const { clipboardData } = (event as CustomEvent<{ clipboardData: DataTransfer }>).detail;
    composer.addFiles(clipboardData.files, true);
  });
  void showImages(composer);
  return () => {
    clearTimeout(timer);
    composer.takeContent();
    composer.editor = undefined;
    editor.destroy();
  };
}

/** Images that a draft or an original has: they are the server's. */
async function showImages(composer: Composer): Promise<void> {
  for (const one of composer.files.all.peek()) {
    const blobId = one.blobId.peek();
    if (one.cid === null) continue;
    const bytes = one.file ?? (blobId && (await downloadBlob(blobId, 'image', one.type).catch(() => undefined)));
    const url = bytes ? one.url(bytes) : undefined;
    if (url !== undefined) composer.editor?.showImage(one.cid, url);
  }
}
