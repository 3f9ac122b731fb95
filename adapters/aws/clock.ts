/** The machine's clock. */
import type { Clock } from '../../mail/ports/index.ts';

/** The longest that a timer of Node can take. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function after(ms: number, action: () => void, holdsProcess: boolean): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const now = Math.min(left, LONGEST_TIMER_MS);
    timer = setTimeout(() => (left > now ? wait(left - now) : action()), now);
    if (!holdsProcess) timer.unref();
  };
  wait(ms);
  return () => clearTimeout(timer);
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = (): void => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = after(
        ms,
        () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
        true,
      );
      signal?.addEventListener('abort', abort, { once: true });
    });
  },
  after: (ms, action) => after(ms, action, false),
};
