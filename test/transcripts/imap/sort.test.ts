import { expect, test } from 'vitest';
import { imapWorld } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

function mail(from: string, to: string, subject: string, date: string, more = '', body = 'x'): string {
  const sent = date === '' ? '' : `Date: ${date}\r\n`;
  return `From: ${from}\r\nTo: ${to}\r\nSubject: ${subject}\r\n${sent}${more}\r\n${body}\r\n`;
}

const MAILS = [
  mail(
    'Zoe <ann@x.org>',
    'ben@x.org',
    'Re: beta',
    'Tue, 2 Jan 2024 10:00:00 +0000',
    'Message-ID: <b@x>\r\nReferences: <a@x>\r\n',
  ),
  mail('Carl <carl@x.org>', 'Al <zed@x.org>', 'Alpha', 'Mon, 1 Jan 2024 23:00:00 -0500', 'Cc: d@x\r\n', 'longer body'),
  mail('ben@x.org', '', 'beta', 'Mon, 1 Jan 2024 10:00:00 +0000', 'Message-ID: <a@x>\r\n'),
  mail(
    '=?utf-8?q?=C3=84nne?= <d@x.org>',
    'c@x.org',
    '[list] alpha (fwd)',
    '',
    'Cc: c@x\r\nIn-Reply-To: <a@x> <z@x>\r\n',
  ),
];

async function world() {
  const made = await imapWorld();
  const base = made.alice.state.seq;
  await made.deliver('INBOX', ...MAILS);
  return { made, base, client: await made.login('INBOX') };
}

test('SORT: every criterion (RFC 5256, RFC 5957)', async () => {
  const { made, client } = await world();
  const cases: Record<string, string> = {
    '(ARRIVAL)': '1 2 3 4',
    '(REVERSE ARRIVAL)': '1 2 3 4',
    '(DATE)': '3 2 1 4',
    '(REVERSE DATE)': '4 1 2 3',
    '(SUBJECT)': '2 4 1 3',
    '(SUBJECT DATE)': '2 4 3 1',
    '(REVERSE SUBJECT REVERSE DATE)': '1 3 4 2',
    '(FROM)': '1 3 2 4',
    '(TO)': '3 1 4 2',
    '(CC SUBJECT)': '1 3 4 2',
    '(SIZE)': [1, 2, 3, 4].sort((a, b) => MAILS[a - 1]!.length - MAILS[b - 1]!.length).join(' '),
    '(DISPLAYFROM)': '4 3 2 1',
    '(DISPLAYTO)': '3 2 1 4',
  };
  for (const [criteria, order] of Object.entries(cases)) {
    await transcript(client, `C: a SORT ${criteria} UTF-8 ALL\nS: * SORT ${order}\nS: a OK SORT completed`).catch(
      (error) => {
        throw new Error(`${criteria}: ${error.message}`);
      },
    );
  }
  expect(made.errors).toEqual([]);
});

test('SORT: UIDs, ESORT, mod-sequences, and what is wrong', async () => {
  const { base, client, made } = await world();
  await transcript(
    client,
    `
    C: x MOVE 2 Trash
    S* ^x OK
    C: A282 SORT (SUBJECT) UTF-8 SUBJECT beta
    S: * SORT 1 2
    S: A282 OK SORT completed
    C: A284 SORT (SUBJECT) US-ASCII TEXT "not in mailbox"
    S: * SORT
    S: A284 OK SORT completed
    C: b UID SORT (REVERSE DATE) "utf-8" ALL
    S: * SORT 4 1 3
    S: b OK UID SORT completed
    C: E01 UID SORT RETURN () (REVERSE DATE) UTF-8 ALL
    S: * ESEARCH (TAG "E01") UID ALL 4,1,3
    S: E01 OK UID SORT completed
    C: E02 SORT RETURN (MIN MAX COUNT PARTIAL 1:2) (DATE) UTF-8 ALL
    S: * ESEARCH (TAG "E02") MIN 2 MAX 3 PARTIAL (1:2 2,1) COUNT 3
    S: E02 OK SORT completed
    C: E03 SORT RETURN (SAVE) (DATE) UTF-8 1:2
    S: E03 OK SORT completed
    C: E04 SORT (ARRIVAL) UTF-8 $
    S: * SORT 1 2
    S: E04 OK SORT completed
    C: c SORT (DATE) UTF-8 MODSEQ ${base + 3}
    S~ ^\\* OK \\[HIGHESTMODSEQ
    S: * SORT 2 3 (MODSEQ ${base + 4})
    S: c OK SORT completed
    C: d SORT RETURN (ALL) (DATE) UTF-8 MODSEQ ${base + 3}
    S: * ESEARCH (TAG "d") ALL 2:3 MODSEQ ${base + 4}
    S: d OK SORT completed
    C: e SORT (DATE) KOI8-R ALL
    S~ ^e NO \\[BADCHARSET
    C: f SORT (DATE) ALL
    S~ ^f BAD Expected a space
    C: g SORT () UTF-8 ALL
    S~ ^g BAD
    C: h SORT (COLOUR) UTF-8 ALL
    S~ ^h BAD Expected one of ARRIVAL
    C: i SORT (REVERSE) UTF-8 ALL
    S~ ^i BAD
    C: j SORT DATE UTF-8 ALL
    S~ ^j BAD Expected sort criteria
    C: k SORT (DATE) UTF-8
    S~ ^k BAD
    C: l UNSELECT
    S~ ^l OK
    C: m SORT (DATE) UTF-8 ALL
    S: m BAD SORT needs a selected mailbox
  `,
  );
  expect(made.errors).toEqual([]);
});

test('THREAD: REFS (draft-ietf-morg-inthread-01 section 4)', async () => {
  const { client, made } = await world();
  // One more that arrives now, but was sent before all others, and answers 2's thread by subject only.
  await made.clock.skip(5_000);
  await made.deliver(
    'INBOX',
    mail('x@x', 'y@x', 'Re: alpha', 'Sun, 31 Dec 2023 10:00:00 +0000', 'Message-ID: <e@x>\r\n'),
  );
  await made.clock.skip(5_000);
  await made.deliver('INBOX', mail('x@x', 'y@x', 'other', 'Sat, 30 Dec 2023 10:00:00 +0000', 'In-Reply-To: <b@x>\r\n'));
  await transcript(
    client,
    `
    C: n NOOP
    S* ^n OK
    C: a THREAD REFS UTF-8 ALL
    S: * THREAD (2)(5)(3 (1 6)(4))
    S: a OK THREAD completed
    C: b UID THREAD REFS UTF-8 NOT SUBJECT other
    S: * THREAD (2)(3 (1)(4))(5)
    S: b OK UID THREAD completed
    C: c THREAD REFS UTF-8 SUBJECT nothing
    S: * THREAD
    S: c OK THREAD completed
    C: d THREAD REFS KOI8-R ALL
    S~ ^d NO \\[BADCHARSET
    C: e THREAD REFS
    S~ ^e BAD
    C: f THREAD REF UTF-8 ALL
    S: f BAD Expected one of ORDEREDSUBJECT, REFERENCES, REFS, found "REF UTF-8 ALL"
    C: g CAPABILITY
    S~ THREAD=REFS
    S* ^g OK
  `,
  );
  expect(made.errors).toEqual([]);
});

test('THREAD: ORDEREDSUBJECT and REFERENCES', async () => {
  const { client, made } = await world();
  await transcript(
    client,
    `
    C: A283 THREAD ORDEREDSUBJECT UTF-8 ALL
    S: * THREAD (3 1)(2 4)
    S: A283 OK THREAD completed
    C: A285 THREAD REFERENCES UTF-8 ALL
    S: * THREAD (3 (1)(4))(2)
    S: A285 OK THREAD completed
    C: A284 THREAD ORDEREDSUBJECT US-ASCII TEXT "gewp"
    S: * THREAD
    S: A284 OK THREAD completed
    C: a MOVE 2 Trash
    S* ^a OK
    C: b UID THREAD REFERENCES UTF-8 ALL
    S: * THREAD (3 (1)(4))
    S: b OK UID THREAD completed
    C: c THREAD REFERENCES UTF-8 NOT SUBJECT beta
    S: * THREAD (3)
    S: c OK THREAD completed
    C: d THREAD REFERENCES UTF-8 MODSEQ 1
    S~ ^\\* OK \\[HIGHESTMODSEQ
    S: * THREAD (2 (1)(3))
    S: d OK THREAD completed
    C: e THREAD JWZ UTF-8 ALL
    S~ ^e BAD Expected one of ORDEREDSUBJECT
    C: f THREAD REFERENCES KOI8-R ALL
    S~ ^f NO \\[BADCHARSET
    C: g THREAD REFERENCES UTF-8
    S~ ^g BAD
    C: h THREAD constructor UTF-8 ALL
    S~ ^h BAD
  `,
  );
  expect(made.errors).toEqual([]);
});

test('I18NLEVEL=1: searches compare as i;unicode-casemap does (RFC 5255)', async () => {
  const made = await imapWorld();
  const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
  const type = 'Content-Type: text/plain; charset=utf-8\r\n';
  await made.deliver(
    'INBOX',
    mail('a@x', 'b@x', '=?utf-8?q?Caf=C3=A9?=', '', type, utf8('ПРИВЕТ, José')),
    mail('a@x', 'b@x', 'plain', '', type, utf8('Jose\u0301')),
  );
  const client = await made.login('INBOX');
  await transcript(
    client,
    `
    C: a SEARCH CHARSET UTF-8 BODY "привет"
    S: * SEARCH 1
    S: a OK SEARCH completed
    C: b SEARCH CHARSET UTF-8 BODY "josé"
    S: * SEARCH 1 2
    S: b OK SEARCH completed
    C: c SEARCH SUBJECT cafe
    S: * SEARCH 1
    S: c OK SEARCH completed
    C: d SEARCH BODY jose
    S: * SEARCH 1 2
    S: d OK SEARCH completed
    C: e SEARCH CHARSET UTF-8 SUBJECT "CAFÉ"
    S: * SEARCH 1
    S: e OK SEARCH completed
  `,
  );
});
