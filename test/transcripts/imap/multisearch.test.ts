import { expect, test } from 'vitest';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

test('ESEARCH in several mailboxes (RFC 7377)', async () => {
  const world = await imapWorld();
  const setup = await world.login();
  for (const name of ['folder1', 'folder2', 'folder2/banana', 'folder2/peach', 'folder2/peach/pit']) {
    await transcript(setup, `C: c CREATE ${name}\nS~ ^c OK`);
  }
  await world.deliver('folder1', message('chad'), message('other'), message('chad again'));
  await world.deliver('folder2/banana', message('chad'));
  await world.deliver('folder2/peach', message('other'));
  await world.deliver('folder2/peach/pit', message('chad'));
  await world.deliver('INBOX', message('chad'), message('chad'));
  const v = (name: string) => world.alice.state.mailboxNamed(name)!.uidvalidity;
  const client = await world.login();
  await transcript(
    client,
    `
    C: tag1 ESEARCH IN (mailboxes "folder1" subtree "folder2") subject chad
    S: * ESEARCH (TAG "tag1" MAILBOX "folder1" UIDVALIDITY ${v('folder1')}) UID ALL 1,3
    S: * ESEARCH (TAG "tag1" MAILBOX "folder2/banana" UIDVALIDITY ${v('folder2/banana')}) UID ALL 1
    S: * ESEARCH (TAG "tag1" MAILBOX "folder2/peach/pit" UIDVALIDITY ${v('folder2/peach/pit')}) UID ALL 1
    S: tag1 OK ESEARCH completed
    C: tag2 ESEARCH IN (mailboxes ("folder1" nowhere) subtree-one "folder2") RETURN (COUNT MAX) unseen
    S: * ESEARCH (TAG "tag2" MAILBOX "folder1" UIDVALIDITY ${v('folder1')}) UID MAX 3 COUNT 3
    S: * ESEARCH (TAG "tag2" MAILBOX "folder2/banana" UIDVALIDITY ${v('folder2/banana')}) UID MAX 1 COUNT 1
    S: * ESEARCH (TAG "tag2" MAILBOX "folder2/peach" UIDVALIDITY ${v('folder2/peach')}) UID MAX 1 COUNT 1
    S: tag2 OK ESEARCH completed
    C: tag3 ESEARCH IN (personal) RETURN (COUNT) subject nothing
    S: tag3 OK ESEARCH completed
    C: tag4 ESEARCH IN (subscribed inboxes) RETURN (PARTIAL 1:1) 1:100
    S: * ESEARCH (TAG "tag4" MAILBOX "INBOX" UIDVALIDITY ${v('INBOX')}) UID PARTIAL (1:1 1)
    S: tag4 OK ESEARCH completed
    C: tag5 ESEARCH unseen
    S: tag5 BAD There is no selected mailbox to search
    C: tag6 ESEARCH IN (personal) RETURN (SAVE) unseen
    S~ ^tag6 BAD SAVE is for a search in the selected mailbox alone
    C: tag7 ESEARCH IN (personal) RETURN (UPDATE) unseen
    S~ ^tag7 BAD There is no selected mailbox
    C: tag8 ESEARCH IN (selected-delayed) unseen
    S~ ^tag8 BAD Expected one of selected, inboxes
    C: tag9 ESEARCH IN () unseen
    S~ ^tag9 BAD
    C: tag10 ESEARCH IN (mailboxes) unseen
    S~ ^tag10 BAD
    C: tag11 ESEARCH IN (personal) CHARSET KOI8-R TEXT x
    S~ ^tag11 NO \\[BADCHARSET
    C: s SELECT INBOX
    S* ^s OK
    C: t MOVE 1 Trash
    S* ^t OK
    C: tag12 ESEARCH RETURN (ALL SAVE) 1
    S: * ESEARCH (TAG "tag12" MAILBOX "INBOX" UIDVALIDITY ${v('INBOX')}) UID ALL 2
    S: tag12 OK ESEARCH completed
    C: tag13 SEARCH $
    S: * SEARCH 1
    S: tag13 OK SEARCH completed
    C: tag14 ESEARCH IN (selected mailboxes Trash) RETURN (MIN) MODSEQ 1
    S~ ^\\* OK \\[HIGHESTMODSEQ
    S~ ^\\* ESEARCH \\(TAG "tag14" MAILBOX "INBOX" UIDVALIDITY \\d+\\) UID MIN 2 MODSEQ \\d+$
    S~ ^\\* ESEARCH \\(TAG "tag14" MAILBOX "Trash" UIDVALIDITY \\d+\\) UID MIN 1 MODSEQ \\d+$
    S: tag14 OK ESEARCH completed
  `,
  );
  expect(world.errors).toEqual([]);
});

test('CONTEXT=SEARCH: results that are kept up to date (RFC 5267)', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('one'), message('two'), message('three'));
  const client = await world.login('INBOX');
  const other = await world.login('INBOX');
  await transcript(
    client,
    `
    C: A01 SEARCH RETURN (CONTEXT COUNT) UNDELETED
    S: * ESEARCH (TAG "A01") COUNT 3
    S: A01 OK SEARCH completed
    C: B01 UID SEARCH RETURN (UPDATE COUNT) DELETED
    S: * ESEARCH (TAG "B01") UID COUNT 0
    S: B01 OK UID SEARCH completed
    C: B01 SEARCH RETURN (UPDATE) FLAGGED
    S~ ^B01 BAD That tag belongs to a search
    C: B03 SEARCH RETURN (UPDATE) OR SUBJECT t 1
    S: * ESEARCH (TAG "B03")
    S: B03 OK SEARCH completed
    C: C01 STORE 2:3 +FLAGS (\\Deleted)
    S: * 2 FETCH (FLAGS (\\Deleted \\Recent))
    S: * 3 FETCH (FLAGS (\\Deleted \\Recent))
    S: * ESEARCH (TAG "B01") UID ADDTO (0 2:3)
    S: C01 OK STORE completed
    C: C02 STORE 3 -FLAGS (\\Deleted)
    S: * 3 FETCH (FLAGS (\\Recent))
    S: * ESEARCH (TAG "B01") UID REMOVEFROM (0 3)
    S: C02 OK STORE completed
    # What is expunged leaves the results under the number that it had.
    C: C03 EXPUNGE
    S: * ESEARCH (TAG "B01") UID REMOVEFROM (0 2)
    S: * ESEARCH (TAG "B03") REMOVEFROM (0 2)
    S: * 2 EXPUNGE
    S: C03 OK EXPUNGE completed
  `,
  );
  await world.deliver('INBOX', message('three again'), message('none'));
  await transcript(
    client,
    `
    C: D01 NOOP
    S: * 4 EXISTS
    S~ RECENT
    S: * ESEARCH (TAG "B03") ADDTO (0 3)
    S: D01 OK NOOP completed
    C: D02 IDLE
    S: + Idling
  `,
  );
  await transcript(other, 'C: a NOOP\nS* ^a OK\nC: b STORE 4 +FLAGS.SILENT (\\Deleted)\nS* ^b OK');
  await transcript(
    client,
    `
    S: * 4 FETCH (FLAGS (\\Deleted \\Recent))
    S: * ESEARCH (TAG "B01") UID ADDTO (0 5)
    C: DONE
    S: D02 OK IDLE completed
    C: E01 CANCELUPDATE "B01" "B03"
    S: E01 OK CANCELUPDATE completed
    C: E02 EXPUNGE
    S: * 4 EXPUNGE
    S: E02 OK EXPUNGE completed
    C: E03 CANCELUPDATE
    S~ ^E03 BAD
    C: E04 CANCELUPDATE B01
    S~ ^E04 BAD Expected the tags
  `,
  );
  const many = Array.from({ length: 21 }, (_, i) => `C: U${i} SEARCH RETURN (UPDATE) ALL\nS* ^U${i} OK`)
    .slice(0, 20)
    .join('\n');
  await transcript(
    client,
    `${many}\nC: V SEARCH RETURN (UPDATE COUNT) ALL\nS~ ^\\* NO \\[NOUPDATE "V"\\]\nS: * ESEARCH (TAG "V") COUNT 3\nS~ ^V OK`,
  );
  await transcript(
    client,
    'C: W SELECT INBOX\nS* ^W OK\nC: U1 SEARCH RETURN (UPDATE COUNT) ALL\nS: * ESEARCH (TAG "U1") COUNT 3\nS~ ^U1 OK',
  );
  expect(world.errors).toEqual([]);
});
