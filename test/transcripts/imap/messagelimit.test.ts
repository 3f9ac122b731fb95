import { expect, test } from 'vitest';
import { UidSet } from '../../../mail/account/uidset.ts';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

const LIMIT = 3;

/** INBOX with 12 messages of which the uneven ones are gone: UIDs 2, 4 ... 12 are numbers 1 to 6. A command takes three. */
async function limited() {
  const world = await imapWorld({ messageLimit: LIMIT });
  await world.deliver('INBOX', ...Array.from({ length: 12 }, (_, i) => message(`m${i + 1}`)));
  const { id } = world.alice.state.mailboxNamed('INBOX')!;
  await world.alice.write((draft) => draft.expunge(id, UidSet.from([1, 3, 5, 7, 9, 11])));
  // Nobody of these tests is told of \Recent.
  (await world.login('INBOX')).destroy();
  const { uidvalidity } = world.alice.state.mailboxNamed('Archive')!;
  return { world, client: await world.login('INBOX'), uidvalidity };
}

/** What goes with MESSAGELIMIT when a command has taken a part. */
const last = (uid: number) => `Only the last ${LIMIT} messages are done; go on below UID ${uid}`;

test('MESSAGELIMIT is announced after login, with a number that no ordinary client meets', async () => {
  const world = await imapWorld();
  const { client } = world.connect();
  await transcript(
    client,
    `
    S~ ^(?!.*MESSAGELIMIT)
    C: a LOGIN alice@example.test secret
    S~ ^a OK \\[CAPABILITY .* MESSAGELIMIT=1000000\\b
  `,
  );
  client.destroy();
});

test('FETCH: the highest UIDs, then where to go on (RFC 9738 section 3.1)', async () => {
  const { world, client } = await limited();
  await transcript(
    client,
    `
    C: 03 FETCH 2:6 (UID FLAGS)
    S: * 4 FETCH (UID 8 FLAGS ())
    S: * 5 FETCH (UID 10 FLAGS ())
    S: * 6 FETCH (UID 12 FLAGS ())
    S: 03 OK [MESSAGELIMIT 3 8] ${last(8)}
    C: 04 UID FETCH 1:7 UID
    S: * 1 FETCH (UID 2)
    S: * 2 FETCH (UID 4)
    S: * 3 FETCH (UID 6)
    S: 04 OK UID FETCH completed
    # What is not read is not \\Seen.
    C: 05 UID FETCH 1:* BODY[TEXT]<0.1>
    S: * 4 FETCH (UID 8 FLAGS (\\Seen) BODY[TEXT]<0> {1}
    S: H)
    S* ^05 OK \\[MESSAGELIMIT 3 8\\]
    C: 06 UID SEARCH SEEN UID 8:*
    S: * SEARCH 8 10 12
    S: 06 OK UID SEARCH completed
    C: 07 UID SEARCH SEEN UIDBEFORE 8
    S: * SEARCH
    S: 07 OK UID SEARCH completed
    # A window that is too wide is refused (RFC 9738 section 3.1 with RFC 9394).
    C: 10 UID FETCH 2:12 (UID FLAGS MODSEQ) (PARTIAL -1:-4)
    S: 10 NO [MESSAGELIMIT 3] PARTIAL takes at most 3 messages
    C: 11 UID FETCH 2:12 UID (PARTIAL -2:-4)
    S: * 3 FETCH (UID 6)
    S: * 4 FETCH (UID 8)
    S: * 5 FETCH (UID 10)
    S: 11 OK UID FETCH completed
  `,
  );
  // Beside EXPUNGEISSUED it stands in an untagged NO.
  const { id } = world.alice.state.mailboxNamed('INBOX')!;
  await world.alice.write((draft) => draft.expunge(id, UidSet.from([10])));
  await transcript(
    client,
    `
    C: 12 FETCH 1:6 UID
    S: * 4 FETCH (UID 8)
    S: * 6 FETCH (UID 12)
    S: * NO [MESSAGELIMIT 3 8] ${last(8)}
    S: 12 OK [EXPUNGEISSUED] Some messages have been expunged; the others were sent
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('SEARCH: the messages that are searched count, not those that match', async () => {
  const { world, client } = await limited();
  await transcript(
    client,
    `
    C: a UID STORE 2,8 +FLAGS.SILENT (\\Flagged)
    S: a OK UID STORE completed
    C: 04 UID SEARCH UID 2:12 FLAGGED
    S: * SEARCH 8
    S: 04 OK [MESSAGELIMIT 3 8] ${last(8)}
    C: 05 SEARCH FLAGGED
    S: * SEARCH 4
    S: 05 OK [MESSAGELIMIT 3 8] ${last(8)}
    C: 06 UID SEARCH FLAGGED UIDBEFORE 8
    S: * SEARCH 2
    S: 06 OK UID SEARCH completed
    C: 07 SEARCH 1:3 FLAGGED
    S: * SEARCH 1
    S: 07 OK SEARCH completed
    C: 08 SEARCH OR (1:2 FLAGGED) 3
    S: * SEARCH
    S: 08 OK [MESSAGELIMIT 3 8] ${last(8)}
    # RFC 9738 section 3.4: what is saved is as short as what is found.
    C: D0004 UID SEARCH RETURN (SAVE) SINCE 1-Jan-2004 NOT FROM "Smith" UID 2:12 UNDELETED
    S: D0004 OK [MESSAGELIMIT 3 8] ${last(8)}
    C: 09 UID FETCH $ UID
    S: * 4 FETCH (UID 8)
    S: * 5 FETCH (UID 10)
    S: * 6 FETCH (UID 12)
    S: 09 OK UID FETCH completed
    C: 10 UID SEARCH RETURN (COUNT MIN) UID $
    S: * ESEARCH (TAG "10") UID MIN 8 COUNT 3
    S: 10 OK UID SEARCH completed
    C: 11 UID SEARCH RETURN (UPDATE COUNT) ALL
    S: * NO [NOUPDATE "11"] It has looked at some messages only
    S: * ESEARCH (TAG "11") UID COUNT 3
    S: 11 OK [MESSAGELIMIT 3 8] ${last(8)}
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('UIDAFTER and UIDBEFORE (RFC 9738 section 3.2)', async () => {
  const { client } = await limited();
  await transcript(
    client,
    `
    C: 12 UID SEARCH UIDAFTER 8 UNDELETED
    S: * SEARCH 10 12
    S: 12 OK UID SEARCH completed
    C: a UID SEARCH UIDAFTER 12
    S: * SEARCH
    S: a OK UID SEARCH completed
    C: b UID SEARCH UIDAFTER 4294967295
    S: * SEARCH
    S: b OK UID SEARCH completed
    C: c UID SEARCH UIDBEFORE 1
    S: * SEARCH
    S: c OK UID SEARCH completed
    C: d SEARCH UIDBEFORE 6 NOT UIDBEFORE 4
    S: * SEARCH 2
    S: d OK SEARCH completed
    C: e UID SEARCH UIDAFTER 2 UIDBEFORE 8
    S: * SEARCH 4 6
    S: e OK UID SEARCH completed
    C: f SEARCH UIDAFTER
    S~ ^f BAD
    C: g SEARCH UIDAFTER 0
    S~ ^g BAD Expected a UID
    C: h SEARCH UIDBEFORE 1:2
    S~ ^h BAD
    C: i SEARCH UIDBEFORE *
    S~ ^i BAD
    C: j SEARCH UIDAFTER 4294967296
    S~ ^j BAD
  `,
  );
  client.destroy();
});

test('SORT, THREAD and a search in several mailboxes are done whole or not (RFC 9738 section 3.3)', async () => {
  const { world, client } = await limited();
  const refusal = 'NO [MESSAGELIMIT 3] It would look at more than 3 messages; name fewer';
  await transcript(
    client,
    `
    C: a UID SORT (REVERSE SUBJECT) UTF-8 ALL
    S: a ${refusal}
    C: b UID SORT (REVERSE SUBJECT) UTF-8 UIDBEFORE 8
    S: * SORT 6 4 2
    S: b OK UID SORT completed
    C: c THREAD REFERENCES UTF-8 ALL
    S: c ${refusal}
    C: d THREAD REFERENCES UTF-8 4:6
    S: * THREAD (4)(5)(6)
    S: d OK THREAD completed
    C: e ESEARCH IN (mailboxes INBOX) ALL
    S: e ${refusal}
    C: f ESEARCH IN (mailboxes INBOX) UID 1:4
    S~ ^\\* ESEARCH .* UID ALL 2,4$
    S: f OK ESEARCH completed
    # A search that is refused has saved that nothing was found (RFC 5182).
    C: g UID SORT RETURN (SAVE) (SUBJECT) UTF-8 ALL
    S: g ${refusal}
    C: h UID FETCH $ UID
    S: h OK UID FETCH completed
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('STORE: goes on below; MODIFIED and EXPUNGEISSUED keep their places', async () => {
  const { world, client } = await limited();
  const { modseq, id } = world.alice.state.mailboxNamed('INBOX')!;
  await transcript(
    client,
    `
    C: 07 UID STORE 2:12 +FLAGS (\\Seen)
    S: * 4 FETCH (UID 8 FLAGS (\\Seen))
    S: * 5 FETCH (UID 10 FLAGS (\\Seen))
    S: * 6 FETCH (UID 12 FLAGS (\\Seen))
    S: 07 OK [MESSAGELIMIT 3 8] ${last(8)}
    C: 08 STORE 1:3 +FLAGS (\\Seen)
    S* ^08 OK STORE completed
    C: 09 STORE 1:6 (UNCHANGEDSINCE ${modseq}) +FLAGS.SILENT (\\Flagged)
    S* ^\\* NO \\[MESSAGELIMIT 3 8\\]
    S: 09 OK [MODIFIED 4:6] Some messages have been changed by others and are left as they are
  `,
  );
  await world.alice.write((draft) => draft.expunge(id, UidSet.from([12])));
  await transcript(
    client,
    `
    C: 10 STORE 1:6 +FLAGS.SILENT (\\Answered)
    S* ^\\* NO \\[MESSAGELIMIT 3 8\\]
    S* ^\\* OK \\[HIGHESTMODSEQ
    S: 10 OK [EXPUNGEISSUED] Some messages have been expunged; the others are done
  `,
  );
  client.destroy();
});

test('COPY takes all or none; MOVE goes on', async () => {
  const { world, client, uidvalidity } = await limited();
  await transcript(
    client,
    `
    C: 05 UID COPY 2:12 Trash
    S: 05 NO [MESSAGELIMIT 3 8] Too many messages to copy; name fewer
    C: a STATUS Trash (MESSAGES)
    S: * STATUS "Trash" (MESSAGES 0)
    S: a OK STATUS completed
    C: b COPY 4:6 Trash
    S~ ^b OK \\[COPYUID \\d+ 8,10,12 1:3\\]
    C: 06 UID MOVE 2:12 Archive
    S: * OK [COPYUID ${uidvalidity} 8,10,12 1:3] Moved
    S: * 6 EXPUNGE
    S: * 5 EXPUNGE
    S: * 4 EXPUNGE
    S: 06 OK [MESSAGELIMIT 3 8] ${last(8)}
    C: 07 UID MOVE 2:12 Archive
    S: * OK [COPYUID ${uidvalidity} 2,4,6 4:6] Moved
    S* ^\\* 1 EXPUNGE
    S: 07 OK UID MOVE completed
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('UID EXPUNGE counts what has \\Deleted; EXPUNGE, CLOSE and STATUS have no limit', async () => {
  const { world, client } = await limited();
  await transcript(
    client,
    `
    C: a UID STORE 1:8 +FLAGS.SILENT (\\Deleted)
    S* ^a OK
    C: b UID STORE 1:4 +FLAGS.SILENT (\\Deleted)
    S* ^b OK
    C: 08 UID EXPUNGE 1:12
    S: * 4 EXPUNGE
    S: * 3 EXPUNGE
    S: * 2 EXPUNGE
    S: 08 OK [MESSAGELIMIT 3 4] ${last(4)}
    C: c UID EXPUNGE 1:12
    S: * 1 EXPUNGE
    S: c OK UID EXPUNGE completed
  `,
  );
  await world.deliver('INBOX', ...Array.from({ length: 3 }, (_, i) => message(`n${i}`)));
  await transcript(
    client,
    `
    C: d STATUS INBOX (MESSAGES UNSEEN)
    S: * STATUS "INBOX" (MESSAGES 5 UNSEEN 5)
    S* ^d OK
    C: e STORE 3:5 +FLAGS.SILENT (\\Deleted)
    S: e OK STORE completed
    C: f STORE 1:2 +FLAGS.SILENT (\\Deleted)
    S: f OK STORE completed
    C: 09 EXPUNGE
    S: * 5 EXPUNGE
    S: * 4 EXPUNGE
    S: * 3 EXPUNGE
    S: * 2 EXPUNGE
    S: * 1 EXPUNGE
    S: 09 OK EXPUNGE completed
  `,
  );
  // With mod-sequences the tagged reply has a code of its own.
  await world.deliver('INBOX', ...Array.from({ length: 5 }, (_, i) => message(`o${i}`)));
  await transcript(
    client,
    `
    C: g ENABLE QRESYNC
    S* ^g OK
    C: h STORE 1:2 +FLAGS.SILENT (\\Deleted)
    S* ^h OK
    C: i STORE 3:5 +FLAGS.SILENT (\\Deleted)
    S* ^i OK
    C: j UID EXPUNGE 1:*
    S: * VANISHED 18:20
    S: * NO [MESSAGELIMIT 3 18] ${last(18)}
    S~ ^j OK \\[HIGHESTMODSEQ \\d+\\]
    C: k CLOSE
    S* ^k OK
    C: l STATUS INBOX (MESSAGES)
    S: * STATUS "INBOX" (MESSAGES 0)
    S: l OK STATUS completed
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('APPEND of too many: none (RFC 9738 section 3.1 with RFC 3502)', async () => {
  const { world, client } = await limited();
  await transcript(
    client,
    `
    C< a APPEND Archive {1+}\\r\\nx {1+}\\r\\nx {1+}\\r\\nx\\r\\n
    S~ ^a OK \\[APPENDUID \\d+ 1:3\\]
    C< b APPEND Archive {1+}\\r\\nx {1+}\\r\\nx {1+}\\r\\nx {1+}\\r\\nx\\r\\n
    S: b NO [MESSAGELIMIT 3] One APPEND takes at most 3 messages
    C: c STATUS Archive (MESSAGES)
    S: * STATUS "Archive" (MESSAGES 3)
    S: c OK STATUS completed
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('MESSAGELIMIT beside UIDONLY', async () => {
  const { client } = await limited();
  await transcript(
    client,
    `
    C: e ENABLE UIDONLY
    S* ^e OK
    C: a UID FETCH 1:* FLAGS
    S: * 8 UIDFETCH (FLAGS ())
    S: * 10 UIDFETCH (FLAGS ())
    S: * 12 UIDFETCH (FLAGS ())
    S: a OK [MESSAGELIMIT 3 8] ${last(8)}
  `,
  );
  client.destroy();
});
