/** An account with many messages of the corpus, put straight into a home that no process uses; and what its index weighs. */
import { localLog, openLocalStore } from '../../adapters/local/index.ts';
import { indexMessage } from '../../mail/message/indexer.ts';
import { summarize } from '../../mail/message/summarize.ts';
import type { Blobs } from '../../mail/ports/index.ts';
import { createMail, type Mail } from '../../mail/stages.ts';
import { SEED_PASSWORD } from '../support/seed.ts';
import { corpusMessage } from './corpus.ts';

const DOMAIN = 'bench.test';
export const USER = `user1@${DOMAIN}`;
export const PASSWORD = SEED_PASSWORD;
const AT_ONCE = 500;

type Store = Awaited<ReturnType<typeof openLocalStore>>;

export interface Archive {
  /** UTF-8 bytes of what a reader sees of all messages; and of the messages. */
  readonly text: number;
  readonly bytes: number;
  readonly index: { readonly ms: number; readonly busyMs: number; readonly bytes: number; readonly segments: number };
}

/** Works on a home's accounts as the only process. */
export async function onHome<T>(home: string, work: (mail: Mail, store: Store) => Promise<T>): Promise<T> {
  const store = await openLocalStore({ home, log: localLog('warn') });
  try {
    return await work(await mailOf(store), store);
  } finally {
    await store.close();
  }
}

/** The stages anew, knowing nothing yet; `blobs` in the place of the store's own. */
export function mailOf(store: Store, blobs: Blobs = store.blobs): Promise<Mail> {
  return createMail(
    { ...store, blobs },
    {
      hostname: 'mail.example.test',
      writer: 'person',
      exclusive: true,
      defaultRoutes: [{ kind: 'mx' }],
      onLongTail: () => undefined,
    },
  );
}

/** Makes the account, files messages 0 to `count` - 1 in its inbox, and indexes them. */
export async function makeArchive(home: string, count: number): Promise<Archive> {
  return onHome(home, async (mail, store) => {
    await mail.directory.domains.add(DOMAIN);
    const { id } = await mail.directory.accounts.add(USER, PASSWORD);
    const account = await mail.accounts.open(id);
    const inbox = account.state.mailboxNamed('INBOX')!.id;
    let text = 0;
    let bytes = 0;
    for (let first = 0; first < count; first += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, i) => first + i);
      const made = await Promise.all(
        numbers.map(async (n) => {
          const one = corpusMessage(n);
          text += one.text;
          bytes += one.bytes.length;
          const { name } = await store.blobs.put('raw', one.bytes, { owners: 1 });
          return { n, blob: name, size: one.bytes.length, summary: summarize(indexMessage(one.bytes)) };
        }),
      );
      await account.write((draft) => {
        for (const { n, ...message } of made) {
          const flags = n % 3 === 0 ? [] : ['\\Seen'];
          draft.add({ mailboxes: [inbox], date: Date.UTC(2023, 0, 1) + n * 600_000, flags, ...message });
        }
      });
      if (first % 20_000 === 0) await mail.accounts.compact(id);
    }
    await mail.accounts.compact(id);
    const from = performance.now();
    const cpu = process.cpuUsage();
    while (await mail.index.update(id));
    const ms = performance.now() - from;
    const { user, system } = process.cpuUsage(cpu);
    const segments: number[] = [];
    const open = await mail.index.open(id, account.state);
    for (const { bytes: size } of open?.segments ?? []) segments.push(size);
    const indexBytes = segments.reduce((sum, size) => sum + size, 0);
    return { text, bytes, index: { ms, busyMs: (user + system) / 1000, bytes: indexBytes, segments: segments.length } };
  });
}
