import type { Clock } from '../../mail/ports/index.ts';

/** The machine's clock, which a test can put forward: timers that come due meanwhile fire in order. */
export class SkippingClock implements Clock {
  private skipped = 0;
  private readonly timers = new Set<{ readonly due: number; readonly action: () => void; timer: NodeJS.Timeout }>();

  now(): number {
    return Date.now() + this.skipped;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = this.after(ms, resolve);
      signal?.addEventListener(
        'abort',
        () => {
          cancel();
          reject(signal.reason);
        },
        { once: true },
      );
    });
  }

  after(ms: number, action: () => void): () => void {
    const due = this.now() + ms;
    const entry = { due, action, timer: setTimeout(() => this.fire(entry), ms) };
    this.timers.add(entry);
    return () => {
      clearTimeout(entry.timer);
      this.timers.delete(entry);
    };
  }

  /** Puts the clock forward, and lets what has come due run. */
  async skip(ms: number): Promise<void> {
    this.skipped += ms;
    const due = [...this.timers].filter((entry) => entry.due <= this.now()).sort((a, b) => a.due - b.due);
    for (const entry of due) {
      if (!this.timers.has(entry)) continue;
      clearTimeout(entry.timer);
      this.fire(entry);
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const entry of this.timers) {
      clearTimeout(entry.timer);
      entry.timer = setTimeout(() => this.fire(entry), Math.max(0, entry.due - this.now()));
    }
  }

  private fire(entry: { readonly action: () => void }): void {
    this.timers.delete(entry as never);
    entry.action();
  }
}
