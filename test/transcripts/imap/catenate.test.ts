import { expect, test } from 'vitest';
import { parseMessageUrl } from '../../../mail/imap/append/url.ts';
import { type ImapWorld, imapWorld, message } from '../../support/imap.ts';
import type { PipeClient } from '../../support/pipe.ts';
import { transcript } from '../../support/transcript.ts';

const ONE = message('one', 'Body of one\r\n', 'X-Note: kept\r\n');

async function world(): Promise<{ world: ImapWorld; client: PipeClient; validity: number }> {
  const world = await imapWorld({ maxMessage: 5_000, quota: 20_000 });
  await world.deliver('INBOX', ONE);
  const client = await world.login('INBOX');
  return { world, client, validity: world.alice.state.mailboxNamed('INBOX')!.uidvalidity };
}

async function body(client: PipeClient, mailbox: string): Promise<string> {
  await transcript(client, `C: y SELECT ${mailbox}\nS* ^y OK\nC: z FETCH * BODY.PEEK[]`);
  const size = Number(/\{(\d+)\}$/.exec(await client.expect(/^\* \d+ FETCH \(BODY\[\] \{\d+\}$/))![1]);
  const text = (await client.bytes(size)).toString('latin1');
  await transcript(client, 'S: )\nS* ^z OK');
  return text;
}

test('CATENATE of texts and parts of messages (RFC 4469 section 3)', async () => {
  const { world: it, client, validity } = await world();
  await transcript(
    client,
    `
    C: a APPEND Drafts (\\Seen) CATENATE (URL "/INBOX;UIDVALIDITY=${validity}/;UID=1/;SECTION=HEADER" TEXT {8}
    S~ ^\\+
    C: Edited
    C:  URL "/INBOX/;UID=1/;section=TEXT/;PARTIAL=0.4" TEXT {3+}
    C< !\\r\\n)\\r\\n
    S~ ^a OK \\[APPENDUID \\d+ 1\\]
  `,
  );
  expect(await body(client, 'Drafts')).toBe(`${ONE.slice(0, ONE.indexOf('Body'))}Edited\r\nBody!\r\n`);
  await transcript(
    client,
    `
    C: b APPEND Drafts CATENATE (URL "/INBOX;UIDVALIDITY=${validity};UID=1")
    S* ^b OK
    C: c APPEND Sent CATENATE (URL "/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(X-Note)" TEXT {4+}
    C< body URL {19+}\\r\\n/INBOX;UID=1/;SECTI\\r\\n
    S: c NO [BADURL "/INBOX;UID=1/;SECTI"] There is no such message
    C: d APPEND Sent CATENATE (URL {28}
    S~ ^\\+
    C: /INBOX;UID=1/;SECTION=HEADER)
    S* ^d OK
    C: e APPEND Sent CATENATE (TEXT {3+}
    C< A\\r\\n URL "/INBOX;UID=1/;SECTION=HEADER.FIELDS%20(X-Note)") {5+}\\r\\nother\\r\\n
    S~ ^e OK \\[APPENDUID \\d+ 2:3\\]
  `,
  );
  expect(await body(client, 'Drafts')).toBe(ONE);
  expect(it.errors).toEqual([]);
  client.destroy();
});

test('CATENATE: refusals leave nothing, and what follows is understood', async () => {
  const { world: it, client, validity } = await world();
  const bad = [
    '/INBOX/;UID=99',
    `/INBOX;UIDVALIDITY=${validity + 1}/;UID=1`,
    '/Nowhere/;UID=1',
    '/INBOX/;UID=1/;SECTION=7',
    '/INBOX/;UID=1/;SECTION=%zz',
    'imap://elsewhere.test/INBOX/;UID=1',
  ];
  for (const url of bad) {
    client.send(`a APPEND Drafts CATENATE (URL "${url}" TEXT {5+}\r\nhello TEXT {3+}\r\nabc)\r\n`);
    await client.expect(`a NO [BADURL "${url}"] There is no such message`);
  }
  await transcript(
    client,
    `
    C: b APPEND Drafts CATENATE ()
    S~ ^b BAD Expected TEXT or URL
    C< c APPEND Drafts CATENATE (NOTE {3+}\\r\\nabc)\\r\\n
    S~ ^c BAD Expected TEXT or URL
    C< d APPEND Drafts CATENATE (TEXT {3+}\\r\\nabc TEXT {4990+}\\r\\n${'x'.repeat(4990)} URL "/INBOX;UID=1")\\r\\n
    S~ ^d NO \\[TOOBIG\\]
    C< e APPEND Nowhere CATENATE (TEXT {3+}\\r\\nabc)\\r\\n
    S~ ^e NO \\[TRYCREATE\\]
    C< f APPEND Drafts CATENATE (TEXT {0+}\\r\\n)\\r\\n
    S~ ^f NO \\[CANNOT\\]
    C< g APPEND Drafts CATENATE (TEXT {3+}\\r\\nabc) junk\\r\\n
    S~ ^g BAD
    C: h APPEND Drafts CATENATE (TEXT "abc")
    S~ ^h BAD Expected the text as a literal
    C: i STATUS Drafts (MESSAGES)
    S: * STATUS "Drafts" (MESSAGES 0)
    S* ^i OK
  `,
  );
  expect(it.errors).toEqual([]);
  client.destroy();
});

test('REPLACE and UID REPLACE (RFC 8508 section 3)', async () => {
  const { world: it, client } = await world();
  await it.deliver('INBOX', message('two'));
  await transcript(
    client,
    `
    C: a NOOP
    S* ^a OK
    C: b REPLACE 1 INBOX (\\Seen \\Draft) {5}
    S~ ^\\+
    C: hello
    S~ ^\\* OK \\[APPENDUID \\d+ 3\\]
    S: * 1 EXPUNGE
    S: * 2 EXISTS
    S* ^b OK
    C: c FETCH 1:* (UID)
    S: * 1 FETCH (UID 2)
    S: * 2 FETCH (UID 3)
    S* ^c OK
    C< d UID REPLACE 3 Drafts "17-Jul-1996 02:44:25 -0700" ~{4+}\\r\\nback\\r\\n
    S~ ^\\* OK \\[APPENDUID \\d+ 1\\]
    S: * 2 EXPUNGE
    S: d OK UID REPLACE completed
    C: e UID REPLACE * Drafts CATENATE (URL ";UID=2")
    S~ ^\\* OK \\[APPENDUID \\d+ 2\\]
    S: * 1 EXPUNGE
    S: e OK UID REPLACE completed
  `,
  );
  expect(await body(client, 'Drafts')).toBe(message('two'));
  expect(it.errors).toEqual([]);
  client.destroy();
});

test('REPLACE: refusals replace nothing', async () => {
  const { world: it, client } = await world();
  await transcript(
    client,
    `
    C< a REPLACE 2 INBOX {5+}\\r\\nhello\\r\\n
    S~ ^a BAD There is no message 2
    C< b UID REPLACE 9 INBOX {5+}\\r\\nhello\\r\\n
    S~ ^b NO \\[NONEXISTENT\\]
    C: c REPLACE 1 Nowhere {5}
    S~ ^c NO \\[TRYCREATE\\]
    C< d REPLACE 1 INBOX {5+}\\r\\nhello {5+}\\r\\nhello\\r\\n
    S~ ^d BAD Expected the end
    C: e REPLACE 1:2 INBOX {5}
    S~ ^e BAD
    C: f EXAMINE INBOX
    S* ^f OK
    C< g REPLACE 1 INBOX {5+}\\r\\nhello\\r\\n
    S~ ^g NO \\[READ-ONLY\\]
    C: h UNSELECT
    S* ^h OK
    C: i REPLACE 1 INBOX {5}
    S: i BAD REPLACE needs a selected mailbox
    C: j STATUS INBOX (MESSAGES UIDNEXT)
    S: * STATUS "INBOX" (MESSAGES 1 UIDNEXT 2)
    S* ^j OK
  `,
  );
  expect(it.errors).toEqual([]);
  client.destroy();
});

test('URLs of messages', () => {
  expect(parseMessageUrl('/Some%20box/Sub;UIDVALIDITY=7/;UID=3/;SECTION=1.2.MIME/;PARTIAL=5.10')).toEqual({
    mailbox: 'Some box/Sub',
    uidvalidity: 7,
    uid: 3,
    section: { path: [1, 2], text: 'MIME', partial: { offset: 5, length: 10 } },
  });
  expect(parseMessageUrl(';UID=3')).toEqual({ uid: 3, section: { path: [] } });
  for (const text of ['', '/INBOX', '/INBOX;UID=0', '//host/INBOX;UID=1', '/INBOX;UID=1/;SECTION=HEADER.FIELDS']) {
    expect(parseMessageUrl(text)).toBeUndefined();
  }
});
