import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { account } from '../../api/account.ts';
import { compose, windows } from '../../data/compose.ts';
import type { Kept } from '../../data/mirror.ts';
import { later } from '../../ui/later.tsx';

const Windows = later(() => import('./windows.tsx'));

/** Time after which is looked for what was being written when a tab ended; the list comes first. */
const LOOK_MS = 1_500;

/** Where windows of composing appear. What they are made of is loaded when somebody writes. */
export function ComposeHost() {
  const kept = useSignal<readonly Kept<unknown>[]>([]);
  const isWanted = useRef(false);
  isWanted.current ||= windows.value.length > 0 || kept.value.length > 0;

  useEffect(() => {
    openFromAddress();
    const timer = setTimeout(async () => {
      const { abandoned } = await import('../../data/mirror.ts');
      kept.value = await abandoned(account.peek()?.id ?? '').catch(() => []);
    }, LOOK_MS);
    return () => clearTimeout(timer);
  }, []);

  return isWanted.current ? <Windows kept={kept} /> : null;
}

/** `/compose?mailto=…`: what a link or another program asks for (data/mailto.ts). */
function openFromAddress(): void {
  const { pathname, searchParams } = new URL(location.href);
  if (pathname !== '/compose') return;
  const mailto = searchParams.get('mailto');
  history.replaceState(null, '', '/');
  compose(mailto === null ? { kind: 'new' } : { kind: 'new', mailto });
}
