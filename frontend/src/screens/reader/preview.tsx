import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { drawn, parseMessage, save, textOf } from '../../data/files.ts';
import { failed } from '../../data/toasts.ts';
import type { BodyPart, Message } from '../../data/types.ts';
import { longDate, t } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Person, Recipients } from './addresses.tsx';
import { exposed } from './bidi.ts';
import { Letter } from './card.tsx';
import { Cards } from './cards.tsx';
import { nameOfFile, previewOf } from './files.ts';
import { Wrapped } from './wrapped.tsx';

/** Pixels of the longer side of an image that is shown. */
const LONGEST_PX = 2_400;
const TEXT_BYTES = 500_000;

interface Props {
  readonly first: BodyPart;
  /** Those of its message: of images, one goes to the next. */
  readonly files: readonly BodyPart[];
  readonly onClose: () => void;
}

/** A file of a message, shown in this page: as pixels, as text, as a message of its own, or as what is in it. */
export default function Preview({ first, files, onClose }: Props) {
  const shown = useSignal(first);
  const file = shown.value;
  const kind = previewOf(file);
  const images = kind === 'image' ? files.filter((one) => previewOf(one) === 'image') : [];
  const at = images.indexOf(file);
  const step = (by: number) => {
    shown.value = images[(at + by + images.length) % images.length]!;
  };
  const onKey = (key: string) => {
    if (images.length < 2 || (key !== 'ArrowRight' && key !== 'ArrowLeft')) return;
    step((key === 'ArrowRight') === (document.documentElement.dir !== 'rtl') ? 1 : -1);
  };
  const name = exposed(nameOfFile(file));
  return (
    <Dialog title={name} class="wide" onClose={onClose} onKey={onKey}>
      <div class="preview-body">
        {kind === 'image' && <Picture key={file.partId} file={file} />}
        {kind === 'text' && <Words file={file} />}
        {kind === 'message' && <Carried file={file} />}
        {kind === 'contacts' && <Cards file={file} />}
        {kind === 'tnef' && <Wrapped file={file} />}
        <div class="dialog-buttons">
          {images.length > 1 && (
            <>
              <button type="button" class="secondary" onClick={() => step(-1)}>
                {t('files.previous')}
              </button>
              <span class="muted" role="status">
                {t('files.place', { at: at + 1, all: images.length })}
              </span>
              <button type="button" class="secondary" onClick={() => step(1)}>
                {t('files.next')}
              </button>
            </>
          )}
          <button
            type="button"
            class="secondary"
            onClick={() => void save(file.blobId!, nameOfFile(file)).catch(failed)}
          >
            {t('reader.download', { name })}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function Picture({ file }: { readonly file: BodyPart }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isBroken = useSignal(false);
  useEffect(() => {
    drawn(file.blobId!, file.type, canvas.current!, LONGEST_PX).catch(() => {
      isBroken.value = true;
    });
  }, []);
  if (isBroken.value) return <p class="notice">{t('reader.noPicture')}</p>;
  return <canvas ref={canvas} class="picture" role="img" aria-label={exposed(nameOfFile(file))} width={1} height={1} />;
}

function Words({ file }: { readonly file: BodyPart }) {
  const shown = useSignal<{ readonly text: string; readonly isCut: boolean } | undefined>(undefined);
  const error = useSignal<Error | undefined>(undefined);
  useEffect(() => {
    textOf(file.blobId!, TEXT_BYTES, file.charset).then(
      (read) => {
        shown.value = read;
      },
      (reason: Error) => {
        error.value = reason;
      },
    );
  }, []);
  if (error.value !== undefined) return <p class="notice">{t('reader.failed', { reason: error.value.message })}</p>;
  return (
    <>
      <pre class="source" dir="auto">
        {exposed(shown.value?.text ?? '')}
      </pre>
      {shown.value?.isCut && <p class="notice">{t('files.cut')}</p>}
    </>
  );
}

function Carried({ file }: { readonly file: BodyPart }) {
  const one = useSignal<Message | undefined>(undefined);
  const error = useSignal<Error | undefined>(undefined);
  useEffect(() => {
    parseMessage(file.blobId!).then(
      (parsed) => {
        one.value = parsed;
      },
      (reason: Error) => {
        error.value = reason;
      },
    );
  }, []);
  if (error.value !== undefined) return <p class="notice">{t('reader.failed', { reason: error.value.message })}</p>;
  const message = one.value;
  if (message === undefined) return <div class="card-waits" aria-busy="true" />;
  const sender = message.from?.[0];
  return (
    <article class="carried" tabIndex={-1}>
      <h3>
        <bdi>{exposed(message.subject ?? '') || t('list.noSubject')}</bdi>
      </h3>
      <p>{sender === undefined ? t('list.noSender') : <Person address={sender} />}</p>
      <Recipients one={message} />
      {message.sentAt !== null && <p class="muted">{longDate(message.sentAt)}</p>}
      <Letter one={message} />
    </article>
  );
}
