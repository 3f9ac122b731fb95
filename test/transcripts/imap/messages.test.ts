import { expect, test } from 'vitest';
import { Unavailable } from '../../../mail/ports/index.ts';
import { type ImapWorldOptions, imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

const MULTIPART = [
  'From: Terry Gray <gray@example.org>',
  'To: imap@example.net',
  'Cc: minutes@example.edu',
  'Subject: IMAP4rev2 WG mtg summary',
  'Date: Wed, 17 Jul 1996 02:23:25 -0700',
  'Message-Id: <B27397-0100000@example.info>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="b"',
  '',
  'preamble',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Caf=C3=A9 need=',
  'le',
  '--b',
  'Content-Type: message/rfc822',
  '',
  'From: inner@example.org',
  'Subject: inside',
  '',
  'inner body',
  '--b--',
  '',
].join('\r\n');

async function play(text: string, messages: string[], options: ImapWorldOptions = {}) {
  const world = await imapWorld(options);
  await world.deliver('INBOX', ...messages);
  const client = await world.login('INBOX');
  await transcript(client, text);
  client.destroy();
  return world;
}

test('APPEND: with flags and date, by literals of both kinds', async () => {
  const one = message('one');
  const world = await play(
    `
    C: a APPEND INBOX (\\Seen custom) "17-Jul-1996 02:44:25 -0700" {${one.length}}
    S: + Ready for the literal
    C< ${JSON.stringify(one).slice(1, -1)}\\r\\n
    S~ ^\\* FLAGS \\(.* custom\\)$|^\\* 1 EXISTS$
    S* ^a OK \\[APPENDUID \\d+ 1\\] APPEND completed$
    C: b FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)
    S* ^\\* 1 FETCH \\(FLAGS \\(\\\\Seen custom \\\\Recent\\) INTERNALDATE "17-Jul-1996 09:44:25 \\+0000" RFC822.SIZE ${one.length}\\)$
    S: b OK FETCH completed
    C< c APPEND Sent {${one.length}+}\\r\\n${JSON.stringify(one).slice(1, -1)}\\r\\n
    S~ ^c OK \\[APPENDUID \\d+ 1\\]
    C: d APPEND {4}
    S: + Ready for the literal
    C: Sent {${one.length}}
    S: + Ready for the literal
    C< ${JSON.stringify(one).slice(1, -1)}\\r\\n
    S~ ^d OK \\[APPENDUID \\d+ 2\\]
    C: e APPEND Nowhere {5}
    S: e NO [TRYCREATE] There is no such mailbox; create it first
    C< f APPEND Nowhere {5+}\\r\\nhello\\r\\n
    S: f NO [TRYCREATE] There is no such mailbox; create it first
    C: g APPEND INBOX {0}
    S~ ^g NO \\[CANNOT\\]
    C: h APPEND INBOX
    S~ ^h BAD
    C: i APPEND INBOX "hello"
    S~ ^i BAD Expected a date-time
    C: j APPEND INBOX (\\Recent) {5}
    S: j BAD \\Recent is set by the server only
    C< k APPEND INBOX (\\\\Odd) {5+}\\r\\nhello\\r\\n
    S~ ^k BAD Expected one of
    C: l APPEND INBOX "32-Jul-1996 02:44:25 -0700" {5}
    S~ ^l BAD Expected a date-time
    C: m NOOP
    S: m OK NOOP completed
  `,
    [],
  );
  expect(world.errors).toEqual([]);
});

test('APPEND of more than the limit, and over quota', async () => {
  await play(
    `
    C: a APPEND INBOX {2001}
    S: a NO [TOOBIG] A message has at most 2000 bytes
    C< b APPEND INBOX {2001+}\\r\\n${'x'.repeat(2001)}\\r\\n
    S: b NO [TOOBIG] A message has at most 2000 bytes
    C: c APPEND INBOX {1500}
    S~ ^c NO \\[OVERQUOTA\\] The account would be over its quota
    C: d NOOP
    S: d OK NOOP completed
  `,
    [],
    { maxMessage: 2000, quota: 1000 },
  );
});

test('COPY adds no bytes, so it works over quota; APPEND does not', async () => {
  await play(
    `
    C: a COPY 1 Archive
    S~ ^a OK \\[COPYUID
    C< b APPEND Archive {1+}\\r\\nx\\r\\n
    S~ ^b NO \\[OVERQUOTA\\]
    C: c MOVE 1 Trash
    S* ^c OK
  `,
    [message('one')],
    { quota: 10 },
  );
});

test('APPEND over quota by what came while it was uploaded', async () => {
  const world = await imapWorld({ quota: 500 });
  const client = await world.login('INBOX');
  await transcript(client, 'C: a APPEND INBOX {300}\nS~ ^\\+ ');
  await world.deliver('INBOX', message('other', 'x'.repeat(300)));
  await transcript(client, `C< ${'y'.repeat(300)}\\r\\n\nS* ^a NO \\[OVERQUOTA\\]`);
  expect(world.alice.state.emails).toBe(1);
});

test('MULTIAPPEND: all or none', async () => {
  await play(
    `
    C: a APPEND INBOX {5}
    S: + Ready for the literal
    C: hello (\\Flagged) {6}
    S: + Ready for the literal
    C: second
    S: * 2 EXISTS
    S: * 2 RECENT
    S~ ^a OK \\[APPENDUID \\d+ 1:2\\]
    C< b APPEND INBOX {3+}\\r\\none {3+}\\r\\ntwo\\r\\n
    S: * 4 EXISTS
    S: * 4 RECENT
    S~ ^b OK \\[APPENDUID \\d+ 3:4\\]
    C< c APPEND INBOX {3+}\\r\\none {0+}\\r\\n\\r\\n
    S~ ^c NO \\[CANNOT\\]
    C< d APPEND INBOX {3+}\\r\\none (\\\\Bad) {3+}\\r\\ntwo\\r\\n
    S~ ^d BAD
    C: e STATUS INBOX (MESSAGES)
    S: * STATUS "INBOX" (MESSAGES 4)
    S: e OK STATUS completed
  `,
    [],
  );
});

test('APPEND when the store fails: the message is read over, and the connection goes on', async () => {
  const failing = {
    blobs: (blobs: Parameters<NonNullable<ImapWorldOptions['blobs']>>[0]) => ({
      ...blobs,
      put: async () => {
        throw new Unavailable('down');
      },
    }),
  };
  await play(
    `
    C< a APPEND INBOX {300000+}\\r\\n${'x'.repeat(300_000)}\\r\\n
    S: a NO [UNAVAILABLE] The store does not answer; try again later
    C< b APPEND INBOX {5+}\\r\\nhello {5+}\\r\\nthere\\r\\n
    S: b NO [UNAVAILABLE] The store does not answer; try again later
    C: c NOOP
    S: c OK NOOP completed
  `,
    [],
    failing,
  );
});

test('a long message is streamed in and out, byte for byte', async () => {
  const world = await imapWorld();
  const client = await world.login('INBOX');
  const long = `Subject: long\r\n\r\n${'0123456789abcdef\r\n'.repeat(60_000)}`;
  client.send(`a APPEND INBOX {${long.length}+}\r\n`);
  client.sendChunked(long, 70_001);
  await transcript(client, 'C: \nS* ^a OK \nC: b FETCH 1 BODY.PEEK[]\nS~ ^\\* 1 FETCH \\(BODY\\[\\] \\{');
  expect((await client.bytes(long.length)).toString('latin1') === long).toBe(true);
  await transcript(client, 'S: )\nS: b OK FETCH completed\nC: c FETCH 1 BODY.PEEK[TEXT]<18.16>');
  await transcript(client, 'S: * 1 FETCH (BODY[TEXT]<18> {16}\nS: 0123456789abcdef)\nS: c OK FETCH completed');
  client.destroy();
});

test('FETCH: every item of rev1', async () => {
  const { length } = MULTIPART;
  const header = MULTIPART.indexOf('\r\n\r\n') + 4;
  await play(
    `
    C: a FETCH 1 FAST
    S~ ^\\* 1 FETCH \\(FLAGS \\(\\\\Recent\\) INTERNALDATE "[^"]{26}" RFC822.SIZE ${length}\\)$
    S: a OK FETCH completed
    C: b FETCH 1 (UID ENVELOPE)
    S: * 1 FETCH (UID 1 ENVELOPE ("Wed, 17 Jul 1996 02:23:25 -0700" "IMAP4rev2 WG mtg summary" (("Terry Gray" NIL "gray" "example.org")) (("Terry Gray" NIL "gray" "example.org")) (("Terry Gray" NIL "gray" "example.org")) ((NIL NIL "imap" "example.net")) ((NIL NIL "minutes" "example.edu")) NIL NIL "<B27397-0100000@example.info>"))
    S: b OK FETCH completed
    C: c UID FETCH 1 BODY
    S: * 1 FETCH (UID 1 BODY (("text" "plain" ("charset" "utf-8") NIL NIL "quoted-printable" 19 1)("message" "rfc822" NIL NIL NIL "7bit" 54 (NIL "inside" ((NIL NIL "inner" "example.org")) ((NIL NIL "inner" "example.org")) ((NIL NIL "inner" "example.org")) NIL NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 0) 3) "mixed"))
    S: c OK UID FETCH completed
    C: d FETCH 1 (BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[2.HEADER] BODY.PEEK[2.TEXT] BODY.PEEK[2.1])
    S: * 1 FETCH (BODY[1] {19}
    S: Caf=C3=A9 need=
    S: le BODY[1.MIME] {88}
    S: Content-Type: text/plain; charset=utf-8
    S: Content-Transfer-Encoding: quoted-printable
    S: 
    S:  BODY[2.HEADER] {44}
    S: From: inner@example.org
    S: Subject: inside
    S: 
    S:  BODY[2.TEXT] {10}
    S: inner body BODY[2.1] {10}
    S: inner body)
    S: d OK FETCH completed
    C: e FETCH 1 (BODY.PEEK[HEADER.FIELDS (Subject "To")] BODY.PEEK[HEADER.FIELDS.NOT (From To Cc Subject Date Content-Type)])
    S: * 1 FETCH (BODY[HEADER.FIELDS (Subject To)] {59}
    S: To: imap@example.net
    S: Subject: IMAP4rev2 WG mtg summary
    S: 
    S:  BODY[HEADER.FIELDS.NOT (From To Cc Subject Date Content-Type)] {64}
    S: Message-Id: <B27397-0100000@example.info>
    S: MIME-Version: 1.0
    S: 
    S: )
    S~ ^e OK
    C: f FETCH 1 (BODY.PEEK[]<6.11> BODY.PEEK[TEXT]<100000.5> BODY.PEEK[9] BODY.PEEK[1.TEXT] BODY.PEEK[HEADER.FIELDS (To)]<4.4>)
    S: * 1 FETCH (BODY[]<6> {11}
    S: Terry Gray  BODY[TEXT]<100000> {0}
    S:  BODY[9] NIL BODY[1.TEXT] NIL BODY[HEADER.FIELDS (To)]<4> {4}
    S: imap)
    S~ ^f OK
    C: g FETCH 1 RFC822.HEADER
    S: * 1 FETCH (RFC822.HEADER {${header}}
    S* ^g OK
    C: h FETCH 1 (FLAGS)
    S: * 1 FETCH (FLAGS (\\Recent))
    S~ ^h OK
    C: i FETCH 1 BODY[TEXT]
    S: * 1 FETCH (FLAGS (\\Seen \\Recent) BODY[TEXT] {${length - header}}
    S* ^\\)$
    S: i OK FETCH completed
    C: j FETCH 1 (RFC822.TEXT UID)
    S: * 1 FETCH (UID 1 RFC822.TEXT {${length - header}}
    S* ^\\)$
    S: j OK FETCH completed
    C: k FETCH 1 RFC822
    S: * 1 FETCH (RFC822 {${length}}
    S* ^\\)$
    S: k OK FETCH completed
    C: l FETCH 1 full
    S~ ^\\* 1 FETCH \\(FLAGS \\(\\\\Seen \\\\Recent\\) INTERNALDATE "[^"]+" RFC822.SIZE ${length} ENVELOPE \\(.*\\) BODY \\(.* "mixed"\\)\\)$
    S~ ^l OK
  `,
    [MULTIPART],
  );
});

test('FETCH: wrong syntax and numbers that nobody has', async () => {
  await play(
    `
    C: a FETCH 2 FLAGS
    S: a BAD There is no message 2; the mailbox has 1
    C: b FETCH 0 FLAGS
    S~ ^b BAD Expected a message number, a range or \\* above 0
    C: c FETCH 1 (FLAGS
    S~ ^c BAD Expected a space or "\\)"
    C: d FETCH 1 BODY[
    S~ ^d BAD
    C: e FETCH 1 BODY[MIME]
    S~ ^e BAD Expected a section
    C: f FETCH 1 BODY[HEADER.FIELDS]
    S~ ^f BAD Expected a space
    C: g FETCH 1 BODY[]<5>
    S~ ^g BAD Expected "\\."
    C: h FETCH 1 BODY[]<5.0>
    S~ ^h BAD Expected the length of the partial above 0
    C: i FETCH 1 ALLES
    S~ ^i BAD Expected FLAGS, UID
    C: j FETCH 1
    S~ ^j BAD
    C: k FETCH 1:x FLAGS
    S~ ^k BAD
    C: l UID FETCH 7:9 FLAGS
    S: l OK UID FETCH completed
    C: m UID FETCH 7:* FLAGS
    S: * 1 FETCH (UID 1 FLAGS (\\Recent))
    S: m OK UID FETCH completed
    C: n FETCH 99999999999 FLAGS
    S~ ^n BAD .* below 4294967296
    C: o FETCH *:1 UID
    S: * 1 FETCH (UID 1)
    S: o OK FETCH completed
    C: p FETCH 1 (ALL)
    S~ ^p BAD
  `,
    [message('one')],
  );
});

test('STORE: set, add, remove, silent, keywords', async () => {
  const world = await play(
    `
    C: a STORE 1:2 +FLAGS (\\Deleted \\Flagged)
    S: * 1 FETCH (FLAGS (\\Flagged \\Deleted \\Recent))
    S: * 2 FETCH (FLAGS (\\Flagged \\Deleted \\Recent))
    S: a OK STORE completed
    C: b UID STORE 2 -FLAGS \\Flagged
    S: * 2 FETCH (UID 2 FLAGS (\\Deleted \\Recent))
    S: b OK UID STORE completed
    C: c STORE 1 FLAGS.SILENT (\\Seen $Forwarded)
    S: c OK STORE completed
    C: d FETCH 1:2 FLAGS
    S~ ^\\* FLAGS \\(.* \\$Forwarded\\)$
    S~ ^\\* OK \\[PERMANENTFLAGS \\(.* \\$Forwarded \\\\\\*\\)\\]
    S: * 1 FETCH (FLAGS (\\Seen $Forwarded \\Recent))
    S: * 2 FETCH (FLAGS (\\Deleted \\Recent))
    S: d OK FETCH completed
    C: e STORE 1 FLAGS ()
    S: * 1 FETCH (FLAGS (\\Recent))
    S: e OK STORE completed
    C: f STORE 1 +FLAGS \\Seen \\Answered
    S: * 1 FETCH (FLAGS (\\Answered \\Seen \\Recent))
    S: f OK STORE completed
    C: g STORE 1 +FLAGS (\\Recent)
    S: g BAD \\Recent is set by the server only
    C: h STORE 1 +FLAG (\\Seen)
    S~ ^h BAD Expected FLAGS, \\+FLAGS or -FLAGS
    C: i STORE 1 +FLAGS
    S~ ^i BAD
    C: j STORE 3 +FLAGS (\\Seen)
    S: j BAD There is no message 3; the mailbox has 2
    C: k UID STORE 9 +FLAGS (\\Seen)
    S: k OK UID STORE completed
  `,
    [message('one'), message('two')],
  );
  expect(world.errors).toEqual([]);
});

test('COPY, MOVE and their UID forms, with COPYUID', async () => {
  await play(
    `
    C: a COPY 1:2 Archive
    S~ ^a OK \\[COPYUID \\d+ 1:2 1:2\\] Copied$
    C: b UID COPY 3 Archive
    S~ ^b OK \\[COPYUID \\d+ 3 3\\] Copied$
    C: c COPY 1 Nowhere
    S: c NO [TRYCREATE] There is no such mailbox; create it first
    C: d COPY 9 Archive
    S: d BAD There is no message 9; the mailbox has 3
    C: e UID COPY 9 Archive
    S: e OK Nothing to copy
    C: f MOVE 2 Trash
    S~ ^\\* OK \\[COPYUID \\d+ 2 1\\] Moved$
    S: * 2 EXPUNGE
    S: f OK MOVE completed
    C: g UID MOVE 1:3 Trash
    S~ ^\\* OK \\[COPYUID \\d+ 1,3 2:3\\] Moved$
    S: * 2 EXPUNGE
    S: * 1 EXPUNGE
    S: g OK UID MOVE completed
    C: h STATUS Trash (MESSAGES)
    S: * STATUS "Trash" (MESSAGES 3)
    S: h OK STATUS completed
    C: i MOVE 1:* Trash
    S: i OK Nothing to move
    C: j EXAMINE Archive
    S* ^j OK
    C: k MOVE 1 Trash
    S: k NO [READ-ONLY] The mailbox was opened with EXAMINE
    C: l COPY 1 INBOX
    S~ ^l OK \\[COPYUID \\d+ 1 4\\] Copied$
    C: m COPY 1
    S~ ^m BAD
  `,
    [message('one'), message('two'), message('three')],
  );
});

test('EXPUNGE and UID EXPUNGE', async () => {
  await play(
    `
    C: a EXPUNGE
    S: a OK EXPUNGE completed
    C: b STORE 1,3:4 +FLAGS.SILENT (\\Deleted)
    S: b OK STORE completed
    C: c UID EXPUNGE 3
    S: * 3 EXPUNGE
    S: c OK UID EXPUNGE completed
    C: d EXPUNGE
    S: * 3 EXPUNGE
    S: * 1 EXPUNGE
    S: d OK EXPUNGE completed
    C: e FETCH 1:* UID
    S: * 1 FETCH (UID 2)
    S: e OK FETCH completed
    C: f UID EXPUNGE
    S~ ^f BAD
    C: g EXPUNGE 1
    S~ ^g BAD Expected the end
  `,
    ['one', 'two', 'three', 'four'].map((subject) => message(subject)),
  );
});

test('SEARCH: every key of rev1', async () => {
  const old =
    'Date: Mon, 7 Feb 1994 21:52:25 -0800\r\nFrom: Fred <fred@example.org>\r\nBcc: b@x\r\nCc: Carl <carl@x>\r\n';
  const world = await imapWorld();
  await world.deliver(
    'INBOX',
    message('Afternoon meeting', 'Hello Joe\r\n'),
    `${old}Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n`,
  );
  await world.deliver('INBOX', MULTIPART);
  const client = await world.login('INBOX');
  const today = new Date().toUTCString().slice(5, 16).replace(/^0/, '').replaceAll(' ', '-');
  await transcript(
    client,
    `
    C: x STORE 2 +FLAGS.SILENT (\\Answered \\Deleted \\Draft \\Flagged \\Seen Junk)
    S* ^x OK
    C: y APPEND INBOX "1-Feb-1994 12:00:00 +0000" {5}
    S~ ^y BAD
    C< y APPEND INBOX " 1-Feb-1994 12:00:00 +0000" {5+}\\r\\nhello\\r\\n
    S* ^y OK
  `,
  );
  const cases: Record<string, string> = {
    ALL: '1 2 3 4',
    ANSWERED: '2',
    DELETED: '2',
    DRAFT: '2',
    FLAGGED: '2',
    SEEN: '2',
    UNANSWERED: '1 3 4',
    UNDELETED: '1 3 4',
    UNDRAFT: '1 3 4',
    UNFLAGGED: '1 3 4',
    UNSEEN: '1 3 4',
    'KEYWORD junk': '2',
    'UNKEYWORD Junk': '1 3 4',
    RECENT: '1 2 3 4',
    NEW: '1 3 4',
    OLD: '',
    'BEFORE 2-Feb-1994': '4',
    'ON 1-Feb-1994': '4',
    'SINCE 2-Feb-1994': '1 2 3',
    [`ON ${today}`]: '1 2 3',
    'SENTBEFORE 1-Jan-1996': '2',
    'SENTON "7-Feb-1994"': '2',
    'SENTSINCE 1-Jan-1996': '3',
    'LARGER 300': '3',
    'SMALLER 6': '4',
    'FROM fred': '2',
    'FROM "Fred <FRED@"': '2',
    'TO alice@example.test': '1',
    'CC minutes': '3',
    'BCC b@x': '2',
    'SUBJECT meeting': '1',
    'CHARSET UTF-8 SUBJECT "grüsse"': '',
    'CHARSET UTF-8 SUBJECT "GRÜ"': '2',
    'SUBJECT "GRÜ"': '2',
    'BODY joe': '1',
    'BODY needle': '3',
    'CHARSET utf-8 BODY "café"': '3',
    'BODY inner': '3',
    'BODY meeting': '',
    'TEXT meeting': '1',
    'TEXT inside': '3',
    'TEXT hello': '1 4',
    'HEADER Message-ID <B27397': '3',
    'HEADER X-Nothing ""': '',
    'HEADER Bcc ""': '2',
    'HEADER Content-Type multipart': '3',
    'UID 2:3': '2 3',
    '2,4': '2 4',
    '3:*': '3 4',
    'NOT 2': '1 3 4',
    'OR 1 SEEN': '1 2',
    '(1:2 UNSEEN)': '1',
    'UNSEEN NOT FROM fred SUBJECT mtg': '3',
    'OR (TEXT hello SMALLER 6) (BODY joe)': '1 4',
    '100:200': '',
  };
  for (const [program, found] of Object.entries(cases)) {
    const answer = found === '' ? '* SEARCH' : `* SEARCH ${found}`;
    await transcript(client, `C: q SEARCH ${program}\nS: ${answer}\nS: q OK SEARCH completed`).catch((error) => {
      throw new Error(`${program}: ${error.message}`);
    });
  }
  await transcript(
    client,
    `
    C: a UID SEARCH 4
    S: * SEARCH 4
    S: a OK UID SEARCH completed
    C: b SEARCH CHARSET KOI8-R SUBJECT x
    S: b NO [BADCHARSET (US-ASCII UTF-8)] Searches are in US-ASCII or UTF-8
    C: c SEARCH
    S~ ^c BAD
    C: d SEARCH FROM
    S~ ^d BAD
    C: e SEARCH FLURP
    S~ ^e BAD Expected a search key of RFC 3501
    C: f SEARCH BEFORE 31-Feb-1994
    S~ ^f BAD Expected a date like
    C: g SEARCH (ALL
    S~ ^g BAD
    C: h SEARCH OR ALL
    S~ ^h BAD
    C: i SEARCH ${'('.repeat(200)}ALL${')'.repeat(200)}
    S~ ^i BAD A search nests at most 100 deep
    C: j SEARCH SUBJECT {7}
    S: + Ready for the literal
    C: meeting
    S: * SEARCH 1
    S: j OK SEARCH completed
    C< l SEARCH SUBJECT "\\xff"\\r\\n
    S: l BAD Expected UTF-8 in a string with 8-bit characters
  `,
  );
  client.destroy();
  expect(world.errors).toEqual([]);
});

test('a message whose blob is lost does not hide the others', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('one'), message('two'), message('three'));
  const emails = await world.alice.emails([
    world.alice.state.rows(world.alice.state.mailboxNamed('INBOX')!.id).email(1),
  ]);
  for (const { blob } of emails.values()) await world.ports.blobs.delete(blob);
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a FETCH 1:3 (UID BODY.PEEK[TEXT])
    S: * 1 FETCH (UID 1 BODY[TEXT] {7}
    S: Hello
    S: )
    S: * 3 FETCH (UID 3 BODY[TEXT] {7}
    S: Hello
    S: )
    S: a NO [CORRUPTION] 1 messages could not be read; it has been logged
    C: b SEARCH BODY hello
    S: * SEARCH 1 3
    S: b OK SEARCH completed
  `,
  );
  client.destroy();
  expect(world.errors.length).toBe(2);
});
