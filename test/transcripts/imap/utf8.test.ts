import { expect, test } from 'vitest';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

const utf8 = (text: string) => Buffer.from(text).toString('latin1');

test('UTF8=ACCEPT (RFC 6855): names in UTF-8, in every form of string, once it is enabled', async () => {
  const world = await imapWorld();
  const client = await world.login();
  await transcript(
    client,
    `
    C: a CREATE "Entw&APw-rfe"
    S~ ^a OK
    C: b CREATE "Entwürfe"
    S~ ^b BAD Expected a mailbox name in modified UTF-7
    C: c ENABLE UTF8=ACCEPT
    S: * ENABLED UTF8=ACCEPT
    S: c OK ENABLE completed
    C: d LIST "" Entw* RETURN (STATUS (MESSAGES))
    S: * LIST (\\HasNoChildren) "/" "Entwürfe"
    S: * STATUS "Entwürfe" (MESSAGES 0)
    S: d OK LIST completed
    C: e CREATE "日本/R&D"
    S~ ^e OK
    C: f CREATE {7+}
    C: €uro$
    S~ ^f OK
    C: g SUBSCRIBE "日本"
    S* ^g OK
    C: h LSUB "" "日*"
    S: * LSUB () "/" "日本"
    S* ^h OK
    C: i SELECT "日本/R&D"
    S* ^i OK
    C: j SEARCH CHARSET UTF-8 SUBJECT "ü"
    S~ ^j BAD No charset
    C: k SEARCH SUBJECT "ü"
    S: * SEARCH
    S* ^k OK
    C< l CREATE "\\xff\\xfe"\\r\\n
    S: l BAD Expected UTF-8 in a string with 8-bit characters
    C: m UNAUTHENTICATE
    S* ^m OK
    C: n LOGIN alice secret
    S~ ^n OK .*UTF8=ACCEPT
    C: o LIST "" "&ZeVnLA-/*"
    S: * LIST (\\HasNoChildren) "/" "&ZeVnLA-/R&-D"
    S: o OK LIST completed
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('APPEND with UTF8 (RFC 6855 section 4)', async () => {
  const world = await imapWorld();
  const client = await world.login();
  const text = utf8(message('grün'));
  await transcript(
    client,
    `
    C: a APPEND INBOX UTF8 (~{5}
    S~ ^a BAD ENABLE UTF8=ACCEPT comes before
    C: b ENABLE UTF8=ACCEPT
    S* ^b OK
    C: c APPEND INBOX (\\Seen) UTF8 (~{${text.length}}
    S: + Ready for the literal
  `,
  );
  client.send(`${text})\r\n`);
  await client.expect(/^c OK \[APPENDUID \d+ 1\]/);
  client.send(`d APPEND INBOX UTF8 (~{${text.length}+}\r\n${text})\r\n`);
  await client.expect(/^d OK \[APPENDUID \d+ 2\]/);
  await transcript(
    client,
    `
    C< e APPEND INBOX UTF8 (~{5+}\\r\\nhello\\r\\n
    S~ ^e BAD
    C< f APPEND INBOX UTF8 ({5+}\\r\\nhello)\\r\\n
    S~ ^f BAD
    C: g STATUS INBOX (MESSAGES)
    S: * STATUS "INBOX" (MESSAGES 2)
    S* ^g OK
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});
