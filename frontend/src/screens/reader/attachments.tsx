import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { filesOf, save } from '../../data/files.ts';
import { failed } from '../../data/toasts.ts';
import type { BodyPart, Message } from '../../data/types.ts';
import { size, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { later } from '../../ui/later.tsx';
import { exposed } from './bidi.ts';
import { nameOfFile, previewOf } from './files.ts';

const Preview = later(() => import('./preview.tsx'));

/** What kind of file it is by its type, for its colour. */
const KINDS: readonly (readonly [kind: string, types: RegExp])[] = [
  ['image', /^image\//],
  ['sound', /^(audio|video)\//],
  ['pdf', /pdf$/],
  ['sheet', /csv|spreadsheet|excel/],
  ['text', /^text\/|document|word/],
  ['archive', /zip|tar|compressed/],
  ['message', /^message\//],
  ['calendar', /calendar/],
];
/** Files that are shown before somebody asks for all. */
const SHOWN = 30;

function kindOf(type: string): string {
  return KINDS.find(([, types]) => types.test(type))?.[0] ?? 'other';
}

/** The files of a message. */
export function Attachments({ one }: { readonly one: Message }) {
  const files = filesOf(one);
  const opened = useSignal<BodyPart | undefined>(undefined);
  const isAllShown = useSignal(false);
  if (files.length === 0) return null;
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  return (
    <section class="attachments" aria-label={t('reader.attachments')}>
      <header>
        <h3>
          {t('reader.files', { count: files.length })} <span class="muted">{size(bytes)}</span>
        </h3>
        {files.length > 1 && <DownloadAll files={files} />}
      </header>
      <ul>
        {(isAllShown.value ? files : files.slice(0, SHOWN)).map((file) => (
          <File
            key={`${file.partId}${file.blobId}`}
            file={file}
            onOpen={() => {
              opened.value = file;
            }}
          />
        ))}
      </ul>
      {files.length > SHOWN && !isAllShown.value && (
        <button
          type="button"
          class="link"
          onClick={() => {
            isAllShown.value = true;
          }}
        >
          {t('files.showAll', { count: files.length })}
        </button>
      )}
      {opened.value !== undefined && (
        <Preview
          first={opened.value}
          files={files}
          onClose={() => {
            opened.value = undefined;
          }}
        />
      )}
    </section>
  );
}

function File({ file, onOpen }: { readonly file: BodyPart; readonly onOpen: () => void }) {
  const name = exposed(nameOfFile(file));
  const canOpen = previewOf(file) !== undefined;
  const { stop, start } = useDownload();
  const extension = /\.([a-z0-9]{1,4})$/i.exec(name)?.[1] ?? file.type.split('/')[1]!.slice(0, 4);
  // What stands in the button begins its name: its kind and size are drawn, and said behind the name.
  const label = (
    <>
      <span class="file-kind" data-kind={kindOf(file.type)} data-extension={extension} aria-hidden="true" />
      <span class="file-text">
        <bdi class="file-name">{name}</bdi>
        <span class="muted file-size" data-size={size(file.size)} aria-hidden="true" />
      </span>
    </>
  );
  const download = () => void start((signal) => save(file.blobId!, nameOfFile(file), signal));
  return (
    <li class="file">
      {canOpen ? (
        <button
          type="button"
          class="file-open"
          onClick={onOpen}
          aria-label={`${t('reader.openFile', { name })}, ${size(file.size)}`}
        >
          {label}
        </button>
      ) : (
        <button
          type="button"
          class="file-open"
          onClick={download}
          aria-label={`${t('reader.download', { name })}, ${size(file.size)}`}
        >
          {label}
        </button>
      )}
      {stop === undefined ? (
        canOpen && (
          <button
            type="button"
            class="icon-button"
            aria-label={t('reader.download', { name })}
            title={t('reader.download', { name })}
            onClick={download}
          >
            <Icon name="download" />
          </button>
        )
      ) : (
        <button type="button" class="link" onClick={stop}>
          {t('reader.stop')}
        </button>
      )}
    </li>
  );
}

/** All of them, one after another: browsers ask about several at once. */
function DownloadAll({ files }: { readonly files: readonly BodyPart[] }) {
  const done = useSignal(0);
  const { stop, start } = useDownload();
  const all = () =>
    void start(async (signal) => {
      for (done.value = 0; done.value < files.length; done.value++) {
        const file = files[done.value]!;
        await save(file.blobId!, nameOfFile(file), signal);
      }
    });
  if (stop === undefined) {
    return (
      <button type="button" class="link" onClick={all}>
        {t('reader.downloadAll')}
      </button>
    );
  }
  return (
    <span role="status">
      {t('reader.downloading', { done: done.value + 1, all: files.length })}{' '}
      <button type="button" class="link" onClick={stop}>
        {t('reader.stop')}
      </button>
    </span>
  );
}

/** One download at a time that can be stopped, and ends with what shows it. */
function useDownload() {
  const running = useSignal<AbortController | undefined>(undefined);
  const kept = useRef(running);
  useEffect(() => () => kept.current.peek()?.abort(), []);
  const start = async (work: (signal: AbortSignal) => Promise<void>) => {
    if (running.peek() !== undefined) return;
    const controller = new AbortController();
    running.value = controller;
    try {
      await work(controller.signal);
    } catch (error) {
      if ((error as Error).name !== 'AbortError') failed(error);
    } finally {
      running.value = undefined;
    }
  };
  const stop = running.value === undefined ? undefined : () => running.peek()?.abort();
  return { start, stop };
}
