import { type Signal, useSignalEffect } from '@preact/signals';
import { closeWindow, compose, windows } from '../../data/compose.ts';
import { drop, type Kept } from '../../data/mirror.ts';
import { t } from '../../i18n/index.ts';
import '../../styles/compose.css';
import { loadCleaner } from './cleaner.ts';
import { Composer } from './composer.ts';
import type { Stored } from './stored.ts';
import { Window } from './window.tsx';

// The editor comes while the window is already there; what is asked for later, while somebody writes.
void import('./rich-text.tsx').then(async () => {
  await new Promise((resolve) => (globalThis.requestIdleCallback ?? setTimeout)(resolve));
  await Promise.all([loadCleaner(), import('./sending.ts'), import('../../data/people.ts')]);
});

/** They outlive the page's parts: who signs in again finds what he was writing. */
const composers = new Map<string, Composer>();

/** The windows in which messages are written, beside each other; and what an earlier visit left. */
export default function Windows({ kept }: { readonly kept: Signal<readonly Kept<unknown>[]> }) {
  const open = windows.value;
  for (const one of open) if (!composers.has(one.key)) composers.set(one.key, new Composer(one));
  for (const [key, one] of composers) {
    if (one.isOfOther) closeWindow(key);
    if (!open.some((shown) => shown.key === key)) composers.delete(key);
  }
  return (
    <div class="compose-dock">
      {open.map(({ key }) => (
        <Window key={key} composer={composers.get(key)!} />
      ))}
      <Recovered kept={kept as Signal<readonly Kept<Stored>[]>} />
    </div>
  );
}

/** Offers what was being written when a tab ended. What only waited for the server goes on by itself. */
function Recovered({ kept }: { readonly kept: Signal<readonly Kept<Stored>[]> }) {
  useSignalEffect(() => {
    const queued = kept.value.filter(({ state }) => state.queued !== undefined);
    if (queued.length === 0) return;
    for (const { key } of queued) compose({ kind: 'kept', key });
    kept.value = kept.value.filter(({ state }) => state.queued === undefined);
  });
  const [one, ...rest] = kept.value.filter(({ state }) => state.queued === undefined);
  if (one === undefined) return null;
  const next = () => {
    kept.value = rest;
  };
  return (
    <section class="compose-recovered card" aria-label={t('compose.recoveredLabel')} role="status">
      <p>
        {t('compose.recovered')} <bdi class="sender">{one.state.subject || t('list.noSubject')}</bdi>
      </p>
      <div class="compose-recovered-actions">
        <button
          type="button"
          class="primary"
          onClick={() => {
            compose({ kind: 'kept', key: one.key });
            next();
          }}
        >
          {t('compose.continue')}
        </button>
        <button
          type="button"
          class="link"
          onClick={() => {
            void drop(one.key);
            next();
          }}
        >
          {t('compose.forget')}
        </button>
      </div>
    </section>
  );
}
