/** SIGTERM while people read their mail: everybody is told, nothing is half done, and the program has ended in time. */
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LineClient } from '../support/line-client.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
const BYE = /^\* BYE The server is being stopped/;
const LARGE = 8 * 2 ** 20;

let system: System;
let again: System | undefined;
let password: string;
const clients: LineClient[] = [];

beforeAll(async () => {
  system = await startSystem();
  password = system.passwords.get(ALICE)!;
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await again?.stop('SIGKILL');
  await system?.remove();
});

async function imap(...commands: string[]): Promise<LineClient> {
  const client = new LineClient(system.port('imap'));
  clients.push(client);
  await client.until(/^\* OK/);
  for (const [i, command] of [`LOGIN ${ALICE} ${password}`, ...commands].entries()) {
    await client.ask(`s${i} ${command}`, new RegExp(`^s${i} OK`));
  }
  return client;
}

async function pop3(...commands: string[]): Promise<LineClient> {
  const client = new LineClient(system.port('pop3'));
  clients.push(client);
  await client.until(/^\+OK/);
  for (const command of [`USER ${ALICE}`, `PASS ${password}`, ...commands]) await client.ask(command, /^\+OK/);
  return client;
}

async function append(text: string): Promise<void> {
  const client = await imap();
  client.send(`a APPEND INBOX {${text.length}+}\r\n`);
  await client.ask(text, /^a OK/);
  client.destroy();
}

it('says BYE to every session, finishes what is at work, drops what is half sent, and ends with 0 within 10 s', async () => {
  await append(`Subject: small\r\n\r\nhello\r\n`);
  await append(`Subject: large\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(LARGE / 1000)}`);
  const waiting = await imap('SELECT INBOX');
  const greeted = new LineClient(system.port('imap'));
  await greeted.until(/^\* OK/);
  const secured = new LineClient(system.port('imaps'), { tls: true });
  await secured.until(/^\* OK/);
  const idle = await imap('SELECT INBOX');
  await idle.ask('i IDLE', /^\+ /);
  // It has announced a message, and sent half of it.
  const appending = await imap();
  await appending.ask('a APPEND Archive {100000}', /^\+ /);
  appending.send('x'.repeat(50_000));
  // One that reads what it fetches, if late, and one that never does.
  const fetching = await imap('SELECT INBOX');
  fetching.socket.pause();
  fetching.send('f FETCH 1:* BODY.PEEK[]\r\nn NOOP\r\n');
  const stuck = await imap('SELECT INBOX');
  stuck.socket.pause();
  stuck.send('f FETCH 1:* BODY.PEEK[]\r\n');
  const marking = await pop3('DELE 1', 'DELE 2');
  const dialling = new LineClient(system.port('pop3'));
  await dialling.until(/^\+OK/);
  const retrieving = await pop3('DELE 1');
  retrieving.socket.pause();
  retrieving.send('RETR 2\r\n');
  const begin = performance.now();
  const ended = system.stop('SIGTERM');

  for (const client of [waiting, greeted, secured, idle, appending]) {
    expect(await client.until(/^\*/)).toMatch(BYE);
    expect(await client.rest()).toEqual([]);
  }
  for (const client of [marking, dialling]) expect(await client.rest()).toEqual([]);
  expect(performance.now() - begin).toBeLessThan(3_000);
  for (const name of ['imap', 'imaps', 'pop3', 'pop3s', 'smtp'] as const) {
    const refused = await new Promise((resolve) => connect(system.port(name), '127.0.0.1').on('error', resolve));
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
  }
  fetching.socket.resume();
  await fetching.until(/^f OK FETCH completed/);
  expect(await fetching.line()).toMatch(BYE);
  retrieving.socket.resume();
  expect((await retrieving.rest()).at(-1)).toBe('.');
  const { code, ms } = await ended;
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
  expect(system.stderr()).toBe('');
  stuck.socket.resume();
  await stuck.rest();

  again = await startSystem({ home: system.home, base: system.base });
  // Marked, and not deleted: no QUIT came. Half a message is none.
  const reader = await imap();
  expect(await reader.ask('a STATUS INBOX (MESSAGES)', /^\* STATUS/)).toContain('MESSAGES 2');
  expect(await reader.ask('b STATUS Archive (MESSAGES)', /^\* STATUS/)).toContain('MESSAGES 0');
});

it('IM-2, IM-8, ME-12: mail that came is kept over a restart until it is read, the same by IMAP and POP3, under lasting names', async () => {
  const lines = ['From: <x@elsewhere.test>', 'Subject: kept', '', '.dots', 'and text'];
  const smtp = new LineClient(system.port('smtp'));
  await smtp.until(/^220 /);
  const said = ['EHLO x.test', 'MAIL FROM:<x@elsewhere.test>', `RCPT TO:<${ALICE}>`, 'DATA'];
  for (const command of said) await smtp.ask(command, /^(250|354) /);
  await smtp.ask(`${lines.join('\r\n').replace('\r\n.', '\r\n..')}\r\n.`, /^250 /);
  smtp.destroy();
  // Killed at once: what was acknowledged is delivered by the next one.
  await again!.stop('SIGKILL');
  again = await startSystem({ home: again!.home, base: again!.base });
  await expect
    .poll(async () => (await imap()).ask('a STATUS INBOX (MESSAGES)', /^\* STATUS/), { timeout: 10_000 })
    .toContain('MESSAGES 3');
  const uidl = await (await pop3()).ask('UIDL 3', /^\+OK 3 /);
  await again.stop();
  again = await startSystem({ home: again.home, base: again.base });

  const reader = await imap('SELECT INBOX');
  reader.send('f FETCH 3 BODY.PEEK[]\r\n');
  await reader.until(/^\* 3 FETCH/);
  await reader.until(/^From: <x@elsewhere/);
  for (const line of lines.slice(1)) expect(await reader.line()).toBe(line);
  const popper = await pop3();
  expect(await popper.ask('UIDL 3', /^\+OK/)).toBe(uidl);
  await popper.ask('RETR 3', /^From: <x@elsewhere/);
  for (const line of lines.slice(1)) expect(await popper.line()).toBe(line.replace(/^\./, '..'));
  expect(await popper.line()).toBe('.');
});

it('IM-7, ME-12: what POP3 deletes is gone after QUIT, and not after a connection that breaks', async () => {
  const broken = await pop3('DELE 1', 'DELE 2', 'DELE 3');
  broken.destroy();
  expect(await (await pop3()).ask('STAT')).toMatch(/^\+OK 3 /);
  const client = await pop3('DELE 1', 'DELE 3');
  await client.ask('QUIT', /^\+OK/);
  expect(await (await pop3()).ask('STAT')).toMatch(/^\+OK 1 /);
  expect(await (await imap()).ask('a STATUS INBOX (MESSAGES)', /^\* STATUS/)).toContain('MESSAGES 1');
});
