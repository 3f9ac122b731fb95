/** The `postern` command, from the outside, end to end: what it changes is what clients then find. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cli, postern, type Said } from '../support/postern.ts';
import { python } from '../support/python.ts';
import { type System, startSystem } from '../support/system.ts';

const CAROL = 'carol@company.test';
const PASSWORD = 'a long enough passphrase';

let system: System;
let folder: string;
let cli: Cli;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-cli-'));
  system = await startSystem();
  cli = postern(system);
});
afterAll(async () => {
  await system?.remove();
  await rm(folder, { recursive: true, force: true });
});

async function done(...args: Parameters<Cli>): Promise<string> {
  const said = await cli(...args);
  expect(said, said.stderr).toMatchObject({ code: 0 });
  return said.stdout;
}

function refused(said: Said, why: RegExp): void {
  expect(said).toMatchObject({ code: 1, stdout: '' });
  expect(said.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(said.stderr).toMatch(why);
}

/** Sends by smtplib; gives the reply to RCPT, and the message's if that was good. */
function send(to: string, subject: string): Promise<string> {
  return python(
    `
import smtplib
with smtplib.SMTP('127.0.0.1', given['port']) as s:
    s.ehlo(); s.mail('x@elsewhere.test')
    code, text = s.rcpt(given['to'])
    if code == 250: code, text = s.data(b'From: x@elsewhere.test\\r\\nSubject: %s\\r\\nMessage-ID: <%s@elsewhere.test>\\r\\n\\r\\nhi\\r\\n' % ((given['subject'].encode(),) * 2))
    print(code, text.decode())
`,
    { port: system.port('smtp'), to, subject },
  );
}

async function subjects(user: string, password: string, mailbox = 'INBOX'): Promise<readonly string[]> {
  const said = await python(
    `
import imaplib
m = imaplib.IMAP4('127.0.0.1', given['port']); m.login(given['user'], given['password']); m.select(given['mailbox'])
for part in m.fetch('1:*', '(BODY.PEEK[HEADER.FIELDS (SUBJECT)])')[1] or []:
    if isinstance(part, tuple): print(part[1].decode().strip()[9:])
`,
    { port: system.port('imap'), user, password, mailbox },
  );
  return said.trim() === '' ? [] : said.trim().split('\n');
}

it('adds a domain, an account and aliases, which receive at once', async () => {
  expect(await send(CAROL, 'too early')).toMatch(/^550 5\.7\.1 /);
  await done('domain', 'add', 'company.test');
  expect(await send(CAROL, 'still too early')).toMatch(/^550 5\.1\.1 /);
  await done('account', 'add', CAROL, '--password-stdin', { stdin: `${PASSWORD}\n` });
  await done('alias', 'add', 'info@company.test', CAROL, 'bob@example.test');
  expect(await send(CAROL, 'direct')).toMatch(/^250 /);
  expect(await send('info@company.test', 'by alias')).toMatch(/^250 /);
  expect(await send('carol+tag@company.test', 'with detail')).toMatch(/^250 /);
  await expect
    .poll(() => subjects(CAROL, PASSWORD), { timeout: 5_000 })
    .toEqual(expect.arrayContaining(['direct', 'by alias', 'with detail']));
  const bob = 'bob@example.test';
  await expect.poll(() => subjects(bob, system.passwords.get(bob)!), { timeout: 5_000 }).toEqual(['by alias']);
  const accounts = JSON.parse(await done('account', 'list', '--domain', 'company.test', '--json')) as {
    address: string;
  }[];
  expect(accounts.map(({ address }) => address)).toEqual([CAROL]);
});

it('says what a message became, by its queue id and its Message-ID', async () => {
  const reply = await send(CAROL, 'traced');
  const id = /\b([a-z2-7]{16})\b/.exec(reply)![1]!;
  await expect.poll(() => cli('trace', id), { timeout: 5_000 }).toMatchObject({ code: 0 });
  for (const key of [id, '<traced@elsewhere.test>']) {
    const said = await done('trace', key);
    expect(said).toContain('x@elsewhere.test');
    expect(said).toContain(CAROL);
  }
});

it('sends, imports and exports', async () => {
  await done('send', '--from', CAROL, '--to', CAROL, { stdin: 'Subject: from the shell\r\n\r\nhello\r\n' });
  await expect.poll(() => subjects(CAROL, PASSWORD), { timeout: 5_000 }).toContain('from the shell');
  const mbox = join(folder, 'old.mbox');
  await writeFile(
    mbox,
    'From a@b Mon Jan  1 00:00:00 2024\nSubject: old 1\n\n>From here\n\nFrom a@b Mon Jan  1 00:00:00 2024\nSubject: old 2\n\nx\n',
  );
  await done('import', CAROL, '--mailbox', 'Archive', mbox);
  expect(await subjects(CAROL, PASSWORD, 'Archive')).toEqual(['old 1', 'old 2']);
  const out = join(folder, 'out');
  await done('export', CAROL, out);
  expect((await readdir(join(out, 'Archive'))).sort()).toEqual(['1.eml', '2.eml', 'messages.jsonl']);
  expect(await readFile(join(out, 'Archive', '1.eml'), 'utf8')).toMatch(/^Subject: old 1\r?\n\r?\nFrom here\r?\n/);
});

it('turns protocols off and on for an account', async () => {
  const login = () =>
    python(
      `
import poplib
p = poplib.POP3('127.0.0.1', given['port'])
try:
    p.user(given['user']); p.pass_(given['password']); print('in')
except poplib.error_proto as e: print('out')
`,
      { port: system.port('pop3'), user: CAROL, password: PASSWORD },
    );
  expect(await login()).toBe('in\n');
  await done('account', 'set', CAROL, 'pop3=off');
  await expect.poll(login, { timeout: 20_000, interval: 1_000 }).toBe('out\n');
  await done('account', 'set', CAROL, 'pop3=on');
});

it('shows status and settings', async () => {
  const status = await done('status');
  for (const word of ['smtp', 'imaps', 'pop3', String(system.port('submission'))]) expect(status).toContain(word);
  expect(JSON.parse(await done('status', '--json'))).toHaveProperty('listeners');
  await done('settings', 'set', 'accounts.quota', '1M', '--account', CAROL);
  expect(await done('settings', 'get', 'accounts.quota', '--account', CAROL)).toContain('1048576');
});

it('refuses in one plain line', async () => {
  refused(await cli('domain', 'add', 'company.test'), /company\.test/);
  refused(await cli('domain', 'add', 'not a domain'), /domain/i);
  refused(await cli('account', 'add', 'dan@nowhere.test', '--password', PASSWORD), /nowhere\.test/);
  refused(await cli('account', 'add', 'dan@company.test', '--password', 'short'), /8/);
  refused(await cli('account', 'add', 'dan@company.test', '--password', 'password'), /password/i);
  refused(await cli('account', 'show', 'nobody@company.test'), /nobody@company\.test/);
  refused(await cli('settings', 'set', 'no.such', '1'), /no\.such/);
  refused(await cli('queue', 'show', 'nosuchentry'), /nosuchentry/);
  refused(await cli('domain', 'remove', 'company.test'), /account/i);
  expect((await cli('domain', 'frobnicate')).code).toBe(2);
  expect((await cli()).code).toBe(2);
  refused(await postern({ home: folder, base: system.base })('status'), /admin token/);
  const wrong = await python(
    `
import urllib.request, urllib.error
try: urllib.request.urlopen(urllib.request.Request('http://127.0.0.1:%d/admin/v1/domains' % given['port'], headers={'Authorization': 'Bearer wrong'}))
except urllib.error.HTTPError as e: print(e.code)
`,
    { port: system.port('http') },
  );
  expect(wrong).toBe('401\n');
});

it('removes what it added', async () => {
  await done('alias', 'remove', 'info@company.test');
  await done('account', 'remove', CAROL);
  await done('domain', 'remove', 'company.test');
  await expect.poll(() => send(CAROL, 'too late'), { timeout: 20_000, interval: 500 }).toMatch(/^550 /);
});
