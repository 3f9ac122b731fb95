import { NotFound } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import type { OpenAccount } from './account.ts';
import { E_GONE, P_EMAIL } from './columns.ts';
import type { Deps } from './deps.ts';
import type { AccountDraft } from './draft.ts';
import { foldEntry } from './fold.ts';
import { type KeptSnapshot, readSnapshot } from './snapshot.ts';
import { AccountState, emptyFields, type Fields, type MailboxState } from './state.ts';

/**
 * An account as it was: folded from the last snapshot that history keeps before the time, through the entries behind it.
 * What is restored is added by an entry of its own; nothing that is there now is changed or taken away (design: rule 5).
 */

/** Seqs that a new epoch leaves out: more than were written since any backup, so that none is given to a second entry. */
const EPOCH_STEP = 1_000_000_000;

/** Reads of history that end in what another process drops meanwhile. */
const TRIES = 3;

/** The entries from a kept snapshot on are not all there any more. */
class Dropped extends Error {
  override readonly name = 'Dropped';
}

/**
 * The account as it was at `time` (milliseconds since 1970, by the clocks of the writers). Throws `Refused('cannot')` where history does not go
 * back so far.
 */
export async function stateAt(deps: Deps, account: OpenAccount, time: number): Promise<AccountState> {
  return steadily(account, async () => {
    const kept = keptBy(account);
    const start = kept.findLast((snapshot) => snapshot.time <= time);
    if (start === undefined) {
      throw new Refused('cannot', `History begins at ${new Date(kept[0]!.time).toISOString()}: give a later time.`);
    }
    let found: Fields | undefined;
    for await (const fields of versions(deps, account, start)) {
      if (fields.time > time) break;
      found = fields;
    }
    return new AccountState(found!);
  });
}

/**
 * The messages that were in the mailbox `name` at `time` and are not in it now get new placements in it, with the flags of then. A mailbox
 * that was renamed since is found by its id; one that is gone is made anew. Gives the number of messages that came back; those
 * that were erased since do not. Throws `Refused`.
 */
export async function restoreMailbox(deps: Deps, account: OpenAccount, name: string, time: number): Promise<number> {
  const then = await stateAt(deps, account, time);
  const mailbox = then.mailboxNamed(name);
  if (mailbox === undefined) {
    throw new Refused('nonexistent', `There was no mailbox ${name} at ${new Date(time).toISOString()}.`);
  }
  const places = placesIn(then, mailbox.id);
  const { result } = await account.decide((draft) => putBack(draft, mailboxFor(draft, mailbox), places));
  return result;
}

/**
 * Emails that have lost their last placement get back those that they had just before. Those that are placed somewhere, or gone for
 * good, are left as they are. Gives the number of emails that came back.
 */
export async function undelete(deps: Deps, account: OpenAccount, emails: readonly number[]): Promise<number> {
  await account.refresh();
  const wanted = new Map<number, number[]>();
  for (const email of new Set(emails)) {
    const seq = goneAt(account.state.fields, email);
    if (seq > 0) wanted.set(seq, [...(wanted.get(seq) ?? []), email]);
  }
  if (wanted.size === 0) return 0;
  const places = await steadily(account, () => lastPlaces(deps, account, wanted));
  const { result } = await account.decide((draft) => {
    const revived = new Set<number>();
    for (const { mailbox, rows } of places) {
      const gone = rows.filter(({ email }) => revived.has(email) || goneAt(draft.fields, email) > 0);
      if (gone.length > 0) putBack(draft, mailboxFor(draft, mailbox), gone);
      for (const { email } of gone) revived.add(email);
    }
    return revived.size;
  });
  return result;
}

/**
 * To be called once for each account after the store was restored from a backup: nothing that a client remembers of what the backup
 * does not have may be taken for what is written from now on.
 */
export async function beginEpoch(account: OpenAccount): Promise<void> {
  await account.decide((draft) => draft.beginEpoch(draft.seq + EPOCH_STEP));
}

interface Place {
  readonly email: number;
  readonly flags: readonly string[];
  readonly date: number;
}

interface Places {
  readonly mailbox: Pick<MailboxState, 'id' | 'name' | 'role'>;
  readonly rows: readonly Place[];
}

/** The snapshots from which history can be folded, oldest first, the one in use the last. */
function keptBy({ base }: OpenAccount): readonly KeptSnapshot[] {
  if (base === undefined) return [{ seq: 0, time: 0 }];
  const { head, manifest } = base;
  return [...manifest.kept, { seq: manifest.seq, time: manifest.time, stored: { at: head.at, core: head.core } }];
}

/** The state of a kept snapshot, then that after each entry up to the account's present state. */
async function* versions(deps: Deps, account: OpenAccount, { stored }: KeptSnapshot): AsyncGenerator<Fields> {
  const last = account.state.seq;
  let fields = stored === undefined ? emptyFields() : (await readSnapshot(deps.blobs, stored, true)).fields;
  yield fields;
  for await (const entry of account.log.between(fields.seq + 1, last)) {
    if (entry.seq !== fields.seq + 1) throw new Dropped(`entry ${fields.seq + 1} is not there`);
    fields = foldEntry(fields, entry);
    yield fields;
  }
  if (fields.seq < last) throw new Dropped(`entry ${fields.seq + 1} is not there`);
}

/** Reads history from the newest state, and again where another process drops meanwhile what it began with. */
async function steadily<T>(account: OpenAccount, read: () => Promise<T>): Promise<T> {
  await account.refresh();
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Dropped || error instanceof NotFound) || attempt >= TRIES) throw error;
      await account.renewBase();
    }
  }
}

/** Where emails were just before their last placement vanished: `wanted` gives them by the seq at which it did. */
async function lastPlaces(
  deps: Deps,
  account: OpenAccount,
  wanted: ReadonlyMap<number, readonly number[]>,
): Promise<readonly Places[]> {
  const kept = keptBy(account);
  const first = Math.min(...wanted.keys());
  const start = kept.findLast(({ seq }) => seq < first);
  if (start === undefined) throw new Refused('nonexistent', 'Those messages are gone for good.');
  const found = new Map<string, { mailbox: Places['mailbox']; rows: Place[] }>();
  let before: Fields | undefined;
  for await (const fields of versions(deps, account, start)) {
    const going = new Set(wanted.get(fields.seq));
    if (before !== undefined && going.size > 0) {
      const state = new AccountState(before);
      for (const mailbox of before.mailboxes.values()) {
        const rows = placesIn(state, mailbox.id).filter(({ email }) => going.has(email));
        if (rows.length === 0) continue;
        const places = found.get(mailbox.id) ?? { mailbox, rows: [] };
        places.rows.push(...rows);
        found.set(mailbox.id, places);
      }
    }
    before = fields;
  }
  return [...found.values()];
}

function placesIn(state: AccountState, mailbox: string): Place[] {
  const rows = state.rows(mailbox);
  return Array.from({ length: rows.length }, (_, i) => ({
    email: rows.email(i),
    flags: rows.flags(i).list,
    date: rows.date(i),
  }));
}

/** Places those that the account still has and the mailbox has not, each once. Gives their number. */
function putBack(draft: AccountDraft, into: string, places: readonly Place[]): number {
  const rows = draft.fields.mailboxes.get(into)!.rows!;
  const present = new Set<number>();
  for (let row = 0; row < rows.length; row++) present.add(rows.get(row, P_EMAIL));
  const missing = new Map<number, Place>();
  for (const place of places) {
    if (present.has(place.email) || draft.fields.emailTable!.find(place.email) < 0) continue;
    if (!missing.has(place.email)) missing.set(place.email, place);
  }
  draft.place(into, [...missing.values()]);
  return missing.size;
}

/** The id of the mailbox as it is now, or of one that is made in its place. */
function mailboxFor(draft: AccountDraft, { id, name, role }: Places['mailbox']): string {
  const now = draft.fields.mailboxes.get(id) ?? draft.mailboxNamed(name);
  if (now !== undefined) return now.id;
  const taken = [...draft.mailboxes.values()].some((mailbox) => mailbox.role === role);
  return draft.createMailbox(name, taken ? undefined : role).id;
}

/** The seq at which an email's last placement vanished; 0 where it has one, or the account has it no more. */
function goneAt(fields: Fields, email: number): number {
  const row = fields.emailTable!.find(email);
  return row < 0 ? 0 : fields.emailTable!.get(row, E_GONE);
}
