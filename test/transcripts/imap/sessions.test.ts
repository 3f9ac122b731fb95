import { expect, test } from 'vitest';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

const FOUR = ['one', 'two', 'three', 'four'].map((subject) => message(subject));

async function two(messages: string[] = FOUR) {
  const world = await imapWorld();
  await world.deliver('INBOX', ...messages);
  return { world, ann: await world.login('INBOX'), ben: await world.login('INBOX') };
}

test('messages that another session expunged keep their numbers until EXPUNGE may be said', async () => {
  const { world, ann, ben } = await two();
  await transcript(
    ann,
    'C: a STORE 2:3 +FLAGS.SILENT (\\Deleted)\nS: a OK STORE completed\nC: b EXPUNGE\nS: * 3 EXPUNGE\nS: * 2 EXPUNGE\nS~ ^b OK',
  );
  await world.deliver('INBOX', message('five'));
  await transcript(
    ben,
    `
    C: a FETCH 1:4 UID
    S: * 1 FETCH (UID 1)
    S: * 4 FETCH (UID 4)
    S: * 5 EXISTS
    S: * 1 RECENT
    S: a OK [EXPUNGEISSUED] Some messages have been expunged; the others were sent
    C: b FETCH 5 (UID BODY.PEEK[HEADER.FIELDS (Subject)])
    S: * 5 FETCH (UID 5 BODY[HEADER.FIELDS (Subject)] {17}
    S: Subject: five
    S: 
    S: )
    S: b OK FETCH completed
    C: c STORE 3:4 +FLAGS (\\Flagged)
    S: * 4 FETCH (FLAGS (\\Flagged))
    S: c OK [EXPUNGEISSUED] Some messages have been expunged; the others are done
    C: d SEARCH ALL
    S: * SEARCH 1 4 5
    S: d OK SEARCH completed
    C: e COPY 2:3 Archive
    S: * 3 EXPUNGE
    S: * 2 EXPUNGE
    S: e NO [EXPUNGEISSUED] Those messages have been expunged
    C: f UID FETCH 1:* UID
    S: * 1 FETCH (UID 1)
    S: * 2 FETCH (UID 4)
    S: * 3 FETCH (UID 5)
    S: f OK UID FETCH completed
  `,
  );
  expect(world.errors).toEqual([]);
});

test('UID commands may tell of EXPUNGE', async () => {
  const { ann, ben } = await two();
  await transcript(ann, 'C: a MOVE 1 Trash\nS~ COPYUID\nS: * 1 EXPUNGE\nS~ ^a OK');
  await transcript(
    ben,
    `
    C: a UID FETCH 2 UID
    S: * 2 FETCH (UID 2)
    S: * 1 EXPUNGE
    S: a OK UID FETCH completed
  `,
  );
});

test('flag changes of others are told once, with .SILENT in between', async () => {
  const { ann, ben } = await two();
  await transcript(ann, 'C: a STORE 1 +FLAGS.SILENT (\\Flagged)\nS: a OK STORE completed');
  await transcript(
    ben,
    `
    C: a STORE 1:2 +FLAGS.SILENT (\\Seen)
    S: * 1 FETCH (FLAGS (\\Flagged \\Seen))
    S: a OK STORE completed
    C: b NOOP
    S: b OK NOOP completed
  `,
  );
  await transcript(
    ann,
    `
    C: b NOOP
    S: * 1 FETCH (FLAGS (\\Flagged \\Seen \\Recent))
    S: * 2 FETCH (FLAGS (\\Seen \\Recent))
    S: b OK NOOP completed
  `,
  );
});

test('IDLE tells what happens as it happens', async () => {
  const { world, ann, ben } = await two(FOUR.slice(0, 2));
  await transcript(ben, 'C: a IDLE\nS: + Idling');
  await world.deliver('INBOX', message('three'));
  await transcript(ben, 'S: * 3 EXISTS\nS: * 1 RECENT');
  await transcript(
    ann,
    'C: a STORE 1 +FLAGS.SILENT (\\Deleted)\nS: * 3 EXISTS\nS: * 2 RECENT\nS: a OK STORE completed',
  );
  await transcript(ben, 'S: * 1 FETCH (FLAGS (\\Deleted))');
  await transcript(ann, 'C: b EXPUNGE\nS: * 1 EXPUNGE\nS: b OK EXPUNGE completed');
  await transcript(
    ben,
    'S: * 1 EXPUNGE\nC: DONE\nS: a OK IDLE completed\nC: b IDLE\nS: + Idling\nC: NOOP\nS: b BAD Expected DONE',
  );
  expect(world.errors).toEqual([]);
});

test('IDLE without a mailbox, and what came before it', async () => {
  const world = await imapWorld();
  const client = await world.login();
  await transcript(client, 'C: a IDLE\nS: + Idling\nC: done\nS: a OK IDLE completed\nC: b SELECT INBOX\nS* ^b OK');
  await world.deliver('INBOX', message('one'));
  await transcript(client, 'C: c IDLE\nS: + Idling\nS: * 1 EXISTS\nS: * 1 RECENT\nC: DONE\nS: c OK IDLE completed');
});

test('a mailbox that another session deletes is empty from then on', async () => {
  const world = await imapWorld();
  const ann = await world.login();
  await transcript(ann, 'C: a CREATE Short\nS~ ^a OK\nC< b APPEND Short {5+}\\r\\nhello\\r\\n\nS~ ^b OK');
  const ben = await world.login('Short');
  await transcript(ann, 'C: c DELETE Short\nS: c OK DELETE completed');
  await transcript(
    ben,
    `
    C: a FETCH 1 FLAGS
    S: a OK [EXPUNGEISSUED] Some messages have been expunged; the others were sent
    C: b STORE 1 +FLAGS (\\Seen)
    S: b NO [NONEXISTENT] This mailbox has been deleted
    C: c NOOP
    S: * 1 EXPUNGE
    S: c OK NOOP completed
    C: d EXPUNGE
    S: d OK EXPUNGE completed
    C: e CLOSE
    S: e OK CLOSE completed
  `,
  );
  expect(world.errors).toEqual([]);
});

test('\\Recent goes to the first session only', async () => {
  const { world, ann, ben } = await two(FOUR.slice(0, 1));
  await transcript(ann, 'C: a SEARCH RECENT\nS: * SEARCH 1\nS~ ^a OK');
  await transcript(ben, 'C: a SEARCH RECENT\nS: * SEARCH\nS~ ^a OK');
  await world.deliver('INBOX', message('two'));
  await transcript(ben, 'C: b NOOP\nS: * 2 EXISTS\nS: * 1 RECENT\nS~ ^b OK');
  await transcript(ann, 'C: b NOOP\nS: * 2 EXISTS\nS: * 1 RECENT\nS~ ^b OK\nC: c SEARCH NEW\nS: * SEARCH 1\nS~ ^c OK');
});

test('a client that stops reading costs one piece, not a mailbox', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', ...Array.from({ length: 50 }, (_, i) => message(`m${i}`, 'x'.repeat(100_000))));
  const client = await world.login('INBOX');
  client.drain(false);
  const before = client.received.length;
  client.send('a FETCH 1:* BODY.PEEK[]\r\n');
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(client.received.length - before).toBeLessThan(300_000);
  client.drain(true);
  await transcript(client, 'S* ^a OK FETCH completed');
  expect(client.received.length - before).toBeGreaterThan(5_000_000);
});

test('one STORE on everything, one FETCH that reads everything: one entry each', async () => {
  const { world, ann } = await two();
  const before = world.alice.state.seq;
  await transcript(ann, 'C: a STORE 1:* +FLAGS.SILENT (\\Flagged)\nS: a OK STORE completed');
  expect(world.alice.state.seq).toBe(before + 1);
  await transcript(ann, 'C: b FETCH 1:* BODY[TEXT]\nS* ^b OK');
  expect(world.alice.state.seq).toBe(before + 2);
  await transcript(ann, 'C: c FETCH 1:* BODY[TEXT]\nS* ^c OK\nC: d MOVE 1:* Archive\nS* ^d OK');
  expect(world.alice.state.seq).toBe(before + 3);
});

test('when the server stops, a command at work is finished, and one that is half sent is not begun', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', ...Array.from({ length: 20 }, (_, i) => message(`m${i}`, 'x'.repeat(100_000))));
  const reading = await world.login('INBOX');
  reading.drain(false);
  reading.send('a FETCH 1:* BODY.PEEK[]\r\nb NOOP\r\n');
  const sending = await world.login();
  await transcript(sending, 'C: a APPEND Sent {10}\nS: + Ready for the literal\nC< 01234');
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  world.server.stop();
  await transcript(sending, 'S~ ^\\* BYE The server is being stopped\nS.');
  reading.drain(true);
  await transcript(reading, 'S* ^a OK FETCH completed\nS~ ^\\* BYE The server is being stopped\nS.');
  expect(world.alice.state.mailboxNamed('Sent')?.messages).toBe(0);
  expect(world.errors).toEqual([]);
});
