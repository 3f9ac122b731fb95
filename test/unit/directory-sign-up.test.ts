import { describe, expect, it } from 'vitest';
import { isReserved } from '../../mail/directory/reserved-names.ts';
import { directory, ManualClock, MapRecords, PASSWORD } from './directory-support.ts';

const HOUR = 3_600_000;
const FAR = '192.0.2.1';

/** A server with one open domain and one that is not, as two processes see it. */
async function open() {
  const records = new MapRecords();
  const clock = new ManualClock();
  const { service, made } = directory(records, clock);
  await service.domains.add('example.test');
  await service.domains.add('closed.test');
  await service.settings.set('signup.enabled', 'on', { domain: 'example.test' });
  return { ...service, made, records, clock, other: directory(records, clock).service };
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error) => error.code,
  );
const person = (address: string, password = PASSWORD) => ({ address, password });

describe('sign-up', () => {
  it('makes an account with its mailboxes, that signs in (SM-1)', async () => {
    const { signUp, made, authenticate } = await open();
    const account = await signUp.create({ ...person('Carol@Example.test'), displayName: 'Carol' }, FAR);
    expect(account).toMatchObject({ address: 'carol@example.test', displayName: 'Carol', enabled: true });
    expect(made).toEqual([account.id]);
    expect(await authenticate('carol@example.test', PASSWORD, { service: 'imap', address: FAR })).toMatchObject({
      account,
    });
  });

  it('makes nobody who comes by himself the postmaster', async () => {
    const { signUp, setting, accounts } = await open();
    await signUp.create(person('carol@example.test'), FAR);
    expect(await setting('accounts.postmaster')).toBeNull();
    await accounts.add('owner@example.test', PASSWORD);
    expect(await setting('accounts.postmaster')).toBe('owner@example.test');
  });

  it('lists the domains that are open, and those that may be named at the sign-in (SM-1, SM-2)', async () => {
    const { signUp, settings, clock } = await open();
    expect(await signUp.domains()).toEqual({ signUp: ['example.test'], signIn: [] });
    await settings.set('signup.enabled', true, { domain: 'closed.test' });
    await settings.set('signin.listed', true, {});
    await settings.set('signin.listed', false, { domain: 'example.test' });
    clock.time += 16_000;
    expect(await signUp.domains()).toEqual({ signUp: ['closed.test', 'example.test'], signIn: ['closed.test'] });
  });

  it('says alike of a domain that is not open and of one that is not here', async () => {
    const { signUp } = await open();
    const said = async (domain: string) => {
      const error = await signUp.isAvailable(`carol@${domain}`, FAR).catch((caught) => caught);
      return `${error.code} ${error.message.replace(domain, 'IT')}`;
    };
    expect(await said('closed.test')).toBe('noperm Nobody can sign up at IT by himself. Ask its administrator.');
    expect(await said('elsewhere.test')).toBe(await said('closed.test'));
    expect(await code(signUp.create(person('carol@closed.test'), FAR))).toBe('noperm');
  });

  it('gives each name once in a domain, and to each domain its own (SM-3)', async () => {
    const { signUp, other, settings, aliases } = await open();
    await settings.set('signup.enabled', 'on', { domain: 'closed.test' });
    const both = ['carol@example.test', 'carol@closed.test'];
    for (const address of both) await signUp.create(person(address), FAR);
    for (const address of both) {
      expect(await signUp.isAvailable(address, FAR)).toBe(false);
      expect(await code(other.signUp.create(person(address), FAR))).toBe('alreadyexists');
    }
    await aliases.add('dave@example.test', ['carol@example.test']);
    expect(await signUp.isAvailable('dave@example.test', FAR)).toBe(false);
    expect(await signUp.isAvailable('erin@example.test', FAR)).toBe(true);
  });

  it('lets one of two have a name that both want at once', async () => {
    const { signUp, other } = await open();
    const both = [signUp, other.signUp].map((one) => code(one.create(person('carol@example.test'), FAR)));
    expect((await Promise.all(both)).sort()).toEqual(['alreadyexists', 'ok']);
  });

  it('keeps the names of roles, and those of a list of one’s own', async () => {
    const { signUp, settings } = await open();
    const available = (name: string) => signUp.isAvailable(`${name}@example.test`, FAR);
    for (const name of ['postmaster', 'Abuse', 'security', 'admin', 'web-master', 'no.reply', 'people-request']) {
      expect(await available(name), name).toBe(false);
      expect(await code(signUp.create(person(`${name}@example.test`), FAR)), name).toBe('alreadyexists');
    }
    expect(await available('mayor')).toBe(true);
    await settings.set('signup.reserved', 'Mayor, town-clerk', { domain: 'example.test' });
    expect((await settings.get('signup.reserved', { domain: 'example.test' })).value).toEqual(['mayor', 'town-clerk']);
    expect(await available('mayor')).toBe(false);
    expect(await available('townclerk')).toBe(false);
    expect(await available('postmaster')).toBe(false);
  });

  it.each(['a+b', 'a b', '"a b"', '.a', 'a.', 'a..b', '-a', 'аdmin', 'é', 'x'.repeat(65), ''])(
    'refuses a name that nobody chooses for himself: %s',
    async (name) => {
      const { signUp } = await open();
      expect(await code(signUp.isAvailable(`${name}@example.test`, FAR))).toBe('invalid');
    },
  );

  it('has the password rules of everybody, and no other (PL-9)', async () => {
    const { signUp } = await open();
    const refused = async (password: string) => {
      const error = await signUp.create(person('carol@example.test', password), FAR).catch((caught) => caught);
      return error.code === 'invalid' && error.message;
    };
    expect(await refused('short12')).toBe('A password has at least 8 characters.');
    expect(await refused('Password123')).toContain('first that attackers try');
    expect(await code(signUp.create(person('carol@example.test', 'aaaaaaab'), FAR))).toBe('ok');
  });

  it('lets a client address make so many accounts in a day, over all processes', async () => {
    const { signUp, other, settings, clock } = await open();
    await settings.set('signup.perAddress', 2, { domain: 'example.test' });
    const make = (name: string, from = FAR, by = signUp) => code(by.create(person(`${name}@example.test`), from));
    expect(await make('one')).toBe('ok');
    expect(await make('two', FAR, other.signUp)).toBe('ok');
    expect(await make('three')).toBe('throttled');
    expect(await make('three', FAR, other.signUp)).toBe('throttled');
    // IPv6: the whole /64 of a customer is one.
    expect(await make('three', '2001:db8::1')).toBe('ok');
    expect(await make('four', '2001:db8::2')).toBe('ok');
    expect(await make('five', '2001:db8::3')).toBe('throttled');
    expect(await make('five', '2001:db8:0:1::3')).toBe('ok');
    clock.time += 25 * HOUR;
    expect(await make('six')).toBe('ok');
  });

  it('lets so many accounts be made in a domain in a day', async () => {
    const { signUp, settings } = await open();
    await settings.set('signup.perDay', 2, { domain: 'example.test' });
    const make = (n: number) => code(signUp.create(person(`user${n}@example.test`), `192.0.2.${n}`));
    expect([await make(1), await make(2), await make(3)]).toEqual(['ok', 'ok', 'throttled']);
  });

  it('does not count an account that was refused', async () => {
    const { signUp, settings } = await open();
    await settings.set('signup.perAddress', 1, { domain: 'example.test' });
    expect(await code(signUp.create(person('postmaster@example.test'), FAR))).toBe('alreadyexists');
    expect(await code(signUp.create(person('carol@example.test', 'short'), FAR))).toBe('invalid');
    expect(await code(signUp.create(person('carol@example.test'), FAR))).toBe('ok');
  });

  it('does not let a client address ask about one name after the other', async () => {
    const { signUp, other, clock } = await open();
    const ask = (n: number, by = signUp) => code(by.isAvailable(`name${n}@example.test`, FAR));
    for (let n = 0; n < 60; n++) expect(await ask(n, n % 2 === 0 ? signUp : other.signUp)).toBe('ok');
    expect(await ask(60)).toBe('throttled');
    // What would say the same in another way is no way around.
    expect(await code(signUp.create(person('name60@example.test'), FAR))).toBe('throttled');
    expect(await code(signUp.isAvailable('name60@example.test', '192.0.2.2'))).toBe('ok');
    clock.time += HOUR + 1;
    expect(await ask(60)).toBe('ok');
  });
});

it('knows the names that are reserved', () => {
  expect(['owner-people', 'people-bounces', 'hostmaster', 'mailer_daemon'].filter((name) => !isReserved(name))).toEqual(
    [],
  );
  expect(['peopleperson', 'requesting', 'adminton', 'alice'].filter((name) => isReserved(name))).toEqual([]);
});
