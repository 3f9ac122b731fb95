import { expect, test } from 'vitest';
import { foldEntry } from '../../mail/account/fold.ts';
import { AccountLog } from '../../mail/account/log.ts';
import { AccountState, emptyFields, type StateView } from '../../mail/account/state.ts';
import type { Draft } from '../../mail/account/types.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import { Refused } from '../../mail/refused.ts';
import { dump, message, summary, world } from '../support/accounts.ts';
import { silentLog } from '../support/memory.ts';
import { SimRandom } from '../support/simrandom.ts';

/** A random write, such as a client or a delivery makes. */
function anything(random: SimRandom, n: number): (draft: Draft) => void {
  const kind = random.number();
  const seed = random.number();
  return (draft) => {
    const boxes = [...draft.mailboxes.values()];
    const box = boxes[Math.floor(seed * boxes.length)];
    const other = boxes[Math.floor(((seed * 7) % 1) * boxes.length)];
    if (box === undefined || other === undefined) {
      draft.createMailbox('INBOX', 'inbox');
      return;
    }
    const low = 1 + Math.floor(seed * box.uidnext);
    const uids = UidSet.range(low, low + Math.floor(kind * 10));
    if (kind < 0.4) {
      const references = n % 3 === 0 ? [`${n - 3}@x`] : [];
      const of = summary({ messageId: `${n}@x`, references });
      draft.add(message([box.id], { size: n, delivery: `job${n}`, flags: n % 2 ? ['\\Seen'] : ['k1'], summary: of }));
    } else if (kind < 0.6)
      draft.store(box.id, uids, n % 2 ? 'add' : 'remove', n % 4 ? ['\\Seen'] : ['$Label', '\\Deleted']);
    else if (kind < 0.68) draft.expunge(box.id, uids);
    else if (kind < 0.76) draft.copy(box.id, uids, other.id);
    else if (kind < 0.84) draft.move(box.id, uids, other.id);
    else if (kind < 0.9) draft.createMailbox(`box/${n}`);
    else if (kind < 0.93) draft.renameMailbox(box.name, `renamed${n}`);
    else if (kind < 0.95) draft.deleteMailbox(box.name);
    else if (kind < 0.97) draft.putObject('identity', `i${n % 5}`, { n });
    else draft.subscribe(`box/${n}`, true);
  };
}

test('any interleaving of writers folds to one state; snapshot and tail give the same as the whole log', async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const { clock, process, ports } = world(seed);
    const random = new SimRandom(seed * 1000);
    const processes = [process(), process({ writer: 'worker' }), process()];
    const history = async () => {
      let n = 0;
      const writer = async (i: number) => {
        const account = await processes[i]!.open('a1');
        for (let k = 0; k < 60; k++) {
          await clock.sleep(random.number() * 5);
          n += 1;
          await account.write(anything(random, n)).catch((error: unknown) => {
            if (!(error instanceof Refused)) throw error;
          });
          if (random.number() < 0.05) await processes[i]!.compact('a1');
        }
      };
      await Promise.all([0, 1, 2, 0, 1].map(writer));
      const states: StateView[] = [];
      for (const one of [...processes, process()]) {
        const account = await one.openWhole('a1');
        await account.refresh();
        states.push(account.state);
      }
      const deps = { ...ports, clock, random, log: silentLog } as never;
      let fields = emptyFields();
      for await (const entry of new AccountLog(deps, 'a1').between(1, 1e9)) fields = foldEntry(fields, entry);
      states.push(new AccountState(fields));
      const [first, ...rest] = states.map(dump);
      for (const state of rest) expect(state).toEqual(first);
    };
    await clock.run(history());
  }
});
