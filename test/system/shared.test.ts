import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cli, postern } from '../support/postern.ts';
import { python } from '../support/python.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
let cli: Cli;

beforeAll(async () => {
  system = await startSystem();
  cli = postern(system);
});
afterAll(() => system.remove());

const PASSWORD = 'a long enough one';

const JOURNEY = `
import imaplib

def login(name):
    imap = imaplib.IMAP4('127.0.0.1', given['port'], timeout=20)
    imap.login(name, given['passwords'][name])
    return imap

def names(imap, pattern='*'):
    return [line.decode().split(' "/" ')[1].strip('"') for line in imap.list('""', pattern)[1] if line]

# RFC 4314 section 5.2: READ-ONLY, although everybody's own \\Seen is kept; imaplib takes that for a failure.
def select_read_only(imap, name):
    try:
        imap.select(name)
    except imaplib.IMAP4.readonly:
        imap.is_readonly = True
        return imap.response('EXISTS')[1]

alice, bob, folders, carol = [login(name) for name in
    ['alice@example.test', 'bob@example.test', 'folders@example.test', 'carol@other.test']]
assert bob.namespace()[1] == [b'(("" "/")) (("Shared/" "/")) (("Public/" "/"))']

# What is shared with one is his to read, and nobody else's.
assert alice.create('Plans')[0] == 'OK'
assert alice.append('Plans', '(\\\\Flagged)', None, b'Subject: one\\r\\n\\r\\nfirst\\r\\n')[0] == 'OK'
assert alice.setacl('Plans', 'bob@example.test', 'lrsi')[0] == 'OK'
assert alice.setacl('Plans', 'carol@other.test', 'lr')[0] == 'NO'
assert alice.getacl('Plans')[1] == [b'"Plans" alice@example.test lrswipkxteacd bob@example.test lrsi']
theirs = 'Shared/alice@example.test/Plans'
assert names(bob, 'Shared/*') == [theirs], names(bob, 'Shared/*')
assert bob.myrights(theirs)[1] == [('"%s" lrsi' % theirs).encode()]
assert bob.select(theirs)[1] == [b'1']
assert bob.fetch('1', '(BODY[TEXT])')[1][0][1] == b'first\\r\\n'
assert bob.search(None, 'UNSEEN')[1] == [b'']
assert bob.append(theirs, None, None, b'Subject: two\\r\\n\\r\\nsecond\\r\\n')[0] == 'OK'
assert bob.store('1', '+FLAGS', '\\\\Deleted')[0] == 'NO'
assert bob.copy('1:2', 'INBOX')[0] == 'OK'
assert alice.select('Plans')[1] == [b'2']
assert alice.search(None, 'UNSEEN')[1] == [b'1 2']
assert names(carol, 'Shared/*') == [] and names(folders, 'Shared/*') == []
assert carol.select(theirs)[0] == 'NO'

# ME-17: the tenant sees its public folders, others do not.
assert folders.create('News')[0] == 'OK'
assert folders.append('News', None, None, b'Subject: news\\r\\n\\r\\nall\\r\\n')[0] == 'OK'
for imap in [alice, bob]:
    assert 'Public/News' in names(imap, 'Public/*')
    assert select_read_only(imap, 'Public/News') == [b'1']
    assert imap.search(None, 'UNSEEN')[1] == [b'1']
    assert imap.store('1', '+FLAGS', '\\\\Seen')[0] == 'OK'
    assert imap.append('Public/News', None, None, b'Subject: no\\r\\n\\r\\n')[0] == 'NO'
assert names(carol, 'Public/*') == []
assert carol.select('Public/News')[0] == 'NO'

assert alice.deleteacl('Plans', 'bob@example.test')[0] == 'OK'
assert names(bob, 'Shared/*') == []
print('done')
`;

it('shared mailboxes and public folders, with imaplib (ME-17)', async () => {
  const passwords: Record<string, string> = Object.fromEntries(system.passwords);
  const made = async (...words: string[]) => expect(await cli(...words)).toMatchObject({ code: 0 });
  await made('tenant', 'add', 'other');
  await made('domain', 'add', 'other.test', '--tenant', 'other');
  for (const address of ['folders@example.test', 'carol@other.test']) {
    await made('account', 'add', address, '--password', PASSWORD);
    passwords[address] = PASSWORD;
  }
  await made('account', 'set', 'folders@example.test', 'public=on');
  expect(await cli('account', 'set', 'alice@example.test', 'public=on')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Another account holds the public folders'),
  });
  expect((await cli('account', 'show', 'folders@example.test')).stdout).toMatch(/public\s+on/);
  expect(await python(JOURNEY, { port: system.port('imap'), passwords })).toBe('done\n');
});
