import { expect, test } from 'vitest';
import { UidSet } from '../../../mail/account/uidset.ts';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

/** So many copies of one message in Archive; UIDs from 1. */
async function filled(count: number) {
  const world = await imapWorld();
  await world.deliver('INBOX', message('one'));
  await world.alice.write((draft) => {
    const [from, to] = [draft.mailboxNamed('INBOX')!.id, draft.mailboxNamed('Archive')!.id];
    for (let i = 0; i < count; i++) draft.copy(from, UidSet.range(1, 1), to);
  });
  return world;
}

test('UIDBATCHES: newest first, without gaps, down to UID 1', async () => {
  const world = await filled(1_300);
  await world.alice.write((draft) => draft.expunge(draft.mailboxNamed('Archive')!.id, UidSet.range(801, 900)));
  const client = await world.login('Archive');
  await transcript(
    client,
    `
    C: a UIDBATCHES 500
    S: * UIDBATCHES (TAG "a") 1300:701,700:201,200:1
    S: a OK UIDBATCHES completed
    C: b UIDBATCHES 500 2:3
    S: * UIDBATCHES (TAG "b") 700:201,200:1
    S* ^b OK
    C: c UIDBATCHES 600 2:2
    S: * UIDBATCHES (TAG "c") 600:1
    S* ^c OK
    C: d UIDBATCHES 5000
    S: * UIDBATCHES (TAG "d") 1300:1
    S* ^d OK
    C: e UIDBATCHES 500 50:60
    S: * UIDBATCHES (TAG "e")
    S* ^e OK
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('UIDBATCHES: refusals, and an empty mailbox', async () => {
  const world = await imapWorld();
  const client = await world.login();
  await transcript(
    client,
    `
    C: a UIDBATCHES 500
    S: a BAD UIDBATCHES needs a selected mailbox
    C: b SELECT INBOX
    S* ^b OK
    C: c UIDBATCHES 500
    S: * UIDBATCHES (TAG "c")
    S* ^c OK
    C: d UIDBATCHES 499
    S: d NO [TOOFEW] A batch has at least 500 messages
    C: e UIDBATCHES 500 20:10
    S~ ^e BAD Expected the numbers
    C: f UIDBATCHES
    S~ ^f BAD
    C: g UIDBATCHES 500 10
    S~ ^g BAD
    C: h UIDBATCHES 0
    S~ ^h BAD
    C: i UIDBATCHES 500 0:1
    S~ ^i BAD
  `,
  );
  client.destroy();
});
