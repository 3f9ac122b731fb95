/**
 * What somebody who looks at an account again and again may see (design: rules 9, 10 and 14): it never goes back, UIDs become
 * visible in ascending order and stand for one email each, and whatever changed has a higher MODSEQ than what was seen before.
 */
import type { Mailbox, Rows, State } from '../../mail/account/types.ts';
import type { Trace } from './trace.ts';

interface Account {
  /** The highest position that anybody has seen, or was told to have been written. */
  known: number;
  /** Email by mailbox, UIDVALIDITY and UID. */
  readonly emails: Map<string, number>;
  /** The mailbox that has or had a UIDVALIDITY: all of them differ, so that whatever becomes of a name, its UIDVALIDITY is new. */
  readonly uidvalidities: Map<number, string>;
}

export class Observations {
  readonly #trace: Trace;
  readonly #accounts = new Map<string, Account>();
  /** The last state that each observer saw. */
  readonly #last = new Map<string, State>();

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** What a refresh that begins now must show at least. */
  known(account: string): number {
    return this.#account(account).known;
  }

  /** A write was acknowledged, which an account's state of at least that position contains. */
  acknowledged(account: string, seq: number): void {
    const known = this.#account(account);
    known.known = Math.max(known.known, seq);
  }

  /** `atLeast`: what was known when the read began. */
  seen(observer: string, account: string, state: State, atLeast: number): void {
    if (state.seq < atLeast) {
      this.#trace.fail('time travel', `${observer} sees ${account} at ${state.seq} after ${atLeast} was known`);
      return;
    }
    const known = this.#account(account);
    known.known = Math.max(known.known, state.seq);
    const key = `${observer} ${account}`;
    const before = this.#last.get(key);
    this.#last.set(key, state);
    if (before === undefined || before === state) return;
    if (state.seq < before.seq) {
      this.#trace.fail('time travel', `${observer} sees ${account} at ${state.seq} after ${before.seq}`);
    }
    for (const mailbox of state.mailboxes.values()) {
      this.#uidvalidity(known, account, mailbox);
      const old = before.mailboxes.get(mailbox.id);
      this.#rows(known, account, mailbox, state.rows(mailbox.id), state.seq);
      if (old !== undefined) this.#compare(`${observer}: ${account} ${mailbox.name}`, before, state, old, mailbox);
    }
  }

  /** The state that a write gave back. The observer may have read a later one before the answer came. */
  written(observer: string, account: string, state: State): void {
    const before = this.#last.get(`${observer} ${account}`);
    if (before === undefined || before.seq <= state.seq) this.seen(observer, account, state, 0);
  }

  #account(id: string): Account {
    let account = this.#accounts.get(id);
    if (account === undefined) {
      account = { known: 0, emails: new Map(), uidvalidities: new Map() };
      this.#accounts.set(id, account);
    }
    return account;
  }

  #uidvalidity(known: Account, account: string, { uidvalidity, id, name }: Mailbox): void {
    const other = known.uidvalidities.get(uidvalidity);
    if (other === undefined) known.uidvalidities.set(uidvalidity, id);
    else if (other !== id) {
      this.#trace.fail('uidvalidity', `${account} ${name}: ${uidvalidity} is that of ${other}, and of ${id}`);
    }
  }

  #rows(known: Account, account: string, mailbox: Mailbox, rows: Rows, seq: number): void {
    for (let i = 0; i < rows.length; i++) {
      const uid = rows.uid(i);
      const key = `${mailbox.id} ${mailbox.uidvalidity} ${uid}`;
      const email = known.emails.get(key);
      if (email === undefined) known.emails.set(key, rows.email(i));
      else if (email !== rows.email(i)) {
        this.#trace.fail('uid reused', `${account} ${mailbox.name} ${uid} was ${email} and is ${rows.email(i)}`);
      }
      if (rows.modseq(i) > seq || rows.modseq(i) > mailbox.modseq || uid >= mailbox.uidnext) {
        this.#trace.fail('modseq', `${account} ${mailbox.name} ${uid} is ahead of its mailbox`);
      }
    }
  }

  #compare(where: string, before: State, state: State, old: Mailbox, mailbox: Mailbox): void {
    const was = before.rows(mailbox.id);
    const is = state.rows(mailbox.id);
    const vanished = state.vanishedSince(mailbox.id, before.seq);
    let changed = was.length !== is.length;
    for (let i = 0; i < is.length; i++) {
      const uid = is.uid(i);
      const at = was.find(uid);
      if (at < 0) {
        changed = true;
        if (uid < old.uidnext) this.#trace.fail('uid order', `${where}: ${uid} came after ${old.uidnext - 1}`);
        if (is.modseq(i) <= before.seq) this.#trace.fail('modseq', `${where}: new ${uid} has ${is.modseq(i)}`);
      } else if (was.flags(at).list.join() !== is.flags(i).list.join()) {
        changed = true;
        if (is.modseq(i) <= before.seq) this.#trace.fail('modseq', `${where}: changed ${uid} has ${is.modseq(i)}`);
      }
    }
    for (let i = 0; i < was.length; i++) {
      const uid = was.uid(i);
      if (is.find(uid) >= 0) continue;
      changed = true;
      if (vanished !== undefined && !vanished.has(uid)) this.#trace.fail('vanished', `${where}: ${uid} is not told`);
    }
    if (changed && mailbox.modseq <= before.seq) {
      this.#trace.fail('modseq', `${where}: HIGHESTMODSEQ ${mailbox.modseq} after a change behind ${before.seq}`);
    }
    if (mailbox.modseq < old.modseq || mailbox.uidnext < old.uidnext || mailbox.uidvalidity !== old.uidvalidity) {
      this.#trace.fail('time travel', `${where}: MODSEQ, UIDNEXT or UIDVALIDITY went back`);
    }
  }
}
