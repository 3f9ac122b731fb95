import { preferences, trust, trustNoMore } from '../../data/preferences.ts';
import { t } from '../../i18n/index.ts';
import { Names } from './names.tsx';
import { Choice, Group } from './parts.tsx';

/** What others learn of who reads their mail. */
export default function Privacy() {
  return (
    <Group intro={t('privacy.intro')}>
      <Choice
        name="remoteImages"
        label={t('privacy.images')}
        options={[
          ['ask', t('privacy.imagesAsk')],
          ['always', t('privacy.imagesAlways')],
        ]}
      />
      <h3>{t('privacy.trusted')}</h3>
      <Names
        label={t('privacy.sender')}
        names={preferences.value.trustedSenders}
        none={t('privacy.none')}
        add={trust}
        remove={trustNoMore}
        wrong={(name) => (/^[^@\s]*@[^@\s]+$/.test(name) ? undefined : t('privacy.wrong'))}
      />
    </Group>
  );
}
