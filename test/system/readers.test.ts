/**
 * Programs that people read mail with, at their own work by IMAP (IM-9), under TLS with the server's certificate as the only one
 * that is trusted. The settings are those of docs/clients.md.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { freshInbox, imaplib, subjects } from '../support/imaplib.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
const SUBJECTS = ['one', 'two', 'three', 'four', 'five'];

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
  home = await mkdtemp(join(tmpdir(), 'postern-readers-'));
  await freshInbox(system, ALICE, SUBJECTS, ['Archive', 'Drafts']);
  return () => rm(home, { recursive: true, force: true });
});

const imap = (program: string, values?: Readonly<Record<string, unknown>>) => imaplib(system, ALICE, program, values);

const onServer = (mailbox = 'INBOX') => subjects(system, ALICE, mailbox);

async function run(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, {
    env: { ...process.env, HOME: home, TERM: 'vt100' },
    timeout: 60_000,
  });
  return stdout;
}

it('mutt reads, flags, files and deletes, and keeps headers for the next time', async () => {
  const file = join(home, 'muttrc');
  const keys = (typed: string) =>
    writeFile(
      file,
      `set folder="imaps://localhost:${system.port('imaps')}/"
set spoolfile="=INBOX"
set imap_user="${ALICE}"
set imap_pass="${password}"
set certificate_file="${ca}"
set header_cache="${home}/headers"
set message_cachedir="${home}/messages"
set confirmappend=no
set delete=yes
set move=no
set quit=yes
set resolve=no
push "${typed}"
`,
    );
  // mutt wants a terminal: script gives it one, and no key is typed but what the configuration pushes.
  const mutt = () => run('script', '-qec', `mutt -n -F ${file}`, '/dev/null');
  const at = (subject: string) => `<search>~s ${subject}<enter>`;
  await keys(
    [
      `${at('one')}<display-message><exit>`,
      `${at('two')}<save-message>=Archive<enter>`,
      `${at('three')}<flag-message>`,
      `${at('four')}<delete-message>`,
      '<sync-mailbox><quit>',
    ].join(''),
  );
  await mutt();
  // Old is mutt's word for what it has shown and nobody has read; it is a keyword of its own on the server.
  const inbox = (await onServer()).map((line) => line.replace(/ Old/, ''));
  expect(inbox).toEqual(['one \\Seen', 'three \\Flagged', 'five']);
  expect((await onServer('Archive')).map((line) => line.split(' ')[0])).toEqual(['two']);
  expect(await readdir(home, { recursive: true })).toEqual(expect.arrayContaining([expect.stringMatching(/^headers/)]));
  await keys(`${at('five')}<display-message><exit><quit>`);
  await mutt();
  expect(await onServer()).toContainEqual(expect.stringMatching(/^five.*\\Seen/));
});

it('curl lists, reads, searches, uploads, flags, moves and deletes', async () => {
  const curl = (path: string, ...args: string[]) =>
    run(
      'curl',
      '-sS',
      '--fail',
      '--cacert',
      ca,
      '-u',
      `${ALICE}:${password}`,
      ...args,
      `imaps://localhost:${system.port('imaps')}/${path}`,
    );
  expect(await curl('', '-X', 'LIST "" "*"')).toContain('* LIST (\\HasNoChildren \\Archive) "/" "Archive"');
  const [uid] = /\d+/.exec(await curl('INBOX', '-X', 'UID SEARCH SUBJECT two'))!;
  expect(await curl(`INBOX;UID=${uid}`)).toBe('From: x@example.org\r\nSubject: two\r\n\r\nhello\r\n');
  expect(await curl(`INBOX;UID=${uid};SECTION=TEXT`)).toBe('hello\r\n');
  const draft = join(home, 'draft.eml');
  await writeFile(draft, 'Subject: uploaded\r\n\r\nhello\r\n');
  await curl('Drafts', '-T', draft);
  expect((await onServer('Drafts')).map((line) => line.split(' ')[0])).toEqual(['uploaded']);
  await curl('INBOX', '-X', `UID STORE ${uid} +FLAGS.SILENT (\\Flagged)`);
  await curl('INBOX', '-X', `UID MOVE ${uid} Archive`);
  await curl('INBOX', '-X', 'STORE 1 +FLAGS.SILENT (\\Deleted)');
  await curl('INBOX', '-X', 'EXPUNGE');
  expect(await onServer()).toEqual(['three', 'four', 'five']);
  expect(await onServer('Archive')).toEqual(['two \\Flagged \\Seen']);
});

it('imaplib lists, fetches, flags, copies, moves, deletes, appends and idles', async () => {
  await imap(`
assert any(b'\\\\Sent' in line for line in ok(m.list()))
assert ok(m.select('INBOX')) == [b'5']
assert ok(m.fetch('2', '(BODY.PEEK[TEXT]<0.4>)'))[0][1] == b'hell'
ok(m.store('1', '+FLAGS', '(\\\\Flagged)'))
ok(m.copy('1', 'Archive'))
ok(m.uid('MOVE', ok(m.uid('SEARCH', 'SUBJECT', 'two'))[0].decode(), 'Archive'))
ok(m.store('2', '+FLAGS', '(\\\\Deleted)')); ok(m.expunge())
tag = m._new_tag(); m.send(tag + b' IDLE\\r\\n'); assert m.readline().startswith(b'+ ')
other = imaplib.IMAP4_SSL('localhost', given['port'], ssl_context=ssl.create_default_context(cafile=given['ca']), timeout=20)
other.login(given['user'], given['password'])
ok(other.append('INBOX', None, None, b'Subject: six\\r\\n\\r\\nhello\\r\\n'))
assert m.readline() == b'* 4 EXISTS\\r\\n'
m.send(b'DONE\\r\\n')
while not m.readline().startswith(tag): pass
other.logout()
`);
  expect(await onServer()).toEqual(['one \\Flagged', 'four', 'five', 'six']);
  expect(await onServer('Archive')).toEqual(['one \\Flagged', 'two']);
});

it('ImapFlow lists, fetches, flags, moves, deletes, appends and idles', async () => {
  const client = new ImapFlow({
    host: 'localhost',
    port: system.port('imaps'),
    secure: true,
    tls: { ca: await readFile(ca) },
    auth: { user: ALICE, pass: password },
    logger: false,
  });
  await client.connect();
  expect((await client.list()).map(({ path }) => path)).toEqual(expect.arrayContaining(['INBOX', 'Sent', 'Trash']));
  const lock = await client.getMailboxLock('INBOX');
  try {
    const one = await client.fetchOne('1', { envelope: true, source: true });
    expect(one).toMatchObject({ envelope: { subject: 'one' } });
    await client.messageFlagsAdd({ subject: 'one' }, ['\\Flagged']);
    await client.messageMove({ subject: 'two' }, 'Archive');
    await client.messageDelete({ subject: 'three' });
    await client.append('Drafts', 'Subject: a draft\r\n\r\nhello\r\n', ['\\Draft']);
    const exists = new Promise<number>((resolve) => client.once('exists', ({ count }) => resolve(count)));
    void client.idle();
    await imap(`ok(m.append('INBOX', None, None, b'Subject: six\\r\\n\\r\\nhello\\r\\n'))`);
    expect(await exists).toBe(4);
  } finally {
    lock.release();
    await client.logout();
  }
  expect(await onServer()).toEqual([expect.stringMatching(/^one \\Flagged/), 'four', 'five', 'six']);
  expect(await onServer('Archive')).toEqual(['two']);
  expect(await onServer('Drafts')).toEqual(['a draft \\Draft']);
});
