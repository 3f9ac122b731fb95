import { expect, test } from 'vitest';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

/** A mailbox of `count` messages; message n has UID n and mod-sequence base + n. */
async function filled(count: number) {
  const world = await imapWorld();
  const base = world.alice.state.seq;
  const deliver = async (more: number) => {
    for (let i = 0; i < more; i++) await world.deliver('INBOX', message(`m${i}`));
  };
  await deliver(count);
  const uidvalidity = world.alice.state.mailboxNamed('INBOX')!.uidvalidity;
  return { world, base, uidvalidity, deliver };
}

test('mod-sequences are told after the first command that shows that the client knows them', async () => {
  const { world, base } = await filled(3);
  const commands = [
    'FETCH 1 (UID MODSEQ)',
    'FETCH 1 (UID) (CHANGEDSINCE 1)',
    'STORE 1 (UNCHANGEDSINCE 1000) +FLAGS.SILENT ()',
    'SEARCH 1 MODSEQ 1',
    'STATUS INBOX (HIGHESTMODSEQ)',
    'LIST "" INBOX RETURN (STATUS (HIGHESTMODSEQ))',
    'ENABLE CONDSTORE',
    'ENABLE QRESYNC',
    'SELECT INBOX (CONDSTORE)',
  ];
  for (const command of commands) {
    const client = await world.login('INBOX');
    const { modseq } = world.alice.state.mailboxNamed('INBOX')!;
    await transcript(client, `C: a ${command}\nS* ^\\* OK \\[HIGHESTMODSEQ ${modseq}\\]\nS* ^a OK`);
    await transcript(
      client,
      `
      C: b STORE 2 +FLAGS (\\Flagged)
      S~ ^\\* 2 FETCH \\(UID 2 FLAGS \\(\\\\Flagged( \\\\Recent)?\\) MODSEQ \\(\\d+\\)\\)$
      S: b OK STORE completed
      C: c STORE 2 -FLAGS.SILENT (\\Flagged)
      S~ ^\\* 2 FETCH \\(UID 2 MODSEQ \\(\\d+\\)\\)$
      S: c OK STORE completed
      C: d STORE 2 -FLAGS.SILENT (\\Flagged)
      S: d OK STORE completed
      C: e FETCH 3 BODY[TEXT]<0.2>
      S~ ^\\* 3 FETCH \\((UID 3 FLAGS \\(\\\\Seen( \\\\Recent)?\\) MODSEQ \\(\\d+\\) )?BODY\\[TEXT\\]<0> \\{2\\}$
      S: He)
      S: e OK FETCH completed
      C: f STORE 3 -FLAGS.SILENT (\\Seen)
      S* ^f OK
    `,
    );
    client.destroy();
  }
  expect(world.alice.state.mailboxNamed('INBOX')!.modseq).toBeGreaterThan(base + 3);
});

test('without it, nothing is said of mod-sequences but on SELECT', async () => {
  const { world, base } = await filled(1);
  const client = await world.login();
  await transcript(
    client,
    `
    C: a SELECT INBOX
    S* ^\\* OK \\[HIGHESTMODSEQ ${base + 1}\\]
    S: a OK [READ-WRITE] SELECT completed
    C: b STORE 1 +FLAGS (\\Seen)
    S: * 1 FETCH (FLAGS (\\Seen \\Recent))
    S: b OK STORE completed
    C: c STORE 1 +FLAGS (\\Deleted)
    S: * 1 FETCH (FLAGS (\\Deleted \\Seen \\Recent))
    S: c OK STORE completed
    C: d EXPUNGE
    S: * 1 EXPUNGE
    S: d OK EXPUNGE completed
    C: e SELECT Archive
    S: * OK [CLOSED] The mailbox before is closed
    S* ^e OK
    C: f SELECT Nowhere
    S: * OK [CLOSED] The mailbox before is closed
    S~ ^f NO \\[NONEXISTENT\\]
    C: g SELECT Nowhere
    S~ ^g NO \\[NONEXISTENT\\]
  `,
  );
});

test('STORE (UNCHANGEDSINCE): RFC 7162 section 3.1.3', async () => {
  const { world, base } = await filled(9);
  const ann = await world.login('INBOX');
  const ben = await world.login('INBOX');
  await transcript(ben, 'C: a STORE 7,9 +FLAGS.SILENT (\\Answered)\nS: a OK STORE completed');
  const changed = base + 10;
  await transcript(
    ann,
    `
    # Examples 6 and 7: two of three have been changed by another client, whose flags are told.
    C: d105 STORE 7,5,9 (UNCHANGEDSINCE ${base + 9}) +FLAGS.SILENT (\\Deleted)
    S: * OK [HIGHESTMODSEQ ${base + 9}] Mod-sequences are told from now on
    S: * 5 FETCH (UID 5 MODSEQ (${changed + 1}))
    S: * 7 FETCH (UID 7 FLAGS (\\Answered \\Recent) MODSEQ (${changed}))
    S: * 9 FETCH (UID 9 FLAGS (\\Answered \\Recent) MODSEQ (${changed}))
    S: d105 OK [MODIFIED 7,9] Some messages have been changed by others and are left as they are
    C: e UID STORE 6,4,8 (UNCHANGEDSINCE ${changed}) +FLAGS.SILENT (\\Deleted)
    S: * 4 FETCH (UID 4 MODSEQ (${changed + 2}))
    S: * 6 FETCH (UID 6 MODSEQ (${changed + 2}))
    S: * 8 FETCH (UID 8 MODSEQ (${changed + 2}))
    S: e OK UID STORE completed
    # Example 8.
    C: a102 STORE 2 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($MDNSent)
    S: * 2 FETCH (UID 2 FLAGS (\\Recent) MODSEQ (${base + 2}))
    S: a102 OK [MODIFIED 2] Some messages have been changed by others and are left as they are
    # A message named twice fails once only.
    C: e105 STORE 3,1:3 (UNCHANGEDSINCE ${changed + 2}) +FLAGS (\\Seen)
    S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) MODSEQ (${changed + 3}))
    S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Recent) MODSEQ (${changed + 3}))
    S: * 3 FETCH (UID 3 FLAGS (\\Seen \\Recent) MODSEQ (${changed + 3}))
    S: e105 OK STORE completed
    # Nothing to change is nothing changed (section 3.1.11), and is told as asked.
    C: f STORE 1 (UNCHANGEDSINCE ${changed + 3}) +FLAGS.SILENT (\\Seen)
    S: * 1 FETCH (UID 1 MODSEQ (${changed + 3}))
    S: f OK STORE completed
    C: g UID STORE 7 (UNCHANGEDSINCE 1) FLAGS (\\Seen)
    S: * 7 FETCH (UID 7 FLAGS (\\Answered \\Recent) MODSEQ (${changed}))
    S: g OK [MODIFIED 7] Some messages have been changed by others and are left as they are
    C: h STORE 1 (UNCHANGEDSINCE) +FLAGS (\\Seen)
    S~ ^h BAD
    C: i STORE 1 (UNCHANGEDSINCE 9223372036854775808) +FLAGS (\\Seen)
    S~ ^i BAD Expected a mod-sequence
    C: j STORE 1 (UNCHANGEDSINCE -1) +FLAGS (\\Seen)
    S~ ^j BAD Expected a mod-sequence
    C: k STORE 1 (UNCHANGEDSINCE 1 UNCHANGEDSINCE 1) +FLAGS (\\Seen)
    S~ ^k BAD
    C: l STORE 1 (SOMETHING 1) +FLAGS (\\Seen)
    S~ ^l BAD Expected UNCHANGEDSINCE
    C: m STORE 1 (UNCHANGEDSINCE 9223372036854775807) +FLAGS.SILENT (\\Seen)
    S: * 1 FETCH (UID 1 MODSEQ (${changed + 3}))
    S: m OK STORE completed
    C: n STORE 1 () +FLAGS (\\Seen)
    S~ ^n BAD
  `,
  );
  // Example 11: some are gone, and one has been changed.
  await transcript(ben, 'C: b UID MOVE 4:8 Trash\nS* ^b OK\nC: c STORE 2 +FLAGS.SILENT (\\Flagged)\nS* ^c OK');
  await transcript(
    ann,
    `
    C: B001 STORE 1:8 (UNCHANGEDSINCE ${changed + 3}) +FLAGS (\\Draft)
    S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Draft \\Recent) MODSEQ (${changed + 6}))
    S: * 2 FETCH (UID 2 FLAGS (\\Flagged \\Seen \\Recent) MODSEQ (${changed + 5}))
    S: * 3 FETCH (UID 3 FLAGS (\\Seen \\Draft \\Recent) MODSEQ (${changed + 6}))
    S: * OK [HIGHESTMODSEQ ${changed + 3}] Some expunges are not told yet
    S: B001 NO [MODIFIED 2] Some messages have been changed by others and are left as they are
    C: B002 NOOP
    S: * 8 EXPUNGE
    S: * 7 EXPUNGE
    S: * 6 EXPUNGE
    S: * 5 EXPUNGE
    S: * 4 EXPUNGE
    S: * OK [HIGHESTMODSEQ ${changed + 6}] All is told
    S: B002 OK NOOP completed
  `,
  );
  expect(world.errors).toEqual([]);
});

test('FETCH MODSEQ and CHANGEDSINCE: RFC 7162 section 3.1.4', async () => {
  const { world, base } = await filled(4);
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a FETCH 1:3 (MODSEQ)
    S: * OK [HIGHESTMODSEQ ${base + 4}] Mod-sequences are told from now on
    S: * 1 FETCH (MODSEQ (${base + 1}))
    S: * 2 FETCH (MODSEQ (${base + 2}))
    S: * 3 FETCH (MODSEQ (${base + 3}))
    S: a OK FETCH completed
    C: s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${base + 2})
    S: * 3 FETCH (UID 3 FLAGS (\\Recent) MODSEQ (${base + 3}))
    S: * 4 FETCH (UID 4 FLAGS (\\Recent) MODSEQ (${base + 4}))
    S: s100 OK UID FETCH completed
    C: b FETCH 1:3 UID (changedsince ${base + 2})
    S: * 3 FETCH (UID 3 MODSEQ (${base + 3}))
    S: b OK FETCH completed
    C: c FETCH 1:* FLAGS (CHANGEDSINCE 9223372036854775807)
    S: c OK FETCH completed
    # Only what is told is read.
    C: d FETCH 1:* BODY[TEXT]<0.1> (CHANGEDSINCE ${base + 3})
    S: * 4 FETCH (MODSEQ (${base + 5}) UID 4 FLAGS (\\Seen \\Recent) BODY[TEXT]<0> {1}
    S: H)
    S: d OK FETCH completed
    C: e FETCH 1 FLAGS (CHANGEDSINCE)
    S~ ^e BAD
    C: f FETCH 1 FLAGS (CHANGEDSINCE x)
    S~ ^f BAD Expected a mod-sequence
    C: g FETCH 1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 2)
    S~ ^g BAD CHANGEDSINCE is given twice
    C: h FETCH 1 FLAGS ()
    S~ ^h BAD
    C: i FETCH 1 FLAGS (NEWER 1)
    S~ ^i BAD Expected CHANGEDSINCE
    C: j UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)
    S~ ^j BAD VANISHED is for UID FETCH, after ENABLE QRESYNC
    C: k ENABLE QRESYNC
    S: * ENABLED QRESYNC
    S: k OK ENABLE completed
    C: l FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)
    S~ ^l BAD VANISHED is for UID FETCH
    C: m UID FETCH 1 FLAGS (VANISHED)
    S~ ^m BAD VANISHED needs CHANGEDSINCE
  `,
  );
});

test('SEARCH MODSEQ and STATUS HIGHESTMODSEQ', async () => {
  const { world, base } = await filled(4);
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a SEARCH MODSEQ "/flags/\\\\draft" all ${base + 2}
    S: * OK [HIGHESTMODSEQ ${base + 4}] Mod-sequences are told from now on
    S: * SEARCH 2 3 4 (MODSEQ ${base + 4})
    S: a OK SEARCH completed
    C: t SEARCH OR NOT MODSEQ 1 LARGER 50000
    S: * SEARCH
    S: t OK SEARCH completed
    C: b UID SEARCH 1:3 MODSEQ ${base + 3}
    S: * SEARCH 3 (MODSEQ ${base + 3})
    S: b OK UID SEARCH completed
    C: c SEARCH NOT MODSEQ ${base + 3}
    S: * SEARCH 1 2 (MODSEQ ${base + 2})
    S: c OK SEARCH completed
    C: d SEARCH MODSEQ "/flags/$MDNSent" shared 0
    S: * SEARCH 1 2 3 4 (MODSEQ ${base + 4})
    S: d OK SEARCH completed
    C: e SEARCH MODSEQ
    S~ ^e BAD
    C: f SEARCH MODSEQ "/flags/\\\\draft" some 1
    S~ ^f BAD Expected priv, shared or all
    C: g SEARCH MODSEQ "/else/x" all 1
    S~ ^g BAD Expected the name of a flag
    C: h STATUS INBOX (UIDNEXT MESSAGES HIGHESTMODSEQ)
    S: * STATUS "INBOX" (UIDNEXT 5 MESSAGES 4 HIGHESTMODSEQ ${base + 4})
    S: h OK STATUS completed
  `,
  );
});

test('ENABLE QRESYNC: VANISHED in the place of EXPUNGE, and HIGHESTMODSEQ with it', async () => {
  const { world, base } = await filled(11);
  const ann = await world.login('INBOX');
  const ben = await world.login('INBOX');
  await transcript(
    ann,
    `
    C: a ENABLE QRESYNC CONDSTORE X-NOTHING
    S: * ENABLED QRESYNC CONDSTORE
    S: * OK [HIGHESTMODSEQ ${base + 11}] Mod-sequences are told from now on
    S: a OK ENABLE completed
    C: b STORE 3,4,7,11 +FLAGS.SILENT (\\Deleted)
    S* ^b OK
    C: A202 EXPUNGE
    S: * VANISHED 3:4,7,11
    S: A202 OK [HIGHESTMODSEQ ${base + 13}] EXPUNGE completed
    C: c EXPUNGE
    S: c OK EXPUNGE completed
    C: d UID STORE 1:2 +FLAGS.SILENT (\\Deleted)
    S* ^d OK
    C: e UID EXPUNGE 2:300
    S: * VANISHED 2
    S: e OK [HIGHESTMODSEQ ${base + 15}] UID EXPUNGE completed
    C: f UID MOVE 5 Trash
    S~ ^\\* OK \\[COPYUID
    S: * VANISHED 5
    S~ ^\\* OK \\[HIGHESTMODSEQ ${base + 16}\\]
    S: f OK UID MOVE completed
  `,
  );
  // What others expunge is held back while a command with numbers is answered, and HIGHESTMODSEQ with it.
  await transcript(
    ben,
    'C: a NOOP\nS* ^a OK\nC: b MOVE 2:3 Trash\nS* ^b OK\nC: c STORE 2 +FLAGS (\\Flagged)\nS* ^c OK',
  );
  await transcript(
    ann,
    `
    C: g FETCH 1 UID
    S: * 1 FETCH (UID 1)
    S: * 4 FETCH (UID 9 FLAGS (\\Flagged \\Recent) MODSEQ (${base + 18}))
    S: * OK [HIGHESTMODSEQ ${base + 16}] Some expunges are not told yet
    S: g OK FETCH completed
    C: h STORE 4 +FLAGS.SILENT (\\Seen)
    S: * 4 FETCH (UID 9 MODSEQ (${base + 19}))
    S: * OK [HIGHESTMODSEQ ${base + 16}] Some expunges are not told yet
    S: h OK STORE completed
    C: i NOOP
    S: * VANISHED 6,8
    S: * OK [HIGHESTMODSEQ ${base + 19}] All is told
    S: i OK NOOP completed
    C: j CLOSE
    S: j OK CLOSE completed
    C: k SELECT INBOX
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S~ PERMANENTFLAGS
    S: * 2 EXISTS
    S* ^\\* OK \\[HIGHESTMODSEQ ${base + 20}\\]
    S* ^k OK
  `,
  );
  expect(world.errors).toEqual([]);
});

test('SELECT (QRESYNC): RFC 7162 section 3.2.5', async () => {
  const { world, base, uidvalidity } = await filled(6);
  const ann = await world.login('INBOX');
  await transcript(
    ann,
    'C: a UID MOVE 2,4 Trash\nS* ^a OK\nC: b UID STORE 5 +FLAGS (\\Seen)\nS* ^b OK\nC: c UID MOVE 6 Trash\nS* ^c OK',
  );
  const at = base + 6;
  const ben = await world.login();
  const opening = [
    'S~ FLAGS',
    'S~ PERMANENTFLAGS',
    'S: * 3 EXISTS',
    'S~ RECENT',
    'S~ UNSEEN',
    `S~ UIDVALIDITY ${uidvalidity}`,
    'S~ UIDNEXT 7',
    'S~ MAILBOXID',
    `S~ HIGHESTMODSEQ ${at + 3}`,
  ].join('\n');
  await transcript(
    ben,
    `
    C: a SELECT INBOX (QRESYNC (${uidvalidity} ${at}))
    S~ ^a BAD QRESYNC needs ENABLE QRESYNC first
    C: b ENABLE QRESYNC
    S: * ENABLED QRESYNC
    S: b OK ENABLE completed
    # Another UIDVALIDITY: nothing is told.
    C: A02 SELECT INBOX (QRESYNC (67890007 ${at} 41,43:211,214:541))
    ${opening}
    S: A02 OK [READ-WRITE] SELECT completed
    C: A03 SELECT INBOX (QRESYNC (${uidvalidity} ${at}))
    S: * OK [CLOSED] The mailbox before is closed
    ${opening}
    S: * VANISHED (EARLIER) 2,4,6
    S: * 3 FETCH (UID 5 FLAGS (\\Seen) MODSEQ (${at + 2}))
    S: A03 OK [READ-WRITE] SELECT completed
    # Only what the client knows, and what came after the moment that it knows.
    C: c SELECT INBOX (CONDSTORE QRESYNC (${uidvalidity} ${at + 1} 1:4))
    S* ^\\* OK \\[HIGHESTMODSEQ
    S: c OK [READ-WRITE] SELECT completed
    C: d EXAMINE INBOX (QRESYNC (${uidvalidity} ${at} 4:5 (1,2 1,3)))
    S* ^\\* OK \\[HIGHESTMODSEQ
    S: * VANISHED (EARLIER) 4
    S: * 3 FETCH (UID 5 FLAGS (\\Seen) MODSEQ (${at + 2}))
    S: d OK [READ-ONLY] EXAMINE completed
    C: e SELECT INBOX (QRESYNC (${uidvalidity} ${at + 2} (1 1)))
    S* ^\\* OK \\[HIGHESTMODSEQ
    S: * VANISHED (EARLIER) 6
    S: e OK [READ-WRITE] SELECT completed
    # What is wrong is refused, and the mailbox stays selected.
    C: f SELECT INBOX (QRESYNC (${uidvalidity} ${at} 1:*))
    S~ ^f BAD .*\\* has no meaning
    C: g SELECT INBOX (QRESYNC (${uidvalidity}))
    S~ ^g BAD
    C: h SELECT INBOX (QRESYNC (0 1))
    S~ ^h BAD
    C: i SELECT INBOX (QRESYNC (${uidvalidity} ${at} 1:4 (1:2 1)))
    S~ ^i BAD Expected as many UIDs
    C: j SELECT INBOX (QRESYNC (${uidvalidity} ${at}) QRESYNC (${uidvalidity} ${at}))
    S~ ^j BAD
    C: k SELECT INBOX (ODD)
    S~ ^k BAD Expected CONDSTORE or QRESYNC
    C: l SELECT INBOX ()
    S~ ^l BAD
    C: m UID FETCH 1:6 UID (VANISHED CHANGEDSINCE ${at + 1})
    S: * VANISHED (EARLIER) 6
    S: * 3 FETCH (UID 5 MODSEQ (${at + 2}))
    S: m OK UID FETCH completed
    C: n UID FETCH 1:3 UID (VANISHED CHANGEDSINCE ${at})
    S: * VANISHED (EARLIER) 2
    S: n OK UID FETCH completed
  `,
  );
  // A message that the client still counts is told as usual first.
  await transcript(ann, 'C: d UID MOVE 3 Trash\nS* ^d OK');
  await transcript(
    ben,
    `
    C: o UID FETCH 1:6 (FLAGS) (CHANGEDSINCE ${at + 3} VANISHED)
    S: * VANISHED 3
    S: * VANISHED (EARLIER) 3
    S: o OK UID FETCH completed
  `,
  );
  expect(world.errors).toEqual([]);
});

test('an annotation of a mailbox raises its HIGHESTMODSEQ, and its special use too (RFC 7162 section 3.2)', async () => {
  const { world, base } = await filled(1);
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a SETMETADATA INBOX (/private/comment "mine")
    S~ ^a OK
    C: b STATUS INBOX (HIGHESTMODSEQ)
    S~ ^\\* OK \\[HIGHESTMODSEQ ${base + 2}\\]
    S: * STATUS "INBOX" (HIGHESTMODSEQ ${base + 2})
    S: b OK STATUS completed
    C: c SETMETADATA "" (/private/comment "the server's")
    S~ ^c OK
    C: d SETMETADATA Archive (/private/specialuse NIL)
    S~ ^d OK
    C: e STATUS Archive (HIGHESTMODSEQ)
    S: * STATUS "Archive" (HIGHESTMODSEQ ${base + 4})
    S: e OK STATUS completed
    C: f STATUS INBOX (HIGHESTMODSEQ)
    S: * STATUS "INBOX" (HIGHESTMODSEQ ${base + 2})
    S: f OK STATUS completed
    C: g SETMETADATA INBOX (/private/comment NIL)
    S~ ^g OK
    C: h STATUS INBOX (HIGHESTMODSEQ)
    S: * STATUS "INBOX" (HIGHESTMODSEQ ${base + 5})
    S: h OK STATUS completed
  `,
  );
  expect(world.errors).toEqual([]);
});
