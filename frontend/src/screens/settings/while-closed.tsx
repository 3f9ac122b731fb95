import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { verified, worker } from '../../data/background-state.ts';
import { pushState, subscribe, unsubscribe } from '../../data/web-push.ts';
import { t } from '../../i18n/index.ts';
import { Problem, useDeed, useLoaded } from './parts.tsx';

/** New mail is told on this device while the webmail is closed, where browser and server have what it takes. */
export function WhileClosed({ problem }: { readonly problem: string }) {
  const { value, notice, reload } = useLoaded(pushState, worker.value);
  const deed = useDeed();
  const button = useRef<HTMLButtonElement>(null);
  useSignalEffect(() => {
    if (verified.value > 0) void reload();
  });
  const change = async (act: () => Promise<void>) => {
    await deed.run(act);
    await reload();
    button.current?.focus();
  };
  if (worker.value !== 'on') return <NoWorker />;
  if (value === undefined) return notice;
  const said = deed.busy || value === 'waiting' ? 'push.waiting' : value === 'on' ? 'push.on' : 'push.off';
  if (value === 'impossible') return <p class="muted">{t('push.impossible')}</p>;
  return (
    <>
      <p role="status">{t(said)}</p>
      <Problem text={deed.error === '' && value === 'off' ? problem : deed.error} />
      <button
        ref={button}
        type="button"
        class="button"
        aria-disabled={deed.busy}
        onClick={() => void change(value === 'off' ? subscribe : unsubscribe)}
      >
        {t(value === 'off' ? 'push.turnOn' : 'push.turnOff')}
      </button>
    </>
  );
}

/** Why nothing works here without a line, and nothing is told while the page is closed. */
export function NoWorker() {
  if (worker.value === 'on' || worker.value === 'starting') return null;
  return <p class="muted">{t(`worker.${worker.value}`)}</p>;
}
