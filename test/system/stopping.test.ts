/** How the program ends: at a signal, in good order; killed, without losing what it acknowledged. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ImapClient } from '../bench/imap.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
let home: string;
const systems: System[] = [];
const sockets: Socket[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'postern-stopping-'));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const system of systems.splice(0)) await system.remove();
  await rm(home, { recursive: true, force: true });
});

async function start(): Promise<System> {
  const system = await startSystem({ home });
  systems.push(system);
  return system;
}

interface Talk {
  readonly socket: Socket;
  readonly said: () => string;
  /** Sends text, and waits for a line that matches. */
  ask(text: string, answer: RegExp): Promise<string>;
}

function talk(port: number): Talk {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let said = '';
  let at = 0;
  socket.setEncoding('latin1').on('data', (text: string) => (said += text));
  socket.on('error', () => {});
  return {
    socket,
    said: () => said,
    async ask(text, answer) {
      if (text !== '') socket.write(text, 'latin1');
      for (const end = Date.now() + 10_000; Date.now() < end; ) {
        const found = answer.exec(said.slice(at));
        if (found !== null) {
          at += found.index + found[0].length;
          return found[0];
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      throw new Error(`no ${answer} in ${JSON.stringify(said.slice(at))}`);
    },
  };
}

/** A connection that has said all of a message but its end. */
async function midData(system: System, subject: string): Promise<Talk> {
  const client = talk(system.port('smtp'));
  await client.ask('', /^220 .*\r\n/m);
  await client.ask('EHLO x.test\r\n', /^250 .*\r\n/m);
  await client.ask(`MAIL FROM:<x@elsewhere.test>\r\nRCPT TO:<${ALICE}>\r\nDATA\r\n`, /^354 .*\r\n/m);
  client.socket.write(`Subject: ${subject}\r\n\r\nnearly all`);
  return client;
}

async function messages(system: System, password: string): Promise<number> {
  const client = await ImapClient.login(system.port('imap'), ALICE, password);
  const count = await client.messages();
  client.close();
  return count;
}

it('ends with 0 at SIGTERM, with every kind of connection open, and a second one changes nothing', async () => {
  const system = await start();
  const password = system.passwords.get(ALICE)!;
  const idle = await ImapClient.login(system.port('imap'), ALICE, password);
  await idle.command('SELECT INBOX');
  idle.write('i IDLE\r\n');
  await idle.until(/\+ /);
  const others = [
    talk(system.port('smtp')),
    talk(system.port('imaps')),
    talk(system.port('pop3')),
    talk(system.port('http')),
  ];
  await others[0]!.ask('', /^220 /m);
  const open = await midData(system, 'never ended');
  const ended = system.stop('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 300));
  system.child.kill('SIGTERM');
  // It takes no more, while it still finishes what is in progress.
  await expect(
    new Promise((resolve, reject) => {
      const late = connect(system.port('smtp'), '127.0.0.1');
      sockets.push(late);
      late
        .on('data', resolve)
        .on('error', reject)
        .on('close', () => reject(new Error('closed')));
    }),
  ).rejects.toThrow();
  const { code, ms } = await ended;
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
  expect(system.stderr()).toBe('');
  expect(open.said().slice(open.said().indexOf('354 '))).not.toContain('\n250');
});

it('takes a message to its end that was in progress at SIGTERM', async () => {
  const system = await start();
  const password = system.passwords.get(ALICE)!;
  const client = await midData(system, 'finished');
  const ended = system.stop('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 500));
  await client.ask('.\r\nmore\r\n.\r\n', /^250 2\.\d\.\d .*\r\n/m);
  expect((await ended).code).toBe(0);
  const again = await start();
  await expect.poll(() => messages(again, password), { timeout: 10_000 }).toBe(1);
});

it('ends at once where nobody is connected', async () => {
  const system = await start();
  const { code, ms } = await system.stop('SIGTERM');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(2_000);
});

it('ends with 0 at SIGINT too', async () => {
  const system = await start();
  expect(await system.stop('SIGINT')).toMatchObject({ code: 0 });
});

it('keeps all that it acknowledged before kill -9: mail, flags, mailboxes, accounts', async () => {
  const system = await start();
  const password = system.passwords.get(ALICE)!;
  const client = await ImapClient.login(system.port('imap'), ALICE, password);
  await client.command('CREATE Kept');
  await client.command('SELECT INBOX');
  client.write('x APPEND Kept (\\Flagged) {20+}\r\nSubject: kept\r\n\r\nhi\r\n\r\n');
  await client.until(/^x OK .*\r\n/m);
  const smtp = await midData(system, 'acknowledged');
  await smtp.ask('\r\n.\r\n', /^250 .*\r\n/m);
  await system.stop('SIGKILL');
  const again = await start();
  expect(again.passwords.size).toBe(0);
  await expect.poll(() => messages(again, password), { timeout: 10_000 }).toBe(1);
  const reader = await ImapClient.login(again.port('imap'), ALICE, password);
  expect(await reader.command('SELECT Kept')).toContain('* 1 EXISTS');
  expect(await reader.command('FETCH 1 (FLAGS BODY.PEEK[])')).toMatch(/\\Flagged[\s\S]*Subject: kept/);
  reader.close();
});
