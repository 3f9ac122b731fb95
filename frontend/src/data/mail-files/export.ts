import { accountOf, bareId } from '../../api/ids.ts';
import { call, fill, mailAccount, openSession } from '../../api/jmap.ts';
import { ApiError, signedFetch } from '../../api/session.ts';
import { enFiles } from '../../i18n/en-files.ts';
import { addWords, t } from '../../i18n/index.ts';
import { members, type Selection } from '../actions.ts';
import { allIds } from '../changes.ts';
import { safeName, save } from '../files.ts';
import { type Progress, runJob } from '../jobs.ts';
import { failed, toast } from '../toasts.ts';
import type { Address, Mailbox } from '../types.ts';
import { openSink, type Sink } from './sink.ts';
import { mboxEntry } from './write-mbox.ts';

addWords(enFiles);

/** Messages as files: one as it came, more as an mbox, which is written as they come. */

const TYPE = 'application/mbox';
/** Messages of which it is asked at once what they are, and which are on their way at the same time. */
const BATCH = 250;
const AT_ONCE = 6;

interface Row {
  readonly id: string;
  readonly blobId: string;
  readonly receivedAt: string;
  readonly keywords: Readonly<Record<string, true>>;
  readonly from: readonly Address[] | null;
}

/** A whole folder, the oldest message first. `called`: its name. */
export function exportMailbox({ id }: Mailbox, called: string): Promise<void> {
  const query = {
    filter: { inMailbox: id },
    sort: [{ property: 'receivedAt', isAscending: true }],
    collapseThreads: false,
  };
  return exportAs(called, (progress) => allIds({ query }, progress));
}

/** What is chosen in a list. */
export async function exportSelection(selection: Selection): Promise<void> {
  const { emails, all } = selection;
  try {
    const chosen = all === undefined ? await members(selection) : [];
    const [one] = chosen;
    if (chosen.length === 1 && one !== undefined) {
      await save(one.blobId, `${one.subject || t('list.noSubject')}.eml`);
      return;
    }
    const called = emails.length === 1 ? emails[0]!.subject || t('list.noSubject') : t('mailFiles.chosen');
    await exportAs(called, (progress) =>
      all === undefined ? Promise.resolve(chosen.map(({ id }) => id)) : allIds(all, progress),
    );
  } catch (error) {
    failed(error, () => void exportSelection(selection));
  }
}

async function exportAs(called: string, idsOf: (progress: Progress) => Promise<readonly string[]>): Promise<void> {
  let sink: Sink | undefined;
  try {
    sink = await openSink(`${safeName(called)}.mbox`, TYPE);
    if (sink === undefined) return;
    const to = sink;
    const { done, missing, isStopped } = await runJob(t('mailFiles.exporting'), async (progress) => {
      const ids = await idsOf(progress);
      const told = await writeAll(ids, to, progress);
      return { ...told, isStopped: progress.signal.aborted };
    });
    if (isStopped) {
      await to.abort();
      toast(t('mailFiles.exportStopped'));
      return;
    }
    await to.close();
    const said = t('mailFiles.exported', { count: done });
    toast(missing === 0 ? said : `${said} ${t('mailFiles.missing', { count: missing })}`);
  } catch (error) {
    await sink?.abort().catch(() => undefined);
    failed(error, () => void exportAs(called, idsOf));
  }
}

/** Writes them in order; those that are gone meanwhile are counted. Throws where the server is not reached. */
async function writeAll(ids: readonly string[], sink: Sink, progress: Progress) {
  let done = 0;
  let missing = 0;
  for (let at = 0; at < ids.length && !progress.signal.aborted; at += BATCH) {
    const wanted = ids.slice(at, at + BATCH);
    const { list } = await call<{ list: Row[] }>('Email/get', {
      ids: wanted,
      properties: ['id', 'blobId', 'receivedAt', 'keywords', 'from'],
    });
    const rows = new Map(list.map((row) => [row.id, row]));
    const found = wanted.flatMap((id) => rows.get(id) ?? []);
    missing += wanted.length - found.length;
    for await (const [row, bytes] of inOrder(found, progress.signal)) {
      if (bytes === undefined) missing++;
      else {
        await sink.write(
          mboxEntry(bytes, {
            date: Date.parse(row.receivedAt),
            sender: row.from?.[0]?.email,
            keywords: Object.keys(row.keywords),
          }),
        );
        done++;
      }
      progress.tell(done + missing, ids.length);
    }
  }
  return { done, missing };
}

/** Some are on their way while the first of them is written: as many as that, however many there are. */
async function* inOrder(
  rows: readonly Row[],
  stop: AbortSignal,
): AsyncGenerator<readonly [Row, Uint8Array | undefined]> {
  const coming: (readonly [Row, Promise<Uint8Array | undefined>])[] = [];
  let next = 0;
  for (;;) {
    while (coming.length < AT_ONCE && next < rows.length && !stop.aborted) {
      const row = rows[next++]!;
      const bytes = bytesOf(row, stop);
      // Whoever is behind another waits to be looked at.
      bytes.catch(() => undefined);
      coming.push([row, bytes]);
    }
    const first = coming.shift();
    if (first === undefined || stop.aborted) return;
    try {
      yield [first[0], await first[1]];
    } catch (error) {
      if (stop.aborted) return;
      throw error;
    }
  }
}

/** Undefined: it is not there any more. */
async function bytesOf({ blobId }: Row, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const [{ downloadUrl }, own] = await Promise.all([openSession(), mailAccount()]);
  const url = fill(downloadUrl, {
    ...{ accountId: accountOf(blobId) ?? own, blobId: bareId(blobId) },
    ...{ name: 'message.eml', type: 'message/rfc822' },
  });
  try {
    return new Uint8Array(await (await signedFetch(url, { signal })).arrayBuffer());
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
