/** The machine's clock. */
import type { Clock } from '../../mail/ports/index.ts';

/** The longest that a timer of Node can take. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const localClock: Clock = {
  now: () => Date.now(),

  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      let timer: NodeJS.Timeout;
      const aborted = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      const wait = (left: number) => {
        timer = setTimeout(
          () => {
            if (left > MAX_TIMER_MS) {
              wait(left - MAX_TIMER_MS);
              return;
            }
            signal?.removeEventListener('abort', aborted);
            resolve();
          },
          Math.min(left, MAX_TIMER_MS),
        );
      };
      signal?.addEventListener('abort', aborted, { once: true });
      wait(ms);
    });
  },

  after(ms, action) {
    let timer: NodeJS.Timeout;
    const wait = (left: number) => {
      timer = setTimeout(
        () => (left > MAX_TIMER_MS ? wait(left - MAX_TIMER_MS) : action()),
        Math.min(left, MAX_TIMER_MS),
      );
      timer.unref();
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};
