import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';

interface Props {
  readonly title: string;
  readonly isWide?: boolean;
  readonly onClose: () => void;
  /** Of a key that is pressed while it is open. */
  readonly onKey?: (key: string) => void;
  readonly children: ComponentChildren;
}

/** A native dialog for what is looked at beside a message. The browser keeps the focus in it, and gives it back. */
export function Dialog({ title, isWide = false, onClose, onKey, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={isWide ? 'reader-dialog wide' : 'reader-dialog'}
      aria-labelledby={id}
      onClose={onClose}
      onKeyDown={(event) => {
        event.stopPropagation();
        onKey?.(event.key);
      }}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" class="icon-button" aria-label={t('app.close')} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}
