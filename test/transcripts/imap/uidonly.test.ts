import { expect, test } from 'vitest';
import { UidSet } from '../../../mail/account/uidset.ts';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

/** INBOX with `count` messages, of which the first, the third and so on are gone: numbers and UIDs differ. */
async function world(count: number) {
  const made = await imapWorld();
  await made.deliver('INBOX', ...Array.from({ length: count * 2 }, (_, i) => message(`m${i + 1}`)));
  const { uidvalidity, id } = made.alice.state.mailboxNamed('INBOX')!;
  const odd = UidSet.from(Array.from({ length: count }, (_, i) => 2 * i + 1));
  await made.alice.write((draft) => draft.expunge(id, odd));
  // Nobody of these tests is told of \Recent.
  (await made.login('INBOX')).destroy();
  return { ...made, uidvalidity };
}

const ENABLE = `
  C: 01 ENABLE UIDONLY
  S: * ENABLED UIDONLY
  S: 01 OK ENABLE completed
`;

test('UIDONLY: announced, switched on, and no number is accepted any more (RFC 9586 sections 3, 3.1, 3.2, 3.8)', async () => {
  const made = await world(3);
  const client = await made.login();
  await transcript(
    client,
    `C: c CAPABILITY\nS~ ^\\* CAPABILITY .* UIDONLY\\b\nS: c OK CAPABILITY completed\n${ENABLE}`,
  );
  const numbered = [
    'FETCH 10000:14589 (UID FLAGS)',
    'FETCH * FLAGS',
    'FETCH $ FLAGS',
    'STORE 1 +FLAGS (\\Seen)',
    'COPY 1 Archive',
    'MOVE 1 Archive',
    'SEARCH ALL',
    'SEARCH RETURN (SAVE) UID 1:*',
    'SORT (DATE) UTF-8 ALL',
    'THREAD REFERENCES UTF-8 ALL',
  ];
  // In the wrong state the state is what is wrong.
  await transcript(client, 'C: a FETCH 1 FLAGS\nS: a BAD FETCH needs a selected mailbox');
  await transcript(client, 'C: s SELECT INBOX\nS* ^s OK');
  for (const command of numbered) {
    const refusal = '07 BAD [UIDREQUIRED] Message numbers are not allowed once UIDONLY is enabled';
    await transcript(client, `C: 07 ${command}\nS: ${refusal}`);
  }
  await transcript(
    client,
    `
    # A literal that is refused is read over, or never sent.
    C< a REPLACE 1 INBOX {5+}\\r\\nHello\\r\\n
    S~ ^a BAD \\[UIDREQUIRED\\]
    C: b REPLACE 1 INBOX {5}
    S~ ^b BAD \\[UIDREQUIRED\\]
    # Numbers in a search program, however deep, and in all that searches.
    C: c UID SEARCH 1
    S~ ^c BAD \\[UIDREQUIRED\\]
    C: d UID SEARCH UNSEEN OR SEEN (NOT 1:*)
    S~ ^d BAD \\[UIDREQUIRED\\]
    C: e UID SORT (DATE) UTF-8 *
    S~ ^e BAD \\[UIDREQUIRED\\]
    C: f UID THREAD REFERENCES UTF-8 2
    S~ ^f BAD \\[UIDREQUIRED\\]
    C: g ESEARCH IN (personal) 1
    S~ ^g BAD \\[UIDREQUIRED\\]
    # Syntax is what it was.
    C: h UID FETCH FLAGS
    S~ ^h BAD Expected
    C: i UID SEARCH ALL
    S: * SEARCH 2 4 6
    S: i OK UID SEARCH completed
    C: j UID SORT (REVERSE SUBJECT) UTF-8 UID 2:4
    S: * SORT 4 2
    S: j OK UID SORT completed
    C: k UID THREAD ORDEREDSUBJECT UTF-8 ALL
    S: * THREAD (2)(4)(6)
    S: k OK UID THREAD completed
  `,
  );
  expect(made.errors).toEqual([]);
  client.destroy();
});

test('UIDONLY: the name means nothing before ENABLE, and ends with UNAUTHENTICATE', async () => {
  const made = await world(1);
  const client = await made.login('INBOX');
  const before = 'C: a FETCH 1 (UID FLAGS)\nS: * 1 FETCH (UID 2 FLAGS ())\nS: a OK FETCH completed';
  await transcript(client, before);
  await transcript(client, ENABLE);
  await transcript(client, 'C: b ENABLE UIDONLY\nS: * ENABLED\nS: b OK ENABLE completed');
  await transcript(client, 'C: c FETCH 1 FLAGS\nS~ ^c BAD \\[UIDREQUIRED\\]');
  await transcript(
    client,
    `
    C: d UNAUTHENTICATE
    S* ^d OK
    C: e LOGIN alice@example.test secret
    S* ^e OK
    C: f SELECT INBOX
    S* ^f OK
  `,
  );
  await transcript(client, before);
  client.destroy();
});

test('UIDONLY: UIDFETCH in the place of FETCH (RFC 9586 section 3.3)', async () => {
  const made = await world(3);
  const client = await made.login();
  await transcript(
    client,
    `
    ${ENABLE}
    C: s SELECT INBOX
    S* ^\\* 3 EXISTS
    S: * 0 RECENT
    # UNSEEN tells a message number, so it is not said.
    S~ UIDVALIDITY
    S* ^s OK
    C: a UID STORE 2 +FLAGS (\\Seen)
    S: * 2 UIDFETCH (FLAGS (\\Seen))
    S: a OK UID STORE completed
    C: b UID STORE 4 +FLAGS.SILENT (\\Flagged \\Answered)
    S: b OK UID STORE completed
    C: 10 UID FETCH 1:6 (FLAGS)
    S: * 2 UIDFETCH (FLAGS (\\Seen))
    S: * 4 UIDFETCH (FLAGS (\\Answered \\Flagged))
    S: * 6 UIDFETCH (FLAGS ())
    S: 10 OK UID FETCH completed
    C: 11 UID FETCH 1:* (UID FLAGS)
    S: * 2 UIDFETCH (UID 2 FLAGS (\\Seen))
    S: * 4 UIDFETCH (UID 4 FLAGS (\\Answered \\Flagged))
    S: * 6 UIDFETCH (UID 6 FLAGS ())
    S: 11 OK UID FETCH completed
    C: 12 UID FETCH 6 BODY[TEXT]
    S: * 6 UIDFETCH (FLAGS (\\Seen) BODY[TEXT] {7}
    S: Hello
    S: )
    S: 12 OK UID FETCH completed
    C: 13 UID FETCH 1:* UID (PARTIAL -1:-2)
    S: * 4 UIDFETCH (UID 4)
    S: * 6 UIDFETCH (UID 6)
    S: 13 OK UID FETCH completed
    C: 14 UID SEARCH RETURN (SAVE) SEEN
    S: 14 OK UID SEARCH completed
    C: 15 UID FETCH $ FLAGS
    S: * 2 UIDFETCH (FLAGS (\\Seen))
    S: * 6 UIDFETCH (FLAGS (\\Seen))
    S: 15 OK UID FETCH completed
    C: 16 UID SEARCH RETURN (COUNT) $
    S: * ESEARCH (TAG "16") UID COUNT 2
    S: 16 OK UID SEARCH completed
    C: 17 UID SEARCH RETURN (PARTIAL 1:2) UID 1:*
    S: * ESEARCH (TAG "17") UID PARTIAL (1:2 2,4)
    S: 17 OK UID SEARCH completed
  `,
  );
  expect(made.errors).toEqual([]);
  client.destroy();
});

test('UIDONLY: VANISHED in the place of EXPUNGE, COPYUID as ever (RFC 9586 sections 3.4, 3.6)', async () => {
  const made = await world(6);
  const { uidvalidity } = made.alice.state.mailboxNamed('Archive')!;
  const client = await made.login();
  const other = await made.login('INBOX');
  await transcript(
    client,
    `
    ${ENABLE}
    C: s SELECT INBOX
    S* ^s OK
    C: a UID STORE 2,6,8 +FLAGS.SILENT (\\Deleted)
    S: a OK UID STORE completed
    C: 11 UID EXPUNGE 6
    S: * VANISHED 6
    S: 11 OK UID EXPUNGE completed
    C: 12 EXPUNGE
    S: * VANISHED 2,8
    S: 12 OK EXPUNGE completed
    C: 15 UID MOVE 4 Archive
    S: * OK [COPYUID ${uidvalidity} 4 1] Moved
    S: * VANISHED 4
    S: 15 OK UID MOVE completed
    C: 16 UID COPY 10 Archive
    S: 16 OK [COPYUID ${uidvalidity} 10 2] Copied
    C: 17 UID REPLACE 10 INBOX {1+}
    C: x
    S: * OK [APPENDUID ${made.uidvalidity} 13] The replacement is there
    S: * VANISHED 10
    S: * 2 EXISTS
    S: * 1 RECENT
    S: 17 OK UID REPLACE completed
  `,
  );
  // What others do is told in the same way.
  await transcript(
    other,
    'C: a UID STORE 12 +FLAGS.SILENT (\\Flagged)\nS* ^a OK\nC: b UID STORE 13 +FLAGS (\\Deleted)\nS* ^b OK',
  );
  await transcript(
    client,
    'C: n NOOP\nS: * 12 UIDFETCH (FLAGS (\\Flagged))\nS~ ^\\* 13 UIDFETCH \\(FLAGS \\(\\\\Deleted \\\\Recent\\)\\)$\nS: n OK NOOP completed',
  );
  await transcript(client, 'C: i IDLE\nS: + Idling');
  await transcript(other, 'C: c EXPUNGE\nS* ^c OK');
  await transcript(client, 'S: * VANISHED 13\nC: DONE\nS: i OK IDLE completed');
  // The other one is told as it always was.
  await transcript(
    client,
    'C: u UID STORE 12 +FLAGS.SILENT (\\Deleted)\nS* ^u OK\nC: v EXPUNGE\nS: * VANISHED 12\nS* ^v OK',
  );
  await transcript(other, 'C: d NOOP\nS: * 1 EXPUNGE\nS: d OK NOOP completed');
  expect(made.errors).toEqual([]);
  client.destroy();
  other.destroy();
});

test('UIDONLY: with CONDSTORE and QRESYNC (RFC 9586 section 3.7)', async () => {
  const made = await world(3);
  const { modseq } = made.alice.state.mailboxNamed('INBOX')!;
  const client = await made.login();
  await transcript(
    client,
    `
    C: 01 ENABLE QRESYNC UIDONLY
    S: * ENABLED QRESYNC UIDONLY
    S* ^01 OK
    C: 02 SELECT INBOX (QRESYNC (${made.uidvalidity} 1 1:6 (1,3 2,6)))
    S: 02 BAD [UIDREQUIRED] Message numbers are not allowed once UIDONLY is enabled
    C: 03 SELECT INBOX (QRESYNC (${made.uidvalidity} ${modseq - 2} 1:6))
    S* ^\\* OK \\[HIGHESTMODSEQ
    S: * VANISHED (EARLIER) 1,3,5
    S: * 6 UIDFETCH (FLAGS () MODSEQ (${modseq - 1}))
    S* ^03 OK
    C: 04 UID STORE 2 +FLAGS (\\Seen)
    S: * 2 UIDFETCH (FLAGS (\\Seen) MODSEQ (${modseq + 1}))
    S: 04 OK UID STORE completed
    C: 05 UID STORE 2,4 (UNCHANGEDSINCE ${modseq}) +FLAGS.SILENT (\\Flagged)
    S: * 2 UIDFETCH (FLAGS (\\Seen) MODSEQ (${modseq + 1}))
    S: * 4 UIDFETCH (MODSEQ (${modseq + 2}))
    S~ ^05 OK \\[MODIFIED 2\\]
    C: 06 UID FETCH 1:* FLAGS (CHANGEDSINCE ${modseq} VANISHED)
    S: * 2 UIDFETCH (FLAGS (\\Seen) MODSEQ (${modseq + 1}))
    S: * 4 UIDFETCH (FLAGS (\\Flagged) MODSEQ (${modseq + 2}))
    S: 06 OK UID FETCH completed
    C: 07 UID SEARCH MODSEQ ${modseq + 2}
    S: * SEARCH 4 (MODSEQ ${modseq + 2})
    S: 07 OK UID SEARCH completed
  `,
  );
  client.destroy();
});

test('UIDONLY: searches that tell numbers are given up, those that tell UIDs go on', async () => {
  const made = await world(2);
  const client = await made.login('INBOX');
  await transcript(
    client,
    `
    C: n1 SEARCH RETURN (UPDATE) SEEN
    S: * ESEARCH (TAG "n1")
    S: n1 OK SEARCH completed
    C: u1 UID SEARCH RETURN (UPDATE) SEEN
    S: * ESEARCH (TAG "u1") UID
    S: u1 OK UID SEARCH completed
    C: e ENABLE UIDONLY
    S: * ENABLED UIDONLY
    S: * NO [NOUPDATE "n1"] It tells message numbers
    S: e OK ENABLE completed
    C: a UID STORE 4 +FLAGS.SILENT (\\Seen)
    S: * ESEARCH (TAG "u1") UID ADDTO (0 4)
    S: a OK UID STORE completed
  `,
  );
  expect(made.errors).toEqual([]);
  client.destroy();
});

test('UIDONLY: beside IMAP4rev2', async () => {
  const made = await world(2);
  const client = await made.login();
  await transcript(
    client,
    `
    C: e ENABLE IMAP4rev2 UIDONLY
    S: * ENABLED IMAP4rev2 UIDONLY
    S: e OK ENABLE completed
    C: s SELECT INBOX
    S* ^s OK
    C: a UID SEARCH UNSEEN
    S: * ESEARCH (TAG "a") UID ALL 2,4
    S: a OK UID SEARCH completed
    C: b UID STORE 2:4 +FLAGS (\\Seen)
    S: * 2 UIDFETCH (FLAGS (\\Seen))
    S: * 4 UIDFETCH (FLAGS (\\Seen))
    S: b OK UID STORE completed
    C: c UID FETCH 4 BODY[TEXT]<0.2>
    S: * 4 UIDFETCH (BODY[TEXT]<0> {2}
    S: He)
    S: c OK UID FETCH completed
  `,
  );
  client.destroy();
});

test('UIDONLY: NOTIFY and sorted searches that go on tell UIDs', async () => {
  const made = await world(2);
  const client = await made.login();
  await transcript(
    client,
    `
    ${ENABLE}
    C: s SELECT INBOX
    S* ^s OK
    C: u UID SORT RETURN (UPDATE) (REVERSE SUBJECT) UTF-8 SEEN
    S: * ESEARCH (TAG "u") UID
    S: u OK UID SORT completed
    C: n NOTIFY SET (selected (MessageNew (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)]) MessageExpunge FlagChange))
    S: n OK NOTIFY completed
  `,
  );
  await made.deliver('INBOX', message('m5'));
  await transcript(
    client,
    `
    S: * 3 EXISTS
    S: * 1 RECENT
    S: * 5 UIDFETCH (UID 5 BODY[HEADER.FIELDS (SUBJECT)] {15}
    S: Subject: m5
    S:
    S: )
  `,
  );
  const { id } = made.alice.state.mailboxNamed('INBOX')!;
  await made.alice.write((draft) => draft.store(id, UidSet.from([2, 4]), 'add', ['\\Seen']));
  await transcript(
    client,
    `
    S: * 2 UIDFETCH (FLAGS (\\Seen))
    S: * 4 UIDFETCH (FLAGS (\\Seen))
    S~ ^\\* ESEARCH \\(TAG "u"\\) UID ADDTO \\(
  `,
  );
  await made.alice.write((draft) => draft.expunge(id, UidSet.from([2, 5])));
  await transcript(client, 'S* ^\\* VANISHED 2,5$');
  expect(made.errors).toEqual([]);
  client.destroy();
});
