import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { imapWorld, message } from '../../support/imap.ts';
import type { PipeClient } from '../../support/pipe.ts';
import { transcript } from '../../support/transcript.ts';

const FLUSH = { finishFlush: constants.Z_SYNC_FLUSH };

/** All that the server has deflated so far, from `start` of what it sent. */
function inflated(client: PipeClient, start: number): string {
  return inflateRawSync(client.received.subarray(start), FLUSH).toString('latin1');
}

async function until(client: PipeClient, start: number, what: RegExp): Promise<string> {
  await expect.poll(() => inflated(client, start), { timeout: 5_000 }).toMatch(what);
  return inflated(client, start);
}

async function compressed(client: PipeClient): Promise<number> {
  await transcript(client, 'C: c1 COMPRESS DEFLATE\nS: c1 OK DEFLATE active');
  return client.received.length;
}

test('UNAUTHENTICATE lets another user log in, and keeps nothing of the first', async () => {
  const world = await imapWorld();
  await world.deliver('INBOX', message('one'));
  const client = await world.login('INBOX');
  await transcript(
    client,
    `
    C: a ENABLE CONDSTORE
    S: * ENABLED CONDSTORE
    S* ^a OK
    C: b UNAUTHENTICATE now
    S~ ^b BAD Expected the end
    C: c UNAUTHENTICATE
    S: c OK UNAUTHENTICATE completed
    C: d UNAUTHENTICATE
    S: d BAD UNAUTHENTICATE is allowed after login only
    C: e SELECT INBOX
    S: e BAD SELECT is allowed after login only
    C: f LOGIN bob@example.test secret
    S~ ^f OK \\[CAPABILITY .*UNAUTHENTICATE
    C: g FETCH 1 FLAGS
    S: g BAD FETCH needs a selected mailbox
    C: h SELECT INBOX
    S* ^\\* 0 EXISTS
    S* ^h OK
    C: i ENABLE CONDSTORE
    S: * ENABLED CONDSTORE
    S* ^i OK
  `,
  );
  client.destroy();
});

test('COMPRESS: refused twice, and where it makes no sense', async () => {
  const world = await imapWorld();
  const { client } = world.connect();
  await transcript(
    client,
    `
    S~ ^\\* OK (?!.*COMPRESS)
    C: a COMPRESS DEFLATE
    S: a BAD COMPRESS is allowed after login only
    C: b LOGIN alice secret
    S~ ^b OK .*COMPRESS=DEFLATE
    C: c COMPRESS
    S~ ^c BAD Expected a space
    C: d COMPRESS LZMA
    S~ ^d BAD Expected DEFLATE
  `,
  );
  const start = await compressed(client);
  client.send(deflateRawSync('e COMPRESS DEFLATE\r\nf UNAUTHENTICATE\r\ng CAPABILITY\r\n', FLUSH));
  const text = await until(client, start, /g OK/);
  expect(text).toMatch(/^e NO \[COMPRESSIONACTIVE\].*\r\nf NO \[CANNOT\] .*\r\n\* CAPABILITY (?!.*(COMPRESS|UNAUTH))/);
  client.destroy();
});

test('COMPRESS: commands, literals and long answers pass both ways, in any chunks', async () => {
  const world = await imapWorld();
  const long = message('long', `${'0123456789abcdef'.repeat(64)}\r\n`.repeat(2_000));
  await world.deliver('INBOX', long);
  const client = await world.login('INBOX');
  const start = await compressed(client);
  const commands = deflateRawSync(`a FETCH 1 BODY.PEEK[]\r\nb APPEND INBOX {${long.length}+}\r\n${long}\r\n`, FLUSH);
  client.sendChunked(commands, 7);
  const text = await until(client, start, /b OK/);
  expect(text).toContain(`* 1 FETCH (BODY[] {${long.length}}\r\n${long})\r\na OK`);
  expect(client.received.length - start).toBeLessThan(long.length / 20);
  client.send(deflateRawSync('c FETCH 2 RFC822.SIZE\r\nd LOGOUT\r\n', FLUSH));
  expect(await until(client, start, /d OK/)).toContain(`* 2 FETCH (RFC822.SIZE ${long.length})\r\n`);
  await client.closed();
  expect(world.errors).toEqual([]);
});

test('COMPRESS: what is no DEFLATE ends the connection; what came before the OK was read counts for nothing', async () => {
  const world = await imapWorld();
  const client = await world.login();
  await transcript(client, 'C< c1 COMPRESS DEFLATE\\r\\nc2 CREATE evil\\r\\n\nS: c1 OK DEFLATE active');
  const start = client.received.length;
  client.send(deflateRawSync('d LIST "" evil\r\n', FLUSH));
  expect(await until(client, start, /d OK/)).toBe('d OK LIST completed\r\n');
  client.send(Buffer.alloc(100, 0xff));
  await client.closed();
  expect(world.errors).toEqual([]);
});

test('COMPRESS: a small chunk that inflates to much is inflated as it is read', async () => {
  const world = await imapWorld();
  const client = await world.login();
  const start = await compressed(client);
  // 64 MiB of zeros in 64 KiB: an endless line, which is given up long before its end.
  client.send(deflateRawSync(Buffer.alloc(64 << 20), FLUSH));
  expect(await until(client, start, /BYE/)).toContain('* BYE That line does not end');
  await client.closed();
});

test('APPENDLIMIT and CREATE-SPECIAL-USE', async () => {
  const world = await imapWorld({ maxMessage: 5_000 });
  const client = await world.login();
  await transcript(
    client,
    `
    C: a CAPABILITY
    S~ APPENDLIMIT=5000 .*CREATE-SPECIAL-USE
    S* ^a OK
    C: b STATUS INBOX (APPENDLIMIT MESSAGES)
    S: * STATUS "INBOX" (APPENDLIMIT 5000 MESSAGES 0)
    S* ^b OK
    C: c APPEND INBOX {5001}
    S~ ^c NO \\[TOOBIG\\]
    C: d DELETE Trash
    S* ^d OK
    C: e CREATE MyTrash (USE (\\trash))
    S~ ^e OK \\[MAILBOXID \\(
    C: f LIST (SPECIAL-USE) "" *
    S* ^\\* LIST \\(.*\\\\Trash.*\\) "/" "MyTrash"$
    S* ^f OK
    C: g CREATE Second (USE (\\Trash))
    S: g NO [USEATTR] Another mailbox has that use
    C: h CREATE Everything (USE (\\All))
    S~ ^h NO \\[USEATTR\\]
    C: i CREATE Both (USE (\\Sent \\Drafts))
    S~ ^i NO \\[USEATTR\\]
    C: j CREATE Plain (USE ())
    S~ ^j OK
    C: k CREATE Other (COLOR (\\Red))
    S~ ^k BAD Expected USE
    C: l CREATE Other (USE (Sent))
    S~ ^l BAD Expected an attribute
    C: m CREATE Other (USE (\\Sent)
    S~ ^m BAD
    C: n CREATE Other (USE (\\Sent \\sent))
    S~ ^n BAD An attribute is given twice
    C: o STATUS Other (MESSAGES)
    S~ ^o NO \\[NONEXISTENT\\]
  `,
  );
  client.destroy();
});
