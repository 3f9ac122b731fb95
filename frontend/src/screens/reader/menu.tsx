import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { compose } from '../../data/compose.ts';
import { email } from '../../data/emails.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { MenuButton, type MenuPart } from '../../ui/menu.tsx';
import { Headers, Original } from './original.tsx';
import { printOne } from './print.ts';

/** What can be done with one message, beyond answering it. */
export function CardMenu({ id, card }: { readonly id: string; readonly card: RefObject<HTMLElement | null> }) {
  const dialog = useSignal<'original' | 'headers' | undefined>(undefined);
  const shows = (which: 'original' | 'headers' | undefined) => () => {
    dialog.value = which;
  };
  const parts = (): readonly MenuPart[] => [
    ...(['reply', 'replyAll', 'forward'] as const).map((kind) => ({
      name: kind,
      label: t(`reader.${kind}`),
      perform: () => compose({ kind, emailId: id }),
    })),
    'line',
    { name: 'print', label: t('reader.print'), perform: () => void printOne(card.current!, id) },
    { name: 'original', label: t('reader.original'), perform: shows('original') },
    { name: 'headers', label: t('reader.headers'), perform: shows('headers') },
  ];
  return (
    <>
      <MenuButton label={t('app.more')} parts={parts}>
        <Icon name="more" />
      </MenuButton>
      {dialog.value === 'original' && <Original one={email(id).peek()!} onClose={shows(undefined)} />}
      {dialog.value === 'headers' && <Headers id={id} onClose={shows(undefined)} />}
    </>
  );
}
