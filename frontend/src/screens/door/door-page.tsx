import type { ComponentChildren } from 'preact';
import { ErrorBoundary, lazy } from 'preact-iso';
import { brand } from '../../data/brand.ts';
import { t } from '../../i18n/index.ts';
import { BrandMark } from '../../ui/brand.tsx';

const RichText = lazy(() => import('../../ui/rich-text.tsx'));

interface Props {
  readonly title: string;
  /** Other doors, below the card. */
  readonly links?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** What every door has around it. What comes late stands below the card, so that nothing moves. */
export function DoorPage({ title, links, children }: Props) {
  const { page, others, footer } = brand.value;
  return (
    <div class="door">
      <header>
        <BrandMark />
      </header>
      <main>
        <div class="card">
          <h1 dir="auto">{title}</h1>
          {children}
        </div>
        {links !== undefined && <nav class="door-links">{links}</nav>}
        {page !== undefined && (
          <ErrorBoundary>
            <RichText html={page} />
          </ErrorBoundary>
        )}
        {others.length > 0 && (
          <p class="door-links">
            {t('door.others')}{' '}
            {others.map(({ name, url }) => (
              <a key={url} href={url} rel="noreferrer" dir="auto">
                {name}
              </a>
            ))}
          </p>
        )}
      </main>
      <footer class="muted" dir="auto">
        {footer ?? t('door.footer')}
      </footer>
    </div>
  );
}
