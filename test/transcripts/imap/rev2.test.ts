import { expect, test } from 'vitest';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

async function rev2(count: number) {
  const world = await imapWorld();
  await world.deliver('INBOX', ...Array.from({ length: count }, (_, i) => message(`m${i + 1}`)));
  const client = await world.login();
  await transcript(client, 'C: e ENABLE imap4rev2\nS: * ENABLED IMAP4rev2\nS: e OK ENABLE completed');
  return { world, client };
}

test('IMAP4rev2: what SELECT says, and what it says no more (RFC 9051 section 6.3.2, appendix E)', async () => {
  const { world, client } = await rev2(3);
  const inbox = world.alice.state.mailboxNamed('INBOX')!;
  await transcript(
    client,
    `
    C: A142 SELECT INBOX
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags that are kept
    S: * 3 EXISTS
    S: * LIST (\\HasNoChildren) "/" "INBOX"
    S: * OK [UIDVALIDITY ${inbox.uidvalidity}] UIDs are valid
    S: * OK [UIDNEXT 4] The next UID
    S~ MAILBOXID
    S~ HIGHESTMODSEQ
    S: A142 OK [READ-WRITE] SELECT completed
    C: A143 EXAMINE Sent
    S: * OK [CLOSED] The mailbox before is closed
    S* ^\\* 0 EXISTS
    S: * LIST (\\HasNoChildren \\Sent) "/" "Sent"
    S* ^A143 OK \\[READ-ONLY\\]
    C: A144 SELECT INBOX
    S* ^A144 OK
    # Unsolicited FETCH carries the UID, and there is no \\Recent.
    C: a STORE 2 +FLAGS (\\Deleted)
    S: * 2 FETCH (UID 2 FLAGS (\\Deleted))
    S: a OK STORE completed
    C: b FETCH 1 BODY[TEXT]<0.2>
    S: * 1 FETCH (UID 1 FLAGS (\\Seen) BODY[TEXT]<0> {2}
    S: He)
    S: b OK FETCH completed
    C: c FETCH 3 FLAGS
    S: * 3 FETCH (FLAGS ())
    S: c OK FETCH completed
    C: d STATUS INBOX (MESSAGES UNSEEN DELETED SIZE)
    S: * STATUS "INBOX" (MESSAGES 3 UNSEEN 2 DELETED 1 SIZE ${inbox.bytes})
    S: d OK STATUS completed
  `,
  );
  await world.deliver('INBOX', message('m4'));
  await transcript(
    client,
    `
    C: f NOOP
    S: * 4 EXISTS
    S: f OK NOOP completed
    C: g EXPUNGE
    S: * 2 EXPUNGE
    S: g OK EXPUNGE completed
  `,
  );
  expect(world.errors).toEqual([]);
});

test('IMAP4rev2: SEARCH answers with ESEARCH (RFC 9051 section 6.4.4)', async () => {
  const { client } = await rev2(5);
  await transcript(
    client,
    `
    C: s SELECT INBOX
    S* ^s OK
    C: A282 SEARCH RETURN (MIN COUNT) UNSEEN
    S: * ESEARCH (TAG "A282") MIN 1 COUNT 5
    S: A282 OK SEARCH completed
    C: A283 SEARCH UNDELETED NOT 2
    S: * ESEARCH (TAG "A283") ALL 1,3:5
    S: A283 OK SEARCH completed
    C: A284 UID SEARCH SEEN
    S: * ESEARCH (TAG "A284") UID
    S: A284 OK UID SEARCH completed
    C: A285 SEARCH LARGER 4294967296
    S: * ESEARCH (TAG "A285")
    S: A285 OK SEARCH completed
    C: A286 SEARCH LARGER 9223372036854775808
    S~ ^A286 BAD
    C: A287 FETCH 1 BODY.PEEK[]<4294967296.9223372036854775807>
    S: * 1 FETCH (BODY[]<4294967296> {0}
    S: )
    S: A287 OK FETCH completed
    C: A288 SEARCH SUBJECT "m4"
    S: * ESEARCH (TAG "A288") ALL 4
    S: A288 OK SEARCH completed
  `,
  );
});

test('IMAP4rev2: mailbox names are UTF-8 (RFC 9051 section 5.1)', async () => {
  const { world, client } = await rev2(0);
  await transcript(
    client,
    `
    C: a CREATE "Grüße & Küsse/台北"
    S~ ^a OK \\[MAILBOXID
    C: b LIST "" "Gr*"
    S: * LIST (\\HasChildren) "/" "Grüße & Küsse"
    S: * LIST (\\HasNoChildren) "/" "Grüße & Küsse/台北"
    S: b OK LIST completed
    C: c STATUS {${Buffer.byteLength('Grüße & Küsse')}+}
    C: Grüße & Küsse (MESSAGES)
    S: * STATUS "Grüße & Küsse" (MESSAGES 0)
    S: c OK STATUS completed
    C: d CREATE "e&AwE-"
    S~ ^d OK
    C: e LIST "" "e*"
    S: * LIST (\\HasNoChildren) "/" "e&AwE-"
    S: e OK LIST completed
    C: f CREATE "Cafe\u0301"
    S: f NO [CANNOT] Mailbox names are in Unicode Normalization Form C
    C< g CREATE "\\xff"\\r\\n
    S~ ^g BAD Expected UTF-8
    C: h CREATE "line\u2028end"
    S~ ^h BAD Expected a mailbox name without control characters
    C: i DELETE "Grüße & Küsse"
    S~ ^i NO \\[HASCHILDREN\\]
    C: j SELECT "Grüße & Küsse/台北"
    S* ^\\* LIST \\(\\\\HasNoChildren\\) "/" ".+"$
    S* ^j OK
  `,
  );
  // The same names in modified UTF-7 to a client that has not asked for IMAP4rev2.
  const old = await world.login();
  await transcript(
    old,
    `
    C: a LIST "" "Gr*/%"
    S: * LIST (\\HasNoChildren) "/" "Gr&APwA3w-e &- K&APw-sse/&U,BTFw-"
    S: a OK LIST completed
  `,
  );
  expect(world.errors).toEqual([]);
});

test('IMAP4rev2: nothing of it is said to who has not enabled it (RFC 9051 section 6.3.1, appendix A)', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', ...Array.from({ length: 2 }, (_, i) => message(`m${i + 1}`)));
  (await world.login('INBOX')).destroy();
  const client = await world.login();
  await transcript(
    client,
    `
    C: a SELECT INBOX
    S* ^\\* 2 EXISTS
    S: * 0 RECENT
    S: * OK [UNSEEN 1] The first unseen message
    S~ UIDVALIDITY
    S* ^a OK
    C: b SEARCH ALL
    S: * SEARCH 1 2
    S: b OK SEARCH completed
    C: c STORE 1 +FLAGS (\\Seen)
    S: * 1 FETCH (FLAGS (\\Seen))
    S: c OK STORE completed
    # In the middle of a session it holds from then on.
    C: d ENABLE IMAP4rev2
    S: * ENABLED IMAP4rev2
    S: d OK ENABLE completed
    C: e SEARCH ALL
    S: * ESEARCH (TAG "e") ALL 1:2
    S: e OK SEARCH completed
    C: f STORE 1 -FLAGS (\\Seen)
    S: * 1 FETCH (UID 1 FLAGS ())
    S: f OK STORE completed
    C: g ENABLE IMAP4rev2
    S: * ENABLED
    S: g OK ENABLE completed
  `,
  );
  client.destroy();
});

test('IMAP4rev2: what the base now has: CLOSED, LIST options, STATUS, BINARY, SEARCHRES, codes', async () => {
  const { world, client } = await rev2(3);
  await transcript(
    client,
    `
    C: a CREATE "Grüße/x"
    S~ ^a OK
    C: b SUBSCRIBE "Grüße/x"
    S: b OK SUBSCRIBE completed
    C: c LIST (SUBSCRIBED RECURSIVEMATCH) "" "G%"
    S: * LIST (\\HasChildren) "/" "Grüße" ("CHILDINFO" ("SUBSCRIBED"))
    S: c OK LIST completed
    C: d LIST (REMOTE) "" "Gr%" RETURN (CHILDREN STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE))
    S: * LIST (\\HasChildren) "/" "Grüße"
    S~ ^\\* STATUS "Gr.*e" \\(MESSAGES 0 UIDNEXT 1 UIDVALIDITY \\d+ UNSEEN 0 DELETED 0 SIZE 0\\)$
    S: d OK LIST completed
    C: e NAMESPACE
    S~ ^\\* NAMESPACE
    S: e OK NAMESPACE completed
    C: f SELECT INBOX
    S* ^f OK
    # A SELECT that fails closes, too (RFC 9051 section 6.3.2).
    C: g SELECT nowhere
    S: * OK [CLOSED] The mailbox before is closed
    S: g NO [NONEXISTENT] There is no such mailbox
    C: h FETCH 1 FLAGS
    S: h BAD FETCH needs a selected mailbox
    C: i EXAMINE INBOX
    S* ^i OK
    C: j FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[1]<0.4>)
    S: * 1 FETCH (BINARY.SIZE[1] 7 BINARY[1]<0> ~{4}
    S: Hell)
    S: j OK FETCH completed
    C: k SEARCH RETURN (SAVE) UID 2:3
    S: k OK SEARCH completed
    C: l FETCH $ UID
    S: * 2 FETCH (UID 2)
    S: * 3 FETCH (UID 3)
    S: l OK FETCH completed
    C: m STORE 1 +FLAGS (\\Seen)
    S~ ^m NO \\[READ-ONLY\\]
    C: n COPY 1 nowhere
    S~ ^n NO \\[TRYCREATE\\]
    C: o CREATE Sent
    S~ ^o NO \\[ALREADYEXISTS\\]
    C: p DELETE nowhere
    S~ ^p NO \\[NONEXISTENT\\]
    C: q CREATE INBOX/below
    S~ ^q OK
    C: t DELETE INBOX
    S: t NO [CANNOT] INBOX cannot be deleted.
    C: r FETCH 4 FLAGS
    S: r BAD There is no message 4; the mailbox has 3
    C: s UNSELECT
    S: s OK UNSELECT completed
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});
