import { expect, test } from 'vitest';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

const ALL = 'lrswipkxteacd';

test('SETACL, GETACL, DELETEACL, LISTRIGHTS, MYRIGHTS (RFC 4314 sections 3.1 to 3.8)', async () => {
  const world = await imapWorld();
  const client = await world.login();
  await transcript(
    client,
    `
    C: a0 CAPABILITY
    S~ ^\\* CAPABILITY .* ACL RIGHTS=kxte LIST-MYRIGHTS
    S* ^a0 OK
    # Section 3.1: no uppercase, no right that there is not; nothing is silently left out.
    C: A035 SETACL Drafts bob@example.test lrQswicda
    S: A035 BAD Uppercase rights are not allowed
    C: A036 SETACL Drafts bob@example.test lrqswicda
    S: A036 BAD The q right is not supported
    C: A034 SETACL Drafts bob@example.test lrs
    S: A034 OK SETACL completed
    C: A037 SETACL Drafts bob@example.test +wi
    S: A037 OK SETACL completed
    C: A038 GETACL Drafts
    S: * ACL "Drafts" alice@example.test ${ALL} bob@example.test lrswi
    S: A038 OK GETACL completed
    C: A039 SETACL Drafts bob@example.test -wi
    S: A039 OK SETACL completed
    # Section 2.1.1: each virtual right stands for its members, and is told where there is one of them.
    C: A040 SETACL Drafts dave@example.test lrc
    S: A040 OK SETACL completed
    C: A041 SETACL Drafts anyone "d"
    S: A041 OK SETACL completed
    C: A042 SETACL Drafts -dave@example.test e
    S: A042 OK SETACL completed
    C: A043 GETACL Drafts
    S: * ACL "Drafts" alice@example.test ${ALL} bob@example.test lrs dave@example.test lrkxc anyone ted -dave@example.test ed
    S: A043 OK GETACL completed
    # Without rights there is no entry.
    C: A044 SETACL Drafts anyone ""
    S: A044 OK SETACL completed
    C: A045 DELETEACL Drafts -dave@example.test
    S: A045 OK DELETEACL completed
    C: A046 DELETEACL Drafts dave@example.test
    S: A046 OK DELETEACL completed
    C: A047 DELETEACL Drafts dave@example.test
    S: A047 OK DELETEACL completed
    C: A002 GETACL Drafts
    S: * ACL "Drafts" alice@example.test ${ALL} bob@example.test lrs
    S: A002 OK GETACL completed
    # Sections 3.4 and 3.7: the owner always has all rights.
    C: a001 LISTRIGHTS Drafts alice@example.test
    S: * LISTRIGHTS "Drafts" alice@example.test ${ALL}
    S: a001 OK LISTRIGHTS completed
    C: a005 LISTRIGHTS Archive anyone
    S: * LISTRIGHTS "Archive" anyone "" l r s w i p k x t e a c d
    S: a005 OK LISTRIGHTS completed
    C: a006 LISTRIGHTS Archive BOB@example.test
    S: * LISTRIGHTS "Archive" bob@example.test "" l r s w i p k x t e a c d
    S: a006 OK LISTRIGHTS completed
    C: A003 MYRIGHTS INBOX
    S: * MYRIGHTS "INBOX" ${ALL}
    S: A003 OK MYRIGHTS completed
    # RFC 8440 section 4.
    C: A01 LIST "" (INBOX Drafts) RETURN (MYRIGHTS)
    S: * LIST (\\HasNoChildren) "/" "INBOX"
    S: * MYRIGHTS "INBOX" ${ALL}
    S: * LIST (\\HasNoChildren \\Drafts) "/" "Drafts"
    S: * MYRIGHTS "Drafts" ${ALL}
    S: A01 OK LIST completed
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('ACL: refused, malformed, in the wrong state', async () => {
  const world = await imapWorld();
  const { client: stranger } = world.connect();
  await transcript(
    stranger,
    `
    S~ ^\\* OK
    C: a GETACL INBOX
    S: a BAD GETACL is allowed after login only
  `,
  );
  const client = await world.login();
  await transcript(
    client,
    `
    # Nobody of another tenant, and who is not there, are told apart by nothing.
    C: a SETACL INBOX carol@example.test lr
    S: a NO [CANNOT] There is nobody of that name to share with: write a whole address, or "anyone"
    C: b SETACL INBOX nobody@example.test lr
    S: b NO [CANNOT] There is nobody of that name to share with: write a whole address, or "anyone"
    C: c LISTRIGHTS INBOX carol@example.test
    S: c NO [CANNOT] There is nobody of that name to share with: write a whole address, or "anyone"
    C: d SETACL INBOX bob lr
    S~ ^d NO \\[CANNOT\\]
    # The owner cannot lock himself out.
    C: e SETACL INBOX alice@example.test lrs
    S: e NO [CANNOT] The owner of a mailbox always has all rights
    C: f SETACL INBOX alice@example.test -a
    S: f NO [CANNOT] The owner of a mailbox always has all rights
    C: g SETACL INBOX -alice@example.test a
    S: g NO [CANNOT] The owner of a mailbox always has all rights
    C: h DELETEACL INBOX alice@example.test
    S: h NO [CANNOT] The owner of a mailbox always has all rights
    C: i SETACL INBOX alice@example.test lrswipkxtea
    S: i OK SETACL completed
    C: j SETACL Nowhere bob@example.test lr
    S: j NO [NONEXISTENT] There is no such mailbox
    C: k GETACL Nowhere
    S: k NO [NONEXISTENT] There is no such mailbox
    C: l MYRIGHTS Nowhere
    S: l NO [NONEXISTENT] There is no such mailbox
    # Others' mailboxes that one has no right in are not there.
    C: m MYRIGHTS Shared/bob@example.test/INBOX
    S: m NO [NONEXISTENT] There is no such mailbox
    C: n GETACL Shared/carol@example.test/INBOX
    S: n NO [NONEXISTENT] There is no such mailbox
    C: o GETACL Public/INBOX
    S: o NO [NONEXISTENT] There is no such mailbox
    C: p SETACL INBOX
    S~ ^p BAD Expected
    C: q SETACL INBOX bob@example.test
    S~ ^q BAD Expected
    C: r SETACL INBOX "" lr
    S~ ^r BAD Expected
    C: s SETACL INBOX - lr
    S~ ^s BAD Expected
    C: t GETACL INBOX bob@example.test
    S~ ^t BAD Expected the end
    C: u LISTRIGHTS INBOX
    S~ ^u BAD Expected
    C: v SETACL {5+}
    C< INBOX {16}\\r\\n
    S: + Ready for the literal
    C: bob@example.test {2+}
    C: lr
    S: v OK SETACL completed
    C: w LIST "" INBOX RETURN (MYRIGHT)
    S~ ^w BAD Expected one of
    # The two namespaces are not for own mailboxes.
    C: x CREATE Shared/mine
    S: x NO [NOPERM] You may not make a mailbox there
    C: y CREATE Public
    S: y NO [NOPERM] You may not make a mailbox there
    C: z RENAME Archive Shared/bob@example.test/Archive
    S~ ^z NO \\[CANNOT\\]
  `,
  );
  expect(world.errors).toEqual([]);
  stranger.destroy();
  client.destroy();
});

test("Shared/: what is shared is found, read, and has everybody's own \\Seen", async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('one'), message('two'), message('three'));
  const alice = await world.login('INBOX');
  const bob = await world.login(undefined, 'bob');
  const dave = await world.login(undefined, 'dave');
  await transcript(alice, 'C: a STORE 1 +FLAGS.SILENT (\\Seen \\Flagged)\nS: a OK STORE completed');
  await transcript(bob, 'C: a LIST "" Shared/*\nS: a OK LIST completed');
  await transcript(
    alice,
    `
    C: b SETACL INBOX bob@example.test lrs
    S: b OK SETACL completed
    C: c CREATE Projects/Sun/Notes
    S~ ^c OK
    C: d SETACL Projects/Sun/Notes anyone l
    S: d OK SETACL completed
  `,
  );
  await transcript(
    bob,
    `
    C: b LIST "" *
    S* "Sent"
    S: * LIST (\\HasNoChildren) "/" "Shared/alice@example.test/INBOX"
    S: * LIST (\\HasNoChildren) "/" "Shared/alice@example.test/Projects/Sun/Notes"
    S~ "Trash"
    S: b OK LIST completed
    # RFC 4314 section 4: a parent without the right is as if it were not there.
    C: c LIST "" Shared/%
    S: * LIST (\\Noselect \\HasChildren) "/" "Shared/alice@example.test"
    S: c OK LIST completed
    C: d LIST "" (Shared/alice@example.test/%) RETURN (STATUS (MESSAGES UNSEEN) MYRIGHTS)
    S: * LIST (\\HasNoChildren) "/" "Shared/alice@example.test/INBOX"
    S: * STATUS "Shared/alice@example.test/INBOX" (MESSAGES 3 UNSEEN 3)
    S: * MYRIGHTS "Shared/alice@example.test/INBOX" lrs
    S: * LIST (\\NonExistent \\HasChildren) "/" "Shared/alice@example.test/Projects"
    S: d OK LIST completed
    C: e SELECT Shared/Alice@Example.TEST/inbox
    S~ ^\\* FLAGS
    S: * OK [PERMANENTFLAGS (\\Seen)] Flags that are kept
    S: * 3 EXISTS
    S~ ^\\* \\d RECENT
    S: * OK [UNSEEN 1] The first unseen message
    S* ^e OK \\[READ-ONLY\\]
    C: f FETCH 1:3 (FLAGS)
    S* ^\\* 1 FETCH \\(FLAGS \\(\\\\Flagged.*\\)\\)$
    S* ^f OK
    C: g FETCH 2 BODY[TEXT]
    S~ ^\\* 2 FETCH \\(FLAGS \\(\\\\Seen[^)]*\\) BODY\\[TEXT\\] \\{7\\}
    S: Hello
    S: )
    S: g OK FETCH completed
    C: h STORE 1 +FLAGS (\\Seen)
    S~ ^\\* 1 FETCH \\(FLAGS \\(\\\\Flagged \\\\Seen
    S: h OK STORE completed
    C: i SEARCH UNSEEN
    S: * SEARCH 3
    S: i OK SEARCH completed
    C: j STATUS Shared/alice@example.test/INBOX (UNSEEN)
    S: * STATUS "Shared/alice@example.test/INBOX" (UNSEEN 1)
    S: j OK STATUS completed
    C: k STORE 1 -FLAGS.SILENT (\\Seen)
    S: k OK STORE completed
    C: l STORE 3 +FLAGS (\\Deleted)
    S~ ^l NO \\[NOPERM\\]
    C: m EXPUNGE
    S~ ^m NO \\[NOPERM\\]
    C: n SUBSCRIBE Shared/alice@example.test/INBOX
    S: n OK SUBSCRIBE completed
    C: o LIST (SUBSCRIBED) "" Shared/*
    S: * LIST (\\Subscribed \\HasNoChildren) "/" "Shared/alice@example.test/INBOX"
    S: o OK LIST completed
    C: p LSUB "" Shared/*
    S: * LSUB () "/" "Shared/alice@example.test/INBOX"
    S: p OK LSUB completed
    C: q ESEARCH IN (personal subtree Shared) RETURN (ALL) FLAGGED
    S~ ^\\* ESEARCH \\(TAG "q" MAILBOX "Shared/alice@example.test/INBOX" UIDVALIDITY \\d+\\) UID ALL 1$
    S: q OK ESEARCH completed
  `,
  );
  // The owner's flags are untouched, but for what they share.
  await transcript(
    alice,
    `
    C: e NOOP
    S* ^e OK
    C: f SEARCH SEEN
    S: * SEARCH 1
    S: f OK SEARCH completed
    C: g STATUS INBOX (UNSEEN)
    S: * STATUS "INBOX" (UNSEEN 2)
    S: g OK STATUS completed
  `,
  );
  // Everybody of the tenant, with the right to look it up only.
  await transcript(
    dave,
    `
    C: a LIST "" Shared/*
    S: * LIST (\\HasNoChildren) "/" "Shared/alice@example.test/Projects/Sun/Notes"
    S: a OK LIST completed
    C: b SELECT Shared/alice@example.test/Projects/Sun/Notes
    S~ ^b NO \\[NOPERM\\]
    C: c SELECT Shared/alice@example.test/INBOX
    S: c NO [NONEXISTENT] There is no such mailbox
  `,
  );
  expect(world.errors).toEqual([]);
  for (const client of [alice, bob, dave]) client.destroy();
});

test('ME-17: the tenant sees its public folders, others do not', async () => {
  const world = await imapWorld({ publicFolders: true });
  const folders = await world.login(undefined, 'folders');
  await transcript(
    folders,
    `
    C: a CREATE News
    S~ ^a OK
    C: b APPEND News (\\Seen) {4+}
    C: A: b
    S~ ^b OK
    C: c LIST "" Public/*
    S: c OK LIST completed
  `,
  );
  const bob = await world.login(undefined, 'bob');
  const carol = await world.login(undefined, 'carol');
  await transcript(
    bob,
    `
    C: a NAMESPACE
    S: * NAMESPACE (("" "/")) (("Shared/" "/")) (("Public/" "/"))
    S: a OK NAMESPACE completed
    C: b LIST "" Public/N* RETURN (MYRIGHTS)
    S: * LIST (\\HasNoChildren) "/" "Public/News"
    S: * MYRIGHTS "Public/News" lrs
    S: b OK LIST completed
    C: c SELECT Public/News
    S* ^\\* 1 EXISTS
    S* ^c OK \\[READ-ONLY\\]
    C: d FETCH 1 (FLAGS)
    S~ ^\\* 1 FETCH \\(FLAGS \\((\\\\Recent)?\\)\\)
    S: d OK FETCH completed
    C: e STORE 1 +FLAGS.SILENT (\\Seen)
    S: e OK STORE completed
    C: f APPEND Public/News {4+}
    C: A: b
    S~ ^f NO \\[NOPERM\\]
    C: g CREATE Public/News/Mine
    S~ ^g NO \\[NOPERM\\]
    C: h SETACL Public/News bob@example.test lrswi
    S~ ^h NO \\[NOPERM\\]
    C: i LIST "" Shared/*
    S: i OK LIST completed
    C: j STATUS Shared/folders@example.test/News (MESSAGES)
    S: j NO [NONEXISTENT] There is no such mailbox
  `,
  );
  await transcript(
    carol,
    `
    C: a LIST "" *
    S* "Trash"
    S: a OK LIST completed
    C: b SELECT Public/News
    S: b NO [NONEXISTENT] There is no such mailbox
    C: c EXAMINE Shared/folders@example.test/News
    S: c NO [NONEXISTENT] There is no such mailbox
  `,
  );
  // What its own list says counts, once it has one.
  await transcript(
    folders,
    `
    C: d SETACL News bob@example.test +i
    S: d OK SETACL completed
    C: e GETACL News
    S: * ACL "News" folders@example.test ${ALL} anyone lrs bob@example.test i
    S: e OK GETACL completed
    C: f DELETEACL News anyone
    S: f OK DELETEACL completed
    C: g DELETEACL News bob@example.test
    S: g OK DELETEACL completed
    C: h GETACL News
    S: * ACL "News" folders@example.test ${ALL}
    S: h OK GETACL completed
  `,
  );
  await transcript(bob, 'C: k LIST "" Public/N*\nS: k OK LIST completed');
  expect(world.errors).toEqual([]);
  for (const client of [folders, bob, carol]) client.destroy();
});

test('rights that are withdrawn while the mailbox is selected', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('one'));
  const alice = await world.login();
  const bob = await world.login(undefined, 'bob');
  await transcript(alice, 'C: a SETACL INBOX bob@example.test lrst\nS: a OK SETACL completed');
  await transcript(bob, 'C: a SELECT Shared/alice@example.test/INBOX\nS* ^a OK \\[READ-WRITE\\]');
  await transcript(alice, 'C: b SETACL INBOX bob@example.test -t\nS: b OK SETACL completed');
  await transcript(bob, 'C: b STORE 1 +FLAGS (\\Deleted)\nS~ ^b NO \\[NOPERM\\]');
  await transcript(alice, 'C: c DELETEACL INBOX bob@example.test\nS: c OK DELETEACL completed');
  await world.deliver('INBOX', message('secret'));
  await transcript(
    bob,
    `
    C: c NOOP
    S: c OK NOOP completed
    C: d FETCH 1 (ENVELOPE)
    S: d NO [NOPERM] The owner of this mailbox does not let you read it any more
    C: e SEARCH ALL
    S~ ^e NO \\[NOPERM\\]
    C: f STORE 1 +FLAGS (\\Seen)
    S~ ^f NO \\[NOPERM\\]
    C: g COPY 1 INBOX
    S~ ^g NO \\[NOPERM\\]
    C: g1 ESEARCH IN (selected) ALL
    S~ ^g1 NO \\[NOPERM\\]
    C: g2 ESEARCH IN (selected personal) RETURN (COUNT) ALL
    S: g2 OK ESEARCH completed
    C: g3 APPEND Drafts CATENATE (URL "/;UID=1")
    S~ ^g3 NO \\[BADURL
    C: h UNSELECT
    S: h OK UNSELECT completed
    C: i SELECT Shared/alice@example.test/INBOX
    S: i NO [NONEXISTENT] There is no such mailbox
  `,
  );
  expect(world.errors).toEqual([]);
  alice.destroy();
  bob.destroy();
});

test("APPEND, COPY and MOVE into and out of another account: bytes are copied, flags as rights allow, limits are the owner's", async () => {
  const world = await imapWorld({ quota: 2_000 });
  await world.deliver('INBOX', message('one'), message('two'));
  const alice = await world.login('INBOX');
  const bob = await world.login(undefined, 'bob');
  await transcript(
    alice,
    `
    C: a STORE 1 +FLAGS.SILENT (\\Seen \\Flagged keep)
    S: a OK STORE completed
    C: b SETACL INBOX bob@example.test lrsite
    S: b OK SETACL completed
    C: c SETACL Archive bob@example.test lrswi
    S: c OK SETACL completed
  `,
  );
  await transcript(
    bob,
    `
    C: a SELECT Shared/alice@example.test/INBOX
    S* ^a OK \\[READ-WRITE\\]
    C: b STORE 2 +FLAGS.SILENT (\\Seen)
    S: b OK STORE completed
    # To the own account: as he sees them.
    C: c COPY 1:2 INBOX
    S~ ^c OK \\[COPYUID \\d+ 1:2 1:2\\] Copied$
    # To another mailbox of the same owner: shared flags stay, his \\Seen goes along.
    C: d COPY 1:2 Shared/alice@example.test/Archive
    S~ ^d OK \\[COPYUID \\d+ 1:2 1:2\\] Copied$
    C: e MOVE 2 Trash
    S~ ^\\* OK \\[COPYUID \\d+ 2 1\\] Moved$
    S: * 2 EXPUNGE
    S: e OK MOVE completed
    C: f SELECT Shared/alice@example.test/Archive
    S* ^f OK
    C: g FETCH 1:2 (UID FLAGS)
    S~ ^\\* 1 FETCH \\(UID 1 FLAGS \\(\\\\Flagged keep( \\\\Recent)?\\)\\)$
    S~ ^\\* 2 FETCH \\(UID 2 FLAGS \\(\\\\Seen( \\\\Recent)?\\)\\)$
    S: g OK FETCH completed
    C: h SELECT INBOX
    S* ^h OK
    C: i FETCH 1:2 (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])
    S~ ^\\* 1 FETCH \\(FLAGS \\(\\\\Flagged keep( \\\\Recent)?\\) BODY
    S: Subject: one
    S: ${''}
    S: )
    S~ ^\\* 2 FETCH \\(FLAGS \\(\\\\Seen( \\\\Recent)?\\) BODY
    S: Subject: two
    S: ${''}
    S: )
    S: i OK FETCH completed
    # Without "w" there, only \\Seen and \\Deleted go along.
    C: j COPY 1:2 Shared/alice@example.test/INBOX
    S~ ^j OK \\[COPYUID \\d+ 1:2 3:4\\] Copied$
    C: k APPEND Shared/alice@example.test/INBOX (\\Seen \\Answered) {4+}
    C: A: b
    S~ ^k OK \\[APPENDUID \\d+ 5\\]
    C: l EXAMINE Shared/alice@example.test/INBOX
    S* ^l OK
    C: m FETCH 2:4 (FLAGS)
    S~ ^\\* 2 FETCH \\(FLAGS \\((\\\\Recent)?\\)\\)$
    S~ ^\\* 3 FETCH \\(FLAGS \\(\\\\Seen( \\\\Recent)?\\)\\)$
    S~ ^\\* 4 FETCH \\(FLAGS \\(\\\\Seen( \\\\Recent)?\\)\\)$
    S: m OK FETCH completed
    # CATENATE may take from what is shared.
    C: n APPEND Drafts CATENATE (URL "/Shared/alice@example.test/Archive/;UID=1" TEXT {1+}
    C: x)
    S~ ^n OK \\[APPENDUID
    C: o APPEND Drafts CATENATE (URL "/Shared/alice@example.test/Sent/;UID=1")
    S~ ^o NO \\[BADURL
    C: p GETQUOTAROOT Shared/alice@example.test/INBOX
    S: * QUOTAROOT "Shared/alice@example.test/INBOX" "#user/alice@example.test"
    S~ ^\\* QUOTA "#user/alice@example.test" \\(STORAGE 1 1\\)$
    S: p OK GETQUOTAROOT completed
    C: q GETQUOTAROOT Shared/alice@example.test/Sent
    S~ ^q NO \\[NONEXISTENT\\]
    C: r APPEND Shared/alice@example.test/INBOX {1900}
    S~ ^r NO \\[OVERQUOTA\\]
  `,
  );
  const blobs = new Map<string, string>();
  for (const id of ['alice', 'bob']) {
    const account = await world.account(id);
    const emails = [...account.state.mailboxes.keys()].flatMap((mailbox) => {
      const rows = account.state.rows(mailbox);
      return Array.from({ length: rows.length }, (_, row) => rows.email(row));
    });
    for (const { blob } of (await account.emails(emails)).values()) {
      // Design, rule 3: no account names another's bytes.
      expect(blobs.get(blob) ?? id).toBe(id);
      blobs.set(blob, id);
    }
  }
  await transcript(
    alice,
    `
    C: d NOOP
    S* ^d OK
    C: e FETCH 1:4 (UID FLAGS)
    S* ^\\* 1 FETCH \\(UID 1 FLAGS \\(\\\\Flagged \\\\Seen keep
    S~ ^\\* 2 FETCH \\(UID 3 FLAGS \\((\\\\Recent)?\\)\\)$
    S~ ^\\* 3 FETCH \\(UID 4 FLAGS \\((\\\\Recent)?\\)\\)$
    S~ ^\\* 4 FETCH \\(UID 5 FLAGS \\((\\\\Recent)?\\)\\)$
    S: e OK FETCH completed
  `,
  );
  expect(world.errors).toEqual([]);
  alice.destroy();
  bob.destroy();
});

test("CREATE, RENAME and DELETE in a mailbox of somebody else's: lists are inherited, kept, and go", async () => {
  const world = await imapWorld();
  const alice = await world.login();
  const bob = await world.login(undefined, 'bob');
  await transcript(
    alice,
    `
    C: a CREATE Team
    S~ ^a OK
    C: b SETACL Team bob@example.test lrkxa
    S: b OK SETACL completed
  `,
  );
  await transcript(
    bob,
    `
    C: a CREATE Shared/alice@example.test/Team/A/B
    S~ ^a OK \\[MAILBOXID
    C: b LIST "" Shared/* RETURN (MYRIGHTS)
    S: * LIST (\\HasChildren) "/" "Shared/alice@example.test/Team"
    S: * MYRIGHTS "Shared/alice@example.test/Team" lrkxac
    S: * LIST (\\HasChildren) "/" "Shared/alice@example.test/Team/A"
    S: * MYRIGHTS "Shared/alice@example.test/Team/A" lrkxac
    S: * LIST (\\HasNoChildren) "/" "Shared/alice@example.test/Team/A/B"
    S: * MYRIGHTS "Shared/alice@example.test/Team/A/B" lrkxac
    S: b OK LIST completed
    C: c CREATE Shared/alice@example.test/Top
    S: c NO [NOPERM] You may not make a mailbox there
    C: d CREATE Shared/alice@example.test/Team/C (USE (\\Sent))
    S~ ^d NO \\[USEATTR\\]
    C: e SETACL Shared/alice@example.test/Team/A dave@example.test lr
    S: e OK SETACL completed
    C: f RENAME Shared/alice@example.test/Team/A Shared/alice@example.test/Team/D
    S: f OK RENAME completed
    C: g GETACL Shared/alice@example.test/Team/D
    S: * ACL "Shared/alice@example.test/Team/D" alice@example.test ${ALL} bob@example.test lrkxac dave@example.test lr
    S: g OK GETACL completed
    C: h RENAME Shared/alice@example.test/Team/D Mine
    S~ ^h NO \\[CANNOT\\]
    C: i DELETE Shared/alice@example.test/Team/D
    S~ ^i NO \\[HASCHILDREN\\]
    C: j SELECT Shared/alice@example.test/Team/D/B
    S* ^j OK \\[READ-ONLY\\]
    C: k DELETE Shared/alice@example.test/Team/D/B
    S: k OK DELETE completed
    C: l CHECK
    S~ ^l BAD CHECK needs a selected mailbox
  `,
  );
  const dave = await world.login(undefined, 'dave');
  await transcript(
    dave,
    'C: a STATUS Shared/alice@example.test/Team/D (MESSAGES)\nS~ STATUS\nS: a OK STATUS completed',
  );
  expect([...world.alice.state.objects('acl').keys()].length).toBe(2);
  expect(world.errors).toEqual([]);
  for (const client of [alice, bob, dave]) client.destroy();
});

test("annotations of a shared mailbox: what is private is everybody's own (RFC 5464)", async () => {
  const world = await imapWorld();
  const alice = await world.login();
  const bob = await world.login(undefined, 'bob');
  await transcript(
    alice,
    `
    C: a SETMETADATA INBOX (/private/comment "hers" /shared/comment "ours")
    S: a OK SETMETADATA completed
    C: b SETACL INBOX bob@example.test lrw
    S: b OK SETACL completed
  `,
  );
  await transcript(
    bob,
    `
    C: a SETMETADATA Shared/alice@example.test/INBOX (/private/comment "his" /shared/vendor/x/y "too")
    S: a OK SETMETADATA completed
    C: b GETMETADATA Shared/alice@example.test/INBOX (/private/comment /shared/comment /shared/vendor/x/y)
    S: * METADATA "Shared/alice@example.test/INBOX" ("/private/comment" "his" "/shared/comment" "ours" "/shared/vendor/x/y" "too")
    S: b OK GETMETADATA completed
    C: c SETMETADATA Shared/alice@example.test/INBOX (/private/specialuse "\\\\Sent")
    S~ ^c NO \\[USEATTR\\]
  `,
  );
  await transcript(
    alice,
    `
    C: c GETMETADATA INBOX (/private/comment /shared/vendor/x/y)
    S: * METADATA "INBOX" ("/private/comment" "hers" "/shared/vendor/x/y" "too")
    S: c OK GETMETADATA completed
  `,
  );
  expect(world.errors).toEqual([]);
  alice.destroy();
  bob.destroy();
});

test('IDLE in a shared mailbox tells what comes, and whose \\Seen is his alone', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('one'));
  const alice = await world.login('INBOX');
  const bob = await world.login(undefined, 'bob');
  const again = await world.login(undefined, 'bob');
  await transcript(alice, 'C: a SETACL INBOX bob@example.test lrs\nS: a OK SETACL completed');
  for (const client of [bob, again]) {
    await transcript(client, 'C: a SELECT Shared/alice@example.test/INBOX\nS* ^a OK');
  }
  await transcript(bob, 'C: b IDLE\nS: + Idling');
  await world.deliver('INBOX', message('two'));
  await transcript(bob, 'S: * 2 EXISTS\nS~ RECENT');
  await transcript(again, 'C: b NOOP\nS* ^b OK\nC: c STORE 1 +FLAGS.SILENT (\\Seen)\nS: c OK STORE completed');
  await transcript(bob, 'S~ ^\\* 1 FETCH \\(FLAGS \\(\\\\Seen');
  await transcript(bob, 'C: DONE\nS: b OK IDLE completed');
  expect(world.errors).toEqual([]);
  for (const client of [alice, bob, again]) client.destroy();
});

test('REPLACE where the right to read was withdrawn: what follows its literal is the next command', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('one'));
  const alice = await world.login();
  const bob = await world.login(undefined, 'bob');
  await transcript(alice, 'C: a SETACL INBOX bob@example.test lrtei\nS: a OK SETACL completed');
  await transcript(bob, 'C: a SELECT Shared/alice@example.test/INBOX\nS* ^a OK');
  await transcript(alice, 'C: b DELETEACL INBOX bob@example.test\nS: b OK DELETEACL completed');
  await transcript(
    bob,
    `
    C: b REPLACE 1 INBOX {16+}
    C: c DELETE Archive
    S~ ^b NO \\[NOPERM\\]
    C: d STATUS Archive (MESSAGES)
    S* ^d OK
  `,
  );
  alice.destroy();
  bob.destroy();
});
