import { expect, test } from 'vitest';
import { imapWorld } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

test('SETMETADATA and GETMETADATA (RFC 5464 sections 4.2 and 4.3)', async () => {
  const world = await imapWorld();
  const client = await world.login();
  await transcript(
    client,
    `
    C: a SETMETADATA INBOX (/private/comment "My comment" /shared/Comment {6}
    S: + Ready for the literal
    C: A"\\\\é /private/comment/x ~{3+}
    C< a\\0b)\\r\\n
    S: a OK SETMETADATA completed
    C: b GETMETADATA "INBOX" /PRIVATE/comment
    S: * METADATA "INBOX" ("/private/comment" "My comment")
    S: b OK GETMETADATA completed
    C: q GETMETADATA INBOX "/private/a\\"b"
    S: * METADATA "INBOX" ("/private/a\\"b" NIL)
    S: q OK GETMETADATA completed
    C: c GETMETADATA INBOX (/shared/comment /private/none)
    S~ ^\\* METADATA "INBOX" \\("/shared/comment" \\{6\\}$
    S: A"\\\\é "/private/none" NIL)
    S: c OK GETMETADATA completed
    C: d GETMETADATA INBOX (DEPTH 1) (/private/comment)
    S: * METADATA "INBOX" ("/private/comment" "My comment" "/private/comment/x" ~{3}
    S~ ^a.b\\)$
    S: d OK GETMETADATA completed
    C: e GETMETADATA (MAXSIZE 3 DEPTH infinity) INBOX (/private/comment)
    S: * METADATA "INBOX" ("/private/comment/x" ~{3}
    S~ ^a.b\\)$
    S: e OK [METADATA LONGENTRIES 10] GETMETADATA completed
    C: f SETMETADATA INBOX (/private/comment NIL /shared/comment NIL /private/comment/x NIL)
    S: f OK SETMETADATA completed
    C: g GETMETADATA INBOX (DEPTH infinity) (/private/comment)
    S: g OK GETMETADATA completed
    C: h SETMETADATA "" (/private/comment "Mine")
    S: h OK SETMETADATA completed
    C: i GETMETADATA "" /private/comment
    S: * METADATA "" ("/private/comment" "Mine")
    S: i OK GETMETADATA completed
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});

test('METADATA: refusals', async () => {
  const world = await imapWorld();
  const client = await world.login();
  await transcript(
    client,
    `
    C: a SETMETADATA "" (/shared/comment "x")
    S: a NO [NOPERM] Only an administrator annotates the server for all
    C: b SETMETADATA Nowhere (/private/comment "x")
    S~ ^b NO \\[NONEXISTENT\\]
    C: c GETMETADATA Nowhere /private/comment
    S~ ^c NO \\[NONEXISTENT\\]
    C: d SETMETADATA INBOX (/private/comment {16385+}
    C: ${'x'.repeat(16_385)})
    S: d NO [METADATA MAXSIZE 16384] That value is too long
    C: e SETMETADATA INBOX (${Array.from({ length: 101 }, (_, i) => `/private/n${i} "x"`).join(' ')})
    S~ ^e NO \\[METADATA TOOMANY\\]
    C: f GETMETADATA INBOX (DEPTH infinity) /private/n1
    S: f OK GETMETADATA completed
    C: v SETMETADATA INBOX (/shared/vendor/x "y")
    S~ ^v BAD Expected a vendor and an entry
    C: g GETMETADATA INBOX /vendor/x
    S~ ^g BAD Expected an entry
    C: h GETMETADATA INBOX "/private/*"
    S~ ^h BAD Expected an entry
    C: i GETMETADATA INBOX /private//x
    S~ ^i BAD Expected an entry
    C: j GETMETADATA INBOX (DEPTH 2) /private/x
    S~ ^j BAD Expected 0, 1 or infinity
    C: k GETMETADATA INBOX (MAXSIZE 1 MAXSIZE 2) /private/x
    S~ ^k BAD Expected MAXSIZE or DEPTH, each once
    C: l SETMETADATA INBOX (/private/x "1" /private/X "2")
    S: l BAD An entry is given twice
    C: m SETMETADATA INBOX (/private/x)
    S~ ^m BAD
    C: n SETMETADATA INBOX (/private/x {3+}
    C< a\\0b)\\r\\n
    S~ ^n BAD A literal here must not contain a NUL byte
  `,
  );
  const { client: early } = world.connect();
  await transcript(
    early,
    'S~ OK\nC: a GETMETADATA "" /private/comment\nS~ ^a BAD GETMETADATA is allowed after login only',
  );
  early.destroy();
  client.destroy();
});

test('annotations follow their mailbox: RENAME, DELETE, special use, LIST-METADATA (RFC 9590)', async () => {
  const world = await imapWorld();
  const client = await world.login();
  await transcript(
    client,
    `
    C: a CREATE One
    S* ^a OK
    C: b SETMETADATA One (/private/color "red")
    S* ^b OK
    C: c RENAME One Two
    S* ^c OK
    C: d LIST "" (Two Sent) RETURN (METADATA ("/private/color" /private/specialuse))
    S~ ^\\* LIST .* "Sent"$
    S: * METADATA "Sent" ("/private/color" NIL "/private/specialuse" "\\\\Sent")
    S~ ^\\* LIST .* "Two"$
    S: * METADATA "Two" ("/private/color" "red" "/private/specialuse" NIL)
    S: d OK LIST completed
    C: e DELETE Two
    S* ^e OK
    C: f CREATE Two
    S* ^f OK
    C: g GETMETADATA Two /private/color
    S: * METADATA "Two" ("/private/color" NIL)
    S* ^g OK
    C: h SETMETADATA Two (/private/specialuse "\\\\Sent")
    S: h NO [USEATTR] Another mailbox has that use
    C: i SETMETADATA Sent (/private/specialuse NIL)
    S* ^i OK
    C: j SETMETADATA Two (/private/specialuse "\\\\sent" /private/color "blue")
    S* ^j OK
    C: k LIST (SPECIAL-USE) "" (Sent Two)
    S~ ^\\* LIST \\(.*\\\\Sent\\) "/" "Two"$
    S: k OK LIST completed
    C: l SETMETADATA Two (/private/specialuse "\\\\All")
    S~ ^l NO \\[USEATTR\\]
    C: m LIST "" Nowhere RETURN (METADATA (/vendor))
    S~ ^m BAD
  `,
  );
  expect(world.errors).toEqual([]);
  client.destroy();
});
