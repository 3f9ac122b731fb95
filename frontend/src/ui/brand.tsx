import { announced, appName, brand, dismiss } from '../data/brand.ts';
import { t } from '../i18n/index.ts';
import { Icon } from './icon.tsx';

/** The sign over the door: logo and name of the domain, or our own. */
export function BrandMark() {
  return (
    <span class="brand-mark">
      <img src={brand.value.logo ?? '/icon.svg'} alt="" />
      <bdi class="name">{appName()}</bdi>
    </span>
  );
}

/** What the domain has to say, above the messages. The region is there before it has words, so that they are read out. */
export function Announced() {
  const one = announced.value;
  return (
    <div class="announced" role="status">
      {one !== undefined && (
        <p>
          <span dir="auto">{one.text}</span>
          {one.link !== undefined && (
            <a href={one.link.url} target="_blank" rel="noopener noreferrer" dir="auto">
              {one.link.label ?? t('announcement.more')}
            </a>
          )}
          <button type="button" class="icon-button" aria-label={t('announcement.dismiss')} onClick={dismiss}>
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  );
}
