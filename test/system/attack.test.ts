/** Wrong passwords without end, from many addresses behind a load balancer: the owners of the accounts do not notice. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LineClient } from '../support/line-client.ts';
import { SEED_PASSWORD, seedHome } from '../support/seed.ts';
import { type System, startSystem } from '../support/system.ts';

const MB = 2 ** 20;
const LOGINS = 10_000;
const ADDRESSES = Array.from({ length: 50 }, (_, n) => `203.0.113.${n + 1}`);
/** Failures of one address that are looked at before its delay begins (mail/directory/throttle.ts). */
const FREE = 20;
/** Accounts that are attacked; each signs in for the first time at some moment of the attack. */
const NAMES = Array.from({ length: 20 }, (_, n) => `user${n}`);

/** Accounts that sign in before. */
const CALM = ['calm0', 'calm1', 'calm2'];

let home: string;
let system: System;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'postern-attack-'));
  await seedHome(home, 'example.test', [...NAMES, ...CALM]);
  system = await start();
});
afterAll(async () => {
  await system?.remove();
  await rm(home, { recursive: true, force: true });
});

function start(): Promise<System> {
  return startSystem({ home, env: { POSTERN_PROXY: '1', POSTERN_DEMO: '0', POSTERN_LOG: 'info' } });
}

type Service = 'imaps' | 'pop3s';
type Answer = 'in' | 'wrong' | 'later';

/** A connection that has been greeted. */
async function connect(service: Service, from: string): Promise<LineClient> {
  // Who has had many turns waits long.
  const client = new LineClient(system.port(service), { from, tls: true, patience: 120_000 });
  await client.until(/^(\* OK|\+OK) /);
  return client;
}

/** Tries a password; undefined where the server has ended the connection before. */
async function tryOn(
  client: LineClient,
  service: Service,
  name: string,
  password: string,
): Promise<Answer | undefined> {
  const lines = service === 'imaps' ? [`a LOGIN ${name} "${password}"`] : [`USER ${name}`, `PASS ${password}`];
  client.send(`${lines.join('\r\n')}\r\n`);
  let line = await client.line();
  if (service === 'pop3s' && line === '+OK Now the password') line = await client.line();
  if (line === undefined) return undefined;
  if (/^(a OK|\+OK) /.test(line)) return 'in';
  if (/UNAVAILABLE\] Too many wrong|SYS\/TEMP\] Too many wrong/.test(line)) return 'later';
  expect(line).toMatch(/^(a NO \[AUTHENTICATIONFAILED\]|-ERR \[AUTH\]|\* BYE Too many wrong passwords)/);
  return 'wrong';
}

/** Signs in with the right password, and gives how long that took, in ms. */
async function signIn(service: Service, name: string, from: string): Promise<number> {
  const begin = performance.now();
  const client = await connect(service, from);
  expect(await tryOn(client, service, `${name}@example.test`, SEED_PASSWORD)).toBe('in');
  client.destroy();
  return performance.now() - begin;
}

/** A second; more only on a machine that is so busy with other things that a sign-in takes long without any attack. */
function bound(calm: readonly number[]): number {
  return Math.max(1_000, 8 * Math.max(...calm));
}

/** Goes on trying with wrong passwords until all have been tried, on new connections where the server ends one. */
async function attack(from: string, service: Service, next: () => number | undefined, tally: Map<Answer, number>) {
  let client = await connect(service, from);
  for (let n = next(); n !== undefined; n = next()) {
    const name = n % 3 === 0 ? `nobody${n}@example.test` : `${NAMES[n % NAMES.length]}@example.test`;
    let answer = await tryOn(client, service, name, `guess-${n}`);
    while (answer === undefined) {
      client = await connect(service, from);
      answer = await tryOn(client, service, name, `guess-${n}`);
    }
    tally.set(answer, (tally.get(answer) ?? 0) + 1);
  }
  client.destroy();
}

it('10,000 wrong logins from 50 addresses: who knows the password is in within a second, and memory stays flat', async () => {
  const calm: number[] = [];
  for (const name of CALM) calm.push(await signIn('imaps', name, '198.51.100.250'));
  const tally = new Map<Answer, number>();
  let given = 0;
  let half = 0;
  const next = (): number | undefined => (given < LOGINS ? given++ : undefined);
  const attackers = ADDRESSES.map((from, i) => attack(from, i % 2 === 0 ? 'imaps' : 'pop3s', next, tally));
  let over = false;
  const attacked = Promise.all(attackers).finally(() => {
    over = true;
  });
  attacked.catch(() => undefined);
  const took: number[] = [];
  // One after the other, spread over the attack: each from an address of his own, by IMAP and POP3 in turn.
  for (const [i, name] of NAMES.entries()) {
    while (!over && given < (LOGINS * (i + 0.5)) / NAMES.length)
      await new Promise((resolve) => setTimeout(resolve, 10));
    took.push(await signIn(i % 2 === 0 ? 'imaps' : 'pop3s', name, `198.51.100.${i + 1}`));
    if (i === NAMES.length / 2) half = await system.rss();
  }
  await attacked;
  const grown = (await system.rss()) - half;
  expect([...tally.values()].reduce((sum, count) => sum + count, 0)).toBe(LOGINS);
  expect(tally.get('in')).toBeUndefined();
  expect(Math.max(...took)).toBeLessThan(bound(calm));
  // In its second half: a leak of 7 KB a login would be more.
  expect(grown).toBeLessThan(32 * MB);
  // Nearly all were refused without a look at the password.
  expect(tally.get('wrong')).toBeLessThan(ADDRESSES.length * (FREE + 10));
}, 900_000);

it('an address that failed so often waits, with the right password and after a restart too; others do not', async () => {
  const [attacker] = ADDRESSES;
  const from = async (address: string, password = SEED_PASSWORD) => {
    const client = await connect('imaps', address);
    const answer = await tryOn(client, 'imaps', 'user0@example.test', password);
    client.destroy();
    return answer;
  };
  // Its delay may have just ended: the next is twice as long.
  while ((await from(attacker!, 'guess-again')) === 'wrong');
  expect(await from(attacker!)).toBe('later');
  expect(await system.stop()).toMatchObject({ code: 0 });
  const log = system.stderr();
  system = await start();
  expect(await from(attacker!)).toBe('later');
  expect(await from('198.51.100.200')).toBe('in');
  // The log names the address that the balancer gave, the reason, and no password.
  const refused = log.split('\n').filter((line) => line.includes('"login.refused"'));
  expect(refused.length).toBeGreaterThan(LOGINS);
  const reasons = new Set(refused.map((line) => JSON.parse(line).reason));
  expect(reasons).toContain('wrong password');
  expect(reasons).toContain('no such account');
  expect(reasons).toContain('too many failures of the address');
  expect(new Set(refused.map((line) => JSON.parse(line).address))).toEqual(new Set(ADDRESSES));
  expect(log).not.toMatch(/guess-|correct horse/);
  expect(log).not.toMatch(/"level":"(warn|error)"/);
});

it('neither do programs on this machine, where 50 of its addresses try: the right password is looked at, and first in line', async () => {
  await system.stop();
  system = await startSystem({ home, env: { POSTERN_DEMO: '0' } });
  const login = async (name: string, localAddress: string) => {
    const begin = performance.now();
    const client = new LineClient(system.port('imap'), { localAddress });
    await client.ask(`a LOGIN ${name}@example.test "${SEED_PASSWORD}"`, /^a OK/);
    client.destroy();
    return performance.now() - begin;
  };
  const calm: number[] = [];
  for (const name of CALM) calm.push(await login(name, '127.0.2.100'));
  const tries = 200;
  let given = 0;
  let over = false;
  const trying = ADDRESSES.map(async (_, i) => {
    for (let client: LineClient | undefined; given < tries; ) {
      client ??= new LineClient(system.port('imap'), { localAddress: `127.0.1.${i + 1}` });
      const line = await client.ask(`a LOGIN user0@example.test wrong-${given++}`, /^(a |\* BYE)/).catch(() => '* BYE');
      expect(line).toMatch(/^(a NO \[(AUTHENTICATIONFAILED|UNAVAILABLE)\]|\* BYE)/);
      if (!line.startsWith('* BYE')) continue;
      client.destroy();
      client = undefined;
    }
  });
  const tried = Promise.all(trying).finally(() => {
    over = true;
  });
  tried.catch(() => undefined);
  const took: number[] = [];
  // Each for the first time, so that no password is remembered.
  for (const name of NAMES.slice(0, 10)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    took.push(await login(name, `127.0.2.${took.length + 1}`));
  }
  expect(over).toBe(false);
  await tried;
  expect(Math.max(...took)).toBeLessThan(bound(calm));
});
