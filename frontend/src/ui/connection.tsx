import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { account } from '../api/account.ts';
import { connected, pending, refusals, tryNow } from '../api/line.ts';
import { updated, wantedPath } from '../data/background-state.ts';
import { toast } from '../data/toasts.ts';
import { t } from '../i18n/index.ts';

/** A quiet line above everything: that there is no line, what waits for it, and that the pages are newer than these. */
export function Connection() {
  const { route } = useLocation();
  const wasCut = useRef(false);

  useSignalEffect(() => {
    if (refusals.value.length === 0) return;
    toast(t('offline.refused', { reason: [...new Set(refusals.value)].join(' ') }));
    refusals.value = [];
    // That says it all.
    wasCut.current = false;
  });
  useSignalEffect(() => {
    const isBack = connected.value === true && pending.value === 0;
    if (isBack && wasCut.current) toast(t('offline.back'));
    if (isBack) wasCut.current = false;
    if (connected.value === false) wasCut.current = true;
  });
  useEffect(() => {
    if (wantedPath.value === undefined) return;
    route(wantedPath.value);
    wantedPath.value = undefined;
  }, [wantedPath.value]);

  return (
    <div class="connection" role="status">
      {connected.value === false && account.value && (
        <>
          <span>
            {t('offline.banner')} {pending.value > 0 && t('offline.waiting', { count: pending.value })}
          </span>
          <button type="button" class="link" onClick={tryNow}>
            {t('app.retry')}
          </button>
        </>
      )}
      {connected.value !== false && pending.value > 0 && <span>{t('offline.sending')}</span>}
      {connected.value !== false && updated.value && (
        <>
          <span>{t('update.ready')}</span>
          <button type="button" class="link" onClick={() => location.reload()}>
            {t('update.now')}
          </button>
          <button
            type="button"
            class="link"
            onClick={() => {
              updated.value = false;
            }}
          >
            {t('app.close')}
          </button>
        </>
      )}
    </div>
  );
}
