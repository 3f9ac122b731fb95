import { expect, test } from 'vitest';
import { UidSet } from '../../mail/account/uidset.ts';
import { DAY, message, world } from '../support/accounts.ts';

/** A view that was last used before the history of the account went by it. */
function staleView(seed: number) {
  const { clock, process, ports } = world(seed);
  const options = { retentionMs: async () => 2 * DAY };
  const [stale, worker] = [process(options), process({ ...options, writer: 'worker' })];
  const write = async (n: number, size: number) => {
    const account = await worker.open('a1');
    await account.write((draft) => {
      const inbox = draft.mailboxNamed('INBOX') ?? draft.createMailbox('INBOX', 'inbox');
      draft.add(message([inbox.id], { size: n, delivery: `job${n}` }));
      const value = Array.from({ length: size }, (_, i) => Math.sin(n + i));
      draft.putObject('note', 'n', { value });
    });
    await worker.compact('a1');
  };
  return { clock, stale, worker, write, ports };
}

test('summaries of a view are found after the snapshot that it began with is gone', async () => {
  const { clock, stale, write } = staleView(1);
  await clock.run(
    (async () => {
      await write(1, 1);
      const account = await stale.open('a1');
      for (let n = 2; n < 14; n++) {
        await clock.sleep(DAY + 1000);
        await write(n, 1);
        await account.refresh();
      }
      const rows = account.state.rows(account.state.mailboxNamed('INBOX')!.id);
      const numbers = Array.from({ length: rows.length }, (_, i) => rows.email(i));
      expect([...(await account.emails(numbers)).keys()].sort()).toEqual(numbers.sort());
    })(),
  );
});

test('a view that the floor has passed begins anew, though an entry in its way is half dropped', async () => {
  const { clock, stale, write, worker, ports } = staleView(2);
  await clock.run(
    (async () => {
      await write(1, 1);
      const account = await stale.open('a1');
      // Its operations are too long for the entry itself.
      await write(2, 4000);
      const half = (await ports.records.query({ pk: 'a/a1', from: 'e/', to: 'e/~', reverse: true, limit: 1 }))
        .items[0]!;
      for (let n = 3; n < 9; n++) {
        await clock.sleep(DAY + 1000);
        await write(n, 1);
      }
      // A crash between the deletion of the blob and that of the entry that names it.
      await ports.records.put(half, 'any');
      await account.refresh();
      expect(account.state.seq).toBe((await worker.open('a1')).state.seq);
    })(),
  );
});

test('what was thrown away in an account that then stays quiet is released', async () => {
  const { clock, worker } = staleView(3);
  await clock.run(
    (async () => {
      const account = await worker.openWhole('a1');
      await account.write((draft) => {
        const inbox = draft.createMailbox('INBOX', 'inbox');
        draft.add(message([inbox.id], { delivery: 'job1' }));
      });
      await account.write((draft) => draft.expunge(draft.mailboxNamed('INBOX')!.id, UidSet.range(1, 9)));
      await worker.compact('a1');
      const left: number[] = [];
      for (let day = 0; day < 3; day++) {
        left.push(account.state.fields.emailTable!.length);
        await clock.sleep(DAY);
        await worker.compact('a1');
      }
      expect([...left, account.state.fields.emailTable!.length]).toEqual([1, 1, 0, 0]);
    })(),
  );
});
