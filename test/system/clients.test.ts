/** Programs that others wrote, as people use them. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { python } from '../support/python.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
const BOB = 'bob@example.test';
const BODY = 'Grüße aus der Ferne\r\n.\r\n..\r\nthe last line\r\n';

let system: System;
let folder: string;
let ca: string;
let password: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-clients-'));
  system = await startSystem();
  ca = join(system.home, 'tls', 'cert.pem');
  password = system.passwords.get(ALICE)!;
  for (let n = 1; n <= 5; n++) await delivered(ALICE, `first ${n}`);
});
afterAll(async () => {
  await system?.remove();
  await rm(folder, { recursive: true, force: true });
});

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return promisify(execFile)(command, args, {
    env: { ...process.env, HOME: folder, ...env },
    timeout: 60_000,
    maxBuffer: 64 << 20,
  });
}

const curl = async (...args: string[]) =>
  (await run('curl', ['-sS', '--fail', '--cacert', ca, '--user', `${ALICE}:${password}`, ...args])).stdout;

/** Sends a message with curl to the MX, and waits until it is in the mailbox. */
async function delivered(to: string, subject: string): Promise<void> {
  const file = join(folder, 'out.eml');
  await writeFile(file, `From: Someone <x@elsewhere.test>\r\nTo: ${to}\r\nSubject: ${subject}\r\n\r\n${BODY}`);
  const url = `smtp://localhost:${system.port('smtp')}/elsewhere.test`;
  await run('curl', [
    '-sS',
    '--ssl-reqd',
    '--cacert',
    ca,
    '--mail-from',
    'x@elsewhere.test',
    '--mail-rcpt',
    to,
    '-T',
    file,
    url,
  ]);
  await python(
    `
import imaplib, time
m = imaplib.IMAP4('127.0.0.1', given['port']); m.login(given['user'], given['password'])
for _ in range(100):
    m.select('INBOX')
    if m.search(None, 'SUBJECT', '"%s"' % given['subject'])[1] != [b'']: break
    time.sleep(.05)
else: raise Exception('not there')
`,
    { port: system.port('imap'), user: to, password: system.passwords.get(to), subject },
  );
}

it('serves curl by IMAP and IMAPS', async () => {
  for (const url of [`imap://localhost:${system.port('imap')}`, `imaps://localhost:${system.port('imaps')}`]) {
    const list = await curl(...(url.startsWith('imap:') ? ['--ssl-reqd'] : []), `${url}/`);
    for (const name of ['INBOX', 'Drafts', 'Sent', 'Junk', 'Trash', 'Archive']) expect(list).toContain(`"/" "${name}"`);
    const message = await curl(...(url.startsWith('imap:') ? ['--ssl-reqd'] : []), `${url}/INBOX;MAILINDEX=1`);
    expect(message.endsWith(`\r\n\r\n${BODY}`)).toBe(true);
  }
  const found = await curl('--ssl-reqd', `imap://localhost:${system.port('imap')}/INBOX?SUBJECT%20%22first%203%22`);
  expect(found).toBe('* SEARCH 3\r\n');
});

it('serves curl by POP3 and POP3S', async () => {
  expect(await curl('--ssl-reqd', `pop3://localhost:${system.port('pop3')}/`)).toMatch(/^1 \d+\r\n2 \d+\r\n/);
  const message = await curl(`pop3s://localhost:${system.port('pop3s')}/2`);
  expect(message.endsWith(`\r\n\r\n${BODY}`)).toBe(true);
});

it('takes a submission from curl and from swaks', async () => {
  const file = join(folder, 'submit.eml');
  await writeFile(file, `From: ${ALICE}\r\nTo: ${BOB}\r\nSubject: by curl\r\n\r\nhello\r\n`);
  await curl('--mail-from', ALICE, '--mail-rcpt', BOB, '-T', file, `smtps://localhost:${system.port('submissions')}`);
  const swaks = ['--server', '127.0.0.1', '--from', ALICE, '--to', BOB, '-au', ALICE, '-ap', password];
  const { stdout } = await run('swaks', [
    ...swaks,
    ...['--port', String(system.port('submission')), '-tls', '--h-Subject', 'by swaks'],
  ]);
  expect(stdout).toMatch(/<~\s+250 2\.\d\.\d/);
  for (const subject of ['by curl', 'by swaks']) {
    await expect.poll(() => subjects(BOB), { timeout: 5_000 }).toContain(subject);
  }
});

it('lets mbsync fetch every mailbox, and send back what was changed', async () => {
  const maildir = join(folder, 'maildir');
  await mkdir(maildir);
  const file = join(folder, 'mbsyncrc');
  await writeFile(
    file,
    `IMAPAccount a
Host localhost
Port ${system.port('imap')}
User ${ALICE}
Pass ${password}
SSLType STARTTLS
CertificateFile ${ca}

IMAPStore far
Account a

MaildirStore near
Path ${maildir}/
Inbox ${maildir}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
`,
  );
  const sync = () => run('mbsync', ['-c', file, 'all']);
  await sync();
  const inbox = join(maildir, 'INBOX');
  const files = [...(await readdir(join(inbox, 'new'))), ...(await readdir(join(inbox, 'cur')))];
  expect(files).toHaveLength(5);
  expect((await readdir(maildir)).sort()).toEqual(
    expect.arrayContaining(['Archive', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Trash']),
  );
  const one = (await readFile(await pathOf(inbox, files[0]!))).toString();
  expect(one.endsWith(BODY.replaceAll('\r\n', '\n')) || one.endsWith(BODY)).toBe(true);
  // A message of its own goes up; a second run finds nothing more to do.
  await writeFile(join(inbox, 'cur', '1.local:2,FS'), 'Subject: from the maildir\nFrom: a@b.test\n\nhi\n');
  await sync();
  expect(await subjects(ALICE)).toContain('from the maildir');
  const { stdout, stderr } = await run('mbsync', ['-V', '-c', file, 'all']);
  expect(`${stdout}${stderr}`).not.toMatch(/error|warning/i);
});

async function pathOf(inbox: string, file: string): Promise<string> {
  const place = (await readdir(join(inbox, 'new'))).includes(file) ? 'new' : 'cur';
  return join(inbox, place, file);
}

it('lets mutt read a mailbox, and file a message in another', async () => {
  const rc = join(folder, 'muttrc');
  await writeFile(
    rc,
    `set folder="imap://localhost:${system.port('imap')}/"
set imap_user="${ALICE}"
set imap_pass="${password}"
set ssl_starttls=yes
set ssl_force_tls=yes
set certificate_file="${ca}"
set copy=no
set confirmappend=no
set confirmcreate=no
set quit=yes
set delete=yes
set move=no
set mail_check=0
push "<limit>~s 'first 4'<enter><tag-pattern>~s 'first 4'<enter><tag-prefix><copy-message>=Archive<enter><quit>"
`,
  );
  // mutt wants a terminal: script gives it one, and no key is typed but what the configuration pushes.
  await run('script', ['-qec', `mutt -n -F ${rc} -f =INBOX`, '/dev/null'], { TERM: 'vt100' });
  await expect.poll(() => subjects(ALICE, 'Archive'), { timeout: 5_000 }).toEqual(['first 4']);
  // And sends, in batch mode, by our submission.
  const body = join(folder, 'body.txt');
  await writeFile(body, 'written in mutt\n');
  await writeFile(
    rc,
    `set smtp_url="smtps://${ALICE.replace('@', '%40')}@localhost:${system.port('submissions')}/"
set smtp_pass="${password}"
set certificate_file="${ca}"
set from="${ALICE}"
set envelope_from=yes
set use_from=yes
set copy=no
`,
  );
  await run('sh', ['-c', `mutt -n -F ${rc} -s "by mutt" ${BOB} < ${body}`], { TERM: 'vt100' });
  await expect.poll(() => subjects(BOB), { timeout: 5_000 }).toContain('by mutt');
});

it('serves ImapFlow', async () => {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: system.port('imaps'),
    secure: true,
    tls: { rejectUnauthorized: false },
    auth: { user: ALICE, pass: password },
    logger: false,
  });
  await client.connect();
  const mailboxes = await client.list();
  expect(mailboxes.find(({ path }) => path === 'Sent')?.specialUse).toBe('\\Sent');
  const lock = await client.getMailboxLock('INBOX');
  try {
    const exists = new Promise<{ count: number }>((resolve) => client.once('exists', resolve));
    const before = client.mailbox === false ? 0 : client.mailbox.exists;
    void client.idle();
    await delivered(ALICE, 'while idle');
    expect((await exists).count).toBe(before + 1);
    const one = await client.fetchOne('*', { envelope: true, bodyStructure: true, source: true, flags: true });
    if (!one) throw new Error('no message');
    expect(one.envelope?.subject).toBe('while idle');
    expect(one.source?.toString().endsWith(`\r\n\r\n${BODY}`)).toBe(true);
    expect(one.bodyStructure?.type).toBe('text/plain');
    await client.messageFlagsAdd('*', ['\\Flagged', '$Label1']);
    expect(await client.search({ flagged: true, subject: 'while idle' })).toHaveLength(1);
    await client.mailboxCreate('Projects/Deep/er');
    expect(await client.messageMove('*', 'Projects/Deep/er')).toMatchObject({ destination: 'Projects/Deep/er' });
    expect(await client.status('Projects/Deep/er', { messages: true })).toMatchObject({ messages: 1 });
    const appended = await client.append('Drafts', 'Subject: a draft\r\n\r\nx\r\n', ['\\Draft']);
    expect(appended).toMatchObject({ destination: 'Drafts' });
  } finally {
    lock.release();
    await client.logout();
  }
});

async function subjects(user: string, mailbox = 'INBOX'): Promise<readonly string[]> {
  const said = await python(
    `
import imaplib, re
m = imaplib.IMAP4('127.0.0.1', given['port']); m.login(given['user'], given['password']); m.select(given['mailbox'])
for part in m.fetch('1:*', '(BODY.PEEK[HEADER.FIELDS (SUBJECT)])')[1]:
    if isinstance(part, tuple): print(re.sub('^Subject: ', '', part[1].decode().strip()))
`,
    { port: system.port('imap'), user, password: system.passwords.get(user), mailbox },
  );
  return said.trim().split('\n');
}
