import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { ErrorBoundary, useLocation, useRoute } from 'preact-iso';
import { appName } from '../../data/brand.ts';
import { enSettings } from '../../i18n/en-settings.ts';
import { addWords, t } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';
import '../../styles/settings.css';
import { Confirming } from './confirm.tsx';
import { forgetDrafts, isUnsaved } from './form.tsx';
import { Sure } from './parts.tsx';
import { GROUPS, SECTIONS } from './sections.ts';

addWords(enSettings);

/** Where one was going when something was not saved yet. */
const leaving = signal<string | undefined>(undefined);

/** Sections beside each other; on a phone the list of them, then one. */
export default function Settings() {
  const { params } = useRoute();
  const { route } = useLocation();
  const heading = useRef<HTMLHeadingElement>(null);
  const wanted = SECTIONS.find(({ path }) => path === params.section);
  const section = wanted ?? SECTIONS[0]!;
  const title = t(section.label);
  const Screen = section.screen;

  useLayoutEffect(() => {
    document.title = `${title} – ${t('settings.title')} – ${appName()}`;
  }, [title]);
  // Whoever has chosen a section is told that it is there, and on a phone goes back to where he was; who came in is not moved.
  const before = useRef(params.section);
  useEffect(() => {
    const from = before.current;
    before.current = params.section;
    if (from === params.section) return;
    if (wanted !== undefined) heading.current?.focus();
    else document.querySelector<HTMLElement>(`.set-nav a[href="/settings/${from}"]`)?.focus();
  }, [params.section]);
  useLeaving();

  return (
    <div class={wanted === undefined ? 'settings' : 'settings inner'}>
      <a class="skip" href="#settings">
        {t('settings.skip')}
      </a>
      <nav class="set-nav" aria-label={t('settings.title')}>
        <a class="set-back" href="/">
          <Icon name="back" />
          <span>{t('settings.back')}</span>
        </a>
        {GROUPS.map(({ label, sections }) => (
          <section key={label} aria-label={t(label)}>
            <h2>{t(label)}</h2>
            <ul>
              {sections.map((one) => (
                <li key={one.path}>
                  <a
                    class="set-link"
                    href={`/settings/${one.path}`}
                    aria-current={one.path === section.path ? (wanted === undefined ? 'true' : 'page') : undefined}
                  >
                    {t(one.label)}
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      <main class="set-main" id="settings" tabIndex={-1}>
        <header>
          <a class="icon-button set-up" href="/settings" aria-label={t('settings.all')}>
            <Icon name="back" />
          </a>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
        </header>
        <ErrorBoundary>
          <Screen key={section.path} />
        </ErrorBoundary>
      </main>
      <Confirming />
      {leaving.value !== undefined && (
        <Sure
          title={t('settings.leaveTitle')}
          text={t('settings.leaveText')}
          yes={t('settings.leave')}
          no={t('settings.stay')}
          onNo={() => {
            leaving.value = undefined;
          }}
          onYes={() => {
            const path = leaving.value!;
            leaving.value = undefined;
            forgetDrafts();
            route(path);
          }}
        />
      )}
    </div>
  );
}

/** Asks before a link leads away from what is not saved. Going back keeps it: it is there again when one returns. */
function useLeaving(): void {
  useEffect(() => {
    const onClick = (event: MouseEvent) => {
      const link = (event.target as Element).closest<HTMLAnchorElement>('a[href^="/"]');
      if (!isUnsaved.peek() || link === null || link.hasAttribute('download') || link.target !== '') return;
      if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      leaving.value = link.pathname + link.search;
    };
    const onUnload = (event: BeforeUnloadEvent) => {
      if (isUnsaved.peek()) event.preventDefault();
    };
    document.addEventListener('click', onClick, true);
    addEventListener('beforeunload', onUnload);
    return () => {
      document.removeEventListener('click', onClick, true);
      removeEventListener('beforeunload', onUnload);
    };
  }, []);
}
