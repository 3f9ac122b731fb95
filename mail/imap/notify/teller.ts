import { Bye } from '../errors.ts';
import type { Session } from '../session.ts';
import type { SyncOptions } from '../view.ts';

/**
 * Tells a client what is new while we wait for it: one telling at a time, and none while it does not take what it was told. Nothing is
 * kept for later but that there is news: what it is, is found out when there is room. It writes at no other time, so that nothing falls
 * into a command's answer.
 */
export class Teller {
  readonly #session: Session;
  readonly #options: () => SyncOptions;
  #waiting = false;
  #news = true;
  #telling: Promise<void> | undefined;

  constructor(session: Session, options: () => SyncOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** Something may be new. */
  poke(): void {
    this.#news = true;
    if (this.#waiting) this.#telling ??= this.#tell();
  }

  /** Waits for the client, and tells it meanwhile. What is being told when it speaks is told to the end before. */
  async during<T>(wait: () => Promise<T>): Promise<T> {
    const { account, selected } = this.#session;
    const elsewhere = selected?.place.account;
    const stop = elsewhere === undefined || elsewhere === account ? undefined : elsewhere.watch(() => this.poke());
    this.#waiting = true;
    if (this.#news) this.#telling ??= this.#tell();
    try {
      return await wait();
    } finally {
      this.#waiting = false;
      stop?.();
      await this.#telling;
    }
  }

  async #tell(): Promise<void> {
    try {
      while (this.#news && this.#waiting) {
        this.#news = false;
        await this.#session.news(this.#options());
        await this.#session.out.flush();
      }
    } catch (error) {
      this.#session.input.endSoon(error instanceof Bye ? error.message : 'The mailbox cannot be watched any more');
    } finally {
      this.#telling = undefined;
    }
  }
}
