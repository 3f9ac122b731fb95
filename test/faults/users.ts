/** People at work in their accounts: reading, filing, flagging, throwing away, restoring. */

import { E_EMAIL, E_GONE } from '../../mail/account/columns.ts';
import type { AccountDraft } from '../../mail/account/draft.ts';
import type { Account, Draft, Mailbox, State } from '../../mail/account/types.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import { indexMessage, summarize } from '../../mail/message/index.ts';
import { isTransient } from '../../mail/ports/index.ts';
import { Refused } from '../../mail/refused.ts';
import { compose } from './messages.ts';
import type { SimProcess } from './process.ts';
import type { Mark, Simulation } from './simulation.ts';

type Change = (draft: Draft) => void;

const FLAGS = ['\\Seen', '\\Flagged', '\\Deleted', '\\Answered', 'Work', '$Label1'];

/** One person does one thing on one account. */
export function use(sim: Simulation, account = sim.random.pick(sim.people.accounts)): void {
  const process = sim.running('access');
  if (process === undefined) return;
  const { random } = sim;
  const look = random.chance(0.5);
  const only = random.chance(0.25);
  sim.spawn(process, async () => {
    if (look) await observe(sim, process, account);
    if (only) return;
    if (random.chance(0.1)) await undelete(sim, process, account);
    else if (random.chance(0.12)) await append(sim, process, account);
    else await write(sim, process, account, anything(sim));
  });
}

export async function observe(sim: Simulation, process: SimProcess, id: string): Promise<void> {
  const atLeast = sim.observations.known(id);
  try {
    const account = await process.mail.accounts.open(id);
    const state = await account.refresh();
    sim.observations.seen(process.name, id, state, atLeast);
  } catch (error) {
    failed(sim, process, 'refresh', error);
  }
}

/** Writes with a mark, by which it is known later whether it was written. */
async function write(sim: Simulation, process: SimProcess, id: string, change: Change): Promise<void> {
  const mark = newMark(sim, process, id);
  await marked(sim, process, mark, async () => {
    const account = await process.mail.accounts.open(id);
    return account.write((draft) => {
      change(draft);
      draft.putObject('mark', mark.id, {});
    });
  });
}

function newMark(sim: Simulation, process: SimProcess, account: string): Mark {
  const mark: Mark = { id: `w${sim.marks.length + 1}`, account, answer: 'pending' };
  sim.marks.push(mark);
  void process.life.death.then(() => {
    if (mark.answer === 'pending') mark.answer = 'unknown';
  });
  return mark;
}

async function marked(
  sim: Simulation,
  process: SimProcess,
  mark: Mark,
  action: () => Promise<{ readonly state: State; readonly seq: number }>,
): Promise<void> {
  sim.trace.add(process.name, `writes ${mark.id} to ${mark.account}`);
  try {
    const { state, seq } = await action();
    if (process.life.dead) return;
    mark.answer = 'taken';
    sim.trace.add(process.name, `${mark.id} is written by ${seq}`);
    sim.observations.acknowledged(mark.account, seq);
    sim.observations.written(process.name, mark.account, state);
    if (state.object('mark', mark.id) === undefined) {
      sim.trace.fail('lost write', `${process.name} got a state of ${mark.account} without its own write ${mark.id}`);
    }
  } catch (error) {
    if (process.life.dead) return;
    mark.answer = 'refused';
    sim.trace.add(process.name, `${mark.id} is refused: ${String(error)}`);
    failed(sim, process, 'write', error);
  }
}

/** A refusal is an answer; the store not answering is one when it says that nothing was written. */
function failed(sim: Simulation, process: SimProcess, what: string, error: unknown): void {
  if (error instanceof Refused || isTransient(error)) return;
  sim.unexpected(process.name, what, error);
}

function anything(sim: Simulation): Change {
  const { random } = sim;
  const kind = random.number();
  const [where, other, from] = [random.number(), random.number(), random.number()];
  const length = random.int(6);
  const flags = [random.pick(FLAGS)];
  const mode = random.chance(0.6) ? 'add' : 'remove';
  const name = `box${random.int(4)}${random.chance(0.2) ? '/sub' : ''}`;
  const blob = Buffer.from(random.bytes(random.pick([10, 100, 12_000]))).toString('base64');
  return (draft) => {
    // Most of what people do, they do in the inbox.
    const boxes = [...draft.mailboxes.values()];
    const inbox = draft.mailboxNamed('INBOX');
    if (inbox === undefined) return;
    const at = (place: number): Mailbox =>
      place < 0.6 ? inbox : boxes[Math.floor(((place - 0.6) / 0.4) * boxes.length)]!;
    const [source, target] = [at(where), at(other)];
    const rows = draft.rows(source.id);
    const first = rows.length === 0 ? 1 : rows.uid(Math.floor(from * rows.length));
    const uids = UidSet.range(first, first + length);
    if (kind < 0.3) draft.store(source.id, uids, mode, flags);
    else if (kind < 0.45) draft.copy(source.id, uids, target.id);
    else if (kind < 0.6) draft.move(source.id, uids, target.id);
    else if (kind < 0.78) draft.expunge(source.id, uids);
    else if (kind < 0.84) draft.createMailbox(name);
    else if (kind < 0.88) draft.renameMailbox(source.name, `${name}x`);
    else if (kind < 0.93) draft.deleteMailbox(boxes[Math.floor(other * boxes.length)]!.name);
    else if (kind < 0.96) draft.putObject('note', name, { blob });
    else draft.subscribe(name, true);
  };
}

/** IMAP's APPEND: the bytes first, then the entry that names them. */
async function append(sim: Simulation, process: SimProcess, id: string): Promise<void> {
  const bytes = compose(`own${sim.marks.length}`, { from: 'me@example.test', references: [], size: 200 });
  let blob: { readonly name: string; readonly size: number };
  try {
    blob = await process.ports.blobs.put('raw', bytes, { owners: 1 });
  } catch (error) {
    failed(sim, process, 'append', error);
    return;
  }
  const summary = summarize(indexMessage(bytes));
  const date = process.clock.now();
  await write(sim, process, id, (draft) => {
    const mailbox = draft.mailboxNamed('Drafts') ?? draft.mailboxNamed('INBOX');
    if (mailbox === undefined) throw new Refused('nonexistent', 'There is no mailbox.');
    draft.add({ mailboxes: [mailbox.id], blob: blob.name, size: blob.size, date, flags: ['\\Draft'], summary });
  });
}

/** Gives a message that is in no mailbox any more, and not released, a place again. */
async function undelete(sim: Simulation, process: SimProcess, id: string): Promise<void> {
  const mark = newMark(sim, process, id);
  await marked(sim, process, mark, async () => {
    const account = await process.mail.accounts.openWhole(id);
    return account.decide((draft) => {
      const inbox = draft.mailboxNamed('INBOX');
      const emails = goneFrom(draft).slice(-3);
      if (inbox !== undefined) {
        const date = process.clock.now();
        draft.place(
          inbox.id,
          emails.map((email) => ({ email, flags: ['Restored'], date })),
        );
      }
      draft.putObject('mark', mark.id, {});
    });
  });
}

function goneFrom(draft: AccountDraft): number[] {
  const table = draft.fields.emailTable!;
  const gone: number[] = [];
  for (let row = 0; row < table.length; row++) {
    if (table.get(row, E_GONE) > 0) gone.push(table.get(row, E_EMAIL));
  }
  return gone;
}

/** Somebody waits for changes (IDLE), somebody else makes one: it is seen within two polls, whether its event comes or not. */
export async function checkWatching(sim: Simulation, id: string): Promise<void> {
  const [watcher, writer] = sim.of('access') as [SimProcess, SimProcess];
  const account = await watcher.mail.accounts.open(id);
  let seen = 0;
  const stop = account.watch((state) => {
    seen = state.seq;
  });
  await sim.clock.sleep(1000);
  const { seq } = await (await writer.mail.accounts.open(id)).write((draft) => draft.putObject('note', 'watched', {}));
  await sim.clock.sleep(125_000);
  stop();
  if (seen < seq) sim.trace.fail('watching', `${watcher.name} waited for ${id}, and did not see ${seq}`);
}

/** Everything goes, from every mailbox. */
export async function throwAllAway(account: Account): Promise<void> {
  await account.write((draft) => {
    for (const { id } of draft.mailboxes.values()) draft.expunge(id, UidSet.range(1, 0xffffffff));
    draft.putObject('emptied', 'now', {});
  });
}
