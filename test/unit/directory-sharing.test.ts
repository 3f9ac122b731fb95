import { describe, expect, it } from 'vitest';
import { silentLog } from '../support/memory.ts';
import { directory, PASSWORD } from './directory-support.ts';

const DAY = 86_400_000;

async function people() {
  const { records, clock, service } = directory();
  await service.domains.add('example.test');
  await service.tenants.add('other');
  await service.domains.add('other.test', 'other');
  const add = (address: string) => service.accounts.add(address, PASSWORD);
  const [alice, bob, carol] = [
    await add('alice@example.test'),
    await add('bob@example.test'),
    await add('carol@other.test'),
  ];
  return { records, clock, service, alice, bob, carol, sharing: service.sharing };
}

describe('hints of what is shared', () => {
  it('are found by who may look, of his own and of his tenant, and of no other', async () => {
    const { sharing, alice, bob, carol } = await people();
    await sharing.hints.put(alice.id, { account: bob.id });
    await sharing.hints.put(bob.id, { tenant: bob.tenant });
    await sharing.hints.put(carol.id, { tenant: carol.tenant });
    const owners = async (who: typeof alice) => (await sharing.hints.for(who)).map(({ owner }) => owner);
    expect(await owners(bob)).toEqual([alice.id]);
    expect(await owners(alice)).toEqual([bob.id]);
    expect(await owners(carol)).toEqual([]);
  });

  it('that lead to nothing go after a day, but not when they were put again', async () => {
    const { sharing, clock, alice, bob } = await people();
    await sharing.hints.put(alice.id, { account: bob.id });
    const [hint] = await sharing.hints.for(bob);
    await sharing.hints.dropEmpty(hint!);
    clock.time += DAY;
    await sharing.hints.put(alice.id, { account: bob.id });
    await sharing.hints.dropEmpty(hint!);
    expect(await sharing.hints.for(bob)).toHaveLength(1);
    clock.time += DAY;
    const [again] = await sharing.hints.for(bob);
    await sharing.hints.dropEmpty(again!);
    expect(await sharing.hints.for(bob)).toEqual([]);
  });

  it('is put though the outcome of the write was not known', async () => {
    const { sharing, records, alice, bob } = await people();
    let failures = 3;
    records.fault = () => (failures-- > 0 ? 'unknown' : undefined);
    await sharing.hints.put(alice.id, { account: bob.id });
    expect(await sharing.hints.for(bob)).toHaveLength(1);
  });

  it('of an account that was erased are gone', async () => {
    const { service, sharing, alice, bob } = await people();
    await sharing.hints.put(alice.id, { account: bob.id });
    await service.accounts.remove('bob@example.test');
    await service.removed.sweep(async () => undefined, silentLog);
    expect(await sharing.hints.for(bob)).toEqual([]);
  });
});

describe('an account by its address', () => {
  it('is found by exactly that: no alias, no subaddress', async () => {
    const { service, sharing, alice } = await people();
    await service.aliases.add('al@example.test', ['alice@example.test']);
    expect((await sharing.accountNamed('Alice@EXAMPLE.test'))?.id).toBe(alice.id);
    for (const name of ['al@example.test', 'alice+x@example.test', 'alice', '', 'nobody@example.test']) {
      expect(await sharing.accountNamed(name)).toBeUndefined();
    }
  });
});

describe("a tenant's public folders (ME-17)", () => {
  it('are those of one account, and of its tenant only', async () => {
    const { service, sharing, alice, bob } = await people();
    expect(await sharing.publicAccount('default')).toBeUndefined();
    expect(await service.accounts.set('alice@example.test', { public: true })).toMatchObject({ public: true });
    expect(await sharing.publicAccount('default')).toMatchObject({ id: alice.id, public: true });
    expect(await sharing.publicAccount('other')).toBeUndefined();
    await service.accounts.set('carol@other.test', { public: true });
    await expect(service.accounts.set('bob@example.test', { public: true })).rejects.toMatchObject({
      code: 'alreadyexists',
    });
    expect((await service.accounts.get('bob@example.test')).public).toBeUndefined();
    await service.accounts.set('alice@example.test', { public: true });
    await service.accounts.set('alice@example.test', { public: false });
    expect(await sharing.publicAccount('default')).toBeUndefined();
    await service.accounts.set('bob@example.test', { public: true });
    expect((await sharing.publicAccount('default'))?.id).toBe(bob.id);
  });

  it('can be given to another account when theirs is gone', async () => {
    const { service, sharing, bob } = await people();
    await service.accounts.set('alice@example.test', { public: true });
    await service.accounts.remove('alice@example.test');
    expect(await sharing.publicAccount('default')).toBeUndefined();
    await service.accounts.set('bob@example.test', { public: true });
    expect((await sharing.publicAccount('default'))?.id).toBe(bob.id);
  });
});
