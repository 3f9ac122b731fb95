import { useSignal } from '@preact/signals';
import { t } from '../../i18n/index.ts';
import { Choice, Group, Toggle } from './parts.tsx';

/** What is told while one looks elsewhere. The browser is asked only when somebody has pressed the button. */
export default function Notifications() {
  const isKnown = 'Notification' in globalThis;
  const permission = useSignal<NotificationPermission>(isKnown ? Notification.permission : 'denied');
  return (
    <>
      <Group title={t('notifications.device')} intro={t('notifications.intro')}>
        {!isKnown ? (
          <p>{t('notifications.unknown')}</p>
        ) : permission.value === 'granted' ? (
          <p role="status">{t('notifications.granted')}</p>
        ) : permission.value === 'denied' ? (
          <p role="status">{t('notifications.denied')}</p>
        ) : (
          <button
            type="button"
            class="primary"
            onClick={async () => {
              permission.value = await Notification.requestPermission();
            }}
          >
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
