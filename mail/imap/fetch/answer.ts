import type { State, StoredEmail } from '../../account/types.ts';
import type { UidSet } from '../../account/uidset.ts';
import { NotFound } from '../../ports/index.ts';
import { inOrder } from '../../search/in-order.ts';
import { rowsOf } from '../changes.ts';
import type { FetchItem } from '../grammar/fetch.ts';
import type { Session } from '../session.ts';
import { type Context, type Message, needsEmail, simpleKinds, textOf } from './items.ts';
import { type SectionItem, SectionReader } from './sections.ts';

/** Messages whose summaries are asked for together. */
const BATCH = 500;
/** Messages whose sections are read while earlier ones are written. */
const AHEAD = { count: 64, weight: 1024 * 1024 };

/** FETCH responses, batch after batch. */
export class Fetch {
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
      ? await this.#session.place.account.emails(batch.map((row) => rows.email(row)))
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
        log.error('imap.blob-missing', { account: this.#session.place.account.id, blob: message.email!.blob });
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

/** What is told of a message whose flags a FETCH has changed (RFC 7162 section 3.2.4, RFC 9051 section 7.5.2). */
function flagNews({ enabled }: Session): FetchItem[] {
  const condstore = enabled.has('CONDSTORE');
  const news: FetchItem[] = [{ kind: 'FLAGS' }];
  if ((condstore || enabled.has('IMAP4REV2')) && !enabled.has('UIDONLY')) news.unshift({ kind: 'UID' });
  if (condstore) news.push({ kind: 'MODSEQ' });
  return news;
}
