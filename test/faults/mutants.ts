/**
 * Mistakes that one could make, as changes of the source that are made while it is loaded: each breaks a rule of design.md section 2,
 * and the simulation must find it. The system itself knows nothing of them. A `find` that is not in its file exactly once stops the run.
 */

export interface Edit {
  /** From the root of the project. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  readonly name: string;
  /** Of design.md section 2; 0: a rule of mail in general. */
  readonly rule: number;
  readonly breaks: string;
  readonly edits: readonly Edit[];
}

function mutant(rule: number, name: string, breaks: string, ...edits: (readonly [string, string, string])[]): Mutant {
  return { name, rule, breaks, edits: edits.map(([file, find, replace]) => ({ file, find, replace })) };
}

const ACCOUNT = 'mail/account/account.ts';
const LOG = 'mail/account/log.ts';
const WATCHERS = 'mail/account/watchers.ts';
const DRAFT = 'mail/account/draft.ts';
const STATE = 'mail/account/state.ts';
const FOLD = 'mail/account/fold.ts';
const STEP = 'mail/account/fold-step.ts';
const PLACEMENTS = 'mail/account/fold-placements.ts';
const SNAPSHOT = 'mail/account/snapshot.ts';
const COMPACT = 'mail/account/compact.ts';
const KNOWN = 'mail/account/known.ts';
const ACCEPT = 'mail/inbound/accept.ts';
const DELIVER = 'mail/inbound/deliver.ts';
const SEND = 'mail/outbound/send.ts';
const RELEASE = 'mail/blobs/release.ts';

export const MUTANTS: readonly Mutant[] = [
  mutant(1, 'stale-append', 'a writer that slept for days puts on its old view', [
    ACCOUNT,
    'now - this.#readAt > STALE_MS)',
    'now < 0)',
  ]),
  mutant(1, 'ttl-at-put', 'entries expire by themselves', [
    LOG,
    'const item: Item = { pk: this.#pk, sk: entryKey(seq), body };',
    'const item: Item = { pk: this.#pk, sk: entryKey(seq), body, expires: Math.floor(this.#deps.clock.now() / 1000) + 172_800 };',
  ]),
  mutant(1, 'floor-ahead', 'the floor runs ahead of the oldest kept snapshot', [
    SNAPSHOT,
    'const floor = keptSnapshots[0]!.seq;',
    'const floor = fields.seq;',
  ]),
  mutant(1, 'drop-above-floor', 'entries are dropped when a snapshot has them, whatever the floor', [
    COMPACT,
    'const floor = account.base?.head.floor ?? 0;',
    'const floor = account.base?.head.seq ?? 0;',
  ]),
  mutant(1, 'below-the-floor', 'a view that the floor has passed does not begin anew', [
    ACCOUNT,
    'if (head !== undefined && head.floor > this.#state.seq)',
    'if (head !== undefined && head.floor < 0)',
  ]),
  mutant(2, 'no-nonce', 'whatever stands in a slot of unknown outcome is taken for our own', [
    LOG,
    'if ((there.rev ?? 0) === 0) return equal(there.body, ours.body);',
    'if ((there.rev ?? 0) === 0) return equal(ours.body, ours.body);',
  ]),
  mutant(2, 'no-settle', 'a write of unknown outcome is refused', [
    LOG,
    'open ||= error instanceof OutcomeUnknown;',
    "if (error instanceof OutcomeUnknown) throw new Refused('unavailable', 'Try again later.');",
  ]),
  mutant(2, 'not-ours', "our own entry in a slot of unknown outcome is taken for another's", [
    LOG,
    'if (there !== undefined) return this.#isOurs(there, item, nonce);',
    'if (there !== undefined) return false;',
  ]),
  mutant(2, 'job-unsettled', 'the client is told 451 while its job may be queued', [
    ACCEPT,
    'if (error instanceof OutcomeUnknown) unsettled = error;',
    '',
  ]),
  mutant(2, 'head-unsettled', 'a snapshot that was in use for a moment is deleted by who wrote it', [
    COMPACT,
    "if (taken === 'lost') await",
    'await',
  ]),
  mutant(3, 'gc-eager', 'a blob goes with its first release', [
    RELEASE,
    'if (owners !== undefined && released.owners.length < owners) continue;',
    '',
  ]),
  mutant(3, 'gc-at-once', 'a blob goes with its last release, without the retention', [
    RELEASE,
    'if (released.last + retention > now) continue;',
    '',
  ]),
  mutant(3, 'owner-miscount', 'a message is stored for one owner, however many it has', [
    ACCEPT,
    '{ owners });',
    '{ owners: 1 });',
  ]),
  mutant(3, 'owner-overcount', 'a message is stored for one owner more than it has', [
    ACCEPT,
    '{ owners });',
    '{ owners: owners + 1 });',
  ]),
  mutant(
    3,
    'release-early',
    'an email is released as soon as it is in no mailbox',
    [COMPACT, 'const before = quiet ?', 'const before = now ?'],
    [COMPACT, 'const quiet = ', 'const now = true;\n  const quiet = '],
  ),
  mutant(3, 'quiet-kept', 'an account in which nothing happens any more never releases anything', [
    COMPACT,
    'const before = quiet ?',
    'const before = quiet && fields.seq < 0 ?',
  ]),
  mutant(3, 'cache-mixup', 'summaries of one account are given to another', [
    'mail/account/parts.ts',
    'const known = this.#parts.get(key);',
    'const known = this.#parts.get(key) ?? this.#parts.values().next().value;',
  ]),
  mutant(4, 'skip-unknown', 'operations of a later release are skipped', [
    'mail/account/codec.ts',
    'if (!OPERATIONS.has(op)) throw',
    'if (op === undefined) throw',
  ]),
  mutant(6, 'ack-early', 'the client is told 250 before the job is durable', [
    ACCEPT,
    'await hand(deps, jobOf(mail, group, blob, id));',
    'void hand(deps, jobOf(mail, group, blob, id)).catch(() => {});',
  ]),
  mutant(6, 'no-dedupe', 'a delivery that was filed is filed again', [
    DRAFT,
    'if (message.delivery !== undefined && this.delivered(message.delivery)) return undefined;',
    '',
  ]),
  mutant(6, 'deliveries-forgotten', 'a snapshot does not keep what was delivered', [
    KNOWN,
    'if (seconds * 1000 >= time - KEEP_DELIVERIES_MS)',
    'if (seconds < 0)',
  ]),
  mutant(6, 'old-jobs', 'a job older than the memory of deliveries is carried out', [
    DELIVER,
    'if (parsed.data.received < now - REMEMBERED)',
    'if (parsed.data.received < 0)',
  ]),
  mutant(6, 'no-done-mark', 'a repeated job sends its message once more', [
    SEND,
    'if (await isDone(deps.records, entry.id)) return',
    "if ((await isDone(deps.records, entry.id)) && entry.id === '') return",
  ]),
  mutant(6, 'reports-anew', 'a report has a new id each time it is made', [
    'mail/outbound/report.ts',
    'const id = deriveId(entry.id,',
    'const id = deriveId(String(deps.clock.now()), entry.id,',
  ]),
  mutant(6, 'no-claim', 'two senders can take the same entry', [
    'mail/outbound/store.ts',
    'await records.put(toItem(entry, next.rev), { rev: stored.rev });',
    "await records.put(toItem(entry, next.rev), 'any');",
  ]),
  mutant(6, 'no-lease', 'an entry that is being sent is taken by the next wake-up', [
    SEND,
    'if (entry.until > now) return wake(deps, entry.id, entry.until + 1000,',
    'if (entry.until > now + 1e12) return wake(deps, entry.id, entry.until + 1000,',
  ]),
  mutant(6, 'impatient-record', 'what a server said is not written down while the store is throttled', [
    SEND,
    'await markDone(deps.records, entry.id, deps.clock.now(), deps.clock);',
    'await markDone(deps.records, entry.id, deps.clock.now());',
  ]),
  mutant(
    7,
    'last-placement',
    'an email counts as gone with its first placement',
    [STEP, 'if (left > 0) continue;', ''],
    [STATE, 'if (emails.get(row, E_PLACEMENTS) > placements) continue;', ''],
  ),
  mutant(8, 'threads-forgotten', 'a snapshot does not keep the threads of Message-IDs', [
    KNOWN,
    'if (month < Math.floor(time / MONTH_MS) - KEEP_MONTHS) continue;',
    'if (month > 0) continue;',
  ]),
  mutant(9, 'rewind', 'who begins anew stops at the snapshot and leaves the tail out', [
    ACCOUNT,
    'if (entries.length > 0) this.#advance(entries);',
    'if (entries.length < 0) this.#advance(entries);',
  ]),
  mutant(9, 'stale-read', 'a refresh is answered from what is known', [
    ACCOUNT,
    'if (!this.#deps.exclusive) await this.#read();',
    'if (this.#readAt === 0) await this.#read();',
  ]),
  mutant(
    9,
    'reread-tail',
    'entries that are read twice are folded twice',
    [ACCOUNT, 'if (entry.seq !== fields.seq + 1) continue;', ''],
    [FOLD, 'if (entry.seq !== base.seq + 1) throw', 'if (entry.seq < 0) throw'],
  ),
  mutant(10, 'modseq-kept', 'a change of flags leaves the MODSEQ as it was', [
    PLACEMENTS,
    '    table.fill(rows, P_MODSEQ, step.seq);\n',
    '',
  ]),
  mutant(10, 'tombstones-lost', 'a snapshot does not keep what vanished', [
    SNAPSHOT,
    '        .filter(({ seq }) => seq > floor)',
    '        .filter(({ seq }) => seq < 0)',
  ]),
  mutant(11, 'no-wait', 'a worker that lost a race tries again at once', [
    ACCOUNT,
    'await this.#deps.clock.sleep(WORKER_WAIT_MS + this.#deps.random.number() * longest);',
    'void longest;',
  ]),
  mutant(12, 'inline-payload', 'large payloads stand in the entry', [
    'mail/account/codec.ts',
    'export const INLINE_LIMIT = 8 * 1024;',
    'export const INLINE_LIMIT = 256 * 1024;',
  ]),
  mutant(
    14,
    'uid-counter',
    'UIDs come from a counter beside the log, and are kept when a race is lost',
    [
      DRAFT,
      'const UID_LIMIT = 0xffffffff;',
      `const UID_LIMIT = 0xffffffff;
       const COUNTERS = new Map<string, number>();
       function reserved(message: string, { id, uidvalidity }: MailboxState, next: number): number {
         const mailbox = id + uidvalidity;
         const uid = COUNTERS.get(mailbox + message) ?? Math.max(next, COUNTERS.get(mailbox) ?? 0);
         COUNTERS.set(mailbox + message, uid);
         COUNTERS.set(mailbox, Math.max(uid + 1, COUNTERS.get(mailbox) ?? 0));
         return uid;
       }`,
    ],
    [
      DRAFT,
      'uid: this.#nextUid(mailbox, 1) }));',
      'uid: reserved(message.delivery ?? message.blob, this.#get(mailbox), this.#nextUid(mailbox, 1)) }));',
    ],
    [PLACEMENTS, 'step.check(uid === mailbox.uidnext,', 'step.check(uid > 0,'],
    [PLACEMENTS, 'step.check(operation.uid === target.uidnext,', 'step.check(operation.uid > 0,'],
    [PLACEMENTS, 'step.check(operation.uid === mailbox.uidnext,', 'step.check(operation.uid > 0,'],
  ),
  mutant(
    14,
    'uidvalidity-again',
    'a UIDVALIDITY is only the time',
    [
      DRAFT,
      'return Math.max(this.fields.uidvalidity + 1, Math.floor(this.#time / 1000));',
      'return Math.floor(this.#time / 1000);',
    ],
    [FOLD, "this.check(operation.uidvalidity > this.fields.uidvalidity, 'a UIDVALIDITY that was given before');", ''],
  ),
  mutant(14, 'wake-only', 'who waits for changes trusts that every event comes', [
    WATCHERS,
    'const POLL_MS = 60_000;',
    'const POLL_MS = 1e13;',
  ]),
  mutant(0, 'dsn-to-null', 'the null sender gets reports', [
    'mail/outbound/report.ts',
    "if (entry.from === '') {",
    "if (entry.from === 'nobody') {",
  ]),
  mutant(0, 'sweeper-blind', 'an entry of the queue whose wake-up was lost is never found', [
    'mail/outbound/sweep.ts',
    'if (entry.until <= before) return true;',
    '',
  ]),
];

export function mutantNamed(name: string): Mutant | undefined {
  return MUTANTS.find((one) => one.name === name);
}
