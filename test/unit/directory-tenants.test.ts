import { beforeEach, describe, expect, it } from 'vitest';
import { authorize, type Caller, covers, type Reach } from '../../mail/admin/access.ts';
import type { DirectoryService } from '../../mail/directory/directory.ts';
import { outranks, type Role } from '../../mail/directory/roles.ts';
import { directory, PASSWORD } from './directory-support.ts';

let service: DirectoryService;

beforeEach(async () => {
  ({ service } = directory());
  await service.tenants.add('acme');
  await service.domains.add('acme.test', 'acme');
});

describe('tenants (ME-4)', () => {
  it('are added once, listed by name with the one that is always there, changed and removed', async () => {
    await service.tenants.add('zoo', { name: 'The zoo' });
    const listed = async (after?: string) => {
      const ids: string[] = [];
      for await (const { id } of service.tenants.list({ after })) ids.push(id);
      return ids;
    };
    expect(await listed()).toEqual(['acme', 'default', 'zoo']);
    expect(await listed('acme')).toEqual(['default', 'zoo']);
    expect(await listed('default')).toEqual(['zoo']);
    await expect(service.tenants.add('zoo')).rejects.toMatchObject({ code: 'alreadyexists' });
    await expect(service.tenants.add('No Name')).rejects.toMatchObject({ code: 'invalid' });
    expect(await service.tenants.set('zoo', { limits: { accounts: 3, quota: 5 } })).toMatchObject({ name: 'The zoo' });
    expect((await service.tenants.set('zoo', { limits: { quota: null } })).limits).toEqual({ accounts: 3 });
    await service.tenants.remove('zoo');
    expect(await listed()).toEqual(['acme', 'default']);
    await expect(service.tenants.get('zoo')).rejects.toMatchObject({ code: 'nonexistent' });
    await expect(service.tenants.add('zoo')).rejects.toMatchObject({ code: 'alreadyexists' });
    await expect(service.domains.add('zoo.test', 'zoo')).rejects.toMatchObject({ code: 'nonexistent' });
  });

  it('stay while they have domains, and the default one always', async () => {
    await expect(service.tenants.remove('acme')).rejects.toMatchObject({ code: 'cannot' });
    await service.domains.add('more.test', 'acme');
    await expect(service.tenants.remove('default')).rejects.toMatchObject({ code: 'cannot' });
    await expect(service.tenants.set('default', {})).rejects.toMatchObject({ code: 'cannot' });
  });

  it('have no more domains and accounts than they may', async () => {
    await service.tenants.set('acme', { limits: { domains: 2, accounts: 1 } });
    await service.domains.add('two.test', 'acme');
    await expect(service.domains.add('three.test', 'acme')).rejects.toMatchObject({ code: 'limit' });
    await service.accounts.add('ann@acme.test', PASSWORD);
    await expect(service.accounts.add('bob@two.test', PASSWORD)).rejects.toMatchObject({ code: 'limit' });
    await service.domains.add('elsewhere.test');
    await service.accounts.add('bob@elsewhere.test', PASSWORD);
  });

  it('bound the quota of each account, whatever is set for it', async () => {
    const { id, address } = await service.accounts.add('ann@acme.test', PASSWORD, { quota: '10G' });
    await service.tenants.set('acme', { limits: { quota: 1_000 } });
    expect((await service.accounts.get(address)).quota).toBe(1_000);
    expect(await service.resolve(address)).toMatchObject({ quotas: new Map([[id, { quota: 1_000 }]]) });
    await service.accounts.set(address, { quota: 10 });
    expect((await service.accounts.get(address)).quota).toBe(10);
    await service.accounts.set(address, { quota: 'none' });
    expect((await service.accounts.get(address)).quota).toBe(1_000);
  });

  it('have settings between those of the server and of their domains', async () => {
    await service.accounts.add('ann@acme.test', PASSWORD);
    await service.settings.set('accounts.pop3', 'off', { tenant: 'acme' });
    expect((await service.accounts.get('ann@acme.test')).pop3).toBe(false);
    expect(await service.setting('accounts.pop3', { domain: 'acme.test' })).toBe(false);
    expect(await service.settings.get('accounts.pop3', { account: 'ann@acme.test' })).toMatchObject({ from: 'tenant' });
    await service.settings.set('accounts.pop3', 'on', { domain: 'acme.test' });
    expect((await service.accounts.get('ann@acme.test')).pop3).toBe(true);
    await expect(service.settings.get('accounts.pop3', { tenant: 'none' })).rejects.toMatchObject({
      code: 'nonexistent',
    });
    await expect(service.settings.list({ tenant: 'acme', domain: 'acme.test' })).rejects.toMatchObject({
      code: 'invalid',
    });
  });
});

describe('roles (ME-21)', () => {
  const server: Role = { kind: 'server' };
  const tenant: Role = { kind: 'tenant' };
  const domain: Role = { kind: 'domain', domains: ['acme.test'] };
  const by = (role: Role): Caller => ({ role, tenant: 'acme', actor: { kind: 'token' } });
  const may = async (role: Role, reach: Reach, changes = true) => {
    try {
      await authorize(service, by(role), reach, changes);
      return 'yes';
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  };

  it('outrank only what is below them; the server all', () => {
    const all = [server, tenant, domain, undefined];
    expect(all.map((other) => outranks(server, other))).toEqual([true, true, true, true]);
    expect(all.map((other) => outranks(tenant, other))).toEqual([false, false, true, true]);
    expect(all.map((other) => outranks(domain, other))).toEqual([false, false, false, true]);
  });

  it('are for domains of the account’s own tenant, and end when a domain becomes another’s', async () => {
    await service.accounts.add('ann@acme.test', PASSWORD);
    await service.domains.add('default.test');
    const given = { kind: 'domain', domains: ['ACME.test'] } as const;
    expect((await service.accounts.setRole('ann@acme.test', { ...given, domains: [...given.domains] })).role).toEqual(
      domain,
    );
    const other: Role = { kind: 'domain', domains: ['default.test'] };
    await expect(service.accounts.setRole('ann@acme.test', other)).rejects.toMatchObject({ code: 'nonexistent' });
    expect((await service.accounts.setRole('ann@acme.test', undefined)).role).toBeUndefined();
    expect(covers(by(domain), { domain: 'acme.test', tenant: 'acme' })).toBe(true);
    expect(covers(by(domain), { domain: 'acme.test', tenant: 'default' })).toBe(false);
    expect(covers(by(tenant), { domain: 'acme.test', tenant: 'default' })).toBe(false);
  });

  it('reach what is theirs, and hear of nothing else', async () => {
    await service.domains.add('default.test');
    await service.accounts.add('ann@acme.test', PASSWORD);
    await service.accounts.add('boss@acme.test', PASSWORD);
    await service.accounts.setRole('boss@acme.test', tenant);
    expect(await may(domain, 'server')).toBe('noperm');
    expect(await may(domain, 'role')).toBe('yes');
    for (const theirs of [{ domain: 'acme.test' }, { address: 'ann@acme.test' }, { address: '@ACME.test' }]) {
      expect([await may(tenant, theirs), await may(domain, theirs)], JSON.stringify(theirs)).toEqual(['yes', 'yes']);
    }
    for (const wide of [{ tenant: 'acme' }, { wholeTenantOf: 'acme.test' }, { wholeTenantOf: 'ann@acme.test' }]) {
      expect([await may(tenant, wide), await may(domain, wide)], JSON.stringify(wide)).toEqual(['yes', 'nonexistent']);
    }
    for (const others of [{ tenant: 'default' }, { domain: 'default.test' }, { domain: 'nowhere.test' }]) {
      expect(await may(tenant, others)).toBe('nonexistent');
      expect(await may(domain, [{ domain: 'acme.test' }, others])).toBe('nonexistent');
      expect(await may(server, others)).toBe('yes');
    }
    // A quoted local part is no way round.
    expect(await may(domain, { address: '"x@acme.test"@default.test' })).toBe('nonexistent');
    expect(await may(tenant, { address: 'boss@acme.test' }, false)).toBe('yes');
    expect(await may(tenant, { address: 'boss@acme.test' })).toBe('noperm');
    expect(await may(tenant, { outranked: 'boss@acme.test' }, false)).toBe('noperm');
    expect(await may(tenant, [{ address: 'ann@acme.test' }, 'server'])).toBe('noperm');
  });
});
