import { describe, expect, it } from 'vitest';
import { oneTimeCode } from '../../mail/credentials/one-time.ts';
import type { Service } from '../../mail/directory/types.ts';
import { beginSasl } from '../../mail/sasl/mechanisms.ts';
import { Authenticator } from '../support/authenticator.ts';
import { ScramClient } from '../support/scram.ts';
import { directory, ManualClock, MapRecords, PASSWORD } from './directory-support.ts';

const FAR = '192.0.2.1';
const ALICE = 'alice@example.test';
const from = (service: Service, address = FAR) => ({ service, address });

async function withAlice() {
  const records = new MapRecords();
  const clock = new ManualClock();
  const { service, logged } = directory(records, clock);
  await service.domains.add('example.test');
  const alice = await service.accounts.add(ALICE, PASSWORD);
  const { secret } = await service.credentials.totp.begin(alice.id, 'h', ALICE);
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'));
  const bytes = Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map((byte) => Number.parseInt(byte, 2)),
  );
  const code = () => oneTimeCode(bytes, Math.floor(clock.time / 30_000));
  const says = (promise: Promise<unknown>) =>
    promise.then(
      () => 'ok',
      (error) => `${error.code}: ${error.message}`,
    );
  return { service, logged, records, clock, alice, code, says, other: directory(records, clock).service };
}

const WRONG = 'authenticationfailed: The name or the password is wrong.';
const FACTOR = 'noperm: This account has a second factor: use an app password, made in its settings.';

describe('app passwords', () => {
  it('sign in where they are for, beside the password, in one attempt', async () => {
    const { service, says, alice, other } = await withAlice();
    const { password, id } = await service.credentials.appPasswords.make(alice.id, 'Phone', ['imap', 'mail']);
    for (const each of [service, other]) {
      expect(await each.authenticate(ALICE, password, from('imap'))).toEqual({
        account: alice,
        by: 'app-password',
        scopes: new Set(['imap', 'mail']),
        credential: `app/${id}`,
      });
    }
    expect(await says(service.authenticate(ALICE, PASSWORD, from('imap')))).toBe('ok');
    expect(await says(service.authenticate(ALICE, password.toUpperCase(), from('api')))).toBe('ok');
    expect(await says(service.authenticate(ALICE, password, from('smtp')))).toBe(
      'noperm: This app password is not for sending by SMTP.',
    );
    expect(await says(service.authenticate(ALICE, 'aaaa-aaaa-aaaa-aaaa-aaaa', from('imap')))).toBe(WRONG);
    expect(await says(service.authenticate('bob@example.test', password, from('imap')))).toBe(WRONG);
  });

  it('are proved by SCRAM as they are shown, before and after the password changes', async () => {
    const { service, alice, other, clock } = await withAlice();
    const { password, id } = await service.credentials.appPasswords.make(alice.id, 'Phone', ['imap']);
    for (const own of [PASSWORD, 'another good one']) {
      await service.accounts.setPassword(ALICE, own);
      clock.time += 15_000;
      for (const given of [password, own, 'wrong']) {
        const context = { directory: other, service: 'imap', address: '127.0.0.1', tls: undefined } as const;
        const exchange = beginSasl('SCRAM-SHA-256', context)!;
        const client = new ScramClient({ password: given });
        const step = async (text: string) => exchange.next(Buffer.from(text, 'base64'));
        const first = await step(client.first());
        const last = step(client.final(btoa('challenge' in first ? String(first.challenge) : '')));
        if (given === 'wrong') {
          await expect(last).rejects.toMatchObject({ code: 'authenticationfailed' });
          continue;
        }
        const said = await last;
        expect('challenge' in said && client.trusts(btoa(String(said.challenge)))).toBe(true);
        const credential = given === password ? `app/${id}` : expect.stringMatching(/^password\//);
        expect(await step('')).toMatchObject({ signedIn: { credential } });
      }
    }
    const login = await other.scram(ALICE, from('imap'));
    const [app] = login.apps!;
    await other.credentials.appPasswords.revoke(alice.id, id);
    await expect(login.finish(true, app)).rejects.toMatchObject({ code: 'authenticationfailed' });
    expect((await other.scram(ALICE, from('imap', '127.0.0.1'))).apps).toEqual([]);
    expect((await other.scram('nobody@example.test', from('imap', '127.0.0.1'))).apps).toEqual([]);
  });

  it('make no session, and so no more of them', async () => {
    const { service, says, alice } = await withAlice();
    const { password } = await service.credentials.appPasswords.make(alice.id, 'Phone', ['imap', 'mail']);
    expect(await says(service.authenticate(ALICE, password, from('auth')))).toBe(WRONG);
    expect(await says(service.authenticate(ALICE, PASSWORD, from('auth')))).toBe('ok');
  });

  it('are over when they are revoked, here at once, elsewhere within seconds', async () => {
    const { service, says, alice, other, clock } = await withAlice();
    const { password, id } = await service.credentials.appPasswords.make(alice.id, 'Phone', ['imap']);
    const { credential } = await service.authenticate(ALICE, password, from('imap'));
    await other.authenticate(ALICE, password, from('imap'));
    expect(await service.holds(alice.id, credential)).toBe(true);
    await service.credentials.appPasswords.revoke(alice.id, id);
    expect(await service.holds(alice.id, credential)).toBe(false);
    expect(await says(service.authenticate(ALICE, password, from('imap')))).toBe(WRONG);
    clock.time += 15_000;
    expect(await says(other.authenticate(ALICE, password, from('imap')))).toBe(WRONG);
  });

  it('count failures as passwords do, and do as much for a name that nobody has', async () => {
    const { service, says, records } = await withAlice();
    const wrong = 'aaaa-aaaa-aaaa-aaaa-aaaa';
    const costs: [number, number][] = [];
    for (const name of [ALICE, 'nobody@example.test']) {
      await says(service.authenticate(name, 'warm-up', from('imap', '127.0.0.1')));
      const before = { reads: records.reads, writes: records.writes };
      expect(await says(service.authenticate(name, wrong, from('imap', '127.0.0.1')))).toBe(WRONG);
      costs.push([records.reads - before.reads, records.writes - before.writes]);
    }
    // What is not there is read once more for the name that nobody has.
    expect(Math.abs(costs[0]![0] - costs[1]![0])).toBeLessThanOrEqual(1);
    expect(costs[0]![1]).toBe(costs[1]![1]);
    for (let i = 0; i < 5; i++) await says(service.authenticate(ALICE, wrong, from('imap')));
    expect(await says(service.authenticate(ALICE, PASSWORD, from('imap')))).toContain('throttled');
  });
});

describe('a second factor', () => {
  async function withFactor() {
    const world = await withAlice();
    const codes = await world.service.secondFactors.confirmTotp(world.alice.id, world.code());
    world.clock.time += 30_000;
    return { ...world, codes: codes! };
  }

  it('lets the password alone sign in to nothing but the pages that ask for the rest', async () => {
    const { service, says, alice, logged } = await withFactor();
    const { password } = await service.credentials.appPasswords.make(alice.id, 'Phone', [
      'imap',
      'smtp',
      'pop3',
      'mail',
    ]);
    for (const each of ['imap', 'pop3', 'smtp', 'api'] as const) {
      expect(await says(service.authenticate(ALICE, PASSWORD, from(each)))).toBe(FACTOR);
      expect(await says(service.authenticate(ALICE, password, from(each)))).toBe('ok');
      expect(await says(service.authenticate(ALICE, 'wrong', from(each, '127.0.0.1')))).toBe(WRONG);
    }
    expect(await says((await service.scram(ALICE, from('imap', '127.0.0.1'))).finish(true))).toBe(FACTOR);
    expect(await says(service.authenticate(ALICE, PASSWORD, from('auth', '127.0.0.1')))).toBe('ok');
    expect(logged.map(({ reason }) => reason)).toContain('the password alone is not enough');
  });

  it('counts at once here, elsewhere within seconds; a remembered password does not get around it', async () => {
    const { service, other, says, alice, code, clock } = await withAlice();
    for (const each of [service, other]) await each.authenticate(ALICE, PASSWORD, from('imap'));
    await service.secondFactors.confirmTotp(alice.id, code());
    expect(await says(service.authenticate(ALICE, PASSWORD, from('imap')))).toBe(FACTOR);
    clock.time += 15_000;
    expect(await says(other.authenticate(ALICE, PASSWORD, from('imap')))).toBe(FACTOR);
  });

  it('is taken once; wrong ones are counted, and the password does not forgive them', async () => {
    const { service, alice, code, says } = await withFactor();
    const give = (given: string) => says(service.secondFactor(alice.id, { code: given }, from('auth')));
    expect(await give(code())).toBe('ok');
    expect(await give(code())).toBe('authenticationfailed: This code is wrong, or was used before.');
    for (let i = 0; i < 5; i++) {
      expect(await give('000000')).toContain('authenticationfailed');
      if (i < 4) expect(await says(service.authenticate(ALICE, PASSWORD, from('auth')))).toBe('ok');
    }
    expect(await give('000000')).toContain('throttled');
    expect(await says(service.authenticate(ALICE, PASSWORD, from('auth')))).toContain('throttled');
  });

  it('is stood in for by a recovery code, once', async () => {
    const { service, alice, codes, says } = await withFactor();
    const give = (recoveryCode: string) => says(service.secondFactor(alice.id, { recoveryCode }, from('auth')));
    expect(await give(codes[0]!)).toBe('ok');
    expect(await give(codes[0]!)).toContain('authenticationfailed');
    expect(await service.secondFactors.of(alice.id)).toEqual({ factors: ['totp'], recoveryCodes: 9 });
  });

  it('stays when the password changes, and goes when its owner or an administrator takes it away', async () => {
    const { service, alice, says, code } = await withFactor();
    await service.accounts.setPassword(ALICE, 'another good one');
    expect(await says(service.authenticate(ALICE, 'another good one', from('imap')))).toBe(FACTOR);
    const { passkeys } = service.credentials;
    const asked = await passkeys.registration(alice);
    await passkeys.register(alice.id, 'Lost', new Authenticator({ origin: `https://${asked.rp.id}` }).create(asked));
    expect(await passkeys.list(alice.id)).toHaveLength(1);
    expect(await service.secondFactors.removeAll(alice.id)).toEqual(['totp']);
    expect(await service.secondFactors.of(alice.id)).toEqual({ factors: [], recoveryCodes: 0 });
    expect(await passkeys.list(alice.id)).toEqual([]);
    expect(await says(service.authenticate(ALICE, 'another good one', from('imap')))).toBe('ok');
    expect(await says(service.secondFactor(alice.id, { code: code() }, from('auth')))).toContain(
      'authenticationfailed',
    );
    await expect(service.secondFactors.newRecoveryCodes(alice.id)).rejects.toMatchObject({ code: 'cannot' });
  });
});

describe('sessions and the account', () => {
  const BEGIN = { how: 'password', device: 'x', address: FAR };

  it('let in where they are for, until the password changes, the account is off, or it is gone', async () => {
    const { service, alice, says, other, clock } = await withAlice();
    const { sessions } = service.credentials;
    const all = await sessions.begin(alice.id, BEGIN);
    const mail = await sessions.begin(alice.id, { ...BEGIN, scopes: ['mail'] });
    const { credential, scopes } = await service.bearer(all.access, from('imap'));
    expect(credential).toBe(`session/${all.session}`);
    // Without a role there is nothing to administer.
    expect(scopes.has('admin')).toBe(false);
    expect(await says(service.bearer(all.access, from('admin')))).toContain('noperm');
    expect(await says(service.bearer(mail.access, from('api')))).toBe('ok');
    expect(await says(service.bearer(mail.access, from('imap')))).toBe('noperm: This token is not for IMAP.');

    await service.accounts.set(ALICE, { imap: 'off' });
    expect(await says(service.bearer(all.access, from('imap')))).toContain('IMAP is switched off');
    await service.accounts.set(ALICE, { enabled: false });
    expect(await says(service.bearer(all.access, from('api')))).toContain('switched off');
    expect(await says(service.refresh(all.refresh, from('auth')))).toContain('authenticationfailed');
    expect(await service.holds(alice.id, credential)).toBe(false);
    await service.accounts.set(ALICE, { enabled: true });
    expect(await says(service.bearer(mail.access, from('api')))).toBe('ok');

    const kept = await sessions.begin(alice.id, BEGIN);
    await service.accounts.setPassword(ALICE, 'another good one', kept.session);
    expect(await says(service.bearer(mail.access, from('api')))).toContain('over');
    expect(await says(service.bearer(kept.access, from('api')))).toBe('ok');
    await service.accounts.remove(ALICE);
    expect(await says(service.bearer(kept.access, from('api')))).toContain('over');
    clock.time += 15_000;
    expect(await says(other.bearer(kept.access, from('api')))).toContain('over');
  });

  it('count tokens that nobody gave, by the client, and no expired ones', async () => {
    const { service, alice, says, clock } = await withAlice();
    const { access } = await service.credentials.sessions.begin(alice.id, BEGIN);
    clock.time += 3_600_000;
    for (let i = 0; i < 30; i++) expect(await says(service.bearer(access, from('api')))).toContain('over');
    expect(await says(service.authenticate(ALICE, PASSWORD, from('imap')))).toBe('ok');
    for (let i = 0; i < 21; i++) await says(service.bearer(`pst_${i}`, from('api')));
    expect(await says(service.bearer('pst_x', from('api')))).toContain('throttled');
    expect(await says(service.refresh('psr_x', from('auth')))).toContain('throttled');
    expect(await says(service.authenticate(ALICE, PASSWORD, from('imap')))).toContain('throttled');
    expect(await says(service.authenticate(ALICE, PASSWORD, from('imap', '198.51.100.1')))).toBe('ok');
  });

  it('leave nothing behind when the account is removed', async () => {
    const { service, alice, records, code } = await withAlice();
    await service.credentials.sessions.begin(alice.id, BEGIN);
    await service.credentials.appPasswords.make(alice.id, 'Phone', ['imap']);
    await service.secondFactors.confirmTotp(alice.id, code());
    await service.accounts.remove(ALICE);
    const left = [...records.items.keys()].filter((key) => key.startsWith(`dir/account/${alice.id}\n`));
    expect(left).toEqual([`dir/account/${alice.id}\naddress`]);
  });
});
