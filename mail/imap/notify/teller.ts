import { Bye, isConnectionEnd } from '../errors.ts';
import type { Session } from '../session.ts';
import type { SyncOptions } from '../view.ts';

/**
 * Tells a client what is new while we wait for it: one telling at a time, and none while it does not take what it was told. Nothing is
 * kept for later but that there is news: what it is, is found out when there is room. It writes at no other time, so that nothing falls
 * into a command's answer.
 */
export class Teller {
  readonly #session: Session;
  /** While it may tell. */
  #options: SyncOptions | undefined;
  #news = true;
  #telling: Promise<void> | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Something may be new. */
  poke(): void {
    this.#news = true;
    if (this.#options !== undefined) this.#start();
  }

  /** Waits for the client, and tells it meanwhile. What is being told when it speaks is told to the end before. */
  async during<T>(options: SyncOptions, wait: () => Promise<T>): Promise<T> {
    const { account, selected } = this.#session;
    const elsewhere = selected?.place.account;
    const stop = elsewhere === undefined || elsewhere === account ? undefined : elsewhere.watch(() => this.poke());
    this.#options = options;
    if (this.#news) this.#start();
    let ended = false;
    try {
      return await wait();
    } catch (error) {
      ended = isConnectionEnd(error);
      throw error;
    } finally {
      this.#options = undefined;
      stop?.();
      // A client that has gone may never take the rest.
      if (!ended) await this.#telling;
    }
  }

  #start(): void {
    if (this.#telling !== undefined) return;
    this.#telling = this.#tell();
    this.#session.input.meanwhile(this.#telling);
  }

  async #tell(): Promise<void> {
    try {
      while (this.#news && this.#options !== undefined) {
        this.#news = false;
        await this.#session.news(this.#options);
        await this.#session.out.flush();
      }
    } catch (error) {
      this.#session.input.endSoon(error instanceof Bye ? error.message : 'The mailbox cannot be watched any more');
    } finally {
      this.#telling = undefined;
    }
  }
}
