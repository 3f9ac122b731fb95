import { signOut } from '../../api/session.ts';
import { endOtherSessions, endSession, readSessions } from '../../data/security.ts';
import { longDate, t } from '../../i18n/index.ts';
import { Group, Item, Problem, Removing, useDeed, useLoaded } from './parts.tsx';

/** Where one is signed in. */
export function Sessions() {
  const { value, notice, reload } = useLoaded(readSessions);
  const deed = useDeed();
  const others = value?.filter(({ current }) => !current).length ?? 0;
  return (
    <Group title={t('sessions.title')} intro={t('sessions.intro')}>
      {notice}
      <Problem text={deed.error} />
      <ul class="set-list">
        {value?.map(({ id, current, device, address, seen }) => (
          <Item
            key={id}
            title={device === '' ? t('sessions.unknown') : device}
            text={`${current ? t('sessions.current') : t('sessions.seen', { date: longDate(seen) })} · ${address}`}
          >
            {current ? (
              <button type="button" class="link" onClick={() => void signOut()}>
                {t('signIn.out')}
              </button>
            ) : (
              <button
                type="button"
                class="link danger"
                aria-label={t('sessions.endOf', { name: device === '' ? t('sessions.unknown') : device })}
                disabled={deed.busy}
                onClick={() => void deed.run(() => endSession(id).then(reload))}
              >
                {t('sessions.end')}
              </button>
            )}
          </Item>
        ))}
      </ul>
      {others > 0 && (
        <Removing
          label={t('sessions.endOthers')}
          title={t('sessions.endOthers')}
          text={t('sessions.endOthersText', { count: others })}
          yes={t('sessions.endOthers')}
          onYes={() => void deed.run(() => endOtherSessions().then(reload))}
        />
      )}
    </Group>
  );
}
