import { describe, expect, it } from 'vitest';
import { Passkeys, relyingParty } from '../../mail/credentials/passkeys.ts';
import { DirectoryStore } from '../../mail/directory/store.ts';
import { Authenticator } from '../support/authenticator.ts';
import { silentLog } from '../support/memory.ts';
import { ManualClock, MapRecords, random } from './directory-support.ts';

const ALICE = { id: 'aalice', address: 'alice@example.test', displayName: 'Alice' };
const BOB = { id: 'abob', address: 'bob@example.test' };
const MINUTE = 60_000;

/** Two processes on one store. */
function processes(origin = 'http://localhost:10080') {
  const records = new MapRecords();
  const clock = new ManualClock();
  const ended: string[] = [];
  const logged: unknown[] = [];
  const passkeys = () =>
    new Passkeys({
      store: new DirectoryStore(records, clock),
      clock,
      random,
      log: { ...silentLog, info: (event, fields) => void logged.push({ event, ...fields }) },
      relyingParty: async () => relyingParty(origin),
      ended: async (account) => void ended.push(account),
    });
  return { records, clock, ended, logged, here: passkeys(), there: passkeys() };
}

async function registered(options: ConstructorParameters<typeof Authenticator>[0] = {}) {
  const all = processes();
  const device = new Authenticator(options);
  const made = await all.here.register(ALICE.id, 'Phone', device.create(await all.here.registration(ALICE)));
  return { ...all, device, made };
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error) => error.code,
  );

describe('registering', () => {
  it('makes a passkey that is listed, named and removed', async () => {
    const { here, there, made, clock, ended } = await registered();
    expect(made).toEqual({ id: made.id, name: 'Phone', backedUp: false, added: clock.now() });
    expect(await there.list(ALICE.id)).toEqual([made]);
    expect(await there.list(BOB.id)).toEqual([]);
    expect((await there.rename(ALICE.id, made.id, ' Key ring ')).name).toBe('Key ring');
    await here.remove(ALICE.id, made.id);
    expect(ended).toEqual([ALICE.id]);
    expect(await there.list(ALICE.id)).toEqual([]);
    expect(await code(here.remove(ALICE.id, made.id))).toBe('nonexistent');
    expect(await code(here.rename(ALICE.id, made.id, 'x'))).toBe('nonexistent');
    expect(await code(here.rename(BOB.id, made.id, 'x'))).toBe('nonexistent');
  });

  it('asks for one that is found without a name, by a challenge of its own, and not for what is there', async () => {
    const { here, device } = await registered();
    const [one, two] = [await here.registration(ALICE), await here.registration(ALICE)];
    expect(one.challenge).not.toBe(two.challenge);
    expect(one.rp.id).toBe('localhost');
    expect(one.attestation).toBe('none');
    expect(one.authenticatorSelection?.residentKey).toBe('required');
    expect(one.user.displayName).toBe('Alice');
    expect(Buffer.from(one.user.id, 'base64url').toString()).toBe(ALICE.id);
    const known = device.get({ challenge: 'x', rpId: 'localhost' }).id;
    expect(one.excludeCredentials?.map(({ id }) => id)).toEqual([known]);
  });

  it('takes an answer once, in time, from the account that was asked', async () => {
    const { here, there, clock } = processes();
    const device = new Authenticator();
    const answer = device.create(await here.registration(ALICE));
    const results = [here, there].map((one) => code(one.register(ALICE.id, 'a', answer)));
    expect((await Promise.all(results)).sort()).toEqual(['invalid', 'ok']);
    expect(await code(here.register(BOB.id, 'a', device.create(await here.registration(ALICE))))).toBe('invalid');
    const late = device.create(await here.registration(ALICE));
    clock.time += 5 * MINUTE;
    expect(await code(here.register(ALICE.id, 'a', late))).toBe('invalid');
    // A challenge to sign in is none to register.
    const { challenge } = await here.signInOptions();
    const options = { ...(await here.registration(ALICE)), challenge };
    expect(await code(here.register(ALICE.id, 'a', device.create(options)))).toBe('invalid');
  });

  it.each(['http://evil.test', 'http://localhost.evil.test', 'https://notlocalhost:443', 'null'])(
    'refuses a page that is not ours: %s',
    async (origin) => {
      const { here, logged } = processes();
      const device = new Authenticator({ origin });
      expect(await code(here.register(ALICE.id, 'a', device.create(await here.registration(ALICE))))).toBe('invalid');
      expect(logged).toEqual([{ event: 'passkey.refused', account: ALICE.id, reason: `the page is of ${origin}` }]);
    },
  );

  it('belongs to the host of web.origin, and to its pages only', async () => {
    const { here } = processes('https://mail.example.test');
    const options = await here.registration(ALICE);
    expect(options.rp.id).toBe('mail.example.test');
    const wrong = new Authenticator({ origin: 'https://mail.example.test:8443' });
    expect(await code(here.register(ALICE.id, 'a', wrong.create(options)))).toBe('invalid');
    const right = new Authenticator({ origin: 'https://mail.example.test' });
    expect(await code(here.register(ALICE.id, 'a', right.create(await here.registration(ALICE))))).toBe('ok');
  });

  it('looks at no attestation that comes unasked', async () => {
    const { here } = processes();
    const attStmt = new Map<string, string | number | Uint8Array | Uint8Array[]>([
      ['alg', -7],
      ['sig', Buffer.alloc(70)],
      ['x5c', [Buffer.from('no certificate')]],
    ]);
    const device = new Authenticator({ attestation: { fmt: 'packed', attStmt } });
    expect(await code(here.register(ALICE.id, 'a', device.create(await here.registration(ALICE))))).toBe('ok');
    expect(await here.signIn(device.get(await here.signInOptions()))).toBe(ALICE.id);
  });

  it('keeps 20 for an account, with a name each', async () => {
    const { here } = processes();
    const device = new Authenticator();
    for (let n = 0; n < 20; n++) await here.register(ALICE.id, `n${n}`, device.create(await here.registration(ALICE)));
    expect(await code(here.registration(ALICE))).toBe('limit');
    for (const name of ['', '  ', 'a\nb', 'x'.repeat(101)]) {
      expect(await code(here.register(BOB.id, name, device.create(await here.registration(BOB))))).toBe('invalid');
    }
  });

  it.each([undefined, null, 'x', {}, { id: 'a', rawId: 'a', type: 'public-key', response: {} }])(
    'refuses what no browser says: %j',
    async (answer) => {
      const { here } = processes();
      expect(await code(here.register(ALICE.id, 'a', answer))).toBe('invalid');
      expect(await code(here.signIn(answer))).toBe('invalid');
    },
  );
});

describe('signing in', () => {
  it('finds the account by the passkey, in any process, again and again', async () => {
    const { here, there, device, clock } = await registered();
    for (const one of [here, there, here]) {
      clock.time += MINUTE;
      expect(await one.signIn(device.get(await there.signInOptions()))).toBe(ALICE.id);
    }
    expect(await here.list(ALICE.id)).toMatchObject([{ used: clock.now() }]);
  });

  it('takes an answer once, in time', async () => {
    const { here, there, device, clock } = await registered();
    const answer = device.get(await here.signInOptions());
    const results = await Promise.all([here, there].map((one) => code(one.signIn(answer))));
    expect(results.sort()).toEqual(['invalid', 'ok']);
    const late = device.get(await here.signInOptions());
    clock.time += 5 * MINUTE;
    expect(await code(here.signIn(late))).toBe('invalid');
  });

  it('wants a passkey that knows its owner', async () => {
    const { here, device } = await registered({ verifies: false });
    expect((await here.signInOptions()).userVerification).toBe('required');
    expect(await code(here.signIn(device.get(await here.signInOptions())))).toBe('authenticationfailed');
    device.verifies = true;
    expect(await code(here.signIn(device.get(await here.signInOptions())))).toBe('ok');
  });

  it('finds out a copy by its counter', async () => {
    const { here, device } = await registered();
    const copy = device.copy();
    expect(await code(here.signIn(device.get(await here.signInOptions())))).toBe('ok');
    expect(await code(here.signIn(copy.get(await here.signInOptions())))).toBe('authenticationfailed');
    const silent = await registered({ counts: false });
    for (let n = 0; n < 2; n++) {
      expect(await code(silent.here.signIn(silent.device.get(await silent.here.signInOptions())))).toBe('ok');
    }
  });

  it('refuses with the same words whatever is wrong', async () => {
    const { here, device, made } = await registered();
    const said = async (change: (answer: ReturnType<Authenticator['get']>) => unknown) => {
      const error = await here.signIn(change(device.get(await here.signInOptions()))).catch((caught) => caught);
      return `${error.code}: ${error.message}`;
    };
    type Answer = { response: Record<string, string> };
    const inside = (fields: Record<string, string>) => (answer: object) => ({
      ...answer,
      response: { ...(answer as Answer).response, ...fields },
    });
    const words = 'authenticationfailed: This passkey does not sign in here.';
    expect(await said(inside({ signature: Buffer.alloc(70).toString('base64url') }))).toBe(words);
    expect(await said(inside({ userHandle: Buffer.from(BOB.id).toString('base64url') }))).toBe(words);
    expect(await said(inside({ userHandle: '' }))).toBe(words);
    expect(await said((answer) => ({ ...answer, id: 'AAAA', rawId: 'AAAA' }))).toBe(words);
    device.origin = 'http://evil.test';
    expect(await said((answer) => answer)).toBe(words);
    device.origin = 'http://localhost:10080';
    await here.remove(ALICE.id, made.id);
    expect(await said((answer) => answer)).toBe(words);
  });
});

describe('as a second factor', () => {
  it('is any of those that the account has', async () => {
    const { here, there, device } = await registered();
    const other = new Authenticator();
    await here.register(ALICE.id, 'Other', other.create(await here.registration(ALICE)));
    for (const one of [device, other]) {
      const options = await there.secondOptions(ALICE.id);
      expect(options.allowCredentials).toHaveLength(2);
      await here.second(ALICE.id, one.get(options));
    }
    expect(await code(here.secondOptions(BOB.id))).toBe('nonexistent');
  });

  it('need not know its owner, whose password did', async () => {
    const { here, device } = await registered({ verifies: false });
    expect(await code(here.second(ALICE.id, device.get(await here.secondOptions(ALICE.id))))).toBe('ok');
  });

  it('counts once, for the account that was asked, and not where it was asked to sign in', async () => {
    const { here, there, device } = await registered();
    const answer = device.get(await here.secondOptions(ALICE.id));
    const results = await Promise.all([here, there].map((one) => code(one.second(ALICE.id, answer))));
    expect(results.sort()).toEqual(['invalid', 'ok']);
    expect(await code(here.second(BOB.id, device.get(await here.secondOptions(ALICE.id))))).toBe(
      'authenticationfailed',
    );
    // Nor does another's own passkey answer what Alice was asked.
    await here.register(BOB.id, 'b', device.create(await here.registration(BOB)));
    const { challenge, rpId } = await here.secondOptions(ALICE.id);
    expect(await code(here.second(BOB.id, device.get({ challenge, rpId })))).toBe('authenticationfailed');
    expect(await code(here.second(ALICE.id, device.get(await here.signInOptions())))).toBe('invalid');
    expect(await code(here.signIn(device.get(await here.secondOptions(ALICE.id))))).toBe('invalid');
  });
});

it('keeps no challenge that could be read, and no private key', async () => {
  const { here, records } = await registered();
  const { challenge } = await here.signInOptions();
  const all = [...records.items.values()].map(({ pk, sk, body }) => `${pk} ${sk} ${Buffer.from(body)}`).join('\n');
  expect(all).toContain('dir/once/passkey/');
  expect(all).not.toContain(challenge);
});
