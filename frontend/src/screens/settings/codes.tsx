import { account } from '../../api/account.ts';
import { t } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { CopyButton, download } from './copy.tsx';

/** Codes that are shown once: to be kept before the page is left. */
export function RecoveryCodes({ codes, onClose }: { readonly codes: readonly string[]; readonly onClose: () => void }) {
  const text = codes.join('\n');
  const file = () => `${t('codes.fileHead', { address: account.value?.address ?? '' })}\n\n${text}\n`;
  return (
    <Dialog title={t('codes.title')} onClose={onClose}>
      <p>{t('codes.text')}</p>
      <ol class="set-codes set-printed" dir="ltr">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div class="set-foot">
        <CopyButton text={text} />
        <button type="button" class="button" onClick={() => download('recovery-codes.txt', file())}>
          {t('settings.download')}
        </button>
        <button type="button" class="button" onClick={() => print()}>
          {t('settings.print')}
        </button>
        <button type="button" class="primary" onClick={onClose}>
          {t('codes.kept')}
        </button>
      </div>
    </Dialog>
  );
}
