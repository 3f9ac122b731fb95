import { describe, expect, it } from 'vitest';
import { base32 } from '../../mail/credentials/base32.ts';
import { oneTimeCode, otpauthUri, stepOf } from '../../mail/credentials/one-time.ts';
import { readTicket, signTicket } from '../../mail/credentials/tickets.ts';
import { readAccess, readRefresh, signAccess, signRefresh } from '../../mail/credentials/tokens.ts';
import { directory, ManualClock, MapRecords } from './directory-support.ts';

const ID = 'a2345';
const MINUTE = 60_000;
const DAY = 86_400_000;
const BEGIN = { how: 'password', device: 'Phone', address: '192.0.2.1' };

function world() {
  const records = new MapRecords();
  const clock = new ManualClock();
  const { credentials } = directory(records, clock).service;
  return { ...credentials, records, clock, other: directory(records, clock).service.credentials };
}

function textOf(records: MapRecords): string {
  return [...records.items.values()].map(({ body }) => Buffer.from(body).toString()).join('\n');
}

describe('one-time codes', () => {
  const SECRET = Buffer.from('12345678901234567890');

  it.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ])('are those of RFC 6238 appendix B at %d s', (seconds, code) => {
    expect(oneTimeCode(SECRET, Math.floor(seconds / 30), 8)).toBe(code);
  });

  it.each(['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'])(
    'are those of RFC 4226 appendix D: %s',
    (code) => {
      const codes = Array.from({ length: 10 }, (_, counter) => oneTimeCode(SECRET, counter));
      expect(codes).toContain(code);
    },
  );

  it('count one step before and after their time, and not behind one that was taken', () => {
    const now = 1111111111_000;
    const step = Math.floor(now / 30_000);
    const found = [-2, -1, 0, 1, 2].map((away) => stepOf(SECRET, oneTimeCode(SECRET, step + away), now, -1));
    expect(found).toEqual([undefined, step - 1, step, step + 1, undefined]);
    expect(stepOf(SECRET, oneTimeCode(SECRET, step), now, step)).toBeUndefined();
    expect(stepOf(SECRET, '12345', now, -1)).toBeUndefined();
  });

  it('are set up by a URI; base32 is that of RFC 4648 section 10, unpadded', () => {
    const texts = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => base32(Buffer.from(text)));
    expect(texts).toEqual(['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI']);
    expect(otpauthUri('mail.example.test', 'alice@example.test', SECRET)).toBe(
      'otpauth://totp/mail.example.test:alice%40example.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=mail.example.test&algorithm=SHA1&digits=6&period=30',
    );
  });
});

/** The bytes of base32 text. */
function fromBase32(text: string): Buffer {
  const bits = [...text].map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0'));
  return Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map((byte) => Number.parseInt(byte, 2)),
  );
}

describe('an authenticator', () => {
  const codeAt = (secret: string, time: number) => oneTimeCode(fromBase32(secret), Math.floor(time / 30_000));

  it('counts once a code of it was given; the secret is kept sealed', async () => {
    const { totp, clock, records } = world();
    const { secret, uri } = await totp.begin(ID, 'mail.example.test', 'alice@example.test');
    expect(uri).toContain(`secret=${secret}&`);
    expect(await totp.verify(ID, codeAt(secret, clock.time))).toBe(false);
    await expect(totp.confirm(ID, '000000')).rejects.toMatchObject({ code: 'invalid' });
    const code = codeAt(secret, clock.time);
    await totp.confirm(ID, `${code.slice(0, 3)} ${code.slice(3)}`);
    expect(textOf(records)).not.toContain(secret);
    expect(textOf(records)).not.toContain(fromBase32(secret).toString('base64'));
    await expect(totp.confirm(ID, code)).rejects.toMatchObject({ code: 'nonexistent' });
  });

  it('gives each code once, not before the one that confirmed it, in every process', async () => {
    const { totp, clock, other } = world();
    const { secret } = await totp.begin(ID, 'h', 'n');
    const first = codeAt(secret, clock.time);
    await totp.confirm(ID, first);
    expect(await totp.verify(ID, first)).toBe(false);
    clock.time += 30_000;
    const next = codeAt(secret, clock.time);
    const both = await Promise.all([totp.verify(ID, next), other.totp.verify(ID, next)]);
    expect(both.filter(Boolean)).toHaveLength(1);
    expect(await totp.verify(ID, codeAt(secret, clock.time - 30_000))).toBe(false);
    expect(await totp.verify(ID, codeAt(secret, clock.time + 30_000))).toBe(true);
  });

  it('that is begun anew leaves the old one at work until it is confirmed, and is forgotten after an hour', async () => {
    const { totp, clock } = world();
    const old = await totp.begin(ID, 'h', 'n');
    await totp.confirm(ID, codeAt(old.secret, clock.time));
    const fresh = await totp.begin(ID, 'h', 'n');
    clock.time += MINUTE;
    expect(await totp.verify(ID, codeAt(fresh.secret, clock.time))).toBe(false);
    expect(await totp.verify(ID, codeAt(old.secret, clock.time))).toBe(true);
    clock.time += 60 * MINUTE;
    await expect(totp.confirm(ID, codeAt(fresh.secret, clock.time))).rejects.toMatchObject({ code: 'nonexistent' });
  });

  it('sealed for one account opens for no other', async () => {
    const { secrets } = world();
    const sealed = await secrets.seal('totp', 'a1', Buffer.from('secret'));
    expect((await secrets.open('totp', 'a1', sealed)).toString()).toBe('secret');
    await expect(secrets.open('totp', 'a2', sealed)).rejects.toThrow();
    await expect(secrets.open('other', 'a1', sealed)).rejects.toThrow();
  });
});

describe('recovery codes', () => {
  it('are ten, each taken once, in every process; new ones replace them', async () => {
    const { recovery, other, records } = world();
    const codes = await recovery.make(ID);
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) {
      expect(code).toMatch(/^([a-z2-7]{4}-){3}[a-z2-7]{4}$/);
      expect(textOf(records)).not.toContain(code.replaceAll('-', ''));
    }
    const [one, two] = codes as [string, string];
    const both = await Promise.all([recovery.take(ID, one), other.recovery.take(ID, one)]);
    expect(both.filter(Boolean)).toHaveLength(1);
    expect(await other.recovery.take(ID, two.toUpperCase().replaceAll('-', ' '))).toBe(true);
    expect(await recovery.take('a9', codes[2]!)).toBe(false);
    expect(await recovery.take(ID, 'aaaa-aaaa-aaaa-aaaa')).toBe(false);
    expect(await recovery.left(ID)).toBe(8);
    await recovery.make(ID);
    expect(await recovery.take(ID, codes[3]!)).toBe(false);
    expect(await recovery.left(ID)).toBe(10);
  });
});

describe('app passwords', () => {
  it('are made, verified however they are typed, listed without the secret, and revoked at once', async () => {
    const { appPasswords, records, clock, other } = world();
    const made = await appPasswords.make(ID, ' Phone ', ['imap', 'smtp', 'imap']);
    expect(made.password).toMatch(/^([a-z2-7]{4}-){4}[a-z2-7]{4}$/);
    expect(made).toMatchObject({ name: 'Phone', scopes: ['imap', 'smtp'], made: clock.time });
    expect(textOf(records)).not.toContain(made.password.replaceAll('-', '').slice(4));
    for (const typed of [
      made.password,
      made.password.replaceAll('-', ''),
      made.password.toUpperCase(),
      ` ${made.password.replaceAll('-', ' ')} `,
    ]) {
      expect(await other.appPasswords.verify(ID, typed)).toMatchObject({ id: made.id });
    }
    expect(await appPasswords.verify('a9', made.password)).toBeUndefined();
    expect(await appPasswords.verify(ID, `${made.id}${'a'.repeat(16)}`)).toBeUndefined();
    expect(await appPasswords.verify(ID, 'hunter2')).toBeUndefined();
    const { password: _, ...shown } = made;
    expect(await appPasswords.list(ID)).toEqual([shown]);
    expect(await appPasswords.revoke(ID, 'zzzz')).toBe(false);
    expect(await appPasswords.revoke(ID, made.id)).toBe(true);
    expect(await appPasswords.verify(ID, made.password)).toBeUndefined();
    clock.time += 16_000;
    expect(await other.appPasswords.verify(ID, made.password)).toBeUndefined();
  });

  it('note when they were used, by the hour: one write for many sign-ins, and none that brings a revoked one back', async () => {
    const { appPasswords, records, clock } = world();
    const made = await appPasswords.make(ID, 'Phone', ['imap']);
    const { writes } = records;
    for (let i = 0; i < 5; i++) await appPasswords.used(ID, (await appPasswords.verify(ID, made.password))!);
    expect(records.writes).toBe(writes + 1);
    expect((await appPasswords.list(ID))[0]!.used).toBe(Math.floor(clock.time / 3_600_000) * 3_600_000);
    const seen = (await appPasswords.verify(ID, made.password))!;
    clock.time += 2 * 3_600_000;
    await appPasswords.revoke(ID, made.id);
    await appPasswords.used(ID, seen);
    expect(await appPasswords.list(ID)).toEqual([]);
  });

  it('are refused without a name or scope, and beyond fifty', async () => {
    const { appPasswords } = world();
    for (const name of ['', '  ', 'x'.repeat(101), 'a\nb']) {
      await expect(appPasswords.make(ID, name, ['imap'])).rejects.toMatchObject({ code: 'invalid' });
    }
    await expect(appPasswords.make(ID, 'x', [])).rejects.toMatchObject({ code: 'invalid' });
    for (let i = 0; i < 50; i++) await appPasswords.make(ID, `n${i}`, ['imap']);
    await expect(appPasswords.make(ID, 'one more', ['imap'])).rejects.toMatchObject({ code: 'limit' });
    expect(await appPasswords.revokeAll(ID)).toBe(50);
    expect(await appPasswords.list(ID)).toEqual([]);
  });
});

describe('tokens', () => {
  const key = Buffer.alloc(32, 1);
  const claims = { account: ID, session: 'a'.repeat(26), until: 1_234_567 };

  it('are read back, and by nobody who has another key, or after any change', () => {
    const access = signAccess(key, claims);
    const refresh = signRefresh(key, { account: ID, session: 'a'.repeat(26), secret: 'x'.repeat(43) });
    const ticket = signTicket(key, { account: ID, credential: 'password/17', until: 5 });
    expect(readAccess(key, access)).toEqual(claims);
    expect(readRefresh(key, refresh)).toMatchObject({ account: ID, secret: 'x'.repeat(43) });
    expect(readTicket(key, ticket)).toEqual({ account: ID, credential: 'password/17', until: 5 });
    expect(readAccess(Buffer.alloc(32, 2), access)).toBeUndefined();
    for (let i = 0; i < access.length; i++) {
      const changed = `${access.slice(0, i)}${access[i] === 'a' ? 'b' : 'a'}${access.slice(i + 1)}`;
      expect(readAccess(key, changed), changed).toBeUndefined();
    }
    // One of a kind is none of another.
    expect([
      readRefresh(key, access),
      readAccess(key, refresh),
      readTicket(key, access),
      readAccess(key, ticket),
    ]).toEqual(Array(4).fill(undefined));
    expect(readAccess(key, '')).toBeUndefined();
  });
});

describe('sessions', () => {
  it('prove who it is until the token is over, in every process', async () => {
    const { sessions, other, clock, records } = world();
    const tokens = await sessions.begin(ID, { ...BEGIN, scopes: ['mail', 'imap'] });
    expect(await other.sessions.check(tokens.access)).toMatchObject({
      account: ID,
      scopes: ['mail', 'imap'],
      how: 'password',
    });
    const kept = textOf(records);
    for (const secret of [tokens.access.split('.').at(-1)!, tokens.refresh.split('.')[2]!])
      expect(kept).not.toContain(secret);
    clock.time += 15 * MINUTE - 1;
    expect(await sessions.check(tokens.access)).toMatchObject({ account: ID });
    clock.time += 1;
    expect(await sessions.check(tokens.access)).toBe('over');
    expect(await sessions.check('pst_nonsense')).toBe('forged');
    expect(await sessions.check(tokens.refresh)).toBe('forged');
  });

  it('are refreshed: each token once; the one before it gives the same for half a minute', async () => {
    const { sessions, other, clock } = world();
    const first = await sessions.begin(ID, BEGIN);
    clock.time += MINUTE;
    const second = await sessions.refresh(first.refresh, '192.0.2.9');
    if (typeof second === 'string') throw new Error(second);
    expect(second.refresh).not.toBe(first.refresh);
    expect((await sessions.list(ID))[0]).toMatchObject({
      seen: clock.time,
      begun: clock.time - MINUTE,
      address: '192.0.2.9',
    });
    clock.time += 29_000;
    expect(await other.sessions.refresh(first.refresh, '192.0.2.9')).toMatchObject({ refresh: second.refresh });
    expect(await sessions.refresh(second.refresh, '192.0.2.9')).toMatchObject({ session: first.session });
  });

  it('that two tabs refresh at once go on in both', async () => {
    const { sessions, other } = world();
    const { refresh } = await sessions.begin(ID, BEGIN);
    const both = await Promise.all([sessions.refresh(refresh, 'x'), other.sessions.refresh(refresh, 'x')]);
    const tokens = both.map((each) => (typeof each === 'string' ? each : each.refresh));
    expect(tokens[0]).toMatch(/^psr_/);
    expect(tokens[1]).toBe(tokens[0]);
  });

  it('end when a token is used that was spent before: somebody has stolen it', async () => {
    const { sessions, clock } = world();
    const first = await sessions.begin(ID, BEGIN);
    const second = await sessions.refresh(first.refresh, 'x');
    clock.time += 31_000;
    expect(await sessions.refresh(first.refresh, 'thief')).toBe('over');
    if (typeof second === 'string') throw new Error(second);
    expect(await sessions.check(second.access)).toBe('over');
    expect(await sessions.refresh(second.refresh, 'x')).toBe('over');
  });

  it('end half a day after the last refresh; those that stay, as the setting says', async () => {
    const records = new MapRecords();
    const clock = new ManualClock();
    const { service } = directory(records, clock);
    await service.settings.set('sessions.days', 3);
    await service.settings.set('sessions.accessMinutes', 1);
    const { sessions } = service.credentials;
    const brief = await sessions.begin(ID, BEGIN);
    const long = await sessions.begin(ID, { ...BEGIN, stay: true });
    expect(brief.accessUntil - clock.time).toBe(MINUTE);
    expect(brief.refreshUntil - clock.time).toBe(DAY / 2);
    expect(long.refreshUntil - clock.time).toBe(3 * DAY);
    clock.time += DAY / 2;
    expect(await sessions.refresh(brief.refresh, 'x')).toBe('over');
    expect((await sessions.list(ID)).map(({ id }) => id)).toEqual([long.session]);
    const next = await sessions.refresh(long.refresh, 'x');
    clock.time += 3 * DAY - 1;
    if (typeof next === 'string') throw new Error(next);
    expect(await sessions.refresh(next.refresh, 'x')).toMatchObject({ session: long.session });
  });

  it('are ended one by one or all but one, here at once, in other processes within seconds', async () => {
    const { sessions, other, clock, watch } = world();
    const heard: string[] = [];
    const stop = watch((account) => heard.push(account));
    const all = [await sessions.begin(ID, BEGIN), await sessions.begin(ID, BEGIN), await sessions.begin(ID, BEGIN)];
    const [one, two, three] = all as [(typeof all)[0], (typeof all)[0], (typeof all)[0]];
    for (const { access } of all) expect(await other.sessions.check(access)).toMatchObject({ account: ID });
    expect(await sessions.end(ID, one.session)).toBe(true);
    expect(await sessions.end(ID, one.session)).toBe(false);
    expect(await sessions.check(one.access)).toBe('over');
    expect(await sessions.endAll(ID, two.session)).toBe(1);
    expect(await sessions.check(three.access)).toBe('over');
    expect(await sessions.check(two.access)).toMatchObject({ account: ID });
    clock.time += 15_000;
    for (const { access } of [one, three]) expect(await other.sessions.check(access)).toBe('over');
    expect(heard).toEqual([ID, ID]);
    stop();
    await sessions.endBy(two.refresh);
    expect(await sessions.check(two.access)).toBe('over');
    expect(heard).toEqual([ID, ID]);
  });

  it('are fifty at most: one more ends the one that was used longest ago', async () => {
    const { sessions, clock } = world();
    const first = await sessions.begin(ID, BEGIN);
    for (let i = 0; i < 50; i++) {
      clock.time += 1_000;
      await sessions.begin(ID, { ...BEGIN, device: `n${i}` });
    }
    const all = await sessions.list(ID);
    expect(all).toHaveLength(50);
    expect(all[0]!.device).toBe('n49');
    expect(await sessions.check(first.access)).toBe('over');
  });

  it('do not come back by a refresh or a confirmation that races with their end', async () => {
    const { sessions, other } = world();
    const { refresh, session } = await sessions.begin(ID, BEGIN);
    await Promise.allSettled([
      sessions.refresh(refresh, 'x'),
      other.sessions.end(ID, session),
      sessions.confirm(ID, session),
    ]);
    expect(await sessions.list(ID)).toEqual([]);
    await expect(sessions.confirm(ID, session)).rejects.toMatchObject({ code: 'authenticationfailed' });
  });

  it('keep a device’s name short and in one line', async () => {
    const { sessions } = world();
    await sessions.begin(ID, { ...BEGIN, device: `a\r\nb${'x'.repeat(500)}` });
    const { device } = (await sessions.list(ID))[0]!;
    expect(device).toMatch(/^a {2}bx+$/);
    expect(device).toHaveLength(100);
  });
});
