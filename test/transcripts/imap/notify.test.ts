import { expect, test } from 'vitest';
import { UidSet } from '../../../mail/account/uidset.ts';
import { type ImapWorld, imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

async function lists(): Promise<ImapWorld> {
  const world = await imapWorld();
  await world.alice.write((draft) => {
    for (const name of ['Lists/Lemonade', 'Lists/Im2000', 'misc']) draft.createMailbox(name);
  });
  await world.deliver('Lists/Lemonade', message('a'), message('b'));
  return world;
}

const uidvalidity = (world: ImapWorld, name: string) => world.alice.state.mailboxNamed(name)!.uidvalidity;
const modseq = (world: ImapWorld, name: string) => world.alice.state.mailboxNamed(name)!.modseq;

test('NOTIFY SET STATUS: what is there, then what comes, with no command in progress (RFC 5465 section 3.1)', async () => {
  const world = await lists();
  const client = await world.login();
  // The example, with the parentheses and the MessageExpunge that the grammar and section 5 ask for.
  await transcript(
    client,
    `
    C: b notify set status (selected (MessageNew (uid body.peek[header.fields (from to subject)]) MessageExpunge)) (subtree Lists (MessageNew MessageExpunge))
    S: * STATUS "Lists" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY ${uidvalidity(world, 'Lists')})
    S: * STATUS "Lists/Lemonade" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY ${uidvalidity(world, 'Lists/Lemonade')})
    S: * STATUS "Lists/Im2000" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY ${uidvalidity(world, 'Lists/Im2000')})
    S: b OK NOTIFY completed
    C: c select inbox
    S* ^c OK
  `,
  );
  await world.deliver('Lists/Lemonade', message('c'));
  await client.expect(
    `* STATUS "Lists/Lemonade" (MESSAGES 3 UIDNEXT 4 UIDVALIDITY ${uidvalidity(world, 'Lists/Lemonade')})`,
  );
  await world.deliver('misc', message('nobody asked'));
  await world.deliver('INBOX', message('Re: good morning'));
  await transcript(
    client,
    `
    S: * 1 EXISTS
    S: * 1 RECENT
    S~ ^\\* 1 FETCH \\(UID 1 BODY\\[HEADER.FIELDS \\(from to subject\\)\\] \\{\\d+\\}
    S: From: Ann <ann@example.org>
    S: To: alice@example.test
    S: Subject: Re: good morning
    S:
    S: )
    C: d STATUS misc (UIDVALIDITY UIDNEXT MESSAGES)
    S: * STATUS "misc" (UIDVALIDITY ${uidvalidity(world, 'misc')} UIDNEXT 2 MESSAGES 1)
    S: d OK STATUS completed
    C: e notify set (selected (MessageNew (uid body.peek[header.fields (from to subject)]) MessageExpunge)) (subtree Lists (MessageNew MessageExpunge)) (mailboxes misc (MessageNew MessageExpunge))
    S: e OK NOTIFY completed
  `,
  );
  await world.deliver('misc', message('somebody asked'));
  await client.expect(`* STATUS "misc" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY ${uidvalidity(world, 'misc')})`);
  await world.alice.write((draft) => {
    for (const { id } of [...draft.mailboxes.values()]) draft.expunge(id, UidSet.range(1, 1));
  });
  await transcript(
    client,
    `
    S: * 1 EXPUNGE
    S~ ^\\* STATUS "Lists/Lemonade" \\(MESSAGES 2 UIDNEXT 4
    S~ ^\\* STATUS "misc" \\(MESSAGES 1 UIDNEXT 3
    C: f NOTIFY NONE
    S: f OK NOTIFY completed
  `,
  );
  await world.deliver('INBOX', message('unheard'));
  await transcript(
    client,
    'C: g NOOP\nS: g OK NOOP completed\nC: h IDLE\nS: + Idling\nC: DONE\nS: h OK IDLE completed',
  );
  await transcript(
    client,
    `
    # What has gathered is told at once, also to who wants to hear nothing more of it.
    C: i NOTIFY SET (SELECTED NONE)
    S: * 1 EXISTS
    S: * 1 RECENT
    S: i OK NOTIFY completed
  `,
  );
  expect(world.errors).toEqual([]);
});

test('NOTIFY: flags, and CONDSTORE and QRESYNC (RFC 5465 sections 5.1 to 5.3)', async () => {
  const world = await lists();
  await world.deliver('INBOX', message('a'), message('b'));
  const plain = await world.login('INBOX');
  const client = await world.login();
  const flag = (name: string, uid: number, flags: string[]) =>
    world.alice.write((draft) => draft.store(draft.mailboxNamed(name)!.id, UidSet.range(uid, uid), 'add', flags));
  const all = '(selected (MessageNew MessageExpunge FlagChange)) (personal (MessageNew FlagChange MessageExpunge))';
  await transcript(plain, `C: a NOTIFY SET ${all}\nS: a OK NOTIFY completed`);
  await transcript(
    client,
    `
    C: a ENABLE QRESYNC
    S* ^a OK
    C: b SELECT INBOX
    S* ^b OK
    C: c NOTIFY SET STATUS (selected (MessageNew (uid flags) MessageExpunge FlagChange)) (mailboxes (Lists/Lemonade nowhere) (MessageNew MessageExpunge FlagChange))
    S: * STATUS "Lists/Lemonade" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY ${uidvalidity(world, 'Lists/Lemonade')} UNSEEN 2 HIGHESTMODSEQ ${modseq(world, 'Lists/Lemonade')})
    S: c OK NOTIFY completed
  `,
  );
  await flag('INBOX', 2, ['$Junk']);
  await transcript(
    client,
    `
    S~ ^\\* FLAGS
    S~ PERMANENTFLAGS
    S: * 2 FETCH (UID 2 FLAGS ($Junk) MODSEQ (${modseq(world, 'INBOX')}))
  `,
  );
  await transcript(plain, 'S~ FLAGS\nS~ PERMANENTFLAGS\nS: * 2 FETCH (UID 2 FLAGS ($Junk \\Recent))');
  await flag('Lists/Lemonade', 1, ['$Junk']);
  const lemonade = uidvalidity(world, 'Lists/Lemonade');
  await client.expect(
    `* STATUS "Lists/Lemonade" (UIDVALIDITY ${lemonade} HIGHESTMODSEQ ${modseq(world, 'Lists/Lemonade')})`,
  );
  // To who knows no mod-sequences, there is nothing to say before \Seen changes.
  await flag('Lists/Lemonade', 1, ['\\Seen']);
  await plain.expect(`* STATUS "Lists/Lemonade" (UIDVALIDITY ${lemonade} UNSEEN 1)`);
  await client.expect(
    `* STATUS "Lists/Lemonade" (UIDVALIDITY ${lemonade} UNSEEN 1 HIGHESTMODSEQ ${modseq(world, 'Lists/Lemonade')})`,
  );
  await world.deliver('Lists/Lemonade', message('c'));
  await plain.expect(`* STATUS "Lists/Lemonade" (MESSAGES 3 UIDNEXT 4 UIDVALIDITY ${lemonade} UNSEEN 2)`);
  await client.expect(/^\* STATUS "Lists\/Lemonade" \(MESSAGES 3 UIDNEXT 4 .* UNSEEN 2 HIGHESTMODSEQ \d+\)$/);
  await world.deliver('INBOX', message('c'));
  await transcript(client, 'S: * 3 EXISTS\nS~ RECENT\nS~ ^\\* 3 FETCH \\(UID 3 FLAGS \\(');
  await transcript(plain, 'S: * 3 EXISTS\nS~ RECENT');
  await world.alice.write((draft) => draft.expunge(draft.mailboxNamed('INBOX')!.id, UidSet.range(2, 2)));
  await transcript(client, 'S: * VANISHED 2\nS~ ^\\* OK \\[HIGHESTMODSEQ');
  await transcript(plain, 'S: * 2 EXPUNGE\nC: x FETCH 2 UID\nS: * 2 FETCH (UID 3)\nS: x OK FETCH completed');
  expect(world.errors).toEqual([]);
});

test('NOTIFY: SELECTED-DELAYED, and IDLE (RFC 5465 sections 4 and 6.1.2)', async () => {
  const world = await lists();
  await world.deliver('INBOX', message('a'), message('b'), message('c'));
  const client = await world.login('INBOX');
  await transcript(
    client,
    'C: a NOTIFY SET (SELECTED-DELAYED (MessageNew (UID) MessageExpunge))\nS: a OK NOTIFY completed',
  );
  const expunge = (uid: number) =>
    world.alice.write((draft) => draft.expunge(draft.mailboxNamed('INBOX')!.id, UidSet.range(uid, uid)));
  await expunge(1);
  await world.deliver('INBOX', message('d'));
  await transcript(
    client,
    `
    S: * 4 EXISTS
    S: * 4 RECENT
    S: * 4 FETCH (UID 4)
    C: b FETCH 2 UID
    S: * 2 FETCH (UID 2)
    S: b OK FETCH completed
    C: c NOOP
    S: * 1 EXPUNGE
    S: c OK NOOP completed
    C: d IDLE
    S: + Idling
  `,
  );
  await expunge(2);
  await transcript(client, 'S: * 1 EXPUNGE\nC: DONE\nS: d OK IDLE completed');
  // What was not asked for is not told in IDLE either; its own EXPUNGE is answered.
  await transcript(client, 'C: e NOTIFY SET (inboxes (MailboxName))\nS: e OK NOTIFY completed\nC: f IDLE\nS: + Idling');
  await world.deliver('INBOX', message('e'));
  await expunge(3);
  await world.alice.write((draft) =>
    draft.store(draft.mailboxNamed('INBOX')!.id, UidSet.range(4, 4), 'add', ['\\Deleted']),
  );
  await transcript(
    client,
    `
    C: DONE
    S: f OK IDLE completed
    C: g UID FETCH 1:* FLAGS
    S: * 2 FETCH (UID 4 FLAGS (\\Deleted \\Recent))
    S: g OK UID FETCH completed
    C: h EXPUNGE
    S: * 2 EXPUNGE
    S: * 1 EXPUNGE
    S: * 1 EXISTS
    S: * 1 RECENT
    S: h OK EXPUNGE completed
  `,
  );
  expect(world.errors).toEqual([]);
});

test('NOTIFY SET: flags that were held back are told when they are wanted (RFC 5465 section 3.1)', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('a'), message('b'));
  const client = await world.login('INBOX');
  const inbox = world.alice.state.mailboxNamed('INBOX')!.id;
  const flag = (uid: number) =>
    world.alice.write((draft) => draft.store(inbox, UidSet.range(uid, uid), 'add', ['\\Seen']));
  await transcript(client, 'C: a NOTIFY SET (selected (MessageNew MessageExpunge))\nS: a OK NOTIFY completed');
  await world.deliver('INBOX', message('c'));
  await transcript(client, 'S: * 3 EXISTS\nS: * 3 RECENT');
  await flag(1);
  await flag(3);
  await transcript(
    client,
    `
    C: b NOOP
    S: b OK NOOP completed
    C: c STORE 2 +FLAGS (\\Flagged)
    S: * 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent))
    S: c OK STORE completed
    C: d NOTIFY SET (selected (MessageNew MessageExpunge FlagChange))
    S: * 1 FETCH (FLAGS (\\Seen \\Recent))
    S: * 2 FETCH (FLAGS (\\Flagged \\Recent))
    S: * 3 FETCH (FLAGS (\\Seen \\Recent))
    S: d OK NOTIFY completed
  `,
  );
  await flag(2);
  await client.expect('* 2 FETCH (UID 2 FLAGS (\\Flagged \\Seen \\Recent))');
  expect(world.errors).toEqual([]);
});

test('NOTIFY: names, subscriptions and annotations (RFC 5465 sections 5.4 to 5.7)', async () => {
  const world = await lists();
  const client = await world.login('INBOX');
  const other = await world.login();
  await transcript(
    client,
    `
    C: a notify set (mailboxes INBOX (Messagenew messageExpunge)) (personal (SubscriptionChange MailboxName MailboxMetadataChange ServerMetadataChange))
    S: a OK NOTIFY completed
  `,
  );
  const says = async (command: string, lines: string) => {
    await transcript(other, `C: o ${command}\nS* ^o OK`);
    await transcript(client, lines);
  };
  await says('CREATE NewMailbox', 'S: * LIST (\\HasNoChildren) "/" "NewMailbox"');
  await says(
    'CREATE NewMailbox/Below',
    'S: * LIST (\\HasChildren) "/" "NewMailbox"\nS: * LIST (\\HasNoChildren) "/" "NewMailbox/Below"',
  );
  await says('RENAME NewMailbox Renamed', 'S: * LIST (\\HasChildren) "/" "Renamed" ("OLDNAME" ("NewMailbox"))');
  await says(
    'DELETE Renamed/Below',
    'S: * LIST (\\HasNoChildren) "/" "Renamed"\nS: * LIST (\\NonExistent \\HasNoChildren) "/" "Renamed/Below"',
  );
  await says('SUBSCRIBE misc', 'S: * LIST (\\Subscribed \\HasNoChildren) "/" "misc"');
  await says('UNSUBSCRIBE misc', 'S: * LIST (\\HasNoChildren) "/" "misc"');
  await says('SETMETADATA INBOX (/shared/comment "x")', 'S: * METADATA "INBOX" /shared/comment');
  await says(
    'SETMETADATA misc (/private/comment "x" /shared/comment "y" "/private/a b" "z")',
    'S: * METADATA "misc" "/private/a b" /private/comment /shared/comment',
  );
  await says('SETMETADATA misc (/private/comment NIL)', 'S: * METADATA "misc" /private/comment');
  await says('SETMETADATA "" (/private/comment "x")', 'S: * METADATA "" /private/comment');
  await says('RENAME INBOX Old', 'S: * LIST (\\HasNoChildren) "/" "Old"\nS: * METADATA "Old" /shared/comment');
  // What the client does itself, it is not told.
  await transcript(
    client,
    `
    C: b CREATE Mine
    S~ ^b OK
    C: c SUBSCRIBE Mine
    S: c OK SUBSCRIBE completed
    C: d SETMETADATA Mine (/private/comment "x")
    S: d OK SETMETADATA completed
    C: e RENAME Mine Yours
    S: e OK RENAME completed
    C: f GETMETADATA INBOX /shared/comment
    S: * METADATA "INBOX" ("/shared/comment" "x")
    S: f OK GETMETADATA completed
    C: g DELETE Yours
    S: g OK DELETE completed
    C: h APPEND misc {5+}
    C: abc
    C:
    S~ ^h OK
  `,
  );
  await says('CREATE Last', 'S: * LIST (\\HasNoChildren) "/" "Last"');
  expect(world.errors).toEqual([]);
});

test('NOTIFY SET (subscribed ...): the list is looked at anew when it changes (RFC 5465 section 6.4)', async () => {
  const world = await lists();
  const client = await world.login();
  const other = await world.login();
  await transcript(
    client,
    'C: a NOTIFY SET (subscribed (MessageNew MessageExpunge SubscriptionChange))\nS: a OK NOTIFY completed',
  );
  await transcript(other, 'C: a SUBSCRIBE misc\nS* ^a OK');
  await transcript(client, 'S: * LIST (\\Subscribed \\HasNoChildren) "/" "misc"');
  await world.deliver('Lists/Lemonade', message('not subscribed'));
  await world.deliver('misc', message('subscribed'));
  await transcript(client, 'S~ ^\\* STATUS "misc" \\(MESSAGES 1 UIDNEXT 2');
  await transcript(other, 'C: a UNSUBSCRIBE misc\nS* ^a OK');
  await transcript(client, 'S: * LIST (\\HasNoChildren) "/" "misc"');
  await world.deliver('misc', message('subscribed no more'));
  await transcript(client, 'C: b NOOP\nS: b OK NOOP completed');
});

test('ENABLE METADATA: annotations that others change are told with commands (RFC 5464 section 4.4.2)', async () => {
  const world = await lists();
  const client = await world.login();
  const other = await world.login();
  await transcript(
    client,
    'C: a ENABLE METADATA\nS: * ENABLED METADATA\nS: a OK ENABLE completed\nC: b SELECT INBOX\nS* ^b OK',
  );
  await transcript(
    other,
    `
    C: a SETMETADATA "" (/private/vendor/x/y "z")
    C: b SETMETADATA INBOX (/shared/comment "x" /private/comment "y")
    S* ^b OK
  `,
  );
  await world.deliver('INBOX', message('as ever'));
  await transcript(
    client,
    `
    C: c NOOP
    S: * 1 EXISTS
    S: * 1 RECENT
    S: * METADATA "" /private/vendor/x/y
    S: * METADATA "INBOX" /private/comment /shared/comment
    S: c OK NOOP completed
    C: d SETMETADATA INBOX (/shared/comment NIL)
    S: d OK SETMETADATA completed
    C: e IDLE
    S: + Idling
  `,
  );
  await transcript(other, 'C: c SETMETADATA INBOX (/private/comment NIL)\nS* ^c OK');
  await transcript(client, 'S: * METADATA "INBOX" /private/comment\nC: DONE\nS: e OK IDLE completed');
  // Whoever has not asked is told nothing.
  await transcript(other, 'C: d NOOP\nS: d OK NOOP completed');
});

test('NOTIFY: refusals', async () => {
  const world = await imapWorld();
  const { client } = world.connect();
  await transcript(client, 'S~ OK\nC: a NOTIFY NONE\nS~ ^a BAD NOTIFY is allowed after login only');
  const inside = await world.login('INBOX');
  const events =
    'MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange';
  await transcript(
    inside,
    `
    C: a NOTIFY
    S~ ^a BAD
    C: b NOTIFY SET
    S~ ^b BAD
    C: c NOTIFY ALL
    S~ ^c BAD Expected SET or NONE
    C: d NOTIFY NONE (personal NONE)
    S~ ^d BAD Expected the end
    C: e NOTIFY SET (personal (MessageNew))
    S~ ^e BAD MessageNew and MessageExpunge go together
    C: f NOTIFY SET (personal (FlagChange))
    S~ ^f BAD MessageNew and MessageExpunge go together
    C: g NOTIFY SET (selected (MailboxName))
    S~ ^g BAD Only events of messages
    C: h NOTIFY SET (personal (MessageNew (UID) MessageExpunge))
    S~ ^h BAD What to fetch is for SELECTED
    C: i NOTIFY SET (selected NONE) (selected-delayed NONE)
    S~ ^i BAD Only one of SELECTED
    C: j NOTIFY SET (personal (MessageNew MessageExpunge AnnotationChange))
    S: j NO [BADEVENT (${events})] There is no AnnotationChange here
    C: k NOTIFY SET (selected (Whatever)) (personal NONE)
    S~ ^k NO \\[BADEVENT \\(MessageNew
    C: l NOTIFY SET (personal (Whatever)) (personal NONE
    S~ ^l BAD
    C: m NOTIFY SET personal (MailboxName)
    S~ ^m BAD Expected which mailboxes and which events
    C: n NOTIFY SET (somewhere (MailboxName))
    S~ ^n BAD Expected one of
    C: o NOTIFY SET (subtree (MailboxName))
    S~ ^o BAD
    C: p NOTIFY SET STATUS
    S~ ^p BAD
    C: q NOTIFY SET (selected (MessageNew (NOTHING) MessageExpunge))
    S~ ^q BAD
    C: r NOTIFY SET (mailboxes {5}
    S: + Ready for the literal
    C: INBOX (MailboxName))
    S: r OK NOTIFY completed
    C: s NOTIFY SET${' (personal NONE)'.repeat(101)}
    S~ ^s NO \\[NOTIFICATIONOVERFLOW\\]
    # A name that is not there, or not any more, is passed over.
    C: t notify set status (MAILBOXES (nowhere "a%b") (MESSAGENEW messageexpunge))
    S: t OK NOTIFY completed
    C: u NOTIFY SET (selected-delayed NONE)
    S: u OK NOTIFY completed
    C: v UNAUTHENTICATE
    S: v OK UNAUTHENTICATE completed
    C: w NOTIFY NONE
    S~ ^w BAD
  `,
  );
  expect(world.errors).toEqual([]);
});

test('NOTIFY: too much at once ends it (RFC 5465 section 5.8)', async () => {
  const world = await imapWorld();
  const client = await world.login('INBOX');
  await transcript(client, 'C: a NOTIFY SET (selected (MessageNew MessageExpunge)) (personal (MailboxName))\nS~ ^a OK');
  await world.alice.write((draft) => {
    for (let i = 0; i < 1_001; i++) draft.createMailbox(`m${i}`);
  });
  await transcript(client, 'S~ ^\\* OK \\[NOTIFICATIONOVERFLOW\\]');
  await world.deliver('INBOX', message('unheard'));
  await transcript(client, 'C: b NOOP\nS: b OK NOOP completed');
  await transcript(client, 'C: c NOTIFY SET (personal (MailboxName))\nS: * 1 EXISTS\nS~ RECENT\nS~ ^c OK');
  await world.alice.write((draft) => draft.deleteMailbox('m1'));
  await transcript(client, 'S: * LIST (\\NonExistent \\HasNoChildren) "/" "m1"');
});

test('a client that does not read is told once what has become of it, when it reads again', async () => {
  const world = await lists();
  const client = await world.login('INBOX');
  await transcript(
    client,
    'C: a NOTIFY SET (selected (MessageNew (UID) MessageExpunge)) (personal (MessageNew MessageExpunge))\nS~ ^a OK',
  );
  client.drain(false);
  await world.deliver('misc', message('1'));
  const before = client.received.length;
  for (let i = 0; i < 50; i++) await world.deliver('misc', message('more'));
  await world.deliver('INBOX', message('a'), message('b'));
  await world.alice.write((draft) => draft.expunge(draft.mailboxNamed('INBOX')!.id, UidSet.range(1, 1)));
  expect(client.received.length - before).toBeLessThan(200);
  client.drain(true);
  await transcript(
    client,
    `
    S~ ^\\* STATUS "misc" \\(MESSAGES 1 UIDNEXT 2
    S: * 1 EXISTS
    S: * 1 RECENT
    S: * 1 FETCH (UID 2)
    S~ ^\\* STATUS "misc" \\(MESSAGES 51 UIDNEXT 52
    C: b NOOP
    S: b OK NOOP completed
  `,
  );
  client.destroy();
});

test("NOTIFY: others' mailboxes, as far as they let the user (RFC 5465 sections 3.1, 5.4 and 5.9)", async () => {
  const world = await imapWorld();
  const bob = await world.account('bob');
  await bob.write((draft) => {
    for (const name of ['Work', 'Work/Below', 'Seen', 'Hidden']) draft.createMailbox(name);
  });
  const owner = world.connect().client;
  await transcript(owner, 'S~ OK\nC: a LOGIN bob@example.test secret\nS~ ^a OK');
  const says = (command: string) => transcript(owner, `C: o ${command}\nS* ^o OK`);
  await says('SETACL Work alice@example.test lr');
  await says('SETACL Seen alice@example.test l');
  const client = await world.login('INBOX');
  const work = bob.state.mailboxNamed('Work')!;
  const shared = 'Shared/bob@example.test';
  await transcript(
    client,
    `
    C: a NOTIFY SET STATUS (subtree ${shared} (MessageNew MessageExpunge MailboxName MailboxMetadataChange)) (personal (SubscriptionChange))
    S: * STATUS "${shared}/Work" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY ${work.uidvalidity})
    S: * LIST (\\NoAccess) "/" "${shared}/Seen"
    S: a OK NOTIFY completed
  `,
  );
  await says('APPEND Work {5+}\nC: abc\nC:');
  await client.expect(`* STATUS "${shared}/Work" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY ${work.uidvalidity})`);
  // What belongs to others, and what the owner says only to himself, is not told.
  await says('APPEND Seen {5+}\nC: abc\nC:');
  await says('APPEND Hidden {5+}\nC: abc\nC:');
  await says('SETMETADATA Work (/private/comment "mine")');
  await says('SETMETADATA "" (/private/comment "mine")');
  await says('SETMETADATA Work (/shared/comment "ours")');
  await client.expect(`* METADATA "${shared}/Work" /shared/comment`);
  await says('RENAME Work Job');
  await client.expect(`* LIST (\\HasNoChildren) "/" "${shared}/Job" ("OLDNAME" ("${shared}/Work"))`);
  await says('SETACL Job/Below alice@example.test lr');
  await transcript(
    client,
    `
    S: * LIST (\\HasChildren) "/" "${shared}/Job"
    S: * LIST (\\HasNoChildren) "/" "${shared}/Job/Below"
  `,
  );
  await says('DELETEACL Job alice@example.test');
  await transcript(
    client,
    `
    S~ ^\\* LIST \\(\\\\NonExistent .*"Shared/bob@example.test"$
    S: * LIST (\\NonExistent \\HasChildren) "/" "${shared}/Job"
  `,
  );
  await says('APPEND Job {5+}\nC: abc\nC:');
  // Given back: it is heard of again.
  await says('SETACL Job alice@example.test lr');
  await transcript(
    client,
    `
    S~ LIST .*"Shared/bob@example.test"$
    S: * LIST (\\HasChildren) "/" "${shared}/Job"
    S: * STATUS "${shared}/Job" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY ${work.uidvalidity})
    S: * METADATA "${shared}/Job" /shared/comment
    C: i IDLE
    S: + Idling
  `,
  );
  await says('SETMETADATA Job (/shared/comment "in IDLE, too")');
  await transcript(
    client,
    `
    S: * METADATA "${shared}/Job" /shared/comment
    C: DONE
    S: i OK IDLE completed
    C: b SELECT "${shared}/Job"
    S* ^b OK
    C: c NOTIFY SET (selected (MessageNew (UID) MessageExpunge))
    S: c OK NOTIFY completed
  `,
  );
  await says('APPEND Job {5+}\nC: abc\nC:');
  await transcript(client, 'S: * 3 EXISTS\nS~ RECENT\nS: * 3 FETCH (UID 3)');
  expect(world.errors).toEqual([]);
});

test('what a client is being told is told to the end before the server stops', async () => {
  let reading = () => {};
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    reading = resolve;
  });
  const world = await imapWorld({
    blobs: (blobs) => ({
      ...blobs,
      get: async (name, range) => {
        reading();
        await gate;
        return blobs.get(name, range);
      },
    }),
  });
  const client = await world.login('INBOX');
  await transcript(client, 'C: a NOTIFY SET (selected (MessageNew (BODY.PEEK[TEXT]) MessageExpunge))\nS~ ^a OK');
  await world.deliver('INBOX', message('a', 'Told to the end\r\n'));
  await begun;
  world.server.stop();
  go();
  await transcript(
    client,
    `
    S: * 1 EXISTS
    S~ RECENT
    S: * 1 FETCH (BODY[TEXT] {17}
    S: Told to the end
    S: )
    S~ ^\\* BYE The server is being stopped
    S.
  `,
  );
});
