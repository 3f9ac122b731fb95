import type { Rows } from '../account/types.ts';
import { UidSet } from '../account/uidset.ts';

/**
 * Which session is told of \Recent (RFC 3501 section 2.3.2): the first of this process that selects the mailbox after a message
 * came. It is known to this process only, and forgotten with it: messages from before its start are recent to nobody. RFC 9051
 * has dropped the flag, and so has every client; the account log does not carry it.
 */
export class Recents {
  readonly #started: number;
  /** By account and mailbox: UIDs from here on were claimed by no session. */
  readonly #unclaimed = new Map<string, number>();

  /** `started`: when this process began, in ms since 1970. */
  constructor(started: number) {
    // The log keeps whole seconds.
    this.#started = Math.floor(started / 1000) * 1000;
  }

  /** The UIDs that nobody was told of yet. */
  of(account: string, mailbox: string, rows: Rows): UidSet {
    let first = rows.length;
    const unclaimed = this.#unclaimed.get(`${account} ${mailbox}`);
    if (unclaimed !== undefined) first = rows.lowerBound(unclaimed);
    else while (first > 0 && rows.saved(first - 1) >= this.#started) first--;
    return UidSet.fromAscending(uidsFrom(rows, first));
  }

  /** Below `uidnext`, everything is recent to somebody. */
  claim(account: string, mailbox: string, uidnext: number): void {
    this.#unclaimed.set(`${account} ${mailbox}`, uidnext);
  }
}

function* uidsFrom(rows: Rows, first: number): Generator<number> {
  for (let i = first; i < rows.length; i++) yield rows.uid(i);
}
