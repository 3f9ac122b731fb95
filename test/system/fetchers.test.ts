/**
 * Programs that bring mail to a machine: by POP3 and by IMAP, leaving it on the server or not (IM-7, IM-8), always under TLS with
 * the server's certificate as the only one that is trusted. The settings are those of docs/clients.md.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshInbox, imaplib, subjects } from '../support/imaplib.ts';
import { python } from '../support/python.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
const BOB = 'bob@example.test';
const SUBJECTS = ['one', 'two', 'three', 'four', 'five'];
const EMPTY: readonly string[] = [];

let system: System;
let home: string;
let ca: string;
let password: string;

beforeAll(async () => {
  system = await startSystem();
  ca = join(system.home, 'tls', 'cert.pem');
  password = system.passwords.get(ALICE)!;
});
afterAll(() => system?.remove());
/** Every test has five messages in INBOX, nothing elsewhere, and a home without a past. */
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'postern-fetchers-'));
  await freshInbox(system, ALICE, SUBJECTS, ['Archive']);
  return () => rm(home, { recursive: true, force: true });
});

const imap = (program: string, values?: Readonly<Record<string, unknown>>) => imaplib(system, ALICE, program, values);

const onServer = (mailbox = 'INBOX', user = ALICE) => subjects(system, user, mailbox);

async function run(command: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(command, args, {
    env: { ...process.env, HOME: home },
    timeout: 60_000,
  });
  return `${stdout}${stderr}`;
}

const subjectsIn = (text: string) => [...text.matchAll(/^Subject: (.*?)\r?$/gm)].map(([, subject]) => subject);

async function subjectsUnder(folder: string): Promise<readonly (string | undefined)[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')));
  return texts.flatMap(subjectsIn).sort();
}

const sorted = (subjects: readonly string[]) => [...subjects].sort();

it('offlineimap keeps a Maildir and the server the same', async () => {
  const file = join(home, 'offlineimaprc');
  const mail = join(home, 'Mail');
  await writeFile(
    file,
    `[general]
accounts = postern
metadata = ${home}/metadata

[Account postern]
localrepository = here
remoterepository = there

[Repository here]
type = Maildir
localfolders = ${mail}

[Repository there]
type = IMAP
remotehost = localhost
remoteport = ${system.port('imaps')}
remoteuser = ${ALICE}
remotepass = ${password}
ssl = yes
sslcacertfile = ${ca}
`,
  );
  const sync = () => run('offlineimap', '-o', '-u', 'basic', '-c', file);
  await sync();
  expect(sorted(await readdir(mail))).toEqual(['Archive', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Trash']);
  expect(await subjectsUnder(join(mail, 'INBOX'))).toEqual(sorted(SUBJECTS));
  // Here one is read, one goes and one is written; there one is flagged and one is filed.
  const fresh = join(mail, 'INBOX', 'new');
  const files = new Map<string, string>();
  for (const name of await readdir(fresh)) files.set(subjectsIn(await readFile(join(fresh, name), 'utf8'))[0]!, name);
  const read = files.get('one')!;
  await rename(join(fresh, read), join(mail, 'INBOX', 'cur', read.replace(/:2,.*/, ':2,S')));
  await rm(join(fresh, files.get('two')!));
  await writeFile(join(mail, 'INBOX', 'cur', '1.written:2,FS'), 'From: x@example.org\nSubject: written\n\nhello\n');
  await imap(`ok(m.select('INBOX')); ok(m.store('3', '+FLAGS', '(\\\\Flagged)')); ok(m.uid('MOVE', '*', 'Archive'))`);
  await sync();
  expect(await onServer()).toEqual(['one \\Seen', 'three \\Flagged', 'four', 'written \\Flagged \\Seen']);
  expect(await subjectsUnder(join(mail, 'INBOX'))).toEqual(['four', 'one', 'three', 'written']);
  expect(await subjectsUnder(join(mail, 'Archive'))).toEqual(['five']);
  const names = await readdir(join(mail, 'INBOX'), { recursive: true });
  expect(names.filter((name) => name.endsWith(':2,F'))).toHaveLength(1);
  expect(await sync()).not.toMatch(/error|warn|Copy message|Adding flags|Deleting/i);
});

describe.each([
  { retriever: 'SimpleIMAPSSLRetriever', listener: 'imaps', more: 'mailboxes = ("INBOX",)' },
  { retriever: 'SimplePOP3SSLRetriever', listener: 'pop3s', more: '' },
] as const)('getmail with $retriever', ({ retriever, listener, more }) => {
  // getmail forks first and listens for the end of its child after: it would miss one that ends at once, and wait in vain.
  async function getmail(options: string): Promise<string> {
    const file = join(home, 'getmailrc');
    await writeFile(
      file,
      `[retriever]
type = ${retriever}
server = localhost
port = ${system.port(listener)}
username = ${ALICE}
password = ${password}
ca_certs = ${ca}
${more}

[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "cat >> ${home}/mail; sleep 0.3")
allow_root_commands = true

[options]
${options}
`,
    );
    return run('getmail', '--getmaildir', home, '--rcfile', file);
  }

  it('fetches each message once, and leaves all', async () => {
    expect(await getmail('read_all = false')).toMatch(/5 messages .* retrieved, 0 skipped/);
    expect(subjectsIn(await readFile(join(home, 'mail'), 'utf8'))).toEqual(SUBJECTS);
    expect(await onServer()).toHaveLength(SUBJECTS.length);
    await imap(`ok(m.append('INBOX', None, None, b'Subject: six\\r\\n\\r\\nhello\\r\\n'))`);
    expect(await getmail('read_all = false')).toMatch(/1 messages .* retrieved, 5 skipped/);
    expect(subjectsIn(await readFile(join(home, 'mail'), 'utf8'))).toEqual([...SUBJECTS, 'six']);
  });

  it('fetches and deletes', async () => {
    await getmail('delete = true');
    expect(subjectsIn(await readFile(join(home, 'mail'), 'utf8'))).toEqual(SUBJECTS);
    expect(await onServer()).toEqual(EMPTY);
  });
});

describe.each([
  { protocol: 'imap', listener: 'imaps' },
  { protocol: 'pop3', listener: 'pop3s' },
] as const)('fetchmail by $protocol', ({ protocol, listener }) => {
  async function configure(options: string): Promise<readonly string[]> {
    const file = join(home, 'fetchmailrc');
    await writeFile(
      file,
      `set no syslog
poll localhost service ${system.port(listener)} protocol ${protocol}
  user "${ALICE}" password "${password}"
  ssl sslcertck sslcertfile "${ca}"
  ${options}
`,
      { mode: 0o600 },
    );
    return ['-f', file, '-d0', '--nodetach', '--pidfile', join(home, 'pid')];
  }

  it('fetches and keeps', async () => {
    await run('fetchmail', ...(await configure(`keep mda "cat >> ${home}/mail"`)));
    expect(subjectsIn(await readFile(join(home, 'mail'), 'utf8'))).toEqual(SUBJECTS);
    expect((await onServer()).map((line) => line.split(' ')[0])).toEqual(SUBJECTS);
  });

  it('fetches, hands on by SMTP and deletes', async () => {
    const before = await onServer('INBOX', BOB);
    await run('fetchmail', ...(await configure(`no keep smtphost localhost/${system.port('smtp')} smtpname ${BOB}`)));
    expect(await onServer()).toEqual(EMPTY);
    await expect.poll(() => onServer('INBOX', BOB), { timeout: 10_000 }).toEqual([...before, ...SUBJECTS]);
  });

  if (protocol !== 'imap') return;
  it('hears of new mail in IDLE', async () => {
    const args = await configure(`keep idle mda "cat >> ${home}/mail"`);
    const child = spawn('fetchmail', [...args], { env: { ...process.env, HOME: home }, stdio: 'ignore' });
    try {
      const fetched = () =>
        expect.poll(async () => subjectsIn(await readFile(join(home, 'mail'), 'utf8').catch(() => '')), {
          timeout: 20_000,
        });
      await fetched().toEqual(SUBJECTS);
      await imap(`ok(m.append('INBOX', None, None, b'Subject: in idle\\r\\n\\r\\nhello\\r\\n'))`);
      await fetched().toEqual([...SUBJECTS, 'in idle']);
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });
});

it('poplib lists, reads, deletes with QUIT, and without it does not', async () => {
  const said = await python(
    `
import poplib, ssl
def open():
    pop = poplib.POP3_SSL('localhost', given['port'], context=ssl.create_default_context(cafile=given['ca']), timeout=20)
    pop.user(given['user']); pop.pass_(given['password'])
    return pop
pop = open()
uids = pop.uidl()[1]
assert pop.stat()[0] == 5 and pop.top(1, 0)[1][1] == b'Subject: one', pop.top(1, 0)
assert pop.retr(2)[1][-2:] == [b'', b'hello'], pop.retr(2)
pop.dele(1)
pop.close()
pop = open()
assert pop.uidl()[1] == uids, 'a dropped connection deletes nothing'
pop.dele(1); pop.dele(2); pop.rset(); pop.dele(5)
pop.quit()
pop = open()
assert pop.uidl()[1] == uids[:4], 'UIDL is stable'
pop.quit()
print('done')
`,
    { port: system.port('pop3s'), ca, user: ALICE, password },
  );
  expect(said).toBe('done\n');
  expect(await onServer()).toEqual(SUBJECTS.slice(0, 4));
});
