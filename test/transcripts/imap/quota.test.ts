import { test } from 'vitest';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

test('QUOTA (RFC 9208): one root for the account, in units of 1,024 octets', async () => {
  const world = await imapWorld({ quota: 10_240 });
  await world.deliver('INBOX', message('one', 'x'.repeat(2_000)), message('two'));
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a CAPABILITY
    S~ QUOTA QUOTA=RES-STORAGE
    S* ^a OK
    C: b GETQUOTA ""
    S: * QUOTA "" (STORAGE 3 10)
    S: b OK GETQUOTA completed
    C: c GETQUOTAROOT inbox
    S: * QUOTAROOT "INBOX" ""
    S: * QUOTA "" (STORAGE 3 10)
    S: c OK GETQUOTAROOT completed
    C: d GETQUOTA "!partition/sda4"
    S: d NO [NONEXISTENT] There is no such quota root
    C: e GETQUOTAROOT Nowhere
    S~ ^e NO \\[NONEXISTENT\\]
    C: f SETQUOTA "" (STORAGE 512)
    S: f NO [NOPERM] Only an administrator sets limits
    C: g SETQUOTA "#user/alice" (STORAGE 510)
    S~ ^g NO \\[NONEXISTENT\\]
    C: h SETQUOTA "" STORAGE 512
    S~ ^h BAD Expected limits in parentheses
    C: i SETQUOTA "" (STORAGE much)
    S~ ^i BAD Expected a limit
    C: j STORE 2 +FLAGS.SILENT (\\Deleted)
    S* ^j OK
    C: k STATUS INBOX (DELETED DELETED-STORAGE)
    S: * STATUS "INBOX" (DELETED 1 DELETED-STORAGE ${message('two').length})
    S* ^k OK
    C: l APPEND INBOX {9000}
    S~ ^l NO \\[OVERQUOTA\\]
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
    C: b GETQUOTA ""
    S~ ^b NO \\[NONEXISTENT\\]
    C: c STATUS INBOX (DELETED-STORAGE)
    S: * STATUS "INBOX" (DELETED-STORAGE 0)
    S* ^c OK
    C: d GETQUOTA
    S~ ^d BAD
  `,
  );
  const { client: early } = world.connect();
  await transcript(early, 'S~ OK\nC: a GETQUOTA ""\nS~ ^a BAD GETQUOTA is allowed after login only');
  early.destroy();
  client.destroy();
});
