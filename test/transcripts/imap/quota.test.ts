import { expect, test } from 'vitest';
import { type ImapWorld, imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

async function admin(world: ImapWorld) {
  const { client } = world.connect();
  await transcript(client, 'S~ ^\\* OK \nC: x1 LOGIN boss@example.test secret\nS~ ^x1 OK .*QUOTA QUOTA=RES-STORAGE');
  return client;
}

test('QUOTA (RFC 9208): one root for the account, in units of 1,024 octets', async () => {
  const world = await imapWorld({ quota: 10_240 });
  await world.deliver('INBOX', message('one', 'x'.repeat(2_000)), message('two'));
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a CAPABILITY
    S~ QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE (?!QUOTASET)
    S* ^a OK
    C: b GETQUOTA "#user/alice@example.test"
    S: * QUOTA "#user/alice@example.test" (STORAGE 3 10)
    S: b OK GETQUOTA completed
    C: c GETQUOTAROOT inbox
    S: * QUOTAROOT "INBOX" "#user/alice@example.test"
    S: * QUOTA "#user/alice@example.test" (STORAGE 3 10)
    S: c OK GETQUOTAROOT completed
    C: d GETQUOTA "!partition/sda4"
    S: d NO [NONEXISTENT] There is no such quota root
    C: e GETQUOTA "#user/bob@example.test"
    S: e NO [NONEXISTENT] There is no such quota root
    # Section 4.1.2: the mailbox need not exist.
    C: f GETQUOTAROOT Nowhere
    S: * QUOTAROOT "Nowhere" "#user/alice@example.test"
    S: * QUOTA "#user/alice@example.test" (STORAGE 3 10)
    S: f OK GETQUOTAROOT completed
    C: g SETQUOTA "#user/alice@example.test" (STORAGE 512)
    S: g NO [NOPERM] Only an administrator sets limits
    C: h SETQUOTA "#user/bob@example.test" (STORAGE 510)
    S~ ^h NO \\[NONEXISTENT\\]
    C: i SETQUOTA "" STORAGE 512
    S~ ^i BAD Expected limits in parentheses
    C: j SETQUOTA "" (STORAGE much)
    S~ ^j BAD Expected a limit
    C: k SETQUOTA "" (STORAGE 1
    S~ ^k BAD
    C: l GETQUOTA
    S~ ^l BAD
    C< m GETQUOTA {24+}\\r\\n#user/alice@example.test\\r\\n
    S: * QUOTA "#user/alice@example.test" (STORAGE 3 10)
    S: m OK GETQUOTA completed
    C: n APPEND INBOX {9000}
    S~ ^n NO \\[OVERQUOTA\\]
  `,
  );
  client.destroy();
});

test('QUOTA: an account without a limit has no root', async () => {
  const world = await imapWorld();
  const client = await world.login();
  await transcript(
    client,
    `
    C: a GETQUOTAROOT INBOX
    S: * QUOTAROOT "INBOX"
    S: a OK GETQUOTAROOT completed
    C: b GETQUOTA "#user/alice@example.test"
    S~ ^b NO \\[NONEXISTENT\\]
    C: c STATUS INBOX (DELETED-STORAGE)
    S: * STATUS "INBOX" (DELETED-STORAGE 0)
    S* ^c OK
  `,
  );
  const { client: early } = world.connect();
  await transcript(early, 'S~ OK\nC: a GETQUOTA ""\nS~ ^a BAD GETQUOTA is allowed after login only');
  await transcript(early, 'C: b SETQUOTA "" ()\nS~ ^b BAD SETQUOTA is allowed after login only');
  early.destroy();
  client.destroy();
});

test('QUOTASET: an administrator sets the limits of his tenant, each time all of them', async () => {
  const world = await imapWorld({ quota: 10_240 });
  await world.deliver('INBOX', message('one', 'x'.repeat(2_000)), message('two'));
  const boss = await admin(world);
  await transcript(
    boss,
    `
    C: a CAPABILITY
    S~ QUOTASET
    S: a OK CAPABILITY completed
    C: S0001 SETQUOTA "#user/alice@example.test" (STORAGE 510 MESSAGE 1000)
    S: * QUOTA "#user/alice@example.test" (STORAGE 3 510 MESSAGE 2 1000)
    S: S0001 OK SETQUOTA completed
    C: G0001 GETQUOTA "#user/alice@example.test"
    S: * QUOTA "#user/alice@example.test" (STORAGE 3 510 MESSAGE 2 1000)
    S: G0001 OK GETQUOTA completed
    C: b SETQUOTA "#user/alice@example.test" (MESSAGE 2)
    S: * QUOTA "#user/alice@example.test" (MESSAGE 2 2)
    S: b OK SETQUOTA completed
    C: S0002 SETQUOTA "!partition/sda4" (STORAGE 99999999)
    S: S0002 NO [NONEXISTENT] There is no such quota root
    C: c SETQUOTA "#user/carol@example.test" (STORAGE 1)
    S: c NO [NONEXISTENT] There is no such quota root
    C: d SETQUOTA "#user/nobody@example.test" (STORAGE 1)
    S: d NO [NONEXISTENT] There is no such quota root
    C: e SETQUOTA "#user/alice@example.test" (ANNOTATION-STORAGE 1)
    S: e NO [CANNOT] There are limits of STORAGE and MESSAGE only
    C: f SETQUOTA "#user/alice@example.test" (STORAGE 9223372036854775807)
    S~ ^f NO \\[LIMIT\\] STORAGE is at most
    C: g SETQUOTA "#user/alice@example.test" (STORAGE 9223372036854775808)
    S~ ^g BAD Expected a limit below
    C: h SETQUOTA "#user/boss@example.test" ()
    S: * QUOTA "#user/boss@example.test" ()
    S: h OK SETQUOTA completed
    C: i GETQUOTAROOT INBOX
    S: * QUOTAROOT "INBOX"
    S: i OK GETQUOTAROOT completed
    C: j GETQUOTA "#user/alice@example.test"
    S: * QUOTA "#user/alice@example.test" (MESSAGE 2 2)
    S: j OK GETQUOTA completed
  `,
  );
  boss.destroy();
});

test('QUOTA=RES-MESSAGE binds APPEND and COPY, counts in every mailbox, and is learnt within a session', async () => {
  const world = await imapWorld({ maxMessages: 3 });
  await world.deliver('INBOX', message('one'), message('two'));
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a GETQUOTAROOT INBOX
    S: * QUOTAROOT "INBOX" "#user/alice@example.test"
    S: * QUOTA "#user/alice@example.test" (MESSAGE 2 3)
    S: a OK GETQUOTAROOT completed
    C: A051 COPY 1:2 Archive
    S: A051 NO [OVERQUOTA] The account would have more messages than it may; delete something first
    C: b COPY 1 Archive
    S~ ^b OK \\[COPYUID
    C: c MOVE 2 Archive
    S* ^c OK
    C: A003 APPEND Archive (\\Seen) {326}
    S: A003 NO [OVERQUOTA] The account would have more messages than it may; delete something first
    C: d GETQUOTA "#user/alice@example.test"
    S: * QUOTA "#user/alice@example.test" (MESSAGE 3 3)
    S: d OK GETQUOTA completed
  `,
  );
  const boss = await admin(world);
  await transcript(boss, 'C: a SETQUOTA "#user/alice@example.test" (MESSAGE 5)\nS~ QUOTA\nS~ ^a OK');
  await transcript(
    client,
    `
    C: e GETQUOTAROOT INBOX
    S~ QUOTAROOT
    S~ MESSAGE 3 5
    S~ ^e OK
    C< f APPEND INBOX {1+}\\r\\nx {1+}\\r\\ny {1+}\\r\\nz\\r\\n
    S~ ^f NO \\[OVERQUOTA\\]
    C< g APPEND INBOX {1+}\\r\\nx {1+}\\r\\ny\\r\\n
    S* ^g OK
  `,
  );
  expect(world.alice.state.emails).toBe(4);
  boss.destroy();
  client.destroy();
});

test('STATUS DELETED-STORAGE is what an EXPUNGE frees: not what is kept elsewhere too', async () => {
  const world = await imapWorld({ quota: 10_240 });
  await world.deliver('INBOX', message('one'), message('two'), message('three'));
  const client = await world.login('INBOX');
  const freed = message('two').length + message('three').length;
  await transcript(
    client,
    `
    C: a COPY 1 Archive
    S* ^a OK
    C: b COPY 3 INBOX
    S* ^b OK
    C: c STORE 1:4 +FLAGS.SILENT (\\Deleted)
    S* ^c OK
    C: S0003 STATUS INBOX (MESSAGES DELETED DELETED-STORAGE)
    S: * STATUS "INBOX" (MESSAGES 4 DELETED 4 DELETED-STORAGE ${freed})
    S* ^S0003 OK
  `,
  );
  const before = world.alice.state.bytes;
  await transcript(client, 'C: d EXPUNGE\nS* ^d OK');
  expect(before - world.alice.state.bytes).toBe(freed);
  client.destroy();
});
