import { releaseBlob } from '../blobs/release.ts';
import { type Item, NotFound } from '../ports/index.ts';
import type { Base, OpenAccount } from './account.ts';
import { decodeEntry, payloadBlob } from './codec.ts';
import { E_EMAIL, E_GONE } from './columns.ts';
import type { Deps } from './deps.ts';
import { EMAILS_PER_ENTRY } from './operations.ts';
import type { PartCache } from './parts.ts';
import { readSnapshot, type SnapshotSource, writeSnapshot } from './snapshot.ts';
import type { Fields } from './state.ts';

/**
 * Writes a snapshot of an account and takes it into use, then drops what history need not keep any more. Every step can
 * be cut off: nothing refers to a snapshot before its head is set, and what is dropped is dropped again the next time.
 */
export async function compact(deps: Deps, cache: PartCache, account: OpenAccount): Promise<void> {
  await catchUp(deps, account);
  await releaseGone(deps, account);
  const { fields } = account.state;
  const before = account.base;
  if (fields.seq > (before?.head.seq ?? 0)) await takeSnapshot(deps, cache, account, before);
  await dropHistory(deps, account);
}

/** Reads the tail with the head, and begins with the snapshot that is in use now, whoever wrote it. */
async function catchUp(deps: Deps, account: OpenAccount): Promise<void> {
  await account.refresh();
  const { head } = await account.log.after(account.state.seq, true);
  if (head === undefined || head.rev === account.base?.head.rev || head.seq > account.state.seq) return;
  const { manifest } = await readSnapshot(deps.blobs, head, false);
  account.adopt({ head, manifest });
}

/** Takes a snapshot of the account's present state into use, in the place of `before`. Gives whether another process was first: see `AccountLog.setHead`. */
export async function takeSnapshot(
  deps: Deps,
  cache: PartCache,
  account: OpenAccount,
  before: Base | undefined,
  anew?: NonNullable<SnapshotSource['anew']>,
): Promise<'set' | 'lost' | 'passed'> {
  const { fields } = account.state;
  for (const { blob, seq } of before?.manifest.retired ?? []) {
    if (seq <= before!.head.floor) await deps.blobs.delete(blob);
  }
  const released = new Set<number>();
  for (const entry of account.tail.entries.filter(({ seq }) => seq <= fields.seq)) {
    for (const operation of entry.operations) {
      if (operation.op === 'release' || operation.op === 'erase')
        for (const email of operation.emails) released.add(email);
    }
  }
  const snapshot = await writeSnapshot(deps.blobs, cache, {
    fields,
    before,
    added: [...account.tail.emails.values()].filter(({ email }) => email < (fields.seq + 1) * EMAILS_PER_ENTRY),
    released,
    now: deps.clock.now(),
    retentionMs: await deps.retentionMs(),
    ...(anew === undefined ? {} : { anew }),
  });
  const taken = await account.log.setHead(snapshot.head, before?.head.rev);
  if (taken !== 'set') {
    // Another process was first: nothing refers to ours, and nothing ever will, if we know that it never was in use.
    if (taken === 'lost') await deps.blobs.delete(snapshot.head.at.blob);
    return taken;
  }
  snapshot.inUse();
  account.adopt({
    head: { ...snapshot.head, rev: (before?.head.rev ?? 0) + 1 },
    manifest: snapshot.manifest,
  });
  return taken;
}

/** Gives up the emails whose last placement vanished so long ago that no moment that can be restored has them. */
async function releaseGone(deps: Deps, account: OpenAccount): Promise<void> {
  const { fields } = account.state;
  // Where nothing happened for the whole retention the floor has nothing to move it, and every moment is like this one.
  const quiet = fields.time <= deps.clock.now() - (await deps.retentionMs());
  const before = quiet ? fields.seq : (account.base?.head.floor ?? 0);
  const table = fields.emailTable!;
  const gone: number[] = [];
  for (let row = 0; row < table.length; row++) {
    const email = table.get(row, E_EMAIL);
    if (isGone(fields, email, before)) gone.push(email);
  }
  if (gone.length === 0) return;
  const emails = await account.emails(gone);
  const { result: blobs } = await account.decide((draft) => {
    const still = gone.filter((email) => isGone(draft.fields, email, before));
    const names = still.flatMap((email) => emails.get(email)?.blob ?? []);
    draft.forget('release', still, names);
    return names;
  });
  for (const blob of blobs) await releaseBlob(deps.records, blob, account.id, deps.clock.now());
}

function isGone(fields: Fields, email: number, before: number): boolean {
  const row = fields.emailTable!.find(email);
  const seq = row < 0 ? 0 : fields.emailTable!.get(row, E_GONE);
  return seq > 0 && seq <= before;
}

/** Drops the entries up to the floor, oldest first, with what only they name (design: rule 1). */
async function dropHistory(deps: Deps, account: OpenAccount): Promise<void> {
  const floor = account.base?.head.floor ?? 0;
  if (floor === 0) return;
  for await (const item of account.log.items(floor)) {
    for (const blob of await releasedBy(deps, item)) {
      await releaseBlob(deps.records, blob, account.id, deps.clock.now());
    }
    const payload = payloadBlob(item.body);
    if (payload !== undefined) await deps.blobs.delete(payload);
    await account.log.drop(item);
  }
}

/** Blobs that the entry releases: its effect may have been cut off, and is repeated before the entry goes. */
async function releasedBy(deps: Deps, item: Item): Promise<readonly string[]> {
  try {
    const { operations } = await decodeEntry(deps.blobs, 0, item.body);
    return operations.flatMap((operation) =>
      operation.op === 'release' || operation.op === 'erase' ? operation.blobs : [],
    );
  } catch (error) {
    // Its operations went the last time, after their effects.
    if (error instanceof NotFound) return [];
    throw error;
  }
}
