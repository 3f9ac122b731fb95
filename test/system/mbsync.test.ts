/** mbsync keeps 2,000 messages the same on both sides, and then finds nothing to do (IM-9). */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { imaplib } from '../support/imaplib.ts';
import { type Mbsync, mbsync } from '../support/mbsync.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
const EACH = 1_000;

let system: System;
let home: string;
let copy: Mbsync;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'postern-mbsync-'));
  system = await startSystem();
  copy = await mbsync({
    home,
    port: system.port('imaps'),
    user: ALICE,
    password: system.passwords.get(ALICE)!,
    certificate: join(system.home, 'tls', 'cert.pem'),
    patterns: '*',
  });
});
afterAll(async () => {
  await system?.remove();
  await rm(home, { recursive: true, force: true });
});

/** A message of its own, in TypeScript and in Python. */
const text = (id: string, n: number) => `From: x@example.org\nSubject: ${id}\n\n${`line ${n}\n`.repeat(1 + (n % 50))}`;
const TEXT = `def text(id, n): return ('From: x@example.org\\nSubject: %s\\n\\n' % id + 'line %d\\n' % n * (1 + n % 50)).replace('\\n', '\\r\\n').encode()`;

const imap = (program: string, values?: Readonly<Record<string, unknown>>) => imaplib(system, ALICE, program, values);

/** Every message of a mailbox: subject, flags that a Maildir knows, and a hash of it but for the mark that mbsync uploads with it. */
async function onServer(mailbox: string): Promise<readonly string[]> {
  const said = await imap(
    `
ok(m.select(given['mailbox'], readonly=True))
for part in ok(m.fetch('1:*', '(FLAGS BODY.PEEK[])')):
    if isinstance(part, tuple):
        flags = [flag.decode()[1] for flag in imaplib.ParseFlags(part[0]) if flag in (b'\\\\Flagged', b'\\\\Answered', b'\\\\Seen')]
        subject = re.search(b'Subject: (\\\\S+)', part[1]).group(1).decode()
        print(subject, ''.join(sorted(flags)), hashlib.sha256(re.sub(b'\\r|X-TUID: .*\\n', b'', part[1])).hexdigest())
`,
    { mailbox },
  );
  return said.trim().split('\n').sort();
}

/** The same of a Maildir; its letters are F (flagged), R (answered) and S (seen). */
async function onDisk(mailbox: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const place of ['new', 'cur']) {
    for (const name of await readdir(join(copy.mail, mailbox, place))) {
      const bytes = await readFile(join(copy.mail, mailbox, place, name));
      const subject = /^Subject: (\S+)/m.exec(bytes.toString())![1];
      const flags = (/:2,(.*)$/.exec(name)?.[1] ?? '').replace(/[^FRS]/g, '').replace('R', 'A');
      const hash = createHash('sha256')
        .update(bytes.toString().replace(/\r|X-TUID: .*\n/g, ''))
        .digest('hex');
      found.push(`${subject} ${[...flags].sort().join('')} ${hash}`);
    }
  }
  return found.sort();
}

/** What only one side of a mailbox has, by server and disk. */
async function differences(mailbox: string) {
  const server = await onServer(mailbox);
  const disk = await onDisk(mailbox);
  const without = (some: readonly string[], others: readonly string[]) => {
    const known = new Set(others);
    return some.filter((line) => !known.has(line));
  };
  return { server: without(server, disk), disk: without(disk, server), more: disk.length - server.length };
}
const SAME = { server: [], disk: [], more: 0 };

/** All that would show a change: files with their times and sync states here, UIDNEXT and HIGHESTMODSEQ there. */
async function everything(): Promise<readonly string[]> {
  const files = await readdir(copy.mail, { recursive: true, withFileTypes: true });
  const here = files
    .filter((file) => file.isFile() && !file.name.endsWith('.lock'))
    .map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      const state = name.startsWith('.') ? await readFile(path, 'utf8') : (await stat(path)).mtimeMs;
      return `${path} ${state}`;
    });
  const there = await imap(`
for box in ok(m.list()):
    print(ok(m.status(box.decode().split(' "/" ')[1], '(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)')))
`);
  return [...(await Promise.all(here)).sort(), there];
}

it('brings 1,000 messages of each side to the other', async () => {
  await imap(`${TEXT}
for n in range(${EACH}): ok(m.append('INBOX', '(\\\\Seen)' if n % 2 else None, None, text('far-%d' % n, n)))
`);
  for (const place of ['new', 'cur', 'tmp']) await mkdir(join(copy.mail, 'INBOX', place), { recursive: true });
  for (let n = 0; n < EACH; n++) {
    await writeFile(join(copy.mail, 'INBOX', 'cur', `${n}.local:2,${n % 3 === 0 ? 'FS' : 'S'}`), text(`near-${n}`, n));
  }

  await copy.sync();

  const there = await onServer('INBOX');
  expect(there).toHaveLength(2 * EACH);
  expect(await differences('INBOX')).toEqual(SAME);
});

it('brings changes of both sides together', async () => {
  await imap(`${TEXT}
ok(m.select('INBOX'))
ok(m.store('1:100', '+FLAGS.SILENT', '(\\\\Flagged)'))
ok(m.store('101:200', '+FLAGS.SILENT', '(\\\\Deleted)'))
ok(m.expunge())
ok(m.create('Projects'))
ok(m.uid('MOVE', '201:250', 'Projects'))
ok(m.append('INBOX', '(\\\\Flagged)', None, b'From: x@example.org\\r\\nSubject: later-far\\r\\n\\r\\nhi\\r\\n'))
`);
  const inbox = join(copy.mail, 'INBOX', 'cur');
  const names = (await readdir(inbox)).filter((name) => name.includes('.local'));
  for (const name of names.slice(0, 100)) await rm(join(inbox, name));
  for (const name of names.slice(100, 200))
    await rename(join(inbox, name), join(inbox, name.replace(/:2,.*/, ':2,RS')));
  await writeFile(join(inbox, 'later.local:2,S'), text('later-near', 1));
  await copy.sync();
  const there = await onServer('INBOX');
  expect(there).toHaveLength(2 * EACH + 2 - 100 - 50 - 100);
  expect(there.filter((line) => / .*A.* /.test(line))).toHaveLength(100);
  expect(await differences('INBOX')).toEqual(SAME);
  expect(await onServer('Projects')).toHaveLength(50);
  expect(await differences('Projects')).toEqual(SAME);
});

it('changes nothing on either side when there is nothing to do', async () => {
  const before = await everything();
  const said = await copy.sync();
  expect(said).not.toMatch(/error|warning/i);
  expect(await everything()).toEqual(before);
});
