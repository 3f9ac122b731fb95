import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { Icon } from './icon.tsx';

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly class?: string;
  /** The title is only said, not shown. */
  readonly isBare?: boolean;
  /** Of a key that is pressed while it is open. */
  readonly onKey?: (key: string) => void;
}

/** A question or a page over the page: the browser keeps the focus in it, and gives it back. */
export function Dialog({ title, onClose, children, class: kind = '', isBare = false, onKey }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const isGone = useRef(false);
  useLayoutEffect(() => {
    const one = dialog.current!;
    one.showModal();
    return () => {
      isGone.current = true;
      one.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${kind}`}
      aria-labelledby={isBare ? undefined : id}
      aria-label={isBare ? title : undefined}
      // Asked to go, it goes at once: the event of having closed comes later, when what is there may be the next one's.
      onCancel={(event) => {
        if (event.target !== dialog.current) return;
        event.preventDefault();
        onClose();
      }}
      onClose={() => {
        if (!isGone.current) onClose();
      }}
      onKeyDown={(event) => {
        event.stopPropagation();
        onKey?.(event.key);
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class="dialog-box">
        {!isBare && (
          <header class="dialog-head">
            <h2 id={id}>{title}</h2>
            <button type="button" class="icon-button" aria-label={t('app.close')} onClick={onClose}>
              <Icon name="close" />
            </button>
          </header>
        )}
        {children}
      </div>
    </dialog>
  );
}
