import { describe, expect, it } from 'vitest';
import { OidcSignIn, type SignInProvider } from '../../mail/credentials/oidc.ts';
import { Secrets } from '../../mail/credentials/secrets.ts';
import { formatAddress, parseAddress } from '../../mail/directory/address.ts';
import { DirectoryStore } from '../../mail/directory/store.ts';
import { type OpenId, type OpenIdClaims, OpenIdError, type OpenIdQuestion } from '../../mail/ports/index.ts';
import { silentLog } from '../support/memory.ts';
import { directory, ManualClock, MapRecords, PASSWORD, random } from './directory-support.ts';

const MINUTE = 60_000;
const ALICE = 'alice@example.test';
const CLAIMS: OpenIdClaims = { subject: 'subject-1', email: ALICE, emailVerified: true, name: 'Alice' };

/** A server with a provider for all domains, and a provider that says what the test wants. */
async function world() {
  const records = new MapRecords();
  const clock = new ManualClock();
  const { service } = directory(records, clock);
  for (const domain of ['example.test', 'other.test']) await service.domains.add(domain);
  const alice = await service.accounts.add(ALICE, PASSWORD);
  const settings: { providers: Record<string, SignInProvider>; creates: boolean } = {
    providers: { '': { issuer: 'https://id.example.net', clientId: 'postern', clientSecret: 's' } },
    creates: false,
  };
  const asked: OpenIdQuestion[] = [];
  const says: { claims: OpenIdClaims | Error } = { claims: CLAIMS };
  const logged: unknown[] = [];
  const openId: OpenId = {
    async begin({ issuer }, question) {
      asked.push(question);
      return `${issuer}/authorize?state=${question.state}`;
    },
    async finish(_provider, question, query) {
      expect(question).toEqual(asked.find(({ state }) => state === question.state));
      expect(query).toContain('code=one');
      if (says.claims instanceof Error) throw says.claims;
      return says.claims;
    },
  };
  const log = (event: string, fields?: object) => void logged.push({ event, ...fields });
  const process = () => {
    const store = new DirectoryStore(records, clock);
    return new OidcSignIn({
      store,
      secrets: new Secrets(store, random),
      clock,
      random,
      log: { ...silentLog, info: log, warn: log },
      openId,
      provider: async (domain) => settings.providers[domain ?? ''] ?? settings.providers[''],
      redirectUri: async () => 'https://mail.example.test/auth/v1/oidc/callback',
      parse: (email) => {
        const address = parseAddress(email);
        return address && { address: formatAddress(address), domain: address.domain };
      },
      named: (address) => service.sharing.accountNamed(address),
      account: (id) => service.account(id),
      create: async (address) => (settings.creates ? service.accounts.add(address, PASSWORD) : undefined),
    });
  };
  const [here, there] = [process(), process()];
  /** Goes there and comes back; gives the query of the way back. */
  const go = async (domain?: string, browser = 'browser') => {
    const url = new URL(await here.begin(domain, browser));
    return new URLSearchParams({ state: url.searchParams.get('state')!, code: 'one' });
  };
  const signIn = async (domain?: string) => (await there.finish(await go(domain), 'browser')).owner;
  return { records, clock, service, alice, settings, asked, says, logged, here, there, go, signIn };
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error) => error.code,
  );

describe('signing in elsewhere', () => {
  it('finds the account by a verified address, and links it', async () => {
    const { signIn, here, alice, clock } = await world();
    expect((await signIn()).id).toBe(alice.id);
    const [link, ...more] = await here.list(alice.id);
    expect(more).toEqual([]);
    expect(link).toEqual({ id: link!.id, issuer: 'https://id.example.net', email: ALICE, linked: clock.now() });
  });

  it('finds it again by the subject, whatever the address is then', async () => {
    const { signIn, says, alice } = await world();
    await signIn();
    says.claims = { subject: 'subject-1', email: 'alice.married@example.test', emailVerified: true };
    expect((await signIn()).id).toBe(alice.id);
    says.claims = { subject: 'subject-1', emailVerified: false };
    expect((await signIn()).id).toBe(alice.id);
  });

  it('does not give an account to who has its address next', async () => {
    const { signIn, says, here, alice } = await world();
    await signIn();
    says.claims = { ...CLAIMS, subject: 'subject-2' };
    expect(await code(signIn())).toBe('noperm');
    await here.remove(alice.id, (await here.list(alice.id))[0]!.id);
    expect(await here.list(alice.id)).toEqual([]);
    expect((await signIn()).id).toBe(alice.id);
    says.claims = CLAIMS;
    expect(await code(signIn())).toBe('noperm');
    expect(await code(here.remove(alice.id, 'none'))).toBe('nonexistent');
  });

  it('does not find a new account by the link of one that is gone', async () => {
    const { signIn, service, alice, says, records } = await world();
    await signIn();
    await service.accounts.remove(ALICE);
    says.claims = { subject: 'subject-1', emailVerified: false };
    expect(await code(signIn())).toBe('noperm');
    // Nothing leads from the issuer to an account that is gone.
    const left = [...records.items.keys()].filter((key) => /oidc/.test(key) && !/once/.test(key));
    expect(left).toEqual([]);
    const next = await service.accounts.add(ALICE, PASSWORD);
    expect(await code(signIn())).toBe('noperm');
    says.claims = CLAIMS;
    expect((await signIn()).id).toBe(next.id);
    expect(next.id).not.toBe(alice.id);
  });

  it.each([
    { subject: 's', email: ALICE, emailVerified: false },
    { subject: 's', emailVerified: true },
    { subject: 's', email: 'no address', emailVerified: true },
    { subject: 's', email: 'nobody@example.test', emailVerified: true },
    { subject: 's', email: 'alice@elsewhere.test', emailVerified: true },
  ])('lets nobody in whom the provider does not vouch for: %j', async (claims) => {
    const { signIn, says, records } = await world();
    says.claims = claims;
    expect(await code(signIn())).toBe('noperm');
    expect([...records.items.keys()].filter((key) => key.includes('oidc') && !key.includes('once'))).toEqual([]);
  });

  it('makes an account only where that is wanted', async () => {
    const { signIn, says, settings, service } = await world();
    says.claims = { subject: 's', email: 'Carol@Example.test', emailVerified: true };
    expect(await code(signIn())).toBe('noperm');
    settings.creates = true;
    const carol = await signIn();
    expect(await service.accounts.get('carol@example.test')).toMatchObject({ id: carol.id });
    expect((await signIn()).id).toBe(carol.id);
  });
});

describe('a provider', () => {
  const OTHER: SignInProvider = { issuer: 'https://id.other.net', clientId: 'p', clientSecret: 's' };

  it('says nothing about the accounts of a domain that it is not set for', async () => {
    const { signIn, settings, says, service } = await world();
    settings.providers['other.test'] = OTHER;
    const bob = await service.accounts.add('bob@other.test', PASSWORD);
    expect(await code(signIn('other.test'))).toBe('noperm');
    says.claims = { subject: 's', email: 'bob@other.test', emailVerified: true };
    expect(await code(signIn())).toBe('noperm');
    expect((await signIn('other.test')).id).toBe(bob.id);
    // Nor does a link that was made while it was set.
    settings.providers['other.test'] = { ...OTHER, issuer: 'https://id.third.net' };
    expect(await code(signIn('other.test'))).toBe('ok');
    settings.providers['other.test'] = OTHER;
    settings.providers[''] = OTHER;
    delete settings.providers['other.test'];
    expect(await code(signIn())).toBe('ok');
  });

  it('signs in no more where another has taken its place, though the account was linked', async () => {
    const { signIn, settings } = await world();
    await signIn();
    settings.providers['example.test'] = OTHER;
    expect(await code(signIn())).toBe('noperm');
    delete settings.providers['example.test'];
    expect(await code(signIn())).toBe('ok');
  });

  it('signs in to the domains that it is for', async () => {
    const { signIn, settings } = await world();
    settings.providers[''] = { ...settings.providers['']!, domains: ['other.test'] };
    expect(await code(signIn())).toBe('noperm');
    settings.providers[''] = { ...settings.providers['']!, domains: ['other.test', 'example.test'] };
    expect(await code(signIn())).toBe('ok');
  });

  it('is asked for', async () => {
    const { here, settings } = await world();
    delete settings.providers[''];
    expect(await code(here.begin(undefined, 'browser'))).toBe('nonexistent');
  });

  it('may not answer, or not what is right: the operator learns why', async () => {
    const { signIn, says, logged, go, here } = await world();
    says.claims = new OpenIdError('unexpected ID Token "nonce" claim value');
    expect(await code(signIn())).toBe('unavailable');
    const refused = await go();
    refused.delete('code');
    refused.set('error', 'access_denied');
    expect(await code(here.finish(refused, 'browser'))).toBe('authenticationfailed');
    expect(logged).toEqual([
      { event: 'oidc.failed', error: 'unexpected ID Token "nonce" claim value' },
      { event: 'oidc.refused', issuer: 'https://id.example.net', error: 'access_denied' },
    ]);
  });
});

describe('the way there and back', () => {
  it('counts once, in ten minutes, over processes', async () => {
    const { here, there, go, clock } = await world();
    const query = await go();
    const both = await Promise.all([here, there].map((one) => code(one.finish(query, 'browser'))));
    expect(both.sort()).toEqual(['invalid', 'ok']);
    const late = await go();
    clock.time += 10 * MINUTE;
    expect(await code(here.finish(late, 'browser'))).toBe('invalid');
    expect(await code(here.finish(new URLSearchParams({ code: 'one' }), 'browser'))).toBe('invalid');
  });

  it('ends in the browser where it began', async () => {
    const { here, go } = await world();
    expect(await code(here.finish(await go(), 'another'))).toBe('invalid');
    expect(await code(here.finish(await go(), undefined))).toBe('invalid');
    expect(await code(here.finish(await go(), 'browser'))).toBe('ok');
  });

  it('ends where somebody else signs people in by then', async () => {
    const { here, go, settings } = await world();
    const query = await go();
    settings.providers[''] = { ...settings.providers['']!, issuer: 'https://id.new.net' };
    expect(await code(here.finish(query, 'browser'))).toBe('invalid');
  });

  it('has a state, a nonce and a verifier of its own each time, which the store does not have', async () => {
    const { go, asked, records } = await world();
    await go(undefined, 'kept by the browser');
    await go();
    const values = asked.flatMap(({ state, nonce, verifier }) => [state, nonce, verifier]);
    expect(new Set(values).size).toBe(6);
    for (const value of values) expect(value).toMatch(/^[\w-]{43}$/);
    const all = [...records.items.values()].map(({ pk, sk, body }) => `${pk} ${sk} ${Buffer.from(body)}`).join('\n');
    expect(all).toContain('dir/once/oidc/');
    expect(all).not.toContain('kept by the browser');
    for (const value of values) expect(all).not.toContain(value);
  });
});
