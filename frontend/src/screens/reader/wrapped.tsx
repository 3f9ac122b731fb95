import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { downloadBlob } from '../../api/jmap.ts';
import { saveBytes } from '../../data/files.ts';
import type { Tnef } from '../../data/tnef.ts';
import type { BodyPart } from '../../data/types.ts';
import { size, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { exposed } from './bidi.ts';

/** What Outlook has wrapped in a `winmail.dat`. */
export function Wrapped({ file }: { readonly file: BodyPart }) {
  const read = useSignal<Tnef | undefined>(undefined);
  const error = useSignal<Error | undefined>(undefined);
  useEffect(() => {
    filesIn(file.blobId!).then(
      (found) => {
        read.value = found;
      },
      (reason: Error) => {
        error.value = reason;
      },
    );
  }, []);
  if (error.value !== undefined) return <p class="notice">{t('reader.failed', { reason: error.value.message })}</p>;
  if (read.value === undefined) return <p role="status">{t('files.reading')}</p>;
  const { files, isBroken } = read.value;
  return (
    <>
      <p>{t(files.length === 0 ? 'files.wrappedNone' : 'files.wrapped')}</p>
      <ul class="inner-files">
        {files.map(({ name, bytes }, index) => {
          const called = name === '' ? t('reader.unnamed') : name;
          return (
            <li key={index}>
              <bdi>{exposed(called)}</bdi>
              <span class="muted">{size(bytes.length)}</span>
              <button
                type="button"
                class="icon-button"
                aria-label={t('reader.download', { name: exposed(called) })}
                title={t('reader.download', { name: exposed(called) })}
                onClick={() => saveBytes(bytes, called)}
              >
                <Icon name="download" />
              </button>
            </li>
          );
        })}
      </ul>
      {isBroken && <p class="notice">{t('files.wrappedBroken')}</p>}
    </>
  );
}

async function filesIn(blobId: string): Promise<Tnef> {
  const [blob, { readTnef }] = await Promise.all([
    downloadBlob(blobId, 'winmail.dat', 'application/octet-stream'),
    import('../../data/tnef.ts'),
  ]);
  return readTnef(new Uint8Array(await blob.arrayBuffer()));
}
