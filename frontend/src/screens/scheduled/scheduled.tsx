import { useEffect } from 'preact/hooks';
import { compose } from '../../data/compose.ts';
import { loadScheduled, scheduled } from '../../data/scheduled.ts';
import { type Scheduled, unsend } from '../../data/submission.ts';
import { current } from '../../data/sync.ts';
import { failed } from '../../data/toasts.ts';
import { t, when } from '../../i18n/index.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { people } from '../mail/names.ts';
import '../../styles/scheduled.css';

/** What waits to be sent, with its time; each can be taken back. */
export function ScheduledDialog({ onClose }: { readonly onClose: () => void }) {
  useEffect(() => void loadScheduled().catch(failed), []);
  const cancel = async ({ submissionId, email }: Scheduled) => {
    try {
      await unsend(submissionId, email.id);
      onClose();
      compose({ kind: 'draft', emailId: email.id });
      void current.peek()?.refresh();
    } catch (error) {
      failed((error as { type?: string }).type === 'cannotUnsend' ? new Error(t('compose.tooLate')) : error);
    }
    await loadScheduled().catch(failed);
  };
  return (
    <Dialog title={t('scheduled.title')} onClose={onClose}>
      {scheduled.value.length === 0 && <p class="muted">{t('scheduled.none')}</p>}
      <ul class="scheduled">
        {scheduled.value.map((one) => (
          <li key={one.submissionId}>
            <div class="scheduled-what">
              <bdi class="sender">{one.email.subject || t('list.noSubject')}</bdi>
              <bdi class="muted">
                {t('reader.to', { names: people([...(one.email.to ?? []), ...(one.email.cc ?? [])]) })}
              </bdi>
              <time dateTime={one.sendAt}>{when(new Date(one.sendAt))}</time>
            </div>
            <button type="button" class="link" onClick={() => void cancel(one)}>
              {t('scheduled.cancel')}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
