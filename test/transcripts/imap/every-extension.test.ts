import { expect, test } from 'vitest';
import { imapWorld, message } from '../../support/imap.ts';
import type { PipeClient } from '../../support/pipe.ts';

/**
 * One row for every capability: a command that only it makes possible with what is said to it, and one that is refused or malformed with the
 * answer. Several commands are parted by a bar.
 */
type Row = readonly [good: string, says: RegExp, bad: string, answer: RegExp];

const BEFORE_LOGIN: Readonly<Record<string, Row>> = {
  'LITERAL+': ['LOGIN {5+}\r\nalice {6+}\r\nsecret', /^t OK /m, 'LOGIN {99999+}\r\n@', /^t NO \[LIMIT\]/],
  'SASL-IR': ['AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==', /^t OK /m, 'AUTHENTICATE PLAIN !', /^t BAD /],
  'AUTH=PLAIN': ['AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==', /^t OK /m, 'AUTHENTICATE PLAIN AGEAYg==', /^t NO \[AUTH/],
  'AUTH=OAUTHBEARER': [
    `AUTHENTICATE OAUTHBEARER ${btoa('n,,\x01auth=Bearer pst_alice\x01\x01')}`,
    /^t OK /m,
    `AUTHENTICATE OAUTHBEARER ${btoa('n,,\x01\x01')}`,
    /^t BAD /,
  ],
  'AUTH=XOAUTH2': [
    `AUTHENTICATE XOAUTH2 ${btoa('user=alice@example.test\x01auth=Bearer pst_alice\x01\x01')}`,
    /^t OK /m,
    `AUTHENTICATE XOAUTH2 ${btoa('auth=Bearer pst_alice\x01\x01')}`,
    /^t BAD /,
  ],
  'AUTH=SCRAM-SHA-256': [
    'AUTHENTICATE SCRAM-SHA-256 biwsbj1hbGljZSxyPXg=',
    /^\+ \S{20}/m,
    'AUTHENTICATE SCRAM-SHA-256 biws',
    /^t BAD /,
  ],
  STARTTLS: ['STARTTLS', /^t OK Begin TLS/m, 'STARTTLS now', /^t BAD /],
};

const AFTER_LOGIN: Readonly<Record<string, Row>> = {
  IMAP4rev1: ['FETCH 1 RFC822.SIZE', /^\* 1 FETCH \(RFC822.SIZE \d+\)/m, 'FETCH 9 FLAGS', /^t BAD /],
  IMAP4rev2: ['ENABLE IMAP4rev2|SEARCH ALL', /^\* ESEARCH \(TAG "t"\) ALL 1:2/m, 'NONSENSE', /^t BAD /],
  ID: ['ID NIL', /^\* ID \(/m, 'ID x', /^t BAD /],
  ENABLE: ['ENABLE CONDSTORE', /^\* ENABLED CONDSTORE/m, 'ENABLE', /^t BAD /],
  IDLE: ['IDLE', /^\+ /m, 'IDLE x', /^t BAD /],
  NOTIFY: [
    'NOTIFY SET STATUS (personal (MessageNew MessageExpunge))',
    /^\* STATUS "Sent"/m,
    'NOTIFY SET (personal (X))',
    /^t NO \[BADEVENT/,
  ],
  JMAPACCESS: ['GETJMAPACCESS', /^\* JMAPACCESS "https:/m, 'GETJMAPACCESS x', /^t BAD /],
  NAMESPACE: ['NAMESPACE', /^\* NAMESPACE \(\("" "\/"\)\)/m, 'NAMESPACE x', /^t BAD /],
  CHILDREN: ['LIST "" INBOX', /^\* LIST \(.*\\HasNoChildren/m, 'LIST "" * RETURN (X)', /^t BAD /],
  UIDPLUS: ['UID COPY 1 Archive', /\[COPYUID \d+ 1 1\]/, 'UID EXPUNGE x', /^t BAD /],
  UNAUTHENTICATE: ['UNAUTHENTICATE', /^t OK /m, 'UNAUTHENTICATE x', /^t BAD /],
  'COMPRESS=DEFLATE': ['COMPRESS DEFLATE', /^t OK /m, 'COMPRESS X', /^t BAD /],
  APPENDLIMIT: ['STATUS INBOX (APPENDLIMIT)', /APPENDLIMIT 1000\)/, 'APPEND INBOX {1001}', /^t NO \[TOOBIG\]/],
  MESSAGELIMIT: ['UID FETCH 1 FLAGS', /^t OK /m, 'UID FETCH 1:* FLAGS (PARTIAL 1:9999)', /^t NO \[MESSAGELIMIT 1000/],
  INPROGRESS: ['SEARCH TEXT x', /^t OK /m, 'SEARCH TEXT', /^t BAD /],
  UIDONLY: [
    'ENABLE UIDONLY|UID FETCH 1 FLAGS',
    /^\* 1 UIDFETCH \(FLAGS/m,
    'ENABLE UIDONLY|FETCH 1 FLAGS',
    /^t BAD \[UIDREQUIRED\]/,
  ],
  UIDBATCHES: ['UIDBATCHES 500', /^\* UIDBATCHES \(TAG "t"\) 2:1/m, 'UIDBATCHES 1', /^t NO \[TOOFEW\]/],
  UNSELECT: ['UNSELECT', /^t OK /m, 'UNSELECT|FETCH 1 FLAGS', /^t BAD /],
  MOVE: ['MOVE 1 Archive', /^\* 1 EXPUNGE/m, 'MOVE 1 nowhere', /^t NO \[TRYCREATE\]/],
  MULTIAPPEND: ['APPEND INBOX {1+}\r\nx {1+}\r\ny', /\[APPENDUID \d+ 3:4\]/, 'APPEND INBOX {1+}\r\nx y', /^t BAD /],
  'UTF8=ACCEPT': ['ENABLE UTF8=ACCEPT|CREATE "\xc3\xbc"', /^t OK /m, 'APPEND INBOX UTF8 (~{1+}\r\nx)', /^t BAD /],
  BINARY: ['FETCH 1 BINARY.SIZE[1]', /^\* 1 FETCH \(BINARY.SIZE\[1\] 7\)/m, 'FETCH 1 BINARY[TEXT]', /^t BAD /],
  CATENATE: [
    'APPEND INBOX CATENATE (URL "/INBOX;UID=1")',
    /\[APPENDUID \d+ 3\]/,
    'APPEND INBOX CATENATE (URL "/INBOX;UID=99")',
    /^t NO \[BADURL/,
  ],
  REPLACE: ['REPLACE 1 INBOX {1+}\r\nx', /^\* 1 EXPUNGE/m, 'UID REPLACE 99 INBOX {1+}\r\nx', /^t NO \[NONEXISTENT\]/],
  'SPECIAL-USE': ['LIST (SPECIAL-USE) "" *', /^\* LIST \(.*\\Sent/m, 'LIST (SPECIAL-USES) "" *', /^t BAD /],
  'CREATE-SPECIAL-USE': ['CREATE x (USE ())', /^t OK /m, 'CREATE x (USE (\\Sent))', /^t NO \[USEATTR\]/],
  'LIST-EXTENDED': [
    'LIST (SUBSCRIBED) "" (INBOX Sent)',
    /^\* LIST \(.*\\Subscribed.* "INBOX"/m,
    'LIST (RECURSIVEMATCH) "" *',
    /^t BAD /,
  ],
  'LIST-METADATA': [
    'LIST "" INBOX RETURN (METADATA ("/shared/comment"))',
    /^\* METADATA "INBOX"/m,
    'LIST "" * RETURN (METADATA (x))',
    /^t BAD /,
  ],
  METADATA: [
    'SETMETADATA "" (/private/comment "x")|GETMETADATA "" /private/comment',
    /^\* METADATA ""/m,
    'GETMETADATA x /private/comment',
    /^t NO /,
  ],
  ACL: ['MYRIGHTS INBOX', /^\* MYRIGHTS "INBOX" /m, 'SETACL INBOX nobody@example.test lr', /^t NO \[CANNOT\]/],
  'RIGHTS=kxte': [
    'SETACL INBOX bob@example.test kxte|GETACL INBOX',
    /bob@example.test \S*k\S*x\S*t\S*e/,
    'SETACL INBOX bob@example.test z',
    /^t BAD /,
  ],
  'LIST-MYRIGHTS': ['LIST "" INBOX RETURN (MYRIGHTS)', /^\* MYRIGHTS "INBOX"/m, 'LIST "" * RETURN (RIGHTS)', /^t BAD /],
  QUOTA: ['GETQUOTAROOT INBOX', /^\* QUOTAROOT "INBOX" /m, 'GETQUOTA x', /^t NO \[NONEXISTENT\]/],
  'QUOTA=RES-STORAGE': ['GETQUOTAROOT INBOX', /^\* QUOTA .*STORAGE 1 97/m, 'STATUS INBOX (STORAGE)', /^t BAD /],
  'QUOTA=RES-MESSAGE': ['GETQUOTAROOT INBOX', /^\* QUOTA .*MESSAGE 2 90/m, 'STATUS INBOX (MESSAGE)', /^t BAD /],
  QUOTASET: [
    'SETQUOTA #user/bob@example.test (MESSAGE 9)',
    /^\* QUOTA .*MESSAGE 0 9/m,
    'SETQUOTA x (MESSAGE 9)',
    /^t NO \[NONEXISTENT\]/,
  ],
  'LIST-STATUS': [
    'LIST "" INBOX RETURN (STATUS (MESSAGES))',
    /^\* STATUS "INBOX" \(MESSAGES 2\)/m,
    'LIST "" * RETURN (STATUS ())',
    /^t BAD /,
  ],
  'STATUS=SIZE': ['STATUS INBOX (SIZE)', /^\* STATUS "INBOX" \(SIZE \d+\)/m, 'STATUS INBOX (SIZES)', /^t BAD /],
  ESEARCH: [
    'SEARCH RETURN (MIN COUNT) ALL',
    /^\* ESEARCH \(TAG "t"\) MIN 1 COUNT 2/m,
    'SEARCH RETURN (X) ALL',
    /^t BAD /,
  ],
  SEARCHRES: [
    'SEARCH RETURN (SAVE) 2|FETCH $ UID',
    /^\* 2 FETCH \(UID 2\)/m,
    'SELECT INBOX (QRESYNC (1 1 $))',
    /^t BAD /,
  ],
  PARTIAL: ['SEARCH RETURN (PARTIAL -1:-1) ALL', /PARTIAL \(-1:-1 2\)/, 'SEARCH RETURN (PARTIAL 0:1) ALL', /^t BAD /],
  MULTISEARCH: [
    'ESEARCH IN (personal) ALL',
    /^\* ESEARCH \(TAG "t" MAILBOX "INBOX" /m,
    'ESEARCH IN (x) ALL',
    /^t BAD /,
  ],
  'CONTEXT=SEARCH': [
    'SEARCH RETURN (UPDATE) SEEN|STORE 1 FLAGS (\\Seen)',
    /ADDTO \(\d+ 1\)/,
    'SEARCH RETURN (UPDATES) ALL',
    /^t BAD /,
  ],
  SORT: ['SORT (REVERSE SUBJECT) UTF-8 ALL', /^\* SORT 2 1/m, 'SORT (SUBJECT) KOI8-R ALL', /^t NO \[BADCHARSET/],
  'SORT=DISPLAY': ['SORT (DISPLAYFROM) UTF-8 ALL', /^\* SORT 1 2/m, 'SORT (DISPLAYCC) UTF-8 ALL', /^t BAD /],
  ESORT: [
    'SORT RETURN (MAX) (ARRIVAL) UTF-8 ALL',
    /^\* ESEARCH \(TAG "t"\) MAX 2/m,
    'SORT RETURN (X) (ARRIVAL) UTF-8 ALL',
    /^t BAD /,
  ],
  'CONTEXT=SORT': [
    'SORT RETURN (UPDATE) (ARRIVAL) UTF-8 SEEN|STORE 1 FLAGS (\\Seen)',
    /ADDTO \(1 1\)/,
    'CANCELUPDATE x',
    /^t BAD /,
  ],
  'THREAD=ORDEREDSUBJECT': [
    'THREAD ORDEREDSUBJECT UTF-8 ALL',
    /^\* THREAD \(1\)\(2\)/m,
    'THREAD X UTF-8 ALL',
    /^t BAD /,
  ],
  'THREAD=REFERENCES': [
    'THREAD REFERENCES UTF-8 ALL',
    /^\* THREAD \(1\)\(2\)/m,
    'THREAD REFERENCES X ALL',
    /^t NO \[BADCHARSET/,
  ],
  'THREAD=REFS': ['THREAD REFS UTF-8 ALL', /^\* THREAD \(1\)\(2\)/m, 'THREAD REFS UTF-8', /^t BAD /],
  'I18NLEVEL=1': ['SEARCH SUBJECT M1', /^\* SEARCH 1\r$/m, 'SEARCH CHARSET X SUBJECT M1', /^t NO \[BADCHARSET/],
  WITHIN: ['SEARCH YOUNGER 9999', /^\* SEARCH 1 2/m, 'SEARCH OLDER 0', /^t BAD /],
  OBJECTID: ['FETCH 1 (EMAILID THREADID)', /EMAILID \(\S+\) THREADID \(\S+\)/, 'SEARCH EMAILID "x"', /^t BAD /],
  SAVEDATE: ['FETCH 1 SAVEDATE', /SAVEDATE "/, 'SEARCH SAVEDON x', /^t BAD /],
  PREVIEW: ['FETCH 1 (PREVIEW (LAZY))', /PREVIEW "Hello"/, 'FETCH 1 (PREVIEW (EAGER))', /^t BAD /],
  CONDSTORE: ['FETCH 1 (MODSEQ)', /MODSEQ \(\d+\)/, 'FETCH 1 FLAGS (CHANGEDSINCE x)', /^t BAD /],
  QRESYNC: ['ENABLE QRESYNC|SELECT INBOX (QRESYNC (1 1))', /HIGHESTMODSEQ/, 'SELECT INBOX (QRESYNC (1 1))', /^t BAD /],
};

async function played(commands: string, isLoggedIn: boolean): Promise<string> {
  const world = await imapWorld({
    jmap: 'https://mail.example.test/.well-known/jmap',
    quota: 100_000,
    maxMessages: 90,
    maxMessage: 1_000,
    messageLimit: 1_000,
  });
  world.users.set('alice@example.test', { ...world.users.get('alice@example.test')!, admin: true });
  await world.deliver('INBOX', message('m1'), message('m2'));
  const client = isLoggedIn ? await world.login('INBOX') : world.connect().client;
  if (!isLoggedIn) await client.line();
  let said = '';
  for (const command of commands.split('|')) said = await answers(client, command);
  expect(world.errors).toEqual([]);
  client.destroy();
  return said;
}

/** All that is said to a command, to its end or until more is asked for. */
async function answers(client: PipeClient, command: string): Promise<string> {
  client.send(command.includes('{99999+}') ? `t ${command.replace('@', '@'.repeat(99_999))}\r\n` : `t ${command}\r\n`);
  let said = '';
  while (!/^(?:t (?:OK|NO|BAD)|\+) /m.test(said)) said += `${await client.line()}\r\n`;
  return said;
}

test('there is a row for every capability, and no other', async () => {
  const world = await imapWorld({ jmap: 'https://mail.example.test/.well-known/jmap' });
  const announced = async (client: PipeClient) =>
    (/CAPABILITY ([^\r\]]+)/.exec(await answers(client, 'CAPABILITY'))![1] ?? '').split(' ');
  const { client } = world.connect();
  await client.line();
  const before = await announced(client);
  const after = await announced(await world.login('INBOX', 'boss'));
  const names = [...new Set([...before, ...after])].map((name) => name.replace(/^(APPENDLIMIT|MESSAGELIMIT)=.*/, '$1'));
  expect(Object.keys({ ...BEFORE_LOGIN, ...AFTER_LOGIN }).sort()).toEqual(names.sort());
});

test.each([
  ...Object.entries(BEFORE_LOGIN).map(([name, row]) => [name, row, false] as const),
  ...Object.entries(AFTER_LOGIN).map(([name, row]) => [name, row, true] as const),
])('%s is there, and refuses what is not right', async (_, [good, says, bad, answer], isLoggedIn) => {
  const said = await played(good, isLoggedIn);
  expect(said).not.toMatch(/^t (?:NO|BAD) /m);
  expect(said).toMatch(says);
  const refused = await played(bad, isLoggedIn);
  expect(refused.trimEnd().split('\r\n').at(-1)).toMatch(answer);
});
