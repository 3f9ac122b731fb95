import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DirectoryService } from '../../mail/directory/directory.ts';
import { credentialItem, throttleItem } from '../../mail/directory/items.ts';
import { network } from '../../mail/directory/throttle.ts';
import type { Item } from '../../mail/ports/index.ts';
import { directory, ManualClock, MapRecords, PASSWORD } from './directory-support.ts';

const from = (address: string, service: 'imap' | 'pop3' | 'smtp' = 'imap') => ({ service, address });
const FAR = '192.0.2.1';
const bodyOf = ({ body }: Item) => JSON.parse(Buffer.from(body).toString());

async function withAlice() {
  const records = new MapRecords();
  const clock = new ManualClock();
  const { service, logged } = directory(records, clock);
  await service.domains.add('example.test');
  const alice = await service.accounts.add('alice@example.test', PASSWORD);
  return { service, logged, records, clock, alice, other: directory(records, clock).service };
}

describe('authenticate', () => {
  it('takes the right password, in this process and in another', async () => {
    const { service, other, alice } = await withAlice();
    for (const each of [service, other, service]) {
      expect(await each.authenticate('Alice@Example.test', PASSWORD, from(FAR))).toMatchObject({
        account: alice,
        by: 'password',
      });
    }
  });

  it('refuses a wrong password and an unknown name with the same words', async () => {
    const { service } = await withAlice();
    const wrong = await service.authenticate('alice@example.test', 'wrong', from(FAR)).catch((e) => e);
    const nobody = await service.authenticate('nobody@example.test', 'wrong', from(FAR)).catch((e) => e);
    expect(wrong).toMatchObject({ code: 'authenticationfailed' });
    expect(nobody.message).toBe(wrong.message);
    await expect(service.authenticate('alice@example.test', '', from(FAR))).rejects.toMatchObject({
      code: 'authenticationfailed',
    });
  });

  it('drops a remembered password when it is changed, in other processes within seconds', async () => {
    const { service, other, clock } = await withAlice();
    await service.authenticate('alice@example.test', PASSWORD, from(FAR));
    await other.authenticate('alice@example.test', PASSWORD, from(FAR));
    await service.accounts.setPassword('alice@example.test', 'another good one');
    await expect(service.authenticate('alice@example.test', PASSWORD, from(FAR))).rejects.toThrow('wrong');
    clock.time += 16_000;
    await expect(other.authenticate('alice@example.test', PASSWORD, from(FAR))).rejects.toThrow('wrong');
    await other.authenticate('alice@example.test', 'another good one', from(FAR));
  });

  it('takes a password that another process has just set at once, and by SCRAM nothing but that', async () => {
    const { service, other } = await withAlice();
    const login = async (password: string) => other.authenticate('alice@example.test', password, from(FAR));
    await login(PASSWORD);
    const before = (await other.scram('alice@example.test', from(FAR))).storedKey;
    await service.accounts.setPassword('alice@example.test', 'another good one');
    const { credential } = await login('another good one');
    expect(await service.holds((await login('another good one')).account.id, credential)).toBe(true);
    expect((await other.scram('alice@example.test', from(FAR))).storedKey).not.toBe(before);
    await expect(login('a wrong one')).rejects.toThrow('wrong');
  });

  it('lets a name wait longer and longer, in every process, and forgets in time', async () => {
    const { service, other, clock } = await withAlice();
    const attempt = (password: string, each = service, address = FAR) =>
      each.authenticate('alice@example.test', password, from(address)).then(
        () => 'ok',
        (error) => error.code,
      );
    for (let i = 0; i < 6; i++) expect(await attempt('wrong')).toBe('authenticationfailed');
    expect(await attempt(PASSWORD)).toBe('throttled');
    expect(await attempt(PASSWORD, other)).toBe('throttled');
    expect(await attempt(PASSWORD, service, '127.0.0.1')).toBe('ok');
    for (let i = 0; i < 9; i++) await attempt('wrong', service, '127.0.0.1');
    expect(await attempt(PASSWORD)).toBe('throttled');
    clock.time += 61_000;
    expect(await attempt(PASSWORD)).toBe('ok');
    expect(await attempt('wrong')).toBe('authenticationfailed');
  });

  it('lets the owner in from elsewhere while others try at a name; one wrong try there, and he waits too', async () => {
    const { service, other } = await withAlice();
    const attempt = (password: string, address: string, each = service) =>
      each.authenticate('alice@example.test', password, from(address)).then(
        () => 'ok',
        (error) => error.code,
      );
    const attack = async () => {
      for (let i = 0; i < 6; i++) await attempt('wrong', `203.0.113.${i}`);
      expect(await attempt(PASSWORD, '203.0.113.1')).toBe('throttled');
    };
    await attack();
    expect(await attempt('wrong', '198.51.100.7', other)).toBe('authenticationfailed');
    expect(await attempt(PASSWORD, '198.51.100.7', other)).toBe('throttled');
    expect(await attempt(PASSWORD, '198.51.100.8', other)).toBe('ok');
    await attack();
    expect(await attempt(PASSWORD, '198.51.100.9')).toBe('ok');
  });

  it('makes everybody wait when a name is tried from a thousand addresses', async () => {
    const { service, records, clock } = await withAlice();
    for (let i = 0; i < 6; i++) {
      await expect(service.authenticate('alice@example.test', 'wrong', from(`203.0.113.${i}`))).rejects.toThrow();
    }
    const item = [...records.items.values()].find((one) => throttleItem.safeParse(bodyOf(one)).data?.failures === 6)!;
    const fail = (failures: number) =>
      records.put({ ...item, body: Buffer.from(JSON.stringify({ ...bodyOf(item), failures })) }, 'any');
    await fail(1_000);
    await service.authenticate('alice@example.test', PASSWORD, from('198.51.100.7'));
    await fail(1_001);
    const late = service.authenticate('alice@example.test', PASSWORD, from('198.51.100.8'));
    await expect(late).rejects.toMatchObject({ code: 'throttled' });
    clock.time += 61_000;
    await service.authenticate('alice@example.test', PASSWORD, from('198.51.100.8'));
  });

  it('counts by client address across names', async () => {
    const { service, clock } = await withAlice();
    for (let i = 0; i < 21; i++) {
      await expect(service.authenticate(`n${i}@example.test`, 'wrong', from('2001:db8::1'))).rejects.toThrow('wrong');
    }
    await expect(
      service.authenticate('alice@example.test', PASSWORD, from('2001:db8:0:0:ffff::9')),
    ).rejects.toMatchObject({ code: 'throttled' });
    await service.authenticate('alice@example.test', PASSWORD, from('2001:db8:0:1::9'));
    clock.time += 2_000;
    await service.authenticate('alice@example.test', PASSWORD, from('2001:db8::1'));
  });

  it('does not let many tries at once past the delay', async () => {
    const { service } = await withAlice();
    const tries = await Promise.all(
      Array.from({ length: 40 }, () =>
        service.authenticate('alice@example.test', 'wrong', from(FAR)).catch((error) => error.code),
      ),
    );
    expect(tries.filter((code) => code === 'throttled').length).toBeGreaterThan(20);
  });

  it('refuses a service that is off, and an account that is off, only to who knows the password', async () => {
    const { service } = await withAlice();
    await service.accounts.set('alice@example.test', { pop3: 'off' });
    await expect(service.authenticate('alice@example.test', PASSWORD, from(FAR, 'pop3'))).rejects.toMatchObject({
      code: 'noperm',
    });
    await service.authenticate('alice@example.test', PASSWORD, from(FAR, 'imap'));
    await service.accounts.set('alice@example.test', { enabled: false });
    await expect(service.authenticate('alice@example.test', PASSWORD, from(FAR, 'smtp'))).rejects.toMatchObject({
      code: 'noperm',
    });
    await expect(service.authenticate('alice@example.test', 'wrong', from(FAR, 'smtp'))).rejects.toMatchObject({
      code: 'authenticationfailed',
    });
  });

  it('takes a short name only where that is set and only one account has it', async () => {
    const { service } = await withAlice();
    await expect(service.authenticate('alice', PASSWORD, from(FAR))).rejects.toThrow('wrong');
    await service.settings.set('accounts.loginNames', 'both');
    expect((await service.authenticate('alice', PASSWORD, from(FAR))).account.address).toBe('alice@example.test');
    await service.domains.add('second.test');
    await service.accounts.add('alice@second.test', PASSWORD);
    await expect(service.authenticate('alice', PASSWORD, from(FAR))).rejects.toThrow('wrong');
  });

  it('keeps SCRAM-SHA-256 keys that fit the password, and nothing of it in the clear', async () => {
    const { records, alice } = await withAlice();
    const item = records.items.get(`dir/account/${alice.id}\ncredential`)!;
    const { scram } = credentialItem.parse(JSON.parse(Buffer.from(item.body).toString()));
    const salted = pbkdf2Sync(PASSWORD, Buffer.from(scram.salt, 'base64'), scram.iterations, 32, 'sha256');
    const client = createHmac('sha256', salted).update('Client Key').digest();
    expect(scram.storedKey).toBe(createHash('sha256').update(client).digest('base64'));
    for (const { body } of records.items.values()) expect(Buffer.from(body).toString()).not.toContain(PASSWORD);
  });
});

describe('what the log says of a sign-in that is refused, and the client is not told', () => {
  const fails = (service: DirectoryService, name: string, password: string, which: 'imap' | 'pop3' = 'imap') =>
    service.authenticate(name, password, from(FAR, which)).then(String, (error) => `${error.code}: ${error.message}`);

  it('names the reason, the service and the address', async () => {
    const { service, logged } = await withAlice();
    const said = [
      await fails(service, 'nobody@example.test', 'wrong-secret'),
      await fails(service, 'alice@example.test', 'wrong-secret'),
      await fails(service, 'alice', 'wrong-secret'),
    ];
    await service.settings.set('accounts.loginNames', 'both');
    await service.domains.add('second.test');
    await service.accounts.add('alice@second.test', PASSWORD);
    said.push(await fails(service, 'alice', PASSWORD), await fails(service, 'correct horse', 'x'));
    expect(new Set(said)).toEqual(new Set(['authenticationfailed: The name or the password is wrong.']));
    await service.accounts.set('alice@example.test', { imap: 'off' });
    await fails(service, 'Alice@Example.test', PASSWORD);
    await service.accounts.set('alice@example.test', { enabled: false });
    await fails(service, 'alice@example.test', PASSWORD, 'pop3');
    const login = await service.scram('nobody@example.test', from(FAR));
    await login.finish(false).catch(() => undefined);
    expect(logged.map(({ event, service, name, address, reason }) => [event, service, address, name, reason])).toEqual([
      ['login.refused', 'imap', FAR, 'nobody@example.test', 'no such account'],
      ['login.refused', 'imap', FAR, 'alice@example.test', 'wrong password'],
      ['login.refused', 'imap', FAR, undefined, 'short names are off'],
      ['login.refused', 'imap', FAR, undefined, 'more than one account has that short name'],
      ['login.refused', 'imap', FAR, undefined, 'no such account'],
      ['login.refused', 'imap', FAR, 'alice@example.test', 'imap is off'],
      ['login.refused', 'pop3', FAR, 'alice@example.test', 'the account is off'],
      ['login.refused', 'imap', FAR, 'nobody@example.test', 'no such account'],
    ]);
  });

  it('tells whose failures made it wait, for a name that somebody has and one that nobody has alike', async () => {
    const said: string[][] = [];
    for (const name of ['alice@example.test', 'nobody@example.test']) {
      const { service, logged } = await withAlice();
      const all: string[] = [];
      for (let i = 0; i < 8; i++) all.push(await fails(service, name, 'wrong-secret'));
      said.push(all);
      expect(logged.at(-1)).toMatchObject({ reason: 'too many failures of the name' });
      expect(JSON.stringify(logged)).not.toContain('secret');
    }
    expect(said[0]).toEqual(said[1]);
    const { service, logged } = await withAlice();
    for (let i = 0; i < 22; i++) await fails(service, `n${i}@example.test`, 'wrong');
    expect(logged.at(-1)).toMatchObject({ reason: 'too many failures of the address' });
  });
});

it('takes a /64 of IPv6 for one client', () => {
  expect(network('2001:DB8::1')).toBe(network('2001:db8:0:0:1:2:3:4'));
  expect(network('2001:db8:0:1::')).not.toBe(network('2001:db8::'));
  expect(network('::1')).toBe('0:0:0:0');
  expect(network('192.0.2.7')).toBe('192.0.2.7');
});

describe('scram', () => {
  const begin = (each: Pick<DirectoryService, 'scram'>, name: string, address = FAR) => each.scram(name, from(address));
  const keysOf = ({ salt, iterations }: { salt: string; iterations: number }) => `${salt} ${iterations}`;

  it('gives the keys of the password, and lets the right proof in', async () => {
    const { service, alice, records } = await withAlice();
    const login = await begin(service, 'Alice@example.test');
    const item = credentialItem.parse(
      JSON.parse(Buffer.from((await records.get(`dir/account/${alice.id}`, 'credential'))!.body).toString()),
    );
    expect(login).toMatchObject(item.scram);
    expect(login.nonce).toMatch(/^[\x21-\x2b\x2d-\x7e]{20,}$/);
    expect((await begin(service, 'alice@example.test')).nonce).not.toBe(login.nonce);
    expect(await login.finish(true)).toMatchObject({ account: alice });
    await expect(login.finish(false)).rejects.toMatchObject({ code: 'authenticationfailed' });
  });

  it('tells nobody who is not here: the same salt every time, in every process, and no proof is right', async () => {
    const { service, other } = await withAlice();
    const one = await begin(service, 'nobody@example.test');
    const again = await begin(other, 'Nobody@example.test');
    const else_ = await begin(service, 'somebody@example.test');
    expect(keysOf(again)).toBe(keysOf(one));
    expect(keysOf(else_)).not.toBe(keysOf(one));
    const real = await begin(service, 'alice@example.test');
    expect([one.salt.length, one.iterations]).toEqual([real.salt.length, real.iterations]);
    await expect(one.finish(true)).rejects.toMatchObject({ code: 'authenticationfailed' });
  });

  it('counts failures together with those of passwords, also of exchanges begun at once', async () => {
    const { service, other, clock } = await withAlice();
    const ready = await begin(service, 'alice@example.test');
    for (let i = 0; i < 3; i++) {
      await expect(service.authenticate('alice@example.test', 'wrong', from(FAR))).rejects.toThrow('wrong');
      const login = await begin(other, 'alice@example.test');
      await expect(login.finish(false)).rejects.toMatchObject({ code: 'authenticationfailed' });
    }
    await expect(ready.finish(true)).rejects.toMatchObject({ code: 'throttled' });
    await expect(begin(service, 'alice@example.test')).rejects.toMatchObject({ code: 'throttled' });
    await (await begin(service, 'alice@example.test', '127.0.0.1')).finish(true);
    clock.time += 61_000;
    await (await begin(service, 'alice@example.test')).finish(true);
  });

  it('holds what is switched off', async () => {
    const { service } = await withAlice();
    await service.accounts.set('alice@example.test', { imap: false });
    await expect((await begin(service, 'alice@example.test')).finish(true)).rejects.toMatchObject({ code: 'noperm' });
  });
});
