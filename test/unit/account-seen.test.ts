import { describe, expect, it } from 'vitest';
import { decodeEntry } from '../../mail/account/codec.ts';
import { foldEntry } from '../../mail/account/fold.ts';
import { AccountState, emptyFields } from '../../mail/account/state.ts';
import { Refused } from '../../mail/refused.ts';
import { world } from '../support/accounts.ts';
import { A, addTo, boxOf, listed, makeInbox, uids } from './account-support.ts';

/** INBOX with five messages, of which bob has read 2 to 4 and carol 4. */
async function read() {
  const w = world();
  const accounts = w.process();
  const account = await accounts.openWhole(A);
  const { id } = await makeInbox(account);
  for (let i = 0; i < 5; i++) await addTo(account);
  const see = (actor: string, what: ReturnType<typeof uids>, on = true) =>
    account.write((draft) => draft.see(id, actor, what, on).toString());
  expect((await see('bob', uids(2, 3, 4, 9))).result).toBe('2:4');
  expect((await see('carol', uids(4))).result).toBe('4');
  const seen = (actor: string, name = 'INBOX') => account.state.seenBy(boxOf(account.state, name).id, actor).toString();
  return { w, accounts, account, id, see, seen };
}

describe('what others than the owner have read (design: rule 14)', () => {
  it("is everybody's own, and leaves the owner's flags and counts alone", async () => {
    const { account, see, seen } = await read();
    expect([seen('bob'), seen('carol'), seen('dave')]).toEqual(['2:4', '4', '']);
    expect(listed(account.state).map(([, flags]) => flags)).toEqual(['', '', '', '', '']);
    expect(boxOf(account.state).unseen).toBe(5);
    expect((await see('bob', uids(3), false)).result).toBe('3');
    expect(seen('bob')).toBe('2,4');
  });

  it('moves the mod-sequence of what changed, and writes nothing where nothing does', async () => {
    const { account, id, see } = await read();
    const { seq } = account.state;
    expect((await see('bob', uids(2, 3))).result).toBe('');
    expect(account.state.seq).toBe(seq);
    await see('bob', uids(1));
    const rows = account.state.rows(id);
    expect(rows.changedSince(seq)).toEqual([0]);
    expect(boxOf(account.state).modseq).toBe(seq + 1);
  });

  it('goes with the messages: expunged, moved away, moved within, deleted with the mailbox', async () => {
    const { account, id, seen } = await read();
    await account.write((draft) => draft.expunge(id, uids(2)));
    expect(seen('bob')).toBe('3:4');
    await account.write((draft) => draft.move(id, uids(3), draft.createMailbox('Other').id));
    expect([seen('bob'), seen('bob', 'Other')]).toEqual(['4', '']);
    await account.write((draft) => draft.move(id, uids(4), id));
    expect([seen('bob'), seen('carol')]).toEqual(['', '']);
    const other = boxOf(account.state, 'Other').id;
    await account.write((draft) => draft.see(other, 'bob', uids(1), true));
    await account.write((draft) => draft.deleteMailbox('Other'));
    expect(account.state.seenBy(other, 'bob').isEmpty).toBe(true);
  });

  it('comes back from a snapshot, and from the log without one', async () => {
    const { w, accounts, account, id } = await read();
    const fresh = async () => {
      const { state } = await w.process().openWhole(A);
      return ['bob', 'carol'].map((actor) => state.seenBy(id, actor).toString());
    };
    expect(await fresh()).toEqual(['2:4', '4']);
    await accounts.compact(A);
    expect(await fresh()).toEqual(['2:4', '4']);
    await account.write((draft) => draft.see(id, 'bob', uids(5), true));
    expect(await fresh()).toEqual(['2:5', '4']);
    await account.write((draft) => draft.expunge(id, uids(4)));
    await accounts.compact(A);
    expect(await fresh()).toEqual(['2:3,5', '']);
  });

  it('is checked by the fold, and bounded', async () => {
    const { w, account, id } = await read();
    const entry = (operations: readonly object[]) => ({
      ...{ seq: account.state.seq + 1, nonce: 'n', time: w.clock.now(), size: 1 },
      operations: operations as never,
    });
    const wrong = { op: 'see', mailbox: id, actor: 'bob', uids: '77', on: true };
    expect(() => foldEntry(account.state.fields, entry([wrong]))).toThrow('messages read that there are not');
    expect(() => foldEntry(emptyFields(), { ...entry([wrong]), seq: 1 })).toThrow('no mailbox');
    expect(new AccountState(emptyFields()).seenBy('m1', 'bob').isEmpty).toBe(true);
    const later = Buffer.from(`\u0001\u0000${JSON.stringify({ n: 'x', t: 1, o: [{ op: 'sees' }] })}`, 'latin1');
    await expect(decodeEntry(w.ports.blobs, 1, later)).rejects.toThrow('upgrade');
    await expect(account.write((draft) => draft.see('mnone', 'bob', uids(1), true))).rejects.toThrow(Refused);
  });
});
