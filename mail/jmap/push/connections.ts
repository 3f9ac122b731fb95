import type { Directory } from '../../directory/types.ts';
import { Refused } from '../../refused.ts';

/** Connections of one account that wait for pushes at once. */
const MOST = 32;

/** Event streams and WebSockets that are open, so that they are bounded, and end when the server does, or what they signed in with. */
export class Connections {
  readonly #directory: Pick<Directory, 'untilEnded'>;
  /** By account. */
  readonly #open = new Map<string, Set<() => void>>();
  #stopped = false;

  constructor(directory: Pick<Directory, 'untilEnded'>) {
    this.#directory = directory;
  }

  /** Throws `Refused` where the account may not have one more. */
  check(account: string): void {
    if (this.#stopped) throw new Refused('unavailable', 'The server is stopping; connect again.');
    if ((this.#open.get(account)?.size ?? 0) >= MOST) {
      throw new Refused('throttled', `At most ${MOST} connections of an account wait for pushes at once; close one.`);
    }
  }

  /** Counts one more, to be ended by `end`; the returned function says that it is over. Throws as `check`. */
  add(account: string, credential: string, end: () => void): () => void {
    this.check(account);
    const open = this.#open.get(account) ?? new Set<() => void>();
    this.#open.set(account, open.add(end));
    const release = this.#directory.untilEnded(account, credential, 'api', end);
    return () => {
      release();
      open.delete(end);
      if (open.size === 0 && this.#open.get(account) === open) this.#open.delete(account);
    };
  }

  /** Ends all, and takes no more. */
  stop(): void {
    this.#stopped = true;
    for (const end of [...this.#open.values()].flatMap((open) => [...open])) end();
  }

  get size(): number {
    return [...this.#open.values()].reduce((sum, open) => sum + open.size, 0);
  }
}
