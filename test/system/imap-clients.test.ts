import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectionLimits } from '../../adapters/net/limits.ts';
import { type Listener, listen } from '../../adapters/net/listener.ts';
import { openTlsStore, type TlsStore } from '../../adapters/net/tls.ts';
import { type ImapWorld, imapWorld, message } from '../support/imap.ts';
import { silentLog } from '../support/memory.ts';

const run = promisify(execFile);

let world: ImapWorld;
let listener: Listener;
let tls: TlsStore;
let dir: string;

beforeAll(async () => {
  world = await imapWorld();
  dir = await mkdtemp(join(tmpdir(), 'postern-imap-'));
  tls = await openTlsStore({ dir: join(dir, 'tls'), names: ['localhost'], log: silentLog });
  listener = await listen({
    name: 'imap',
    host: '127.0.0.1',
    port: 0,
    protocol: world.server,
    limits: new ConnectionLimits(),
    log: silentLog,
    tls,
  });
});

afterAll(async () => {
  await listener.close(2_000);
  tls.close();
  await rm(dir, { recursive: true });
});

const IMAPLIB = `
import imaplib, ssl, sys
imap = imaplib.IMAP4('127.0.0.1', int(sys.argv[1]), timeout=20)
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
assert imap.starttls(context)[0] == 'OK'
imap.login('bob@example.test', 'secret')
messages = [b'Subject: %d\\r\\n\\r\\n' % i + b'x.\\xe4\\x00\\r\\n' * (i * i) for i in range(100)]
messages.append(b'Subject: long\\r\\n\\r\\n' + b'0123456789abcdef\\r\\n' * 200000)
for one in messages:
    assert imap.append('INBOX', '(\\\\Flagged)', None, one)[0] == 'OK'
assert imap.select()[1] == [b'101']
kind, data = imap.fetch('1:*', '(BODY.PEEK[])')
assert [part[1] for part in data if isinstance(part, tuple)] == messages
assert imap.search(None, 'SUBJECT', '"long"')[1] == [b'101']
assert imap.search(None, 'LARGER', '100000')[1] == [b'101']
assert imap.store('1:50', '+FLAGS', '\\\\Deleted')[0] == 'OK'
assert len(imap.expunge()[1]) == 50
assert imap.uid('MOVE', '60:70', 'Archive')[0] == 'OK'
assert imap.copy('1', 'Trash')[0] == 'OK'
assert imap.noop()[0] == 'OK'
assert imap.status('Archive', '(MESSAGES)')[1] == [b'"Archive" (MESSAGES 11)']
assert imap.select()[1] == [b'40']
imap.close(); imap.logout()
print('done')
`;

describe("IMAP with other people's clients", () => {
  it('imaplib, under STARTTLS: what goes in comes out byte for byte', async () => {
    const { stdout } = await run('python3', ['-c', IMAPLIB, String(listener.port)]);
    expect(stdout).toBe('done\n');
  });

  it('ImapFlow: lists, appends, reads parts, searches, moves, idles', async () => {
    const client = flow();
    await client.connect();
    expect(client.secureConnection).toBe(true);
    expect((await client.list()).find(({ path }) => path === 'Sent')?.specialUse).toBe('\\Sent');
    await client.mailboxCreate('Flöw/Sub');
    const text = [
      ...['From: a@example.org', 'Subject: hi', 'Content-Type: multipart/mixed; boundary=q', '', '--q', ''],
      ...['text', '--q', 'Content-Type: text/html', '', '<p>x</p>', '--q--', ''],
    ].join('\r\n');
    await client.append('Flöw/Sub', text, ['\\Seen']);
    const lock = await client.getMailboxLock('Flöw/Sub');
    const one = await client.fetchOne('1', {
      uid: true,
      envelope: true,
      bodyStructure: true,
      source: true,
      flags: true,
    });
    if (one === false || one === undefined) throw new Error('there is no message');
    expect(one.source?.toString()).toBe(text);
    expect(one.envelope?.subject).toBe('hi');
    expect(one.bodyStructure?.childNodes?.map(({ type }) => type)).toEqual(['text/plain', 'text/html']);
    expect(one.flags?.has('\\Seen')).toBe(true);
    const { content } = await client.download('1', '2');
    expect((await content?.toArray())?.join('')).toBe('<p>x</p>');
    expect(await client.search({ subject: 'hi', seen: true }, { uid: true })).toEqual([1]);
    const moved = await client.messageMove('1', 'Junk');
    expect(moved === false ? undefined : moved.uidMap?.get(1)).toBe(1);
    const exists = new Promise<number>((resolve) => client.once('exists', ({ count }) => resolve(count)));
    void client.idle();
    const other = flow();
    await other.connect();
    await other.append('Flöw/Sub', 'Subject: new\r\n\r\nx');
    await other.logout();
    expect(await exists).toBe(1);
    lock.release();
    await client.mailboxDelete('Flöw/Sub');
    await client.logout();
  });

  it('curl: reads, searches, uploads', async () => {
    await world.deliver('Drafts', message('for curl'));
    const curl = async (path: string, ...more: string[]) =>
      (
        await run('curl', [
          '-sS',
          '-u',
          'alice@example.test:secret',
          `imap://127.0.0.1:${listener.port}/${path}`,
          ...more,
        ])
      ).stdout;
    expect(await curl('Drafts;UID=1')).toBe(message('for curl'));
    const file = join(dir, 'upload.eml');
    await writeFile(file, message('uploaded'));
    await curl('Drafts', '-T', file);
    expect(await curl('Drafts?SUBJECT%20uploaded')).toBe('* SEARCH 2\r\n');
    expect(await curl('', '-X', 'STATUS Drafts (MESSAGES)')).toBe('* STATUS "Drafts" (MESSAGES 2)\r\n');
  });

  it('mbsync: both ways, twice, then nothing is left to do', async () => {
    await world.deliver(
      'Archive',
      ...Array.from({ length: 200 }, (_, i) => message(`archived ${i}`, 'x\r\n', `Message-ID: <${i}@x>\r\n`)),
    );
    const maildir = join(dir, 'maildir');
    await mkdir(maildir);
    const config = join(dir, 'mbsyncrc');
    await writeFile(config, mbsyncrc(maildir));
    const sync = () => run('mbsync', ['-c', config, 'c'], { env: { ...process.env, HOME: dir } });
    await sync();
    const box = join(maildir, 'Archive');
    expect((await readdir(join(box, 'new'))).length).toBe(200);
    // There, some are deleted; here, one is added.
    const client = await world.login('Archive');
    client.send('a STORE 1:50 +FLAGS.SILENT (\\Deleted)\r\nb EXPUNGE\r\nc LOGOUT\r\n');
    await client.closed();
    await writeFile(join(box, 'cur', '1.local:2,S'), 'Subject: local\n\nhello\n');
    await sync();
    await sync();
    const names = [...(await readdir(join(box, 'new'))), ...(await readdir(join(box, 'cur')))];
    expect(names.length).toBe(151);
    const { alice } = world;
    const rows = alice.state.rows(alice.state.mailboxNamed('Archive')!.id);
    expect(rows.length).toBe(151);
    expect(rows.flags(150).list).toEqual(['\\Seen']);
    const before = alice.state.seq;
    const state = await readFile(join(box, '.mbsyncstate'), 'utf8');
    await sync();
    expect(alice.state.seq).toBe(before);
    expect(await readFile(join(box, '.mbsyncstate'), 'utf8')).toBe(state);
  });
});

function flow(): ImapFlow {
  return new ImapFlow({
    host: '127.0.0.1',
    port: listener.port,
    secure: false,
    auth: { user: 'bob@example.test', pass: 'secret' },
    logger: false,
    tls: { rejectUnauthorized: false },
  });
}

function mbsyncrc(maildir: string): string {
  return `
IMAPAccount a
Host 127.0.0.1
Port ${listener.port}
User alice@example.test
Pass secret
SSLType None
AuthMechs LOGIN

IMAPStore far
Account a

MaildirStore near
Path ${maildir}/
SubFolders Verbatim

Channel c
Far :far:
Near :near:
Patterns Archive
Create Near
Expunge Both
SyncState *
`;
}
