import { useSignal } from '@preact/signals';
import { t } from '../../i18n/index.ts';

const SAID_MS = 3_000;

export function CopyButton({ text, label = t('settings.copy') }: { readonly text: string; readonly label?: string }) {
  const said = useSignal('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.value = t('settings.copied');
    } catch {
      said.value = t('settings.notCopied');
    }
    setTimeout(() => {
      said.value = '';
    }, SAID_MS);
  };
  return (
    <>
      <button type="button" class="button" onClick={() => void copy()}>
        {label}
      </button>
      <span class="muted" role="status">
        {said.value}
      </span>
    </>
  );
}

/** Gives the user a text as a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
