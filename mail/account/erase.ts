import { deleteReleased, releaseBlob } from '../blobs/release.ts';
import { NotFound } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import type { OpenAccount } from './account.ts';
import { P_EMAIL, P_UID } from './columns.ts';
import { takeSnapshot } from './compact.ts';
import type { Deps } from './deps.ts';
import type { AccountDraft } from './draft.ts';
import type { Operation } from './operations.ts';
import type { PartCache } from './parts.ts';
import { type KeptSnapshot, rewriteKept } from './snapshot.ts';
import type { StoredEmail } from './types.ts';
import { UidSet } from './uidset.ts';

/**
 * Erasing messages (design: rule 15). One entry takes them out of every mailbox and says that their content is gone for good; then
 * it is taken out of the entries, the snapshots and the messages' blobs. Every step can be cut off: what is still to do is
 * seen in the log, so that the same call again, or the next erasure, completes it.
 */

/** Lost races for the head before it is given up for now. */
const TRIES = 20;

/** What stands in the place of an erased message's summary. */
const ERASED: (Operation & { op: 'add' })['summary'] = {
  v: 1,
  envelope: '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)',
  bodystructure: '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0 NIL NIL NIL NIL)',
  parts: [[0, 0, 0, 0, 0]],
  headerEnd: 0,
  lines: 0,
  preview: '',
  attachments: false,
};

/** Erases emails, by their numbers. Those that the account has not are passed over. Throws `Refused('unavailable')`: call it again. */
export async function eraseEmails(
  deps: Deps,
  cache: PartCache,
  account: OpenAccount,
  emails: readonly number[],
): Promise<void> {
  await account.refresh();
  const stored = await account.emails(emails);
  await account.decide((draft) => eraseIn(draft, new Set(emails), stored));
  await finishErasures(deps, cache, account);
}

/** Completes every erasure that the account's log tells of. */
export async function finishErasures(deps: Deps, cache: PartCache, account: OpenAccount): Promise<void> {
  const erasures = await readErasures(account);
  for (const seq of erasures.entries)
    await account.log.rewrite(seq, (operations) => blanked(operations, erasures.emails));
  await rewriteSnapshots(deps, cache, account, erasures.last);
  if (erasures.last > 0) await deps.forget?.(account.id, erasures.emails, erasures.last);
  for (const { blob, seq } of account.base?.manifest.retired ?? []) {
    if (seq > 0) continue;
    await deps.blobs.delete(blob);
    cache.forget(blob);
  }
  for (const blob of erasures.blobs) {
    await releaseBlob(deps.records, blob, account.id, deps.clock.now());
    await deleteReleased(deps, blob);
  }
}

function eraseIn(draft: AccountDraft, emails: ReadonlySet<number>, stored: ReadonlyMap<number, StoredEmail>): void {
  for (const { id, rows } of [...draft.fields.mailboxes.values()]) {
    const uids: number[] = [];
    for (let row = 0; row < rows!.length; row++) {
      if (emails.has(rows!.get(row, P_EMAIL))) uids.push(rows!.get(row, P_UID));
    }
    draft.expunge(id, UidSet.fromAscending(uids));
  }
  const had = [...emails].filter((email) => draft.fields.emailTable!.find(email) >= 0);
  const blobs = had.flatMap((email) => stored.get(email)?.blob ?? []);
  draft.forget('erase', had, blobs);
}

interface Erasures {
  readonly emails: ReadonlySet<number>;
  readonly blobs: readonly string[];
  /** Seqs of the entries that hold content of these emails, or name a blob that held it. */
  readonly entries: readonly number[];
  /** Seq of the last entry that erases. */
  readonly last: number;
}

async function readErasures(account: OpenAccount): Promise<Erasures> {
  const emails = new Set<number>();
  const blobs: string[] = [];
  const added = new Map<number, number>();
  const entries = new Set<number>();
  let last = 0;
  for await (const { seq, operations, former } of account.log.between(0, account.state.seq)) {
    if (former !== undefined) entries.add(seq);
    for (const operation of operations) {
      if (operation.op === 'add' && operation.blob !== '') added.set(operation.email, seq);
      if (operation.op !== 'erase') continue;
      for (const email of operation.emails) emails.add(email);
      blobs.push(...operation.blobs);
      last = seq;
    }
  }
  for (const email of emails) {
    const seq = added.get(email);
    if (seq !== undefined) entries.add(seq);
  }
  return { emails, blobs, entries: [...entries].sort((a, b) => a - b), last };
}

/** The operations without the content of these emails; undefined where they hold none. */
function blanked(operations: readonly Operation[], emails: ReadonlySet<number>): readonly Operation[] | undefined {
  const holds = (operation: Operation) =>
    operation.op === 'add' && operation.blob !== '' && emails.has(operation.email);
  if (!operations.some(holds)) return undefined;
  return operations.map(
    (operation) => (holds(operation) ? { ...operation, blob: '', summary: ERASED } : operation) as Operation,
  );
}

/** Writes the snapshot in use and the kept ones anew; what they were written in is named as retired, from the first seq on. */
async function rewriteSnapshots(deps: Deps, cache: PartCache, account: OpenAccount, erased: number): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    await account.refresh();
    await account.renewBase();
    const before = account.base;
    if (before === undefined || (before.manifest.erased ?? 0) >= erased) return;
    const { kept, retired, blobs, parts } = before.manifest;
    const old = new Set([
      ...blobs,
      ...parts.map(({ at }) => at.blob),
      ...retired.map(({ blob }) => blob),
      ...kept.flatMap(({ stored }) => stored?.at.blob ?? []),
    ]);
    const rewritten: KeptSnapshot[] = [];
    try {
      for (const snapshot of kept) rewritten.push(await rewriteKept(deps.blobs, snapshot));
    } catch (error) {
      // Another process has passed this snapshot meanwhile.
      if (!(error instanceof NotFound)) throw error;
      continue;
    }
    const anew = { kept: rewritten, retired: [...old].map((blob) => ({ blob, seq: 0 })), erased };
    const taken = await takeSnapshot(deps, cache, account, before, anew);
    if (taken === 'set') return;
    if (taken === 'lost')
      for (const { stored } of rewritten) if (stored !== undefined) await deps.blobs.delete(stored.at.blob);
  }
  throw new Refused('unavailable', 'This account is being changed too fast to erase from it: try again later.');
}
