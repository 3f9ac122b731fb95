import { type Flags, type Rows, SEEN, type State, type StoredEmail } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { NotFound } from '../../ports/index.ts';
import { rowsOf } from '../changes.ts';
import { type Command, command, type Done, SELECTED } from '../command.ts';
import { type Context, type Message, needsEmail, simpleKinds, textOf } from '../fetch/items.ts';
import { type SectionItem, SectionReader } from '../fetch/sections.ts';
import { type FetchItem, fetchItems } from '../grammar/fetch.ts';
import { fetchModifiers } from '../grammar/fetch-modifiers.ts';
import { windowOf } from '../grammar/partial.ts';
import { resolve, SAVED, type SequenceSet, sequenceSet } from '../grammar/sequence.ts';
import { inOrder } from '../in-order.ts';
import type { Session } from '../session.ts';
import { vanished } from '../vanished.ts';

/** Messages whose summaries are asked for together. */
const BATCH = 500;
/** Messages whose sections are read while earlier ones are written. */
const AHEAD = { count: 64, weight: 1024 * 1024 };

/** FETCH and UID FETCH (RFC 3501 section 6.4.5). */
export function fetching(uid: boolean): Command {
  return command({
    states: SELECTED,
    sync: uid ? 'all' : 'no expunge',
    uid,
    numbers: !uid,
    parse(parser, session) {
      parser.space();
      const set = sequenceSet(parser);
      parser.space();
      const asked = fetchItems(parser);
      const modifiers = fetchModifiers(parser, uid, session.enabled.has('QRESYNC'));
      const items = modifiers.changedSince === undefined ? asked : [...asked, { kind: 'MODSEQ' as const }];
      // RFC 3501 section 6.4.8: UID FETCH always tells the UID; a UIDFETCH response begins with it.
      const tellUid = uid && !session.enabled.has('UIDONLY');
      return { set, modifiers, items: tellUid ? [{ kind: 'UID' as const }, ...items] : items };
    },
    async run(session, { set, modifiers, items }) {
      if (items.some(({ kind }) => kind === 'MODSEQ')) session.enableCondstore();
      if (modifiers.vanished === true) sayVanished(session, set, modifiers.changedSince ?? 0);
      const named = session.view.resolve(set, uid);
      const { partial } = modifiers;
      const window = partial === undefined ? named : UidSet.fromAscending(windowOf([...named], partial));
      const uids = changedOnly(session, window, modifiers.changedSince);
      const { state, changed } = await markSeen(session, uids, items);
      const lost = await new Fetch(session, state, items, changed).run(uids);
      session.sync({ expunge: false, uid, interim: true, known: flagsOf(session.view.rows(state), changed) }, state);
      return ending(lost, uid);
    },
  });
}

/** Those of `uids` that have a higher mod-sequence (RFC 7162 section 3.1.4.1). */
function changedOnly(session: Session, uids: UidSet, changedSince: number | undefined): UidSet {
  if (changedSince === undefined) return uids;
  const rows = session.view.rows(session.account.state);
  return UidSet.fromAscending(rows.changedSince(changedSince).map((row) => rows.uid(row))).intersection(uids);
}

/** What has been expunged, before any FETCH response (RFC 7162 section 3.2.6). What the client still counts, it is told as usual. */
function sayVanished(session: Session, set: SequenceSet, since: number): void {
  const { view, out } = session;
  const { state } = session.account;
  const asked = set === SAVED ? view.saved : resolve(set, view.numbers.last);
  session.sync({ expunge: true, uid: true, interim: true }, state);
  const mailbox = state.mailboxes.get(view.mailbox);
  if (mailbox === undefined) return;
  const gone = vanished(state, mailbox, since, asked);
  if (!gone.isEmpty) out.line(`* VANISHED (EARLIER) ${gone}`);
}

/** RFC 5530: EXPUNGEISSUED for what others have expunged; to a UID command that is nothing. */
function ending(lost: { expunged: number; unreadable: number }, uid: boolean): Done {
  if (lost.unreadable > 0) {
    return {
      status: 'NO',
      code: 'SERVERBUG',
      text: `${lost.unreadable} messages could not be read; it has been logged`,
    };
  }
  if (lost.expunged === 0 || uid) return {};
  return { code: 'EXPUNGEISSUED', text: 'Some messages have been expunged; the others were sent' };
}

/** What is told of a message whose flags a FETCH has changed (RFC 7162 section 3.2.4, RFC 9051 section 7.5.2). */
function flagNews({ enabled }: Session): FetchItem[] {
  const condstore = enabled.has('CONDSTORE');
  const news: FetchItem[] = [{ kind: 'FLAGS' }];
  if ((condstore || enabled.has('IMAP4REV2')) && !enabled.has('UIDONLY')) news.unshift({ kind: 'UID' });
  if (condstore) news.push({ kind: 'MODSEQ' });
  return news;
}

/** Sets \Seen where a body is read without PEEK: one entry a command, and none where nothing changes. */
async function markSeen(
  session: Session,
  uids: UidSet,
  items: readonly FetchItem[],
): Promise<{ state: State; changed: UidSet }> {
  const { account, view } = session;
  const { state } = account;
  const reads = items.some((item) => item.kind === 'SECTION' && !item.peek);
  if (!reads || view.readOnly || !someUnseen(view.rows(state), uids)) return { state, changed: UidSet.EMPTY };
  const written = await account.write((draft) =>
    draft.mailboxes.has(view.mailbox) ? draft.store(view.mailbox, uids, 'add', ['\\Seen']).changed : UidSet.EMPTY,
  );
  return { state: written.state, changed: written.result };
}

function someUnseen(rows: Rows, uids: UidSet): boolean {
  for (const row of rowsOf(rows, uids)) if ((rows.flags(row).system & SEEN) === 0) return true;
  return false;
}

function flagsOf(rows: Rows, uids: UidSet): Map<number, Flags> {
  const flags = new Map<number, Flags>();
  for (const row of rowsOf(rows, uids)) flags.set(rows.uid(row), rows.flags(row));
  return flags;
}

/** The answer to one FETCH, batch after batch. */
class Fetch {
  readonly #session: Session;
  readonly #context: Context;
  readonly #kinds: ReturnType<typeof simpleKinds>;
  readonly #kindsAndFlags: ReturnType<typeof simpleKinds>;
  readonly #sections: readonly SectionItem[];
  readonly #needsEmail: boolean;
  /** Messages that have become \Seen by this command: they tell their flags too. */
  readonly #changed: UidSet;
  #lost = { expunged: 0, unreadable: 0 };

  constructor(session: Session, state: State, items: readonly FetchItem[], changed: UidSet) {
    this.#session = session;
    this.#context = { view: session.view, rows: session.view.rows(state), out: session.out };
    this.#kinds = simpleKinds(items);
    this.#kindsAndFlags = simpleKinds([...items, ...flagNews(session)]);
    this.#sections = items.filter((item) => item.kind === 'SECTION');
    this.#needsEmail = items.some(needsEmail);
    this.#changed = changed;
  }

  /** Answers for `uids`; gives how many could not be answered. */
  async run(uids: UidSet): Promise<{ expunged: number; unreadable: number }> {
    let batch: number[] = [];
    let count = 0;
    for (const row of rowsOf(this.#context.rows, uids)) {
      count++;
      if (batch.push(row) < BATCH) continue;
      await this.#batch(batch);
      batch = [];
    }
    await this.#batch(batch);
    this.#lost.expunged += uids.size - count;
    return this.#lost;
  }

  async #batch(batch: readonly number[]): Promise<void> {
    const { rows } = this.#context;
    const emails = this.#needsEmail
      ? await this.#session.account.emails(batch.map((row) => rows.email(row)))
      : new Map<number, StoredEmail>();
    const messages: Message[] = [];
    for (const row of batch) {
      const uid = rows.uid(row);
      const email = emails.get(rows.email(row));
      if (this.#needsEmail && email === undefined) this.#lost.expunged++;
      else messages.push({ row, uid, email });
    }
    if (this.#sections.length > 0) await this.#withSections(messages);
    else {
      for (const message of messages) this.#context.out.line(`${this.#opening(message)})`);
      await this.#context.out.room();
    }
  }

  async #withSections(messages: readonly Message[]): Promise<void> {
    const { out } = this.#context;
    const { blobs, log } = this.#session.deps;
    const readers = messages.map((message) => ({
      message,
      reader: new SectionReader(blobs, message.email!, this.#sections),
    }));
    const load = async ({ message, reader }: (typeof readers)[number]) => {
      try {
        return { message, reader: await reader.load() };
      } catch (error) {
        if (!(error instanceof NotFound)) throw error;
        log.error('imap.blob-missing', { account: this.#session.account.id, blob: message.email!.blob });
        return { message, reader: undefined };
      }
    };
    for await (const { message, reader } of inOrder(readers, AHEAD, ({ reader }) => reader.weight, load)) {
      if (reader === undefined) {
        this.#lost.unreadable++;
        continue;
      }
      const opening = this.#opening(message);
      out.text(opening);
      await reader.write(out, opening.endsWith('('));
      out.text(')\r\n');
      await out.room();
    }
  }

  #opening(message: Message): string {
    const kinds = this.#changed.has(message.uid) ? this.#kindsAndFlags : this.#kinds;
    // The text first: it may announce a keyword on a line of its own.
    const text = textOf(kinds, message, this.#context);
    return `${this.#context.view.fetchOpening(message.uid)}${text}`;
  }
}
