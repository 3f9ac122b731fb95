import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { call } from '../../api/jmap.ts';
import { save, textOf } from '../../data/files.ts';
import { failed } from '../../data/toasts.ts';
import type { Email } from '../../data/types.ts';
import { size, t } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { exposed } from './bidi.ts';

/** Bytes of a source that are shown: it can be downloaded whole. */
const SOURCE_BYTES = 300_000;

/** A message as it came, as text. */
export function Original({ one, onClose }: { readonly one: Email; readonly onClose: () => void }) {
  const shown = useSignal<{ readonly text: string; readonly isCut: boolean } | undefined>(undefined);
  const error = useSignal<Error | undefined>(undefined);
  useEffect(() => {
    textOf(one.blobId, SOURCE_BYTES).then(
      (read) => {
        shown.value = read;
      },
      (reason: Error) => {
        error.value = reason;
      },
    );
  }, []);
  const name = `${one.subject ?? t('list.noSubject')}.eml`;
  return (
    <Dialog title={t('reader.original')} class="wide" onClose={onClose}>
      <div class="dialog-buttons">
        <span class="muted">{size(one.size)}</span>
        <button type="button" class="secondary" onClick={() => void save(one.blobId, name).catch(failed)}>
          {t('reader.downloadOriginal')}
        </button>
      </div>
      {error.value !== undefined && <p class="notice">{t('reader.failed', { reason: error.value.message })}</p>}
      {shown.value?.isCut && <p class="notice">{t('files.cut')}</p>}
      <pre class="source" dir="ltr" aria-busy={shown.value === undefined && error.value === undefined}>
        {exposed(shown.value?.text ?? '')}
      </pre>
    </Dialog>
  );
}

interface Header {
  readonly name: string;
  readonly value: string;
}

/** Every field of a message's header. */
export function Headers({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const shown = useSignal<readonly Header[]>([]);
  const error = useSignal<Error | undefined>(undefined);
  useEffect(() => {
    call<{ list: readonly { readonly headers: readonly Header[] }[] }>('Email/get', {
      ids: [id],
      properties: ['headers'],
    }).then(
      ({ list }) => {
        shown.value = list[0]?.headers ?? [];
      },
      (reason: Error) => {
        error.value = reason;
      },
    );
  }, []);
  return (
    <Dialog title={t('reader.headers')} class="wide" onClose={onClose}>
      {error.value !== undefined && <p class="notice">{t('reader.failed', { reason: error.value.message })}</p>}
      <dl class="headers" dir="ltr">
        {shown.value.map(({ name, value }, index) => (
          <div key={index}>
            <dt>{name}</dt>
            <dd>{exposed(value.trim())}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
