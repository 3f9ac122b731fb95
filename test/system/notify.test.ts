/** NOTIFY in the whole program: what another session and a delivery do is told in time to a client that says nothing. */
import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LineClient } from '../support/line-client.ts';
import { type System, startSystem } from '../support/system.ts';

const ALICE = 'alice@example.test';
/** Milliseconds from the `OK` that somebody else got. */
const BAR = 300;
let system: System;
let flow: ImapFlow;

beforeAll(async () => {
  system = await startSystem();
  flow = new ImapFlow({
    host: '127.0.0.1',
    port: system.port('imap'),
    secure: false,
    tls: { rejectUnauthorized: false },
    auth: { user: ALICE, pass: system.passwords.get(ALICE)! },
    logger: false,
  });
  await flow.connect();
});
afterAll(async () => {
  await flow?.logout();
  await system?.remove();
});

async function listening(...notify: string[]): Promise<LineClient> {
  const client = new LineClient(system.port('imap'));
  await client.until(/^\* OK/);
  const commands = [`LOGIN ${ALICE} "${system.passwords.get(ALICE)}"`, 'SELECT INBOX', ...notify];
  for (const command of commands) expect(await client.ask(`a ${command}`, /^a /)).toMatch(/^a OK/);
  return client;
}

async function deliver(subject: string): Promise<void> {
  const smtp = new LineClient(system.port('smtp'));
  await smtp.until(/^220 /);
  await smtp.ask('EHLO elsewhere.test', /^250 /);
  await smtp.ask('MAIL FROM:<someone@elsewhere.test>', /^250 /);
  await smtp.ask(`RCPT TO:<${ALICE}>`, /^250 /);
  await smtp.ask('DATA', /^354 /);
  await smtp.ask(`From: someone@elsewhere.test\r\nSubject: ${subject}\r\n\r\nHello\r\n.`, /^250 /);
  smtp.destroy();
}

/** Does something, and gives the milliseconds from its end to the line that tells of it. */
async function lag(client: LineClient, act: () => Promise<unknown>, what: RegExp): Promise<number> {
  const heard = client.until(what).then(() => performance.now());
  await act();
  const done = performance.now();
  return (await heard) - done;
}

it('tells of deliveries and of what another session does in less than 300 ms, with no command in progress', async () => {
  const client = await listening(
    'NOTIFY SET (selected (MessageNew (UID ENVELOPE) MessageExpunge FlagChange)) ' +
      '(personal (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange))',
  );
  await flow.mailboxOpen('Drafts');
  const lags: Record<string, number> = {
    delivery: await lag(client, () => deliver('told at once'), /^\* \d+ FETCH \(UID 1 ENVELOPE .*"told at once"/),
    append: await lag(
      client,
      () => flow.append('Drafts', 'Subject: x\r\n\r\nx\r\n'),
      /^\* STATUS "Drafts" \(MESSAGES 1 /,
    ),
    flags: await lag(
      client,
      () => flow.messageFlagsAdd('1', ['\\Seen']),
      /^\* STATUS "Drafts" \(UIDVALIDITY \d+ UNSEEN 0\)/,
    ),
    create: await lag(client, () => flow.mailboxCreate('New'), /^\* LIST \(.*\) "\/" "New"$/),
    rename: await lag(client, () => flow.mailboxRename('New', 'Newer'), /^\* LIST .* "Newer" \("OLDNAME" \("New"\)\)$/),
    subscribe: await lag(client, () => flow.mailboxSubscribe('Newer'), /^\* LIST \(\\Subscribed .*"Newer"$/),
    delete: await lag(client, () => flow.mailboxDelete('Newer'), /^\* LIST \(\\NonExistent .*"Newer"$/),
    expunge: await lag(client, () => flow.messageDelete('1'), /^\* STATUS "Drafts" \(MESSAGES 0 /),
  };
  console.log(`ms until told: ${JSON.stringify(lags, (_, ms) => (typeof ms === 'number' ? Math.round(ms) : ms))}`);
  expect(Math.max(...Object.values(lags))).toBeLessThan(BAR);
  await flow.mailboxOpen('INBOX');
  expect(await lag(client, () => flow.messageFlagsAdd('1', ['$x']), /^\* 1 FETCH \(UID 1 FLAGS \(.*\$x/)).toBeLessThan(
    BAR,
  );
  expect(await lag(client, () => flow.messageDelete('1'), /^\* 1 EXPUNGE/)).toBeLessThan(BAR);
  client.destroy();
});

it('never lets news fall into the answer to a command, however many there are of both', async () => {
  const client = await listening(
    'NOTIFY SET (selected (MessageNew (UID) MessageExpunge)) (personal (MessageNew MessageExpunge))',
  );
  const appending = (async () => {
    for (let i = 0; i < 60; i++)
      await flow.append(i % 2 ? 'INBOX' : 'Junk', `Subject: ${i}\r\n\r\n${'x'.repeat(2000)}\r\n`);
  })();
  let answers = 0;
  let done = false;
  void appending.then(() => {
    done = true;
  });
  while (!done) {
    client.send(`t${answers} UID FETCH 1:* (UID BODY.PEEK[])\r\n`);
    for (let line = ''; !line.startsWith(`t${answers} OK`); ) {
      line = (await client.line())!;
      const size = /^\* \d+ FETCH \(UID \d+ BODY\[\] \{(\d+)\}$/.exec(line)?.[1];
      if (size === undefined) {
        expect(line).toMatch(
          /^(\* \d+ (EXISTS|RECENT|FETCH \(UID \d+( FLAGS \(.*\))?\))|\* STATUS "Junk" .*|t\d+ OK .*)$/,
        );
        continue;
      }
      let left = Number(size);
      while (left > 0) left -= (await client.line())!.length + 2;
      expect(left).toBe(0);
      expect(await client.line()).toBe(')');
    }
    answers++;
  }
  await appending;
  expect(answers).toBeGreaterThan(2);
  expect(await client.ask('z SEARCH RETURN (COUNT) ALL', /^\* ESEARCH/)).toBe('* ESEARCH (TAG "z") COUNT 30');
  client.destroy();
}, 30_000);
