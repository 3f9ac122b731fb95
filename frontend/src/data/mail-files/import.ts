import { CORE, call, chain, openSession, uploadBlob } from '../../api/jmap.ts';
import { connected, cut, isCut, tryNow } from '../../api/line.ts';
import { MethodError } from '../../api/method-error.ts';
import { ApiError } from '../../api/session.ts';
import { t } from '../../i18n/index.ts';
import { kindOf, placesIn, type ReadMessage, readMessage } from './read-mbox.ts';

/** Brings messages of files into a folder: many at once in one upload, which the server then cuts (RFC 9404 section 4.1). */

export interface Wish {
  readonly files: readonly File[];
  /** One's own mailbox, by its id. */
  readonly mailbox: string;
  /** Those of which the file says nothing count as read. */
  readonly areRead: boolean;
  /** Those that are in the folder already are left out. */
  readonly skipsKnown: boolean;
}

export interface Refusal {
  /** What it is: its subject, or the name of the file. */
  readonly what: string;
  readonly reason: string;
}

/** How far it is. */
export interface State {
  readonly imported: number;
  readonly known: number;
  readonly refused: readonly Refusal[];
  /** 0 to 1, of the bytes of all files. */
  readonly share: number;
}

/** Bytes and messages of one upload. */
const BATCH_BYTES = 6_000_000;
const BATCH = 100;
/** How often the same is tried again when the line was lost. */
const RETRIES = 2;
/** Refusals that are kept: more say nothing new. */
const MOST_REFUSALS = 1_000;

interface One extends ReadMessage {
  readonly what: string;
  readonly date: number | undefined;
  /** The file that it is of, and where in it the next one begins. */
  readonly file: number;
  readonly next: number;
}

/** An import that can be stopped, and goes on where it was: so after a line that was lost. */
export class MailImport {
  readonly #wish: Wish;
  readonly #tell: (state: State) => void;
  readonly #all: number;
  #state: State = { imported: 0, known: 0, refused: [], share: 0 };
  /** Where reading begins again, and what was told until there. */
  #file = 0;
  #at = 0;
  #settled = this.#state;
  #isBegun = false;

  constructor(wish: Wish, tell: (state: State) => void) {
    this.#wish = wish;
    this.#tell = tell;
    this.#all = Math.max(
      1,
      wish.files.reduce((sum, { size }) => sum + size, 0),
    );
  }

  get state(): State {
    return this.#state;
  }

  /** Goes on until all is there, or `stop` says so; a line that is lost is waited for. Throws where it cannot; then it can be called again. */
  async run(stop: AbortSignal): Promise<void> {
    for (let failures = 0; ; ) {
      const before = this.#settled;
      try {
        await lineBack(stop);
        return await this.#goOn(stop);
      } catch (error) {
        if (stop.aborted || !isLineLost(error)) throw error;
        failures = this.#settled === before ? failures + 1 : 1;
        if (failures > RETRIES) throw error;
        // An upload alone does not tell that the server is not reached.
        cut();
      }
    }
  }

  async #goOn(stop: AbortSignal): Promise<void> {
    const { mailbox, skipsKnown, files } = this.#wish;
    // What was sent when the line was lost may be there.
    const isAgain = this.#isBegun;
    this.#isBegun = true;
    this.#set(this.#settled);
    const known = skipsKnown || isAgain ? await knownIn(mailbox, stop) : new Set<string>();
    const { maxSizeUpload } = (await openSession()).capabilities[CORE] as { maxSizeUpload: number };
    let batch: One[] = [];
    let bytes = 0;
    for await (const one of this.#messages(maxSizeUpload)) {
      if (stop.aborted) return;
      if (known.has(keyOf(one))) this.#set({ known: this.#state.known + 1 });
      else {
        if (batch.length > 0 && (batch.length === BATCH || bytes + one.bytes.length > BATCH_BYTES)) {
          await this.#send(batch, stop);
          batch = [];
          bytes = 0;
        }
        batch.push(one);
        bytes += one.bytes.length;
        continue;
      }
      if (batch.length === 0) this.#reached(one.file, one.next);
    }
    if (stop.aborted) return;
    if (batch.length > 0) await this.#send(batch, stop);
    if (!stop.aborted) this.#reached(files.length, 0);
  }

  /** Those that are not done. What cannot be read is noted, and passed over. */
  async *#messages(most: number): AsyncGenerator<One> {
    const begin = this.#file;
    for (const [index, file] of this.#wish.files.entries()) {
      if (index < begin) continue;
      const from = index === begin ? this.#at : 0;
      // Only an mbox is begun in its middle.
      const kind = from > 0 ? 'mbox' : kindOf(new Uint8Array(await file.slice(0, 4_096).arrayBuffer()));
      if (kind === 'none') this.#refuse(file.name, t('mailFiles.noMail'));
      else if (kind === 'message') {
        if (file.size > most) this.#refuse(file.name, t('mailFiles.tooLarge'));
        else {
          const read = readMessage(new Uint8Array(await file.arrayBuffer()), false);
          yield { ...read, what: read.subject || file.name, date: undefined, file: index + 1, next: 0 };
        }
      } else {
        for await (const { start, end, date } of placesIn(file, from)) {
          if (end - start > most) {
            const { subject } = readMessage(
              new Uint8Array(await file.slice(start, start + 65_536).arrayBuffer()),
              true,
            );
            this.#refuse(subject || file.name, t('mailFiles.tooLarge'));
            continue;
          }
          const read = readMessage(new Uint8Array(await file.slice(start, end).arrayBuffer()), true);
          if (read.isInternal || read.isExpunged) continue;
          yield { ...read, what: read.subject || file.name, date, file: index, next: end };
        }
      }
    }
  }

  async #send(batch: readonly One[], stop: AbortSignal): Promise<void> {
    const last = batch.at(-1)!;
    const before = this.#state.share;
    const after = this.#shareAt(last.file, last.next);
    try {
      const { blobId } = await uploadBlob(new Blob(batch.map(({ bytes }) => bytes)), {
        signal: stop,
        // The rest of the way is the server's.
        onProgress: (share) => this.#set({ share: before + (after - before) * share * 0.8 }),
      });
      const refused = await this.#filed(batch, blobId);
      for (const [index, reason] of refused) this.#refuse(batch[index]!.what, reason);
      this.#set({ imported: this.#state.imported + batch.length - refused.size });
      this.#reached(last.file, last.next);
    } catch (error) {
      if (!stop.aborted) throw error;
    }
  }

  /** Gives why some were not taken, by their place. */
  async #filed(batch: readonly One[], blobId: string): Promise<ReadonlyMap<number, string>> {
    const { mailbox, areRead } = this.#wish;
    let offset = 0;
    const cuts = batch.map(({ bytes }, index) => {
      offset += bytes.length;
      return [`b${index}`, { data: [{ blobId, offset: offset - bytes.length, length: bytes.length }] }] as const;
    });
    const emails = batch.map(({ keywords, date }, index) => [
      `m${index}`,
      {
        blobId: batch.length === 1 ? blobId : `#b${index}`,
        mailboxIds: { [mailbox]: true },
        keywords: Object.fromEntries((keywords ?? (areRead ? ['$seen'] : [])).map((one) => [one, true])),
        ...(date === undefined ? {} : { receivedAt: new Date(date).toISOString().replace('.000Z', 'Z') }),
      },
    ]);
    const importing = ['Email/import', { emails: Object.fromEntries(emails) }, 'i'] as const;
    type Answer = { readonly notCreated: Readonly<Record<string, { type: string; description?: string }>> | null };
    const uploading = ['Blob/upload', { create: Object.fromEntries(cuts) }, 'b'] as const;
    const answers = await chain<readonly Answer[]>(...(batch.length === 1 ? [importing] : [uploading, importing]));
    const { notCreated } = answers.at(-1)!;
    const refused = new Map<number, string>();
    let there = 0;
    for (const [key, { type, description }] of Object.entries(notCreated ?? {})) {
      const index = Number(key.slice(1));
      if (type === 'alreadyExists') there++;
      else refused.set(index, type === 'overQuota' ? t('mailFiles.full') : (description ?? type));
    }
    if (there > 0) this.#set({ known: this.#state.known + there, imported: this.#state.imported - there });
    return refused;
  }

  #refuse(what: string, reason: string): void {
    const { refused } = this.#state;
    if (refused.length < MOST_REFUSALS) this.#set({ refused: [...refused, { what, reason }] });
  }

  #reached(file: number, at: number): void {
    this.#file = file;
    this.#at = at;
    this.#set({ share: this.#shareAt(file, at) });
    this.#settled = this.#state;
  }

  #shareAt(file: number, at: number): number {
    const before = this.#wish.files.slice(0, file).reduce((sum, { size }) => sum + size, 0);
    return Math.min(1, (before + at) / this.#all);
  }

  #set(more: Partial<State>): void {
    this.#state = { ...this.#state, ...more };
    this.#tell(this.#state);
  }
}

function isLineLost(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 0;
  // What is answered without a line (api/offline.ts).
  return error instanceof MethodError && error.type === 'serverUnavailable';
}

/** Where there is no line, waits for it; nothing of this can be done without. */
async function lineBack(stop: AbortSignal): Promise<void> {
  if (!isCut()) return;
  tryNow();
  await new Promise<void>((resolve) => {
    const unsubscribe = connected.subscribe((isThere) => {
      if (isThere !== false) queueMicrotask(done);
    });
    const done = () => {
      unsubscribe();
      resolve();
    };
    stop.addEventListener('abort', done, { once: true });
  });
}

/** Ids of one /query, and objects of one /get. */
const IDS = 5_000;
const OBJECTS = 500;

/** What a folder holds, as far as messages can be told apart by it. */
async function knownIn(mailbox: string, stop: AbortSignal): Promise<ReadonlySet<string>> {
  const ids: string[] = [];
  for (;;) {
    const page = await call<{ ids: string[] }>('Email/query', {
      ...{ filter: { inMailbox: mailbox }, sort: [{ property: 'receivedAt', isAscending: true }] },
      ...{ position: ids.length, limit: IDS },
    });
    ids.push(...page.ids);
    if (page.ids.length === 0 || stop.aborted) break;
  }
  const known = new Set<string>();
  for (let from = 0; from < ids.length && !stop.aborted; from += OBJECTS) {
    const { list } = await call<{
      list: { messageId: readonly string[] | null; size: number }[];
    }>('Email/get', { ids: ids.slice(from, from + OBJECTS), properties: ['messageId', 'size'] });
    for (const { messageId, size } of list) known.add(`${messageId?.[0] ?? ''} ${size}`);
  }
  return known;
}

function keyOf({ messageId, bytes }: One): string {
  return `${messageId ?? ''} ${bytes.length}`;
}
