import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { compose } from '../../data/compose.ts';
import { email } from '../../data/emails.ts';
import { type Key, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { Headers, Original } from './original.tsx';
import { printOne } from './print.ts';

interface Entry {
  readonly label: Key;
  readonly perform: () => void;
}

/** What can be done with one message, beyond answering it. */
export function CardMenu({ id, card }: { readonly id: string; readonly card: RefObject<HTMLElement | null> }) {
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const name = useId();
  const dialog = useSignal<'original' | 'headers' | undefined>(undefined);
  const close = () => {
    dialog.value = undefined;
  };
  const entries: readonly Entry[] = [
    { label: 'reader.reply', perform: () => compose({ kind: 'reply', emailId: id }) },
    { label: 'reader.replyAll', perform: () => compose({ kind: 'replyAll', emailId: id }) },
    { label: 'reader.forward', perform: () => compose({ kind: 'forward', emailId: id }) },
    { label: 'reader.print', perform: () => void printOne(card.current!, id) },
    {
      label: 'reader.original',
      perform: () => {
        dialog.value = 'original';
      },
    },
    {
      label: 'reader.headers',
      perform: () => {
        dialog.value = 'headers';
      },
    },
  ];
  const place = () => {
    const at = button.current!.getBoundingClientRect();
    const { style } = menu.current!;
    style.top = `${Math.min(at.bottom + 4, innerHeight - 8 - entries.length * 44)}px`;
    const isRtl = document.documentElement.dir === 'rtl';
    style.left = isRtl ? `${at.left}px` : 'auto';
    style.right = isRtl ? 'auto' : `${innerWidth - at.right}px`;
  };
  const step = (by: number) => {
    const all = [...menu.current!.querySelectorAll('button')];
    const next = all[(all.indexOf(document.activeElement as HTMLButtonElement) + by + all.length) % all.length];
    next?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="icon-button"
        aria-label={t('app.more')}
        title={t('app.more')}
        aria-haspopup="menu"
        popovertarget={name}
        onClick={place}
      >
        <Icon name="more" />
      </button>
      <div
        ref={menu}
        id={name}
        popover="auto"
        class="menu"
        role="menu"
        aria-label={t('app.more')}
        onToggle={(event) => {
          if ((event as unknown as ToggleEvent).newState === 'open') menu.current!.querySelector('button')?.focus();
        }}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === 'ArrowDown') step(1);
          else if (event.key === 'ArrowUp') step(-1);
          else return;
          event.preventDefault();
        }}
      >
        {entries.map(({ label, perform }) => (
          <button
            key={label}
            type="button"
            class="menu-item"
            role="menuitem"
            onClick={() => {
              menu.current!.hidePopover();
              perform();
            }}
          >
            {t(label)}
          </button>
        ))}
      </div>
      {dialog.value === 'original' && <Original one={email(id).peek()!} onClose={close} />}
      {dialog.value === 'headers' && <Headers id={id} onClose={close} />}
    </>
  );
}
