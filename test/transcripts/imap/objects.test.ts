import { expect, test } from 'vitest';
import { emailId } from '../../../mail/account/types.ts';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

const WEEK = 7 * 86_400_000;

test('OBJECTID: mailboxes keep their id when they are renamed, messages when they are moved (RFC 8474)', async () => {
  const world = await imapWorld();
  const a = 'Message-ID: <fake.1521475657.54797@example.com>\r\n';
  const b = 'Message-ID: <fake.1521475657.21213@example.org>\r\nReferences: <fake.1521475657.54797@example.com>\r\n';
  const c = 'Message-ID: <fake.1521475657.60280@example.com>\r\n';
  await world.deliver('INBOX', message('Message A', 'x', a), message('Re: Message A', 'x', b), message('C', 'x', c));
  const client = await world.login('INBOX');
  const mailbox = world.alice.state.mailboxNamed('INBOX')!;
  const rows = world.alice.state.rows(mailbox.id);
  const stored = await world.alice.emails([0, 1, 2].map((i) => rows.email(i)));
  const [one, two, three] = [0, 1, 2].map((i) => {
    const email = stored.get(rows.email(i))!;
    return { email: emailId(email.email), thread: email.thread };
  });
  expect(one!.thread).toBe(two!.thread);
  expect(three!.thread).not.toBe(one!.thread);
  await transcript(client, 'C: 3 CREATE foo\nS~ ^3 OK \\[MAILBOXID \\(');
  const foo = world.alice.state.mailboxNamed('foo')!.id;
  await transcript(
    client,
    `
    C: 6 status foo (mailboxid)
    S: * STATUS "foo" (MAILBOXID (${foo}))
    S: 6 OK STATUS completed
    C: 8 rename foo renamed
    S: 8 OK RENAME completed
    C: 9 status renamed (mailboxid)
    S: * STATUS "renamed" (MAILBOXID (${foo}))
    S: 9 OK STATUS completed
    C: 11 list "" "re*" return (status (mailboxid))
    S: * LIST (\\HasNoChildren) "/" "renamed"
    S: * STATUS "renamed" (MAILBOXID (${foo}))
    S: 11 OK LIST completed
    C: 22 fetch 1:* (emailid threadid)
    S: * 1 FETCH (EMAILID (${one!.email}) THREADID (${one!.thread}))
    S: * 2 FETCH (EMAILID (${two!.email}) THREADID (${two!.thread}))
    S: * 3 FETCH (EMAILID (${three!.email}) THREADID (${three!.thread}))
    S: 22 OK FETCH completed
    C: 27 search emailid ${one!.email}
    S: * SEARCH 1
    S: 27 OK SEARCH completed
    C: 28 search threadid ${one!.thread}
    S: * SEARCH 1 2
    S: 28 OK SEARCH completed
    C: 29 uid search or emailid ${two!.email} threadid ${three!.thread}
    S: * SEARCH 2 3
    S: 29 OK UID SEARCH completed
    C: 30 search emailid "${one!.email}"
    S~ ^30 BAD Expected an object id
    C: 31 search threadid a.b
    S~ ^31 BAD Expected an object id
    C: 32 search emailid ${one!.email.toUpperCase()}
    S: * SEARCH
    S: 32 OK SEARCH completed
    C: 23 move 2 renamed
    S* ^23 OK
    C: 24 copy 1 renamed
    S* ^24 OK
    C: 25 select "renamed"
    S* ^\\* OK \\[MAILBOXID \\(${foo}\\)\\]
    S* ^25 OK
    C: 26 fetch 1:* (emailid threadid)
    S: * 1 FETCH (EMAILID (${two!.email}) THREADID (${two!.thread}))
    S: * 2 FETCH (EMAILID (${one!.email}) THREADID (${one!.thread}))
    S: 26 OK FETCH completed
  `,
  );
  expect(world.errors).toEqual([]);
});

test('SAVEDATE is when a message came into this mailbox, whatever its INTERNALDATE (RFC 8514)', async () => {
  const world = await imapWorld();
  const client = await world.login('INBOX');
  await transcript(client, 'C< a APPEND INBOX "17-Jul-1996 02:44:25 +0000" {5+}\\r\\nhello\\r\\n\nS* ^a OK');
  const day = (ms: number) => new Date(ms).toUTCString().slice(5, 16).replace(/^0/, '').replaceAll(' ', '-');
  const first = world.clock.now();
  await world.clock.skip(WEEK);
  await transcript(client, 'C: b COPY 1 INBOX\nS* ^b OK');
  const saved = /^\* \d FETCH \(SAVEDATE "( \d|\d\d)-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d \+0000"\)$/.source;
  await transcript(
    client,
    `
    C: A101 FETCH 1 (SAVEDATE)
    S~ ${saved}
    S: A101 OK FETCH completed
    C: A102 SEARCH SAVEDON ${day(first)}
    S: * SEARCH 1
    S: A102 OK SEARCH completed
    C: A103 SEARCH SAVEDSINCE ${day(first + WEEK)}
    S: * SEARCH 2
    S: A103 OK SEARCH completed
    C: A104 SEARCH SAVEDBEFORE ${day(first + WEEK)} ON 17-Jul-1996
    S: * SEARCH 1
    S: A104 OK SEARCH completed
    C: A105 SEARCH SAVEDATESUPPORTED
    S: * SEARCH 1 2
    S: A105 OK SEARCH completed
    C: A106 SEARCH SAVEDON
    S~ ^A106 BAD
    C: A107 SEARCH SAVEDON tomorrow
    S~ ^A107 BAD Expected a date
  `,
  );
});

test('WITHIN: INTERNALDATE against the clock, to the second (RFC 5032)', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('old'));
  await world.clock.skip(WEEK);
  await world.deliver('INBOX', message('new'));
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a1 SEARCH UNSEEN YOUNGER 259200
    S: * SEARCH 2
    S: a1 OK SEARCH completed
    C: a2 SEARCH OLDER 259200
    S: * SEARCH 1
    S: a2 OK SEARCH completed
    C: a3 SEARCH YOUNGER ${WEEK / 1000 + 60}
    S: * SEARCH 1 2
    S: a3 OK SEARCH completed
    C: a4 SEARCH OLDER 4294967295
    S: * SEARCH
    S: a4 OK SEARCH completed
    C: a5 SEARCH OLDER 0
    S~ ^a5 BAD Expected a number of seconds above 0
    C: a6 SEARCH YOUNGER
    S~ ^a6 BAD
    C: a7 SEARCH YOUNGER x
    S~ ^a7 BAD
  `,
  );
});

test('PREVIEW, LAZY or not (RFC 8970)', async () => {
  const world = await imapWorld();
  const type = 'Content-Type: text/plain; charset=utf-8\r\n';
  await world.deliver(
    'INBOX',
    message('one', 'Preview   text!\r\nSecond "line"\r\n'),
    message('two', Buffer.from('Grüße', 'utf8').toString('latin1'), type),
    message('three', '', 'Content-Type: image/png\r\n'),
  );
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: A1 FETCH 1 (PREVIEW)
    S: * 1 FETCH (PREVIEW "Preview text! Second \\"line\\"")
    S: A1 OK FETCH completed
    C: A2 FETCH 1:3 (PREVIEW (LAZY) RFC822.SIZE)
    S~ ^\\* 1 FETCH \\(PREVIEW "Preview text! Second .*" RFC822.SIZE \\d+\\)$
    S: * 2 FETCH (PREVIEW {7}
    S~ ^Gr..+e RFC822.SIZE \\d+\\)$
    S~ ^\\* 3 FETCH \\(PREVIEW "" RFC822.SIZE \\d+\\)$
    S: A2 OK FETCH completed
    C: A3 UID FETCH 1 PREVIEW (LAZY)
    S~ ^\\* 1 FETCH \\(UID 1 PREVIEW "Preview text!
    S: A3 OK UID FETCH completed
    C: A4 FETCH 1 PREVIEW (FUZZY)
    S~ ^A4 BAD
    C: A5 FETCH 1 (PREVIEW ())
    S~ ^A5 BAD
    C: A6 FETCH 1 PREVIEW (CHANGEDSINCE 1)
    S~ ^\\* OK \\[HIGHESTMODSEQ
    S~ ^\\* 1 FETCH \\(PREVIEW ".*" MODSEQ \\(\\d+\\)\\)$
    S: A6 OK FETCH completed
  `,
  );
});

test('STATUS (DELETED): RFC 9051 section 6.3.11', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('one'), message('two'));
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a STORE 1 +FLAGS.SILENT (\\Deleted)
    S: a OK STORE completed
    C: b STATUS INBOX (DELETED MESSAGES)
    S: * STATUS "INBOX" (DELETED 1 MESSAGES 2)
    S: b OK STATUS completed
  `,
  );
});
