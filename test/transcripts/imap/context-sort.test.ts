import { expect, test } from 'vitest';
import { UidSet } from '../../../mail/account/uidset.ts';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

test('CONTEXT=SORT: sorted results that are kept up to date, with places (RFC 5267 section 4.3)', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('d'), message('b'), message('f'));
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: A CAPABILITY
    S~ ^\\* CAPABILITY .* CONTEXT=SORT
    S~ ^A OK
    # Section 3.3.
    C: E01 UID SORT RETURN () (REVERSE SUBJECT) UTF-8 UNDELETED UNKEYWORD $Junk
    S: * ESEARCH (TAG "E01") UID ALL 3,1:2
    S: E01 OK UID SORT completed
    C: C01 UID SORT RETURN (UPDATE CONTEXT COUNT PARTIAL 1:2) (SUBJECT) UTF-8 UNDELETED
    S: * ESEARCH (TAG "C01") UID PARTIAL (1:2 2,1) COUNT 3
    S: C01 OK UID SORT completed
    C: C02 SORT RETURN (UPDATE ALL) (REVERSE SUBJECT) UTF-8 ALL
    S: * ESEARCH (TAG "C02") ALL 3,1:2
    S: C02 OK SORT completed
    C: C01 SORT RETURN (UPDATE) (DATE) UTF-8 FLAGGED
    S~ ^C01 BAD That tag belongs to a search
    # One that leaves, by its flags: the first of b, d, f.
    C: D01 UID STORE 2 +FLAGS (\\Deleted)
    S: * 2 FETCH (UID 2 FLAGS (\\Deleted \\Recent))
    S: * ESEARCH (TAG "C01") UID REMOVEFROM (1 2)
    S: D01 OK UID STORE completed
    C: D02 UID STORE 2 -FLAGS (\\Deleted)
    S: * 2 FETCH (UID 2 FLAGS (\\Recent))
    S: * ESEARCH (TAG "C01") UID ADDTO (1 2)
    S: D02 OK UID STORE completed
  `,
  );
  // b d f: a comes before them, c and e between, and two behind, one after the other.
  await world.deliver('INBOX', message('c'), message('g'), message('h'), message('a'), message('e'));
  await transcript(
    client,
    `
    C: F01 NOOP
    S: * 8 EXISTS
    S: * 8 RECENT
    S: * ESEARCH (TAG "C01") UID ADDTO (1 7 3 4 5 8 7 5:6)
    S: * ESEARCH (TAG "C02") ADDTO (1 6,5 4 8 6 4 8 7)
    S: F01 OK NOOP completed
    C: F02 UID SORT RETURN (ALL) (SUBJECT) UTF-8 ALL
    S: * ESEARCH (TAG "F02") UID ALL 7,2,4,1,8,3,5:6
    S: F02 OK UID SORT completed
    # What is expunged leaves its places before it is expunged.
    C: G01 STORE 1,4,8 +FLAGS.SILENT (\\Deleted)
    S: * ESEARCH (TAG "C01") UID REMOVEFROM (3 4,1,8)
    S: G01 OK STORE completed
    C: G02 EXPUNGE
    S: * ESEARCH (TAG "C02") REMOVEFROM (4 8,1,4)
    S: * 8 EXPUNGE
    S: * 4 EXPUNGE
    S: * 1 EXPUNGE
    S: G02 OK EXPUNGE completed
    C: H01 CANCELUPDATE "C01" "C02"
    S: H01 OK CANCELUPDATE completed
    C: H02 UID STORE 2 +FLAGS.SILENT (\\Deleted)
    S: H02 OK UID STORE completed
  `,
  );
  const many = Array.from({ length: 20 }, (_, i) => `C: U${i} SORT RETURN (UPDATE) (DATE) UTF-8 ALL\nS* ^U${i} OK`);
  await transcript(
    client,
    `${many.join('\n')}
    # Section 4.3.1.
    C: B02 UID SORT RETURN (UPDATE COUNT) (DATE) UTF-8 KEYWORD $Junk
    S~ ^\\* NO \\[NOUPDATE "B02"\\]
    S: * ESEARCH (TAG "B02") UID COUNT 0
    S: B02 OK UID SORT completed
  `,
  );
  expect(world.errors).toEqual([]);
});

test('CONTEXT: what comes into the results is told of (RFC 5465 section 7)', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('one'));
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a00 SEARCH RETURN (COUNT UPDATE (UID BODY[HEADER.FIELDS (TO FROM SUBJECT)])) FROM "ann"
    S: * ESEARCH (TAG "a00") COUNT 1
    S: a00 OK SEARCH completed
    C: a01 SEARCH RETURN (UPDATE(UID FLAGS)) SUBJECT three
    S: * ESEARCH (TAG "a01")
    S: a01 OK SEARCH completed
    C: a02 SEARCH RETURN (UPDATE (SIZE)) ALL
    S~ ^a02 BAD
    C: a03 SEARCH RETURN (COUNT (UID)) ALL
    S~ ^a03 BAD
  `,
  );
  await world.deliver('INBOX', 'From: bob@example.org\r\nSubject: none\r\n\r\n', message('three'));
  await transcript(
    client,
    `
    C: b IDLE
    S: + Idling
    S: * 3 EXISTS
    S: * 3 RECENT
    # Both searches ask, in one response; section 7: before the ESEARCH.
    S~ ^\\* 3 FETCH \\(UID 3 FLAGS \\(\\\\Recent\\) BODY\\[HEADER.FIELDS \\(TO FROM SUBJECT\\)\\] \\{\\d+\\}
    S: From: Ann <ann@example.org>
    S: To: alice@example.test
    S: Subject: three
    S:
    S: )
    S: * ESEARCH (TAG "a00") ADDTO (0 3)
    S: * ESEARCH (TAG "a01") ADDTO (0 3)
    C: DONE
    S~ ^b OK
    # Nothing of what comes in because of its flags, nor of what the client itself puts here.
    C: c SEARCH RETURN (UPDATE (UID)) FLAGGED
    S~ ESEARCH
    S~ ^c OK
    C: d STORE 1 +FLAGS (\\Flagged)
    S: * 1 FETCH (FLAGS (\\Flagged \\Recent))
    S: * ESEARCH (TAG "c") ADDTO (0 1)
    S: d OK STORE completed
    C: e COPY 1 INBOX
    S: * 4 EXISTS
    S: * 4 RECENT
    S: * ESEARCH (TAG "a00") ADDTO (0 4)
    S: * ESEARCH (TAG "c") ADDTO (0 4)
    S~ ^e OK
  `,
  );
  expect(world.errors).toEqual([]);
});

test('NOTIFY and searches that go on: each message has one FETCH, behind ADDTO (RFC 5465 sections 5.1 to 5.3)', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('one'));
  const client = await world.login('INBOX');
  const inbox = world.alice.state.mailboxNamed('INBOX')!.id;
  await transcript(
    client,
    `
    C: s UID SEARCH RETURN (UPDATE (UID RFC822.SIZE)) NOT SEEN
    S: * ESEARCH (TAG "s") UID
    S: s OK UID SEARCH completed
    C: t UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 SUBJECT o
    S: * ESEARCH (TAG "t") UID ALL 1
    S: t OK UID SORT completed
    C: n NOTIFY SET (selected (MessageNew (UID FLAGS) MessageExpunge FlagChange))
    S: n OK NOTIFY completed
  `,
  );
  const two = message('two');
  await world.deliver('INBOX', two);
  await transcript(
    client,
    `
    S: * 2 EXISTS
    S: * 2 RECENT
    S: * ESEARCH (TAG "s") UID ADDTO (0 2)
    S: * ESEARCH (TAG "t") UID ADDTO (2 2)
    S: * 2 FETCH (UID 2 FLAGS (\\Recent) RFC822.SIZE ${two.length})
  `,
  );
  await world.alice.write((draft) => draft.store(inbox, UidSet.range(1, 1), 'add', ['\\Seen']));
  await transcript(
    client,
    `
    S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Recent))
    S: * ESEARCH (TAG "s") UID REMOVEFROM (0 1)
  `,
  );
  await world.alice.write((draft) => draft.expunge(inbox, UidSet.range(1, 2)));
  await transcript(
    client,
    `
    S: * ESEARCH (TAG "s") UID REMOVEFROM (0 2)
    S: * ESEARCH (TAG "t") UID REMOVEFROM (1 1:2)
    S: * 2 EXPUNGE
    S: * 1 EXPUNGE
    # Its own: no FETCH.
    C: a APPEND INBOX {5+}
    C: abc
    C:
    S: * 1 EXISTS
    S: * 1 RECENT
    S: * ESEARCH (TAG "s") UID ADDTO (0 3)
    S~ ^a OK
  `,
  );
  await world.deliver('INBOX', message('none'));
  await transcript(
    client,
    'S: * 2 EXISTS\nS~ RECENT\nS: * ESEARCH (TAG "s") UID ADDTO (0 4)\nS~ ESEARCH.*"t"\nS~ FETCH',
  );
  expect(world.errors).toEqual([]);
});
