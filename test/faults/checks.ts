/** What must be true when everything has come to rest, and what must be true of the store at any moment. */

import { foldEntry } from '../../mail/account/fold.ts';
import { threadKey } from '../../mail/account/known.ts';
import { AccountLog } from '../../mail/account/log.ts';
import type { Entry } from '../../mail/account/operations.ts';
import { readSnapshot } from '../../mail/account/snapshot.ts';
import { AccountState, type Fields, type StateView } from '../../mail/account/state.ts';
import { listParked } from '../../mail/inbound/parked.ts';
import { dump } from '../support/accounts.ts';
import { silentLog } from '../support/memory.ts';
import { failuresIn, isReport, midOf } from './messages.ts';
import type { SimProcess } from './process.ts';
import type { Attempt, Simulation } from './simulation.ts';
import { stackOf } from './simulation.ts';
import type { ShadowLog } from './store.ts';

const DELIVERIES_KEPT = 45 * 86_400_000;
/** A sender that died so soon after a message was taken elsewhere had not written that down. */
const RECORDED_WITHIN = 600_000;

/** The store as it is now, seen by somebody who just came: history goes back to the floor, without a gap, and gives this state. */
export async function checkHistory(sim: Simulation, id: string): Promise<void> {
  const { store, trace, clock, random } = sim;
  const log = store.log(id);
  const read = new AccountLog(
    { ...store.raw, records: store.ports.records, clock, random, log: silentLog } as never,
    id,
  );
  try {
    const { head } = log.sealed ? { head: log.head } : await read.open();
    const floor = head?.floor ?? 0;
    if (floor > 0 && log.entries[floor - 1]!.time > clock.now() - sim.retentionMs) {
      trace.fail('retention', `${id}: the floor ${floor} is younger than the retention`);
    }
    const manifest = head === undefined ? undefined : (await readSnapshot(store.raw.blobs, head, true)).manifest;
    const kept = manifest?.kept ?? [];
    if (floor > 0 && kept[0]?.seq !== floor)
      trace.fail('floor', `${id}: ${floor} is not the first kept snapshot's seq`);
    let fields = log.versions[0]!;
    for (const { seq, stored } of kept) {
      if (stored === undefined) continue;
      const old = (await readSnapshot(store.raw.blobs, stored, true)).fields;
      const difference = differ(log, new AccountState(old), seq);
      if (difference !== undefined) trace.fail('history', `${id}: the snapshot of ${seq}: ${difference}`);
      if (seq === floor) fields = old;
    }
    if (log.sealed) return;
    for await (const entry of read.between(floor + 1, 1e12)) fields = foldEntry(fields, entry);
    if (fields.seq !== log.seq) trace.fail('history', `${id}: ends at ${fields.seq}, not at ${log.seq}`);
    const difference = differ(log, new AccountState(fields), log.seq);
    if (difference !== undefined) trace.fail('history', `${id}: folded from ${floor}: ${difference}`);
  } catch (error) {
    trace.fail('history', `${id}: ${stackOf(error)}`);
  }
}

/** What a process makes of an account, against the fold of the whole log. */
export async function checkView(sim: Simulation, process: SimProcess, id: string): Promise<void> {
  const log = sim.store.log(id);
  try {
    const account = await process.mail.accounts.openWhole(id);
    const atLeast = sim.observations.known(id);
    const state = await account.refresh();
    sim.observations.seen(process.name, id, state, atLeast);
    const difference = differ(log, account.state, account.state.seq);
    if (difference !== undefined) sim.trace.fail('fold', `${process.name}, ${id} at ${state.seq}: ${difference}`);
    if (state.seq !== log.seq) sim.trace.fail('fold', `${process.name} is at ${state.seq} of ${id}, not ${log.seq}`);
    for (const entry of log.entries) {
      if (entry.time < sim.clock.now() - DELIVERIES_KEPT) continue;
      for (const one of entry.operations) {
        if (one.op === 'add' && one.delivery !== undefined && !state.delivered(one.delivery)) {
          sim.trace.fail('exactly once', `${process.name} has forgotten the delivery ${one.delivery} to ${id}`);
        }
      }
    }
    await checkReadable(sim, process, id);
  } catch (error) {
    sim.trace.fail('fold', `${process.name}, ${id}: ${stackOf(error)}`);
  }
}

/** Every message in a mailbox has its summary and its bytes. */
async function checkReadable(sim: Simulation, process: SimProcess, id: string): Promise<void> {
  const account = await process.mail.accounts.openWhole(id);
  const numbers = new Set<number>();
  for (const { id: mailbox } of account.state.mailboxes.values()) {
    const rows = account.state.rows(mailbox);
    for (let i = 0; i < rows.length; i++) numbers.add(rows.email(i));
  }
  const emails = await account.emails([...numbers]);
  for (const number of numbers) {
    const email = emails.get(number);
    if (email === undefined) {
      sim.trace.fail('lost message', `${process.name}: no summary of email ${number} of ${id}`);
      return;
    }
    const bytes = Buffer.from(await sim.store.raw.blobs.get(email.blob)).toString('latin1');
    if (!isReport(bytes) && email.summary.messageId?.includes(midOf(bytes)) !== true) {
      sim.trace.fail('lost message', `${id}: the bytes of ${email.summary.messageId} are those of ${midOf(bytes)}`);
    }
  }
}

/** The first difference to the state that the whole log gives at `seq`, as text. */
function differ(log: ShadowLog, state: StateView, seq: number): string | undefined {
  const expected = log.versions[seq];
  if (expected === undefined) return `there is no entry ${seq}`;
  const floors = new Map([...state.fields.mailboxes].map(([id, { goneFloor }]) => [id, goneFloor]));
  const ours = JSON.stringify(withoutOldTombstones(dump(state), floors));
  const theirs = JSON.stringify(withoutOldTombstones(dump(new AccountState(expected as Fields)), floors));
  if (ours === theirs) return undefined;
  let at = 0;
  while (ours[at] === theirs[at]) at++;
  return `...${ours.slice(Math.max(0, at - 80), at + 40)}... where the log says ...${theirs.slice(Math.max(0, at - 20), at + 40)}...`;
}

/** Tombstones below the floor may be kept or not. */
function withoutOldTombstones(dumped: unknown, floors: ReadonlyMap<string, number>): unknown {
  const state = dumped as { mailboxes: { id: string; gone: [number, string][] }[] };
  return {
    ...state,
    mailboxes: state.mailboxes.map((mailbox) => ({
      ...mailbox,
      gone: mailbox.gone.filter(([seq]) => seq > (floors.get(mailbox.id) ?? 0)),
    })),
  };
}

/** Every message is where it belongs, as often as it belongs there; every user's write likewise. */
export function checkMail(sim: Simulation): void {
  const added = new Map<string, Map<string, number>>();
  const reports = new Map<string, number>();
  for (const log of sim.store.logs.values()) {
    const counts = new Map<string, number>();
    added.set(log.id, counts);
    for (const operation of log.entries.flatMap(({ operations }) => operations)) {
      if (operation.op !== 'add') continue;
      const text = Buffer.from(sim.store.blobs.get(operation.blob)!.bytes).toString('latin1');
      if (isReport(text)) countReport(reports, text);
      else count(counts, midOf(text));
    }
  }
  // The same report can be sent out twice, as any message can.
  const sent = new Map(sim.taken.filter(({ text }) => isReport(text)).map(({ text }) => [ownId(text), text]));
  for (const text of sent.values()) countReport(reports, text);
  for (const attempt of sim.attempts) {
    for (const [account, counts] of added) checkAccount(sim, attempt, account, counts.get(attempt.mid) ?? 0);
    for (const recipient of attempt.remote) checkRemote(sim, attempt, recipient, reports);
  }
  for (const log of sim.store.logs.values()) checkThreads(sim, log);
  checkMarks(sim);
}

function checkAccount(sim: Simulation, { mid, answer, accounts }: Attempt, account: string, times: number): void {
  const what = `${mid} (${answer}) is ${times} times in ${account}`;
  if (!accounts.includes(account)) {
    if (times > 0) sim.trace.fail('somebody else sees it', what);
  } else if (answer === 'taken') {
    if (times !== 1) sim.trace.fail(times === 0 ? 'lost message' : 'exactly once', what);
  } else if (times > (answer === 'unknown' ? 1 : 0)) sim.trace.fail('exactly once', what);
}

function checkRemote(sim: Simulation, attempt: Attempt, recipient: string, reports: ReadonlyMap<string, number>): void {
  const { mid, answer, from } = attempt;
  const taken = sim.taken.filter(
    (one) => one.recipient === recipient && !isReport(one.text) && midOf(one.text) === mid,
  );
  // SMTP has no transaction with the peer: what it took may be sent again where we could not learn or record it.
  const excused = taken.filter(
    ({ uncertain, life, at }) => uncertain || (life.diedAt !== undefined && life.diedAt - at < RECORDED_WITHIN),
  ).length;
  const known = reports.get(`${mid} ${recipient}`) ?? 0;
  const what = `${mid} (${answer}) for ${recipient}: taken ${taken.length} times, ${excused} of them unknown to us, ${known} reports`;
  if (taken.length > 1 + excused) sim.trace.fail('exactly once', what);
  if (known > 1) sim.trace.fail('reports', what);
  if (answer === 'refused' && taken.length + known > 0) sim.trace.fail('exactly once', what);
  if (answer === 'taken' && taken.length + known === 0 && !sim.untold.has(`${mid} ${recipient}`)) {
    sim.trace.fail('lost message', what);
  }
  if (from === '' && known > 0) sim.trace.fail('null sender', what);
}

function ownId(text: string): string {
  return /^Message-ID: (.*)$/im.exec(text)?.[1] ?? '';
}

function countReport(reports: Map<string, number>, text: string): void {
  const mid = midOf(text.slice(text.search(/^In-Reply-To/m)));
  for (const recipient of failuresIn(text)) count(reports, `${mid} ${recipient}`);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function checkMarks(sim: Simulation): void {
  const puts = new Map<string, number>();
  for (const { entries } of sim.store.logs.values()) {
    for (const one of entries.flatMap(({ operations }) => operations)) {
      if (one.op === 'put' && one.type === 'mark') count(puts, one.id);
    }
  }
  for (const { id, answer, account } of sim.marks) {
    const times = puts.get(id) ?? 0;
    const good = answer === 'taken' ? times === 1 : answer === 'refused' ? times === 0 : times <= 1;
    if (!good)
      sim.trace.fail('acknowledged writes', `${id} (${answer}) stands ${times} times in the log of ${account}`);
    if (answer === 'pending') sim.trace.fail('stuck', `${id} was never answered`);
  }
}

/** Threads never merge (design: rule 8): each message got the lowest thread known for its ids, and those ids keep it. */
function checkThreads(sim: Simulation, log: ShadowLog): void {
  const known = new Map<string, number>();
  for (const operation of log.entries.flatMap((entry: Entry) => entry.operations)) {
    if (operation.op !== 'add') continue;
    const { messageId, inReplyTo = [], references = [] } = operation.summary;
    const ids = [...(messageId === undefined ? [] : [messageId]), ...inReplyTo, ...references];
    const threads = ids.flatMap((id) => known.get(id) ?? []);
    const name = references[0] ?? inReplyTo[0] ?? messageId;
    const expected = threads.length > 0 ? Math.min(...threads) : name === undefined ? undefined : threadKey(name);
    if (expected !== undefined && operation.thread !== expected) {
      sim.trace.fail('threads', `${log.id}: ${messageId} is in ${operation.thread}, not in ${expected}`);
    }
    for (const id of ids) if (!known.has(id)) known.set(id, operation.thread);
  }
}

/** Nothing waits any more, and what was put aside has its reason. */
export async function checkRest(sim: Simulation): Promise<void> {
  const { store, trace } = sim;
  const { deliver, send, compact } = store.raw.queues;
  const waiting = `${deliver.size} jobs to deliver, ${send.size} wake-ups, ${compact.size} to compact, ${store.sending.length} to send, ${sim.pending} at work`;
  if (deliver.size + send.size + compact.size + store.sending.length + sim.pending > 0) trace.fail('stuck', waiting);
  for await (const { reason, body } of listParked(store.raw.records)) {
    const { id } = JSON.parse(body ?? '{}') as { id: string };
    if (!sim.replayed.has(id)) trace.fail('stuck', `the job ${id} was put aside: ${reason}`);
  }
}

/** After everybody threw everything away and its time is over: no blob is left that was ever named, and no entry below the floor. */
export async function checkGone(sim: Simulation): Promise<void> {
  const { store, trace } = sim;
  for (const { name, deleted } of store.blobs.values()) {
    if (deleted !== undefined || !name.startsWith('raw/')) continue;
    const named = [...store.logs.values()].some(({ entries }) =>
      entries.some(({ operations }) => operations.some((one) => one.op === 'add' && one.blob === name)),
    );
    const complete = !sim.replayed.has(name);
    if (!named || !complete) continue;
    const { owners, bytes } = store.blobs.get(name)!;
    const released: string[] = [];
    for (const { pk, sk } of store.raw.records.everything()) {
      if (pk.startsWith('blob/') && sk.startsWith(`${name} `)) released.push(sk.slice(name.length + 1));
    }
    const mid = midOf(Buffer.from(bytes).toString('latin1'));
    trace.fail('leak', `${name} (${mid}) is still there: ${owners} owners, released by ${released}`);
  }
  for (const item of store.raw.records.everything()) {
    if (!item.pk.startsWith('a/') || !item.sk.startsWith('e/')) continue;
    const log = store.log(item.pk.slice(2));
    if (Number(item.sk.slice(2)) <= (log.head?.floor ?? 0))
      trace.fail('leak', `${item.pk} ${item.sk} is below the floor`);
  }
}
