import { deleteReleased, releaseBlob } from '../blobs/release.ts';
import { NotFound } from '../ports/index.ts';
import { decodeEntry, type Head, payloadBlob } from './codec.ts';
import type { Deps } from './deps.ts';
import { AccountLog } from './log.ts';
import type { Entry } from './operations.ts';
import { Part } from './parts.ts';
import { blobsOf, type Manifest, readManifest } from './snapshot.ts';

/** Blobs given up at a time. */
const AT_ONCE = 16;

const NOWHERE = { blob: '', offset: 0, length: 0 };

/**
 * Erases a whole account (design: rule 15): its messages, as far as no other account or queue entry owns them, its entries and its
 * snapshots. The head stays, without content, as the mark by which nobody ever opens the account again. To be called again until it has
 * returned, and once more when an hour has passed: a process that had the account open may not have read the mark before. `marked` is
 * called when the mark is set.
 */
export async function eraseAccount(deps: Deps, id: string, marked: () => Promise<void>): Promise<void> {
  const log = new AccountLog(deps, id);
  const head = await mark(log);
  await marked();
  const giveUp = async (blobs: readonly string[]) => {
    for (let at = 0; at < blobs.length; at += AT_ONCE) {
      await Promise.all(
        blobs.slice(at, at + AT_ONCE).map(async (blob) => {
          await releaseBlob(deps.records, blob, id, deps.clock.now());
          await deleteReleased(deps, blob);
        }),
      );
    }
  };
  const manifest = await manifestOf(deps, head);
  for (const { at } of manifest?.parts ?? []) {
    const bytes = await unlessGone(deps.blobs.get(at.blob, { start: at.offset, end: at.offset + at.length }));
    if (bytes === undefined) continue;
    await giveUp(
      Part.decode(bytes)
        .all()
        .map(({ blob }) => blob),
    );
  }
  await eraseEntries(deps, log, giveUp);
  if (manifest !== undefined) await deleteSnapshots(deps, head, manifest);
  await deps.forgetAccount?.(id);
  if (head.at.blob !== '') await log.setHead({ seq: 0, floor: 0, at: NOWHERE, core: NOWHERE, erased: true }, head.rev);
}

/** Stops all who open the account from now on, and gives what the head named before. */
async function mark(log: AccountLog): Promise<Head> {
  for (;;) {
    const head = await log.head();
    if (head?.erased === true) return head;
    const { rev, ...fields } = head ?? { seq: 0, floor: 0, at: NOWHERE, core: NOWHERE, rev: undefined };
    await log.setHead({ ...fields, erased: true }, rev);
  }
}

/** Undefined where there was no snapshot, or it is deleted already. */
async function manifestOf(deps: Deps, head: Head): Promise<Manifest | undefined> {
  return head.at.blob === '' ? undefined : unlessGone(readManifest(deps.blobs, head));
}

/** What an entry names goes before the entry. */
async function eraseEntries(
  deps: Deps,
  log: AccountLog,
  giveUp: (blobs: readonly string[]) => Promise<void>,
): Promise<void> {
  for (;;) {
    let found = 0;
    for await (const item of log.items(Number.MAX_SAFE_INTEGER)) {
      found += 1;
      const entry: Entry | undefined = await unlessGone(decodeEntry(deps.blobs, 0, item.body));
      const messages = (entry?.operations ?? []).flatMap((operation) => (operation.op === 'add' ? operation.blob : []));
      await giveUp(messages.filter((blob) => blob !== ''));
      for (const blob of entry?.former ?? []) await deps.blobs.delete(blob);
      const payload = payloadBlob(item.body);
      if (payload !== undefined) await deps.blobs.delete(payload);
      await log.drop(item);
    }
    if (found === 0) return;
  }
}

/** The blob with the manifest goes last: it names the others. */
async function deleteSnapshots(deps: Deps, head: Head, manifest: Manifest): Promise<void> {
  const blobs = blobsOf(manifest);
  for (const { blob } of manifest.retired) blobs.add(blob);
  for (const { stored } of manifest.kept) if (stored !== undefined) blobs.add(stored.at.blob);
  blobs.delete(head.at.blob);
  for (const blob of blobs) await deps.blobs.delete(blob);
  await deps.blobs.delete(head.at.blob);
}

async function unlessGone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
