/** Accounts in memory with a full-text index, and what a search finds with it and without. */

import type { OpenAccounts } from '../../mail/account/accounts.ts';
import type { Account } from '../../mail/account/types.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import { indexMessage } from '../../mail/message/indexer.ts';
import { summarize } from '../../mail/message/summarize.ts';
import type { Blobs } from '../../mail/ports/index.ts';
import { bodyHolds, loadContent, textHolds } from '../../mail/search/content.ts';
import { createSearchIndex, type SearchIndex } from '../../mail/search/index/index.ts';
import { readManifest } from '../../mail/search/index/manifest.ts';
import type { OpenIndex } from '../../mail/search/index/search.ts';
import { Needle } from '../../mail/search/needle.ts';
import { FIELDS, type Field, fieldWords, wordsHold } from '../../mail/search/text.ts';
import type { WordQuery } from '../../mail/search/words.ts';
import { type World, world } from './accounts.ts';
import { silentLog } from './memory.ts';
import type { StorePorts } from './ports.ts';

export const OWNER = 'a1';

export interface SearchWorld {
  readonly w: World;
  readonly accounts: OpenAccounts;
  readonly account: Account;
  readonly index: SearchIndex;
  /** Accounts for which somebody was asked to index. */
  readonly asked: string[];
  /** What was logged as an error. */
  readonly errors: string[];
  /** Files messages, each latin1 or bytes, in one entry; gives their numbers. */
  file(...messages: readonly (string | Uint8Array)[]): Promise<number[]>;
  /** Takes messages out of the only mailbox. */
  expunge(emails: readonly number[]): Promise<void>;
  /** Another process on the same store: its accounts erase what the index holds, too. */
  process(ports?: StorePorts): { readonly accounts: OpenAccounts; readonly index: SearchIndex };
  /** The index as it is now. */
  opened(): Promise<OpenIndex>;
  segments(): Promise<number>;
  /** Names of the index's blobs, used or not. */
  blobs(): Promise<string[]>;
}

export async function searchWorld(seed = 1): Promise<SearchWorld> {
  const w = world(seed);
  const asked: string[] = [];
  const errors: string[] = [];
  const log = { ...silentLog, error: (event: string) => void errors.push(event) };
  const process = (ports: StorePorts = w.ports) => {
    const accounts: OpenAccounts = w.process({
      ...ports,
      forget: (...of) => index.forget(...of),
      forgetAccount: (id) => index.forgetAccount(id),
    });
    const index = createSearchIndex({
      ...ports,
      accounts,
      clock: w.clock,
      log,
      onUnindexed: (id) => void asked.push(id),
    });
    return { accounts, index };
  };
  const { accounts, index } = process();
  const account = await accounts.open(OWNER);
  const { result: inbox } = await account.write((draft) => draft.createMailbox('INBOX', 'inbox'));
  return {
    w,
    accounts,
    account,
    index,
    asked,
    errors,
    process,
    async file(...messages) {
      const stored: { blob: string; bytes: Uint8Array }[] = [];
      for (const one of messages) {
        const bytes = typeof one === 'string' ? Buffer.from(one, 'latin1') : one;
        stored.push({ blob: (await w.ports.blobs.put('raw', bytes, { owners: 1 })).name, bytes });
      }
      const { result } = await account.write((draft) =>
        stored.map(({ blob, bytes }) => {
          const summary = summarize(indexMessage(bytes));
          const date = w.clock.now() - (w.clock.now() % 1000);
          return draft.add({ mailboxes: [inbox.id], blob, size: bytes.length, date, flags: [], summary })!.email;
        }),
      );
      return result;
    },
    async expunge(emails) {
      await account.write((draft) => {
        const rows = draft.rows(inbox.id);
        const uids = Array.from({ length: rows.length }, (_, row) => row).filter((row) =>
          emails.includes(rows.email(row)),
        );
        draft.expunge(inbox.id, UidSet.from(uids.map((row) => rows.uid(row))));
      });
    },
    async opened() {
      const open = await index.open(OWNER, { emails: Number.MAX_SAFE_INTEGER });
      if (open === undefined) throw new Error('nothing is indexed');
      return open;
    },
    segments: async () => (await readManifest(w.ports.records, OWNER)).segments.length,
    async blobs() {
      const found: string[] = [];
      for await (const { name } of w.ports.blobs.list('index')) found.push(name);
      return found;
    },
  };
}

/** Whether a message has words in one of the fields, by reading it. */
export async function readWords(
  { account, w }: SearchWorld,
  number: number,
  query: WordQuery,
  fields: readonly Field[] = FIELDS,
): Promise<boolean> {
  const email = (await account.emails([number])).get(number)!;
  const content = await loadContent(w.ports.blobs, email, true);
  return fields.some((field) => wordsHold(fieldWords(email, content, field), query));
}

/** Whether IMAP finds a text in a message, by reading it. */
export async function readText(
  { account, w }: SearchWorld,
  number: number,
  text: string,
  where: 'text' | 'body',
): Promise<boolean> {
  const content = await loadContent(w.ports.blobs, (await account.emails([number])).get(number)!, true);
  const needle = new Needle(text);
  return where === 'body' ? bodyHolds(content, needle) : textHolds(content, needle);
}

/** A store of blobs of which a test does some of the methods. */
export function withBlobs(blobs: Blobs, own: Partial<Blobs>): Blobs {
  return {
    put: (...of) => blobs.put(...of),
    get: (...of) => blobs.get(...of),
    stream: (...of) => blobs.stream(...of),
    info: (...of) => blobs.info(...of),
    delete: (...of) => blobs.delete(...of),
    list: (...of) => blobs.list(...of),
    ...own,
  };
}
