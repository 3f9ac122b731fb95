/** The whole program: what is shared by IMAP is read by JMAP, and the other way round; contacts; nobody of another tenant. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Json } from '../support/jmap.ts';
import { postern } from '../support/postern.ts';
import { python } from '../support/python.ts';
import { type System, startSystem } from '../support/system.ts';

const USING = ['core', 'mail', 'contacts', 'principals'].map((name) => `urn:ietf:params:jmap:${name}`);
const PASSWORD = 'a long enough one';

let system: System;
let passwords: Record<string, string>;

beforeAll(async () => {
  system = await startSystem();
  const cli = postern(system);
  const made = async (...words: string[]) => expect(await cli(...words)).toMatchObject({ code: 0 });
  await made('tenant', 'add', 'other');
  await made('domain', 'add', 'other.test', '--tenant', 'other');
  await made('account', 'add', 'carol@other.test', '--password', PASSWORD);
  passwords = { ...Object.fromEntries(system.passwords), 'carol@other.test': PASSWORD };
});
afterAll(() => system?.remove());

async function http(path: string, user: string, body?: unknown): Promise<Json> {
  const response = await fetch(`http://localhost:${system.port('http')}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${user}:${passwords[user]}`).toString('base64')}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status).toBe(200);
  return response.json();
}

const session = (user: string) => http('/.well-known/jmap', user);

async function call(user: string, name: string, args: object): Promise<Json> {
  const { methodResponses } = await http('/jmap/api', user, { using: USING, methodCalls: [[name, args, '0']] });
  return methodResponses[0][0] === 'error' ? methodResponses[0][1].type : methodResponses[0][1];
}

async function imap(script: string): Promise<unknown> {
  const login = `
import imaplib
def login(name):
    imap = imaplib.IMAP4('127.0.0.1', given['port'], timeout=20)
    imap.login(name, given['passwords'][name])
    return imap
alice, bob = login('alice@example.test'), login('bob@example.test')
`;
  return python(login + script, { port: system.port('imap'), passwords });
}

const [ALICE, BOB, CAROL] = ['alice@example.test', 'bob@example.test', 'carol@other.test'];

it('shares by IMAP and reads by JMAP, shares by JMAP and reads by IMAP', async () => {
  await imap(`
assert alice.create('Plans')[0] == 'OK'
assert alice.append('Plans', None, None, b'Subject: one\\r\\n\\r\\nfirst\\r\\n')[0] == 'OK'
assert alice.setacl('Plans', 'bob@example.test', 'lrs')[0] == 'OK'
`);
  const { accounts } = await session(BOB!);
  const [accountId] = Object.entries(accounts as Json).find(([, { name }]: Json) => name === ALICE)!;
  expect(accounts[accountId]).toMatchObject({ isPersonal: false, isReadOnly: false });
  const { list } = await call(BOB!, 'Mailbox/get', { accountId });
  expect(list).toMatchObject([{ name: 'Plans', totalEmails: 1, myRights: { mayReadItems: true, mayAddItems: false } }]);
  const { ids } = await call(BOB!, 'Email/query', { accountId, filter: { text: 'first' } });
  expect(ids).toHaveLength(1);
  const seen = await call(BOB!, 'Email/set', { accountId, update: { [ids[0]]: { 'keywords/$seen': true } } });
  expect(seen.updated).toEqual({ [ids[0]]: null });
  const [note] = (
    await call(BOB!, 'ShareNotification/get', { accountId: (await session(BOB!)).primaryAccounts[USING[1]!] })
  ).list;
  expect(note).toMatchObject({ objectType: 'Mailbox', changedBy: { email: ALICE }, oldRights: null });
  // What bob has read is unread to alice, and read to bob by IMAP too.
  await imap(`
assert alice.select('Plans')[0] == 'OK' and alice.search(None, 'UNSEEN')[1] == [b'1']
bob.select('Shared/alice@example.test/Plans', readonly=True)
assert bob.search(None, 'UNSEEN')[1] == [b'']
`);

  const own = (await session(ALICE!)).primaryAccounts[USING[1]!];
  expect(own).toBe(accountId);
  const principals = (await call(ALICE!, 'Principal/query', { accountId, filter: { email: BOB } })).ids;
  expect(principals).toHaveLength(1);
  expect((await call(ALICE!, 'Principal/query', { accountId, filter: { email: CAROL } })).ids).toEqual([]);
  const inbox = (await call(ALICE!, 'Mailbox/query', { accountId, filter: { role: 'inbox' } })).ids[0];
  const rights = { mayReadItems: true, maySetSeen: true, mayAddItems: true };
  const update = { [inbox]: { [`shareWith/${principals[0]}`]: rights } };
  expect((await call(ALICE!, 'Mailbox/set', { accountId, update })).notUpdated).toEqual({});
  await imap(`
assert alice.getacl('INBOX')[1] == [b'"INBOX" alice@example.test lrswipkxteacd bob@example.test lrsi'], alice.getacl('INBOX')
theirs = 'Shared/alice@example.test/INBOX'
assert bob.myrights(theirs)[1] == [('"%s" lrsi' % theirs).encode()] or bob.myrights(theirs)[1] == [('%s lrsi' % theirs).encode()]
assert bob.append(theirs, None, None, b'Subject: two\\r\\n\\r\\nsecond\\r\\n')[0] == 'OK'
`);
  expect((await call(ALICE!, 'Email/query', { accountId, filter: { subject: 'two' } })).ids).toHaveLength(1);

  // Withdrawn by IMAP: gone for JMAP with the next request.
  await imap(`
assert alice.deleteacl('Plans', 'bob@example.test')[0] == 'OK' and alice.deleteacl('INBOX', 'bob@example.test')[0] == 'OK'
`);
  expect(await call(BOB!, 'Mailbox/get', { accountId })).toBe('accountNotFound');
  expect(Object.keys((await session(BOB!)).accounts)).not.toContain(accountId);
  expect(await call(CAROL!, 'Mailbox/get', { accountId })).toBe('accountNotFound');
});

it('keeps contacts, and shares an address book', async () => {
  const accountId = (await session(ALICE!)).primaryAccounts[USING[2]!];
  const [book] = (await call(ALICE!, 'AddressBook/get', { accountId })).list;
  const card = { addressBookIds: { [book.id]: true }, name: { full: 'Ada' } };
  const { created } = await call(ALICE!, 'ContactCard/set', { accountId, create: { k: card } });
  const [bob] = (await call(ALICE!, 'Principal/query', { accountId, filter: { email: BOB } })).ids;
  const shareWith = { [bob]: { mayRead: true } };
  expect(
    (await call(ALICE!, 'AddressBook/set', { accountId, update: { [book.id]: { shareWith } } })).notUpdated,
  ).toEqual({});
  expect((await session(BOB!)).accounts[accountId]).toMatchObject({ isReadOnly: true });
  const { list } = await call(BOB!, 'ContactCard/get', { accountId });
  expect(list).toMatchObject([{ id: created.k.id, name: { full: 'Ada' } }]);
  expect(await call(CAROL!, 'ContactCard/get', { accountId })).toBe('accountNotFound');
});
