import { describe, expect, it } from 'vitest';
import { AppPasswords } from '../../mail/credentials/app-passwords.ts';
import { SignOnLinks } from '../../mail/credentials/links.ts';
import type { Notice } from '../../mail/credentials/notices.ts';
import { RecoveryAddresses } from '../../mail/credentials/recovery-address.ts';
import { Resets } from '../../mail/credentials/resets.ts';
import { Secrets } from '../../mail/credentials/secrets.ts';
import { Sessions } from '../../mail/credentials/sessions.ts';
import { checkNewPassword } from '../../mail/directory/passwords.ts';
import { Rates } from '../../mail/directory/rate.ts';
import { DirectoryStore } from '../../mail/directory/store.ts';
import { silentLog } from '../support/memory.ts';
import { directory, ManualClock, MapRecords, PASSWORD, random } from './directory-support.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CLIENT = '192.0.2.1';
const ELSEWHERE = 'alice@elsewhere.test';
const NEW = 'another good password';

/** Two processes on one store, with the account of alice. */
async function world() {
  const records = new MapRecords();
  const clock = new ManualClock();
  const posted: Notice[] = [];
  const logged: unknown[] = [];
  const process = () => {
    const { service } = directory(records, clock);
    const store = new DirectoryStore(records, clock);
    const secrets = new Secrets(store, random);
    const ended = async () => {};
    const base = { store, clock, random, secrets, ended };
    const sessions = new Sessions({
      ...base,
      lifetimes: async () => ({ access: 15 * MINUTE, session: 90 * 24 * HOUR }),
    });
    const appPasswords = new AppPasswords({ ...base, scramKeys: async () => undefined });
    const links = {
      ...base,
      counts: new Rates(store),
      post: async (notice: Notice) => void posted.push(notice),
      page: async (name: string) => `https://mail.example.test/${name}`,
      account: (id: string) => service.account(id),
    };
    const addresses = new RecoveryAddresses(links);
    const resets = new Resets({
      ...links,
      log: { ...silentLog, error: (event, fields) => void logged.push({ event, ...fields }) },
      addresses,
      appPasswords,
      named: async (login) => {
        const found = await service.sharing.accountNamed(login);
        return found?.enabled ? found : undefined;
      },
      passwords: {
        check: checkNewPassword,
        set: (address, password) => service.accounts.setPassword(address, password),
      },
    });
    return { service, addresses, resets, sessions, appPasswords, links: new SignOnLinks(base) };
  };
  const [here, there] = [process(), process()];
  await here.service.domains.add('example.test');
  const alice = await here.service.accounts.add('alice@example.test', PASSWORD);
  const token = () => /#([\w-]{43})$/m.exec(posted.at(-1)!.text.join('\n'))![1]!;
  return { records, clock, posted, logged, here, there, alice, token };
}

/** The same, and alice's recovery address counts. */
async function recoverable() {
  const all = await world();
  await all.here.addresses.ask(all.alice, ELSEWHERE);
  await all.here.addresses.confirm(all.token());
  return all;
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error) => error.code,
  );

describe('the recovery address', () => {
  it('counts when whoever reads its mail has said so', async () => {
    const { here, there, alice, posted, token } = await world();
    await here.addresses.ask(alice, ELSEWHERE);
    expect(await there.addresses.get(alice.id)).toEqual({ pending: ELSEWHERE });
    expect(posted).toMatchObject([{ to: ELSEWHERE, subject: 'Confirm this address for alice@example.test' }]);
    expect(posted[0]!.text.join('\n')).toContain('\n\nhttps://mail.example.test/recovery-address#');
    await there.addresses.confirm(token());
    expect(await here.addresses.get(alice.id)).toEqual({ address: ELSEWHERE });
    expect(posted).toHaveLength(1);
  });

  it('is confirmed once, in a day, and not where another was asked for since', async () => {
    const { here, there, alice, clock, token } = await world();
    await here.addresses.ask(alice, ELSEWHERE);
    const first = token();
    const both = await Promise.all([here, there].map((one) => code(one.addresses.confirm(first))));
    expect(both.sort()).toEqual(['invalid', 'ok']);
    await here.addresses.ask(alice, 'a@elsewhere.test');
    const second = token();
    await here.addresses.ask(alice, 'b@elsewhere.test');
    expect(await code(here.addresses.confirm(second))).toBe('invalid');
    expect(await here.addresses.get(alice.id)).toEqual({ address: ELSEWHERE, pending: 'b@elsewhere.test' });
    clock.time += 24 * HOUR;
    expect(await code(here.addresses.confirm(token()))).toBe('invalid');
    expect(await code(here.addresses.confirm('x'))).toBe('invalid');
  });

  it('tells the old one when it changes or goes', async () => {
    const { here, alice, posted, token } = await recoverable();
    await here.addresses.ask(alice, 'new@elsewhere.test');
    expect(posted.filter(({ to }) => to === ELSEWHERE)).toHaveLength(1);
    await here.addresses.confirm(token());
    expect(posted.at(-1)).toMatchObject({
      to: ELSEWHERE,
      subject: 'The recovery address of alice@example.test has changed',
    });
    expect(posted.at(-1)!.text.join(' ')).not.toContain('new@');
    await here.addresses.remove(alice);
    expect(posted.at(-1)).toMatchObject({ to: 'new@elsewhere.test' });
    expect(posted.at(-1)!.text.join(' ')).toContain('has none any more');
    expect(await here.addresses.get(alice.id)).toEqual({});
    const before = posted.length;
    await here.addresses.remove(alice);
    expect(posted).toHaveLength(before);
  });

  it('makes us write to five addresses in an hour at most', async () => {
    const { here, there, alice, clock, posted } = await world();
    const ask = (n: number) => code((n % 2 === 0 ? here : there).addresses.ask(alice, `a${n}@elsewhere.test`));
    for (let n = 0; n < 5; n++) expect(await ask(n)).toBe('ok');
    expect(await ask(5)).toBe('throttled');
    expect(posted).toHaveLength(5);
    clock.time += HOUR;
    expect(await ask(6)).toBe('ok');
  });
});

describe('a reset', () => {
  it('sets the password, signs everybody out, and tells the address', async () => {
    const { here, there, alice, posted, token } = await recoverable();
    const session = { how: 'password', device: '', address: CLIENT };
    await here.sessions.begin(alice.id, session);
    await here.appPasswords.make(alice.id, 'Phone', ['imap']);
    await here.resets.ask('Alice@example.test', CLIENT);
    expect(posted.at(-1)).toMatchObject({ to: ELSEWHERE, subject: 'A new password for alice@example.test' });
    const owner = await there.resets.finish(token(), NEW, 'keep');
    expect(owner.address).toBe('alice@example.test');
    const context = { service: 'api', address: CLIENT } as const;
    expect(await code(there.service.authenticate(alice.address, NEW, context))).toBe('ok');
    expect(await code(there.service.authenticate(alice.address, PASSWORD, context))).toBe('authenticationfailed');
    expect(await here.sessions.list(alice.id)).toEqual([]);
    expect(await here.appPasswords.list(alice.id)).toHaveLength(1);
    expect(posted.at(-1)).toMatchObject({ to: ELSEWHERE, subject: 'The password of alice@example.test was changed' });
    expect(posted.at(-1)!.text.join(' ')).toContain('App passwords still work.');
  });

  it('leaves the second factor in force', async () => {
    const { here, alice, token } = await recoverable();
    await here.service.accounts.setFactor(alice.id, 'totp', true);
    await here.resets.ask(alice.address, CLIENT);
    await here.resets.finish(token(), NEW, 'remove');
    expect(await here.service.accounts.factors(alice.id)).toEqual(['totp']);
  });

  it('takes the app passwords away where that is wanted', async () => {
    const { here, alice, posted, token } = await recoverable();
    await here.appPasswords.make(alice.id, 'Phone', ['imap']);
    await here.resets.ask(alice.address, CLIENT);
    await here.resets.finish(token(), NEW, 'remove');
    expect(await here.appPasswords.list(alice.id)).toEqual([]);
    expect(posted.at(-1)!.text.join(' ')).toContain('App passwords were removed.');
  });

  it('says the same in the same time whether there is such an account or not', async () => {
    const { here, alice, clock, posted } = await recoverable();
    const silent = await here.service.accounts.add('silent@example.test', PASSWORD);
    await here.addresses.ask(silent, 'silent@elsewhere.test');
    await here.service.accounts.add('off@example.test', PASSWORD, { enabled: false });
    const before = posted.length;
    const took = async (login: string) => {
      const from = clock.time;
      expect(await here.resets.ask(login, CLIENT)).toBeUndefined();
      return clock.time - from;
    };
    for (const login of ['nobody@example.test', silent.address, 'off@example.test', 'x', 'a@b@c']) {
      expect(await took(login), login).toBe(1_000);
    }
    expect(posted).toHaveLength(before);
    expect(await took(alice.address)).toBe(1_000);
    expect(posted).toHaveLength(before + 1);
  });

  it('says the same when no mail can be sent, and the operator learns why', async () => {
    const { here, alice, records, logged, posted } = await recoverable();
    const before = posted.length;
    let count = 0;
    // The client's count is written, and no more.
    records.fault = () => (++count > 1 ? 'before' : undefined);
    expect(await here.resets.ask(alice.address, CLIENT)).toBeUndefined();
    records.fault = () => undefined;
    expect(posted).toHaveLength(before);
    expect(logged).toEqual([{ event: 'reset.failed', error: expect.stringContaining('down') }]);
  });

  it('has a link that works once, for half an hour', async () => {
    const { here, there, alice, clock, token } = await recoverable();
    await here.resets.ask(alice.address, CLIENT);
    const link = token();
    const both = [here, there].map((one, n) => code(one.resets.finish(link, `${NEW} ${n}`, 'keep')));
    expect((await Promise.all(both)).sort()).toEqual(['invalid', 'ok']);
    expect(await code(there.resets.finish(link, NEW, 'keep'))).toBe('invalid');
    await here.resets.ask(alice.address, CLIENT);
    clock.time += 30 * MINUTE;
    expect(await code(here.resets.finish(token(), NEW, 'keep'))).toBe('invalid');
    for (const wrong of ['', 'x', 'A'.repeat(43)])
      expect(await code(here.resets.finish(wrong, NEW, 'keep'))).toBe('invalid');
  });

  it('keeps the link where the password is refused (PL-9)', async () => {
    const { here, alice, token } = await recoverable();
    await here.resets.ask(alice.address, CLIENT);
    for (const bad of ['short', 'password123'])
      expect(await code(here.resets.finish(token(), bad, 'keep'))).toBe('invalid');
    expect(await code(here.resets.finish(token(), NEW, 'keep'))).toBe('ok');
  });

  it('does not count when the address has changed since, or the account is gone', async () => {
    const { here, alice, token } = await recoverable();
    await here.resets.ask(alice.address, CLIENT);
    const reset = token();
    await here.addresses.remove(alice);
    expect(await code(here.resets.finish(reset, NEW, 'keep'))).toBe('invalid');
    await here.addresses.ask(alice, ELSEWHERE);
    await here.addresses.confirm(token());
    await here.resets.ask(alice.address, CLIENT);
    const second = token();
    await here.service.accounts.remove(alice.address);
    expect(await code(here.resets.finish(second, NEW, 'keep'))).toBe('invalid');
  });

  it('is no link to confirm an address, nor the other way round', async () => {
    const { here, alice, token } = await recoverable();
    await here.resets.ask(alice.address, CLIENT);
    expect(await code(here.addresses.confirm(token()))).toBe('invalid');
    await here.addresses.ask(alice, 'b@elsewhere.test');
    expect(await code(here.resets.finish(token(), NEW, 'keep'))).toBe('invalid');
  });

  it('mails three links in an hour for one account, and says nothing of it', async () => {
    const { here, there, alice, posted } = await recoverable();
    const before = posted.length;
    for (let n = 0; n < 5; n++) await (n % 2 === 0 ? here : there).resets.ask(alice.address, `192.0.2.${n}`);
    expect(posted).toHaveLength(before + 3);
  });

  it('is asked for ten times in an hour from one place, whatever the name', async () => {
    const { here, there, alice } = await recoverable();
    for (let n = 0; n < 10; n++) expect(await code(here.resets.ask(`n${n}@example.test`, CLIENT))).toBe('ok');
    expect(await code(there.resets.ask('nobody@example.test', CLIENT))).toBe('throttled');
    expect(await code(there.resets.ask(alice.address, CLIENT))).toBe('throttled');
    expect(await code(there.resets.ask(alice.address, '192.0.2.2'))).toBe('ok');
  });

  it('is kept as a hash', async () => {
    const { here, alice, records, token } = await recoverable();
    await here.resets.ask(alice.address, CLIENT);
    const all = [...records.items.values()].map(({ pk, sk, body }) => `${pk} ${sk} ${Buffer.from(body)}`).join('\n');
    expect(all).toContain('dir/once/reset/');
    expect(all).not.toContain(token());
  });
});

describe('a link that signs in (ME-36)', () => {
  it('works once, in whichever process', async () => {
    const { here, there, alice, clock } = await world();
    const { token, until } = await here.links.make(alice.id, 5);
    expect(until).toBe(clock.now() + 5 * MINUTE);
    expect(await there.links.use(token)).toBe(alice.id);
    expect(await code(here.links.use(token))).toBe('invalid');
    const { token: second } = await here.links.make(alice.id, 5);
    const both = await Promise.all([here, there].map((one) => code(one.links.use(second))));
    expect(both.sort()).toEqual(['invalid', 'ok']);
  });

  it('works for the minutes that it was made for', async () => {
    const { here, alice, clock } = await world();
    const { token } = await here.links.make(alice.id, 1);
    clock.time += MINUTE;
    expect(await code(here.links.use(token))).toBe('invalid');
    for (const minutes of [0, 61, 1.5, Number.NaN, -1])
      expect(await code(here.links.make(alice.id, minutes))).toBe('invalid');
    expect(await code(here.links.make(alice.id, 60))).toBe('ok');
  });

  it('is ours, unchanged', async () => {
    const { here, alice } = await world();
    const bob = await here.service.accounts.add('bob@example.test', PASSWORD);
    const { token } = await here.links.make(alice.id, 5);
    const parts = token.split('.');
    const later = [parts[0], parts[1], 'zzzzzzzz', ...parts.slice(3)].join('.');
    const another = await world();
    const forged = (await another.here.links.make(another.alice.id, 5)).token;
    for (const wrong of [token.replace(alice.id, bob.id), later, forged, `${token}x`, token.slice(0, -1), '']) {
      expect(await code(here.links.use(wrong)), wrong).toBe('invalid');
    }
    expect(await code(here.links.use(token))).toBe('ok');
  });

  it('ends when the password changes, and with the account', async () => {
    const { here, alice } = await world();
    const first = await here.links.make(alice.id, 5);
    await here.service.accounts.setPassword(alice.address, NEW);
    expect(await code(here.links.use(first.token))).toBe('invalid');
    const second = await here.links.make(alice.id, 5);
    await here.service.accounts.remove(alice.address);
    expect(await code(here.links.use(second.token))).toBe('invalid');
    expect(await code(here.links.make(alice.id, 5))).toBe('nonexistent');
  });

  it('is used by us where the outcome of the write was not known', async () => {
    const { here, there, alice, records } = await world();
    const { token } = await here.links.make(alice.id, 5);
    records.fault = () => 'unknown';
    expect(await code(here.links.use(token))).toBe('ok');
    records.fault = () => undefined;
    expect(await code(there.links.use(token))).toBe('invalid');
  });
});
