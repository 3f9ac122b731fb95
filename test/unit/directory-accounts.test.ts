import { describe, expect, it } from 'vitest';
import { directory, ManualClock, MapRecords, PASSWORD } from './directory-support.ts';

const imap = { service: 'imap', address: '192.0.2.1' } as const;

async function withAlice(records = new MapRecords(), clock = new ManualClock()) {
  const made = directory(records, clock);
  await made.service.domains.add('example.test');
  const alice = await made.service.accounts.add('alice@example.test', PASSWORD, { quota: '5G', displayName: 'Alice' });
  return { ...made, alice };
}

describe('accounts', () => {
  it('are made with mailboxes, listed, changed and removed', async () => {
    const { service, alice, made } = await withAlice();
    expect(made).toEqual([alice.id]);
    expect(alice).toEqual({
      id: expect.stringMatching(/^a[a-z2-7]{20}$/),
      address: 'alice@example.test',
      tenant: 'default',
      enabled: true,
      displayName: 'Alice',
      imap: true,
      pop3: true,
      quota: 5 * 1024 ** 3,
    });
    await service.accounts.set('alice@example.test', { pop3: 'off', quota: null, displayName: '' });
    expect(await service.account(alice.id)).toEqual({
      id: alice.id,
      address: 'alice@example.test',
      tenant: 'default',
      enabled: true,
      imap: true,
      pop3: false,
    });
    const listed: string[] = [];
    for await (const { address } of service.accounts.list('example.test')) listed.push(address);
    expect(listed).toEqual(['alice@example.test']);
    await service.accounts.remove('alice@example.test');
    expect(await service.account(alice.id)).toBeUndefined();
    expect(await service.resolve('alice@example.test')).toEqual({ kind: 'unknown' });
    await expect(service.authenticate('alice@example.test', PASSWORD, imap)).rejects.toMatchObject({
      code: 'authenticationfailed',
    });
    const again = await service.accounts.add('alice@example.test', PASSWORD);
    expect(again.id).not.toBe(alice.id);
    expect(await service.account(alice.id)).toBeUndefined();
  });

  it.each([
    ['short', 'at least 8'],
    ['Password123', 'attackers'],
    ['line\nbreaks', 'control'],
  ])('refuse the password %j', async (password, why) => {
    const { service } = directory();
    await service.domains.add('example.test');
    await expect(service.accounts.add('alice@example.test', password)).rejects.toThrow(why);
  });

  it('are refused where the address is taken, the domain is not ours or the name is no name', async () => {
    const { service } = await withAlice();
    await service.aliases.add('info@example.test', ['alice@example.test']);
    const add = (address: string) => service.accounts.add(address, PASSWORD);
    await expect(add('ALICE@example.test')).rejects.toMatchObject({ code: 'alreadyexists' });
    await expect(add('info@example.test')).rejects.toMatchObject({ code: 'alreadyexists' });
    await expect(add('a@elsewhere.example')).rejects.toMatchObject({ code: 'nonexistent' });
    await expect(add('a+b@example.test')).rejects.toMatchObject({ code: 'invalid' });
    await expect(service.aliases.add('alice@example.test', ['b@example.test'])).rejects.toMatchObject({
      code: 'alreadyexists',
    });
    await expect(service.domains.remove('example.test')).rejects.toMatchObject({ code: 'cannot' });
    await service.accounts.remove('alice@example.test');
    await service.aliases.remove('info@example.test');
    await service.domains.remove('example.test');
    expect(await service.resolve('a@example.test')).toEqual({ kind: 'foreign' });
  });

  it('exist whole or not at all, whichever write of their making fails or is uncertain', async () => {
    const writes = await (async () => {
      const { records, service } = directory();
      await service.domains.add('example.test');
      const before = records.writes;
      await service.accounts.add('alice@example.test', PASSWORD);
      return { before, count: records.writes - before };
    })();
    for (const fault of ['before', 'unknown'] as const) {
      for (let at = 1; at <= writes.count; at++) {
        const { records, service } = directory();
        await service.domains.add('example.test');
        records.fault = (n) => (n === writes.before + at ? fault : undefined);
        const outcome = await service.accounts.add('alice@example.test', PASSWORD).then(
          () => 'made',
          () => 'failed',
        );
        records.fault = () => undefined;
        if (fault === 'unknown') expect(outcome).toBe('made');
        const there = (await service.resolve('alice@example.test')).kind === 'local';
        if (outcome === 'made') expect(there).toBe(true);
        if (there) {
          expect((await service.authenticate('alice@example.test', PASSWORD, imap)).account.address).toBe(
            'alice@example.test',
          );
        } else {
          await service.accounts.add('alice@example.test', PASSWORD);
        }
      }
    }
  });

  it('race for one address: one is made', async () => {
    const records = new MapRecords();
    await directory(records).service.domains.add('example.test');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => directory(records).service.accounts.add('alice@example.test', PASSWORD)),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });
});

describe('settings', () => {
  it('are taken from the nearest level', async () => {
    const { service, alice } = await withAlice();
    const value = async () => (await service.account(alice.id))?.pop3;
    await service.settings.set('accounts.pop3', 'off');
    expect(await value()).toBe(false);
    await service.settings.set('accounts.pop3', 'on', { domain: 'example.test' });
    expect(await value()).toBe(true);
    await service.settings.set('accounts.pop3', false, { account: 'alice@example.test' });
    expect(await value()).toBe(false);
    expect(await service.settings.get('accounts.pop3', { account: 'alice@example.test' })).toMatchObject({
      value: false,
      from: 'account',
    });
    await service.settings.unset('accounts.pop3', { account: 'alice@example.test' });
    expect(await value()).toBe(true);
  });

  it('refuse what does not fit, and do not show passwords', async () => {
    const { service } = await withAlice();
    await expect(service.settings.set('smtp.maxMessageSize', 'huge')).rejects.toMatchObject({ code: 'invalid' });
    await expect(service.settings.set('no.such', 1)).rejects.toMatchObject({ code: 'nonexistent' });
    await expect(service.settings.set('retention.days', 30, { domain: 'example.test' })).rejects.toMatchObject({
      code: 'invalid',
    });
    expect(await service.setting('smtp.maxMessageSize')).toBe(40 * 1024 ** 2);
    await service.settings.set('smtp.maxMessageSize', '50M');
    expect(await service.setting('smtp.maxMessageSize')).toBe(50 * 1024 ** 2);
    const route = {
      kind: 'smarthost',
      host: 'relay.example',
      port: 587,
      tls: 'required',
      user: 'u',
      password: 'secret',
    };
    await service.settings.set('outbound.routes', [route], { domain: 'example.test' });
    expect(await service.routes('Example.test')).toEqual([route]);
    expect(await service.routes('elsewhere.example')).toEqual([{ kind: 'mx' }]);
    expect(JSON.stringify(await service.settings.list({ domain: 'example.test' }))).not.toContain('secret');
  });
});
