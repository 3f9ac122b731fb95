import { useSignal } from '@preact/signals';
import { subscribe } from '../../data/web-push.ts';
import { t } from '../../i18n/index.ts';
import { Choice, Group, Toggle } from './parts.tsx';
import { WhileClosed } from './while-closed.tsx';

/** What is told while one looks elsewhere. The browser is asked only when somebody has pressed the button. */
export default function Notifications() {
  const isKnown = 'Notification' in globalThis;
  const permission = useSignal<NotificationPermission>(isKnown ? Notification.permission : 'denied');
  const problem = useSignal('');
  const asked = useSignal(0);
  /** Who wants to be told wants it while the page is closed, too; where that cannot be, the page tells while it is open. */
  const allow = async () => {
    permission.value = await Notification.requestPermission();
    if (permission.value !== 'granted') return;
    await subscribe().catch((error: Error) => {
      problem.value = error.message;
    });
    asked.value++;
  };
  return (
    <>
      <Group title={t('notifications.device')} intro={t('notifications.intro')}>
        {!isKnown ? (
          <p>{t('notifications.unknown')}</p>
        ) : permission.value === 'granted' ? (
          <>
            <p role="status">{t('notifications.granted')}</p>
            <WhileClosed key={asked.value} problem={problem.value} />
          </>
        ) : permission.value === 'denied' ? (
          <p role="status">{t('notifications.denied')}</p>
        ) : (
          <button type="button" class="primary" onClick={() => void allow()}>
            {t('notifications.allow')}
          </button>
        )}
      </Group>
      <Group title={t('notifications.what')}>
        <Choice
          name="notifyAbout"
          label={t('notifications.about')}
          options={[
            ['inbox', t('notifications.inbox')],
            ['none', t('notifications.none')],
          ]}
        />
        <Toggle name="notifyPreview" label={t('notifications.preview')} hint={t('notifications.previewHint')} />
      </Group>
    </>
  );
}
