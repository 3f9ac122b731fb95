import { size, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import type { Attachment } from './attachment.ts';
import type { Composer } from './composer.ts';

/** The files that go along, with how far each is. Images of the text are not listed: they are to be seen there. */
export function Files({ composer }: { readonly composer: Composer }) {
  const { files } = composer;
  const listed = files.all.value.filter(
    ({ cid, error }) => cid === null || error.value !== '' || composer.isPlain.value,
  );
  if (listed.length === 0) return null;
  return (
    <section class="compose-files" aria-label={t('compose.files')}>
      <ul>
        {listed.map((one) => (
          <Row key={one.id} one={one} composer={composer} />
        ))}
      </ul>
      {Number.isFinite(files.most.value) && (
        <p class="muted compose-total">
          {t('compose.filesTotal', { size: size(files.bytes), max: size(files.most.value) })}
        </p>
      )}
    </section>
  );
}

function Row({ one, composer }: { readonly one: Attachment; readonly composer: Composer }) {
  const isThere = one.blobId.value !== undefined;
  const error = one.error.value;
  return (
    <li class={error === '' ? 'compose-file' : 'compose-file failed'}>
      <Icon name="clip" />
      <span class="name">
        <bdi>{one.name}</bdi> <span class="muted">{size(one.size)}</span>
        {error !== '' && (
          <span class="error" role="alert">
            {t('compose.fileFailed', { reason: error })}
          </span>
        )}
      </span>
      {!isThere && error === '' && (
        <progress max={1} value={one.progress.value} aria-label={t('compose.uploading', { name: one.name })} />
      )}
      {error !== '' && (
        <button type="button" class="link" onClick={() => composer.files.upload(one)}>
          {t('app.retry')}
        </button>
      )}
      <button
        type="button"
        class="icon-button"
        title={t(isThere ? 'compose.removeFile' : 'compose.cancelFile', { name: one.name })}
        aria-label={t(isThere ? 'compose.removeFile' : 'compose.cancelFile', { name: one.name })}
        onClick={() => composer.files.remove(one)}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
