import type { Signal } from '@preact/signals';
import type { Mailbox } from '../../data/types.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import { later } from '../../ui/later.tsx';

/** What shows a conversation comes when the list is there. */
export const loadReader = () => import('../reader/conversation.tsx');
const Conversation = later(loadReader);

export interface ReaderProps {
  /** The email that was opened; its conversation is shown with it. */
  readonly id: string | undefined;
  /** Where it was opened; undefined: in a search. */
  readonly mailbox: Mailbox | undefined;
  readonly onClose: () => void;
  /** To the next (1) or the previous (-1) of the list. */
  readonly onStep?: (by: 1 | -1) => void;
}

/** The conversation that is read, or is about to be (`ahead`). */
export function Reader({ id: opened, ahead, ...rest }: ReaderProps & { readonly ahead: Signal<string | undefined> }) {
  const id = ahead.value ?? opened;
  if (id === undefined) {
    return (
      <main class="reader empty">
        <div class="centre muted">
          <Icon name="read" />
          <p>{t('reader.none')}</p>
        </div>
      </main>
    );
  }
  return <Conversation id={id} {...rest} />;
}
