import { describe, expect, it } from 'vitest';
import { addressItem, erasingItem, keys } from '../../mail/directory/items.ts';
import { DirectoryStore } from '../../mail/directory/store.ts';
import { message } from '../support/accounts.ts';
import { silentLog } from '../support/memory.ts';
import { adminWorld } from './admin-support.ts';
import { directory, PASSWORD } from './directory-support.ts';

const HOUR = 3_600_000;

async function withAlice() {
  const { records, clock, service } = directory();
  await service.domains.add('example.test');
  const { id } = await service.accounts.add('alice@example.test', PASSWORD);
  const erased: string[] = [];
  const sweep = (at = service) => at.removed.sweep(async (account) => void erased.push(account), silentLog);
  const waiting = async () => {
    const found = [];
    for await (const each of new DirectoryStore(records, clock).list('dir/erasing', erasingItem)) found.push(each);
    return found.length;
  };
  return { records, clock, service, id, erased, sweep, waiting };
}

describe('a removed account', () => {
  it('has its mail erased by the next sweep, and once more an hour later', async () => {
    const { clock, service, id, erased, sweep, waiting } = await withAlice();
    expect(await sweep()).toEqual({ erased: 0, failed: 0 });
    await service.accounts.remove('alice@example.test');
    expect(await service.resolve('alice@example.test')).toEqual({ kind: 'unknown' });
    expect(await sweep()).toEqual({ erased: 1, failed: 0 });
    expect(await sweep()).toEqual({ erased: 0, failed: 0 });
    clock.time += HOUR;
    await sweep();
    expect(erased).toEqual([id, id]);
    expect(await waiting()).toBe(0);
  });

  it('is erased though its address belongs to another by then, and that one is not', async () => {
    const { service, id, erased, sweep } = await withAlice();
    await service.accounts.remove('alice@example.test');
    const other = await service.accounts.add('alice@example.test', PASSWORD);
    await sweep();
    expect(erased).toEqual([id]);
    expect(await service.account(other.id)).toMatchObject({ address: 'alice@example.test' });
  });

  it('is due again where erasing it fails, and keeps no other from its turn', async () => {
    const { service, id, sweep, erased, waiting } = await withAlice();
    const bob = await service.accounts.add('bob@example.test', PASSWORD);
    await service.accounts.remove('alice@example.test');
    await service.accounts.remove('bob@example.test');
    const failing = async (account: string) => {
      if (account === id) throw new Error('down');
      erased.push(account);
    };
    expect(await service.removed.sweep(failing, silentLog)).toEqual({ erased: 1, failed: 1 });
    expect(erased).toEqual([bob.id]);
    expect(await waiting()).toBe(2);
    await sweep();
    expect(erased).toEqual([bob.id, id]);
  });

  it.each(['before', 'unknown'] as const)(
    'is either there whole or erased whole, whichever write of its removal is the last one (%s)',
    async (kind) => {
      for (let last = 1; last < 8; last++) {
        const { records, clock, id, erased, sweep, waiting } = await withAlice();
        const dying = directory(records, clock).service;
        const begin = records.writes;
        // From that write on nothing works any more, as after a crash.
        records.fault = (write) => (write < begin + last ? undefined : write === begin + last ? kind : 'before');
        await dying.accounts.remove('alice@example.test').catch(() => undefined);
        records.fault = () => undefined;
        const { service } = directory(records, clock);
        clock.time += HOUR;
        await sweep(service);
        clock.time += HOUR;
        await sweep(service);
        const address = await new DirectoryStore(records, clock).fresh(
          keys.address('alice', 'example.test'),
          addressItem,
        );
        expect(await waiting()).toBe(0);
        if (address === undefined) {
          expect(erased).toEqual([id, id]);
          expect(records.items.has(`${keys.credential(id).pk}\ncredential`)).toBe(false);
          expect(
            JSON.parse(Buffer.from(records.items.get(`${keys.pointer(id).pk}\naddress`)!.body).toString()),
          ).toHaveProperty('removed');
        } else expect(erased).toEqual([]);
      }
    },
  );

  it('leaves neither messages nor entries behind', async () => {
    const { directory, accounts, ports, clock } = adminWorld();
    await directory.domains.add('example.test');
    const { id } = await directory.accounts.add('alice@example.test', PASSWORD);
    const account = await accounts.open(id);
    const { name: blob } = await ports.blobs.put('raw', Buffer.from('a: b\r\n\r\n'), { owners: 1 });
    await account.write((draft) => draft.add(message([draft.mailboxNamed('INBOX')!.id], { blob })));
    await accounts.compact(id);
    await directory.accounts.remove('alice@example.test');
    const sweep = () => directory.removed.sweep((one) => accounts.eraseAccount(one), silentLog);
    expect(await sweep()).toEqual({ erased: 1, failed: 0 });
    await clock.run(clock.sleep(HOUR));
    expect(await sweep()).toEqual({ erased: 1, failed: 0 });
    const left = [];
    for (const kind of ['raw', 'log'] as const) for await (const each of ports.blobs.list(kind)) left.push(each);
    expect(left).toEqual([]);
    const { items } = await ports.records.query({ pk: `a/${id}` });
    expect(items.map(({ sk }) => sk)).toEqual(['h']);
  });
});
