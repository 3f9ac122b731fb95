import { expect, test } from 'vitest';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

async function play(text: string, prepare?: (world: Awaited<ReturnType<typeof imapWorld>>) => Promise<void>) {
  const world = await imapWorld();
  await prepare?.(world);
  const client = await world.login();
  await transcript(client, text);
  client.destroy();
  expect(world.errors).toEqual([]);
  return world;
}

test('LIST shows hierarchy, children and special use', async () => {
  await play(`
    C: a LIST "" ""
    S: * LIST (\\Noselect) "/" ""
    S: a OK LIST completed
    C: b CREATE Work/2026
    S~ ^b OK \\[MAILBOXID \\([A-Za-z][A-Za-z0-9_-]*\\)\\] CREATE completed$
    C: c LIST "" *
    S: * LIST (\\HasNoChildren) "/" "INBOX"
    S: * LIST (\\HasNoChildren \\Archive) "/" "Archive"
    S: * LIST (\\HasNoChildren \\Drafts) "/" "Drafts"
    S: * LIST (\\HasNoChildren \\Junk) "/" "Junk"
    S: * LIST (\\HasNoChildren \\Sent) "/" "Sent"
    S: * LIST (\\HasNoChildren \\Trash) "/" "Trash"
    S: * LIST (\\HasChildren) "/" "Work"
    S: * LIST (\\HasNoChildren) "/" "Work/2026"
    S: c OK LIST completed
    C: d LIST "" W%
    S: * LIST (\\HasChildren) "/" "Work"
    S: d OK LIST completed
    C: e LIST Work/ %
    S: * LIST (\\HasNoChildren) "/" "Work/2026"
    S: e OK LIST completed
    C: f LIST "" inbox
    S: * LIST (\\HasNoChildren) "/" "INBOX"
    S: f OK LIST completed
    C: g LIST "" nothing*
    S: g OK LIST completed
    C: h LIST "" {1+}
    C: W
    S: h OK LIST completed
    C: i LIST ""
    S~ ^i BAD Expected a space
  `);
});

test('LIST-EXTENDED: selection and return options, several patterns, LIST-STATUS', async () => {
  await play(
    `
    C: a LIST (SPECIAL-USE) "" *
    S: * LIST (\\HasNoChildren \\Archive) "/" "Archive"
    S: * LIST (\\HasNoChildren \\Drafts) "/" "Drafts"
    S: * LIST (\\HasNoChildren \\Junk) "/" "Junk"
    S: * LIST (\\HasNoChildren \\Sent) "/" "Sent"
    S: * LIST (\\HasNoChildren \\Trash) "/" "Trash"
    S: a OK LIST completed
    C: b LIST "" (INBOX Dr%) RETURN (SUBSCRIBED CHILDREN SPECIAL-USE STATUS (MESSAGES UNSEEN))
    S: * LIST (\\Subscribed \\HasNoChildren) "/" "INBOX"
    S: * STATUS "INBOX" (MESSAGES 1 UNSEEN 1)
    S: * LIST (\\Subscribed \\HasNoChildren \\Drafts) "/" "Drafts"
    S: * STATUS "Drafts" (MESSAGES 0 UNSEEN 0)
    S: b OK LIST completed
    C: c LIST () "" Sent RETURN ()
    S: * LIST (\\HasNoChildren \\Sent) "/" "Sent"
    S: c OK LIST completed
    C: d LIST (RECURSIVEMATCH) "" *
    S~ ^d BAD RECURSIVEMATCH needs
    C: e LIST (SUBSCRIBED UNHEARD) "" *
    S~ ^e BAD Expected one of SUBSCRIBED, REMOTE
    C: f LIST "" "" RETURN (CHILDREN)
    S: f OK LIST completed
    C: g LIST "" () RETURN (CHILDREN)
    S~ ^g BAD
  `,
    (world) => world.deliver('INBOX', message('one')),
  );
});

// After the examples of RFC 5258 section 5: fruit, with a subscription whose mailbox is gone.
test('LIST-EXTENDED: SUBSCRIBED and RECURSIVEMATCH', async () => {
  await play(`
    C: a CREATE Fruit/Apple
    S~ ^a OK
    C: a CREATE Fruit/Banana
    S~ ^a OK
    C: a CREATE Fruit/Peach
    S~ ^a OK
    C: a CREATE Vegetable/Broccoli
    S~ ^a OK
    C: a SUBSCRIBE Fruit/Banana
    S~ ^a OK
    C: a SUBSCRIBE Fruit/Peach
    S~ ^a OK
    C: a SUBSCRIBE Vegetable
    S~ ^a OK
    C: a SUBSCRIBE Vegetable/Broccoli
    S~ ^a OK
    C: a DELETE Fruit/Peach
    S~ ^a OK
    C: b LIST (SUBSCRIBED) "" Fruit/*
    S: * LIST (\\Subscribed \\HasNoChildren) "/" "Fruit/Banana"
    S: * LIST (\\NonExistent \\Subscribed \\HasNoChildren) "/" "Fruit/Peach"
    S: b OK LIST completed
    C: c LIST (SUBSCRIBED RECURSIVEMATCH) "" (Fruit% Vegetable%)
    S: * LIST (\\HasChildren) "/" "Fruit" ("CHILDINFO" ("SUBSCRIBED"))
    S: * LIST (\\Subscribed \\HasChildren) "/" "Vegetable" ("CHILDINFO" ("SUBSCRIBED"))
    S: c OK LIST completed
    C: d LIST (SUBSCRIBED RECURSIVEMATCH) "" Fruit*
    S: * LIST (\\Subscribed \\HasNoChildren) "/" "Fruit/Banana"
    S: * LIST (\\NonExistent \\Subscribed \\HasNoChildren) "/" "Fruit/Peach"
    S: d OK LIST completed
  `);
});

test('LSUB, SUBSCRIBE, UNSUBSCRIBE', async () => {
  await play(`
    C: a CREATE Lists/Anglers
    S~ ^a OK
    C: b SUBSCRIBE Lists/Anglers
    S: b OK SUBSCRIBE completed
    C: c LSUB "" Lists/*
    S: * LSUB () "/" "Lists/Anglers"
    S: c OK LSUB completed
    C: d LSUB "" L%
    S: * LSUB (\\Noselect) "/" "Lists"
    S: d OK LSUB completed
    C: e DELETE Lists/Anglers
    S: e OK DELETE completed
    C: f LSUB Lists/ *
    S: * LSUB () "/" "Lists/Anglers"
    S: f OK LSUB completed
    C: g UNSUBSCRIBE Lists/Anglers
    S: g OK UNSUBSCRIBE completed
    C: h LSUB "" Lists*
    S: h OK LSUB completed
    C: i SUBSCRIBE Nowhere
    S: i NO [NONEXISTENT] There is no such mailbox
    C: j UNSUBSCRIBE Nowhere
    S: j OK UNSUBSCRIBE completed
    C: k SUBSCRIBE
    S~ ^k BAD
  `);
});

test('CREATE, RENAME, DELETE', async () => {
  await play(`
    C: a CREATE Owl/
    S~ ^a OK \\[MAILBOXID \\([A-Za-z][A-Za-z0-9_-]*\\)\\] CREATE completed$
    C: b CREATE Owl
    S: b NO [ALREADYEXISTS] Owl exists already.
    C: c CREATE inbox
    S: c NO [CANNOT] INBOX is there already
    C: d CREATE a//b
    S~ ^d NO \\[CANNOT\\]
    C: e CREATE "what*"
    S~ ^e NO \\[CANNOT\\] A mailbox name must not contain % or \\*
    C: f CREATE "R&AOk-sum&AOk-"
    S~ ^f OK \\[MAILBOXID \\([A-Za-z][A-Za-z0-9_-]*\\)\\] CREATE completed$
    C: g LIST "" R*
    S: * LIST (\\HasNoChildren) "/" "R&AOk-sum&AOk-"
    S: g OK LIST completed
    C: h CREATE "R&-D"
    S~ ^h OK \\[MAILBOXID \\([A-Za-z][A-Za-z0-9_-]*\\)\\] CREATE completed$
    C: i CREATE "R&D"
    S~ ^i BAD Expected a mailbox name in modified UTF-7
    C: j CREATE "Résumé"
    S~ ^j BAD Expected a mailbox name in modified UTF-7
    C: k CREATE ${'x/'.repeat(40)}x
    S~ ^k NO \\[LIMIT\\]
    C: l RENAME Owl Birds/Owl
    S: l OK RENAME completed
    C: m RENAME Owl Elsewhere
    S~ ^m NO \\[NONEXISTENT\\]
    C: n RENAME Birds/Owl Drafts
    S~ ^n NO \\[ALREADYEXISTS\\]
    C: o DELETE Birds
    S~ ^o NO \\[HASCHILDREN\\]
    C: p DELETE INBOX
    S~ ^p NO \\[CANNOT\\]
    C: q DELETE Birds/Owl
    S: q OK DELETE completed
    C: r DELETE Birds/Owl
    S~ ^r NO \\[NONEXISTENT\\]
    C: s CREATE "a\\"b"
    S~ ^s OK \\[MAILBOXID \\([A-Za-z][A-Za-z0-9_-]*\\)\\] CREATE completed$
    C: t LIST "" a*
    S: * LIST (\\HasNoChildren) "/" "a\\"b"
    S: t OK LIST completed
    C: u CREATE {6}
    S: + Ready for the literal
    C: weird]
    S~ ^u OK \\[MAILBOXID \\([A-Za-z][A-Za-z0-9_-]*\\)\\] CREATE completed$
    C: v CREATE {3+}
    C< a\\0b\\r\\n
    S~ ^v BAD A literal here must not contain a NUL
  `);
});

test('RENAME of INBOX moves its messages and leaves it there', async () => {
  await play(
    `
    C: a RENAME INBOX Old
    S: a OK RENAME completed
    C: b STATUS INBOX (MESSAGES UIDNEXT)
    S: * STATUS "INBOX" (MESSAGES 0 UIDNEXT 3)
    S: b OK STATUS completed
    C: c STATUS Old (MESSAGES)
    S: * STATUS "Old" (MESSAGES 2)
    S: c OK STATUS completed
  `,
    (world) => world.deliver('INBOX', message('one'), message('two')),
  );
});

test('STATUS', async () => {
  await play(
    `
    C: a STATUS INBOX (MESSAGES RECENT UIDNEXT UNSEEN SIZE)
    S: * STATUS "INBOX" (MESSAGES 1 RECENT 1 UIDNEXT 2 UNSEEN 1 SIZE ${message('one').length})
    S: a OK STATUS completed
    C: b STATUS inbox (UIDVALIDITY)
    S~ ^\\* STATUS "INBOX" \\(UIDVALIDITY \\d+\\)$
    S: b OK STATUS completed
    C: c STATUS Nowhere (MESSAGES)
    S: c NO [NONEXISTENT] There is no such mailbox
    C: d STATUS INBOX
    S~ ^d BAD
    C: e STATUS INBOX ()
    S~ ^e BAD
    C: f STATUS INBOX (HIGHEST)
    S~ ^f BAD Expected one of MESSAGES, RECENT
  `,
    (world) => world.deliver('INBOX', message('one')),
  );
});

test('SELECT, EXAMINE, CLOSE, UNSELECT, CHECK', async () => {
  await play(
    `
    C: a CHECK
    S: a BAD CHECK needs a selected mailbox
    C: b EXAMINE INBOX
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS ()] Read-only
    S: * 2 EXISTS
    S: * 2 RECENT
    S: * OK [UNSEEN 1] The first unseen message
    S~ ^\\* OK \\[UIDVALIDITY \\d+\\]
    S: * OK [UIDNEXT 3] The next UID
    S~ ^\\* OK \\[MAILBOXID \\([A-Za-z][A-Za-z0-9_-]*\\)\\]
    S~ ^\\* OK \\[HIGHESTMODSEQ \\d+\\]
    S: b OK [READ-ONLY] EXAMINE completed
    C: c STORE 1 +FLAGS (\\Deleted)
    S: c NO [READ-ONLY] The mailbox was opened with EXAMINE
    C: d EXPUNGE
    S: d NO [READ-ONLY] The mailbox was opened with EXAMINE
    C: e SELECT INBOX
    S* ^\\* OK \\[PERMANENTFLAGS \\(.* \\\\\\*\\)\\] Flags that are kept$
    S: * 2 EXISTS
    S: * 2 RECENT
    S* ^e OK \\[READ-WRITE\\] SELECT completed$
    C: f STORE 1 +FLAGS.SILENT (\\Deleted)
    S: f OK STORE completed
    C: g UNSELECT
    S: g OK UNSELECT completed
    C: h SELECT INBOX
    S* ^\\* 2 EXISTS$
    S: * 0 RECENT
    S* ^h OK
    C: i CLOSE
    S: i OK CLOSE completed
    C: j STATUS INBOX (MESSAGES)
    S: * STATUS "INBOX" (MESSAGES 1)
    S: j OK STATUS completed
    C: k SELECT INBOX
    S* ^k OK
    C: l CHECK
    S: l OK CHECK completed
    C: m SELECT Nowhere
    S: * OK [CLOSED] The mailbox before is closed
    S: m NO [NONEXISTENT] There is no such mailbox
    C: n FETCH 1 FLAGS
    S: n BAD FETCH needs a selected mailbox
    C: o CLOSE
    S: o BAD CLOSE needs a selected mailbox
  `,
    (world) => world.deliver('INBOX', message('one'), message('two')),
  );
});

test('who deletes the mailbox that he has selected has none selected', async () => {
  await play(`
    C: a CREATE Short
    S~ ^a OK
    C: b SELECT Short
    S* ^b OK
    C: c DELETE Short
    S: c OK DELETE completed
    C: d EXPUNGE
    S: d BAD EXPUNGE needs a selected mailbox
  `);
});
