import { version } from '../../../../package.json';
import { worker } from '../../data/background-state.ts';
import { appName, brand } from '../../data/brand.ts';
import { t } from '../../i18n/index.ts';
import { Group } from './parts.tsx';

export default function About() {
  return (
    <Group title={appName()}>
      <dl class="set-facts">
        <dt>{t('about.program')}</dt>
        <dd>Postern {version}</dd>
        {worker.value !== 'starting' && (
          <>
            <dt>{t('about.offline')}</dt>
            <dd>{t(`worker.${worker.value}`)}</dd>
          </>
        )}
        <dt>{t('about.licence')}</dt>
        <dd>Apache License 2.0</dd>
        <dt>{t('about.parts')}</dt>
        <dd>{t('about.partsText')}</dd>
        {brand.value.footer !== undefined && (
          <>
            <dt>{t('about.by')}</dt>
            <dd>{brand.value.footer}</dd>
          </>
        )}
      </dl>
      <p class="muted">{t('about.text')}</p>
    </Group>
  );
}
