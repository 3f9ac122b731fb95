import { useSignal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';
import { loadScheduled, scheduled } from '../../data/scheduled.ts';
import { submissionsSeen } from '../../data/sync.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';

/** In the rail, while something waits to be sent. */
export default function ScheduledLink() {
  const version = submissionsSeen.value;
  useEffect(() => void loadScheduled().catch(() => undefined), [version]);
  const Shown = useSignal<FunctionComponent<{ readonly onClose: () => void }> | undefined>(undefined);
  const count = scheduled.value.length;
  const View = Shown.value;
  return (
    <>
      {count > 0 && (
        <li class="folder-line">
          <button
            type="button"
            class="folder"
            title={t('scheduled.title')}
            onClick={async () => {
              const { ScheduledDialog } = await import('./scheduled.tsx');
              Shown.value = ScheduledDialog;
            }}
          >
            <Icon name="snoozed" />
            <span class="name">{t('scheduled.title')}</span>
            <span class="count">{count}</span>
          </button>
        </li>
      )}
      {View !== undefined && (
        <View
          onClose={() => {
            Shown.value = undefined;
          }}
        />
      )}
    </>
  );
}
