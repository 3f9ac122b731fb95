import { useSignal } from '@preact/signals';
import type { Message } from '../../data/types.ts';
import { type Key, t } from '../../i18n/index.ts';
import { Original } from './original.tsx';

/** Says what of a message is not shown as it is, and offers it as it came. */
export function Notice({ said, one }: { readonly said: Key; readonly one: Message }) {
  const isOpen = useSignal(false);
  return (
    <p class="notice">
      {t(said)}{' '}
      <button
        type="button"
        class="link"
        onClick={() => {
          isOpen.value = true;
        }}
      >
        {t('reader.original')}
      </button>
      {isOpen.value && (
        <Original
          one={one}
          onClose={() => {
            isOpen.value = false;
          }}
        />
      )}
    </p>
  );
}
