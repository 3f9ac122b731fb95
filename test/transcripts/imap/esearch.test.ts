import { expect, test } from 'vitest';
import { imapWorld, message } from '../../support/imap.ts';
import { transcript } from '../../support/transcript.ts';

async function filled(count: number) {
  const world = await imapWorld();
  const base = world.alice.state.seq;
  await world.deliver('INBOX', ...Array.from({ length: count }, (_, i) => message(`m${i + 1}`)));
  return { world, base, client: await world.login('INBOX') };
}

test('ESEARCH: MIN, MAX, ALL, COUNT (RFC 4731)', async () => {
  const { client, base } = await filled(12);
  await transcript(
    client,
    `
    C: x STORE 2,10:11 +FLAGS.SILENT (\\Flagged)
    S: x OK STORE completed
    C: y MOVE 1 Trash
    S* ^y OK
    C: A282 SEARCH RETURN (MIN COUNT) FLAGGED
    S: * ESEARCH (TAG "A282") MIN 1 COUNT 3
    S: A282 OK SEARCH completed
    C: A283 SEARCH RETURN () FLAGGED
    S: * ESEARCH (TAG "A283") ALL 1,9:10
    S: A283 OK SEARCH completed
    C: A285 UID SEARCH RETURN (MAX MIN) 1:5000
    S: * ESEARCH (TAG "A285") UID MIN 2 MAX 12
    S: A285 OK UID SEARCH completed
    C: A286 SEARCH RETURN (COUNT ALL MIN MAX) DELETED
    S: * ESEARCH (TAG "A286") COUNT 0
    S: A286 OK SEARCH completed
    C: A287 UID SEARCH RETURN (ALL) DELETED
    S: * ESEARCH (TAG "A287") UID
    S: A287 OK UID SEARCH completed
    C: A]1 search return (all) charset utf-8 subject m7
    S: * ESEARCH (TAG "A]1") ALL 6
    S: A]1 OK SEARCH completed
    C: a SEARCH RETURN (FIRST) ALL
    S~ ^a BAD Expected one of MIN, MAX
    C: b SEARCH RETURN (MIN
    S~ ^b BAD
    C: c SEARCH RETURN (MIN)
    S~ ^c BAD
    C: d SEARCH RETURN MIN ALL
    S~ ^d BAD
    # RFC 4731 section 3.2: the mod-sequence is that of what is told.
    C: a1 SEARCH RETURN (MIN) MODSEQ 1
    S~ ^\\* OK \\[HIGHESTMODSEQ
    S: * ESEARCH (TAG "a1") MIN 1 MODSEQ ${base + 13}
    S: a1 OK SEARCH completed
    C: a2 SEARCH RETURN (MAX) MODSEQ 1
    S: * ESEARCH (TAG "a2") MAX 11 MODSEQ ${base + 12}
    S: a2 OK SEARCH completed
    C: a3 SEARCH RETURN (MIN MAX) MODSEQ 1 NOT 1
    S: * ESEARCH (TAG "a3") MIN 2 MAX 11 MODSEQ ${base + 12}
    S: a3 OK SEARCH completed
    C: a4 SEARCH RETURN (MIN COUNT) MODSEQ 1 NOT 1
    S: * ESEARCH (TAG "a4") MIN 2 COUNT 10 MODSEQ ${base + 13}
    S: a4 OK SEARCH completed
    C: a5 SEARCH RETURN (COUNT) MODSEQ 9000
    S: * ESEARCH (TAG "a5") COUNT 0
    S: a5 OK SEARCH completed
  `,
  );
});

test('SEARCHRES: what $ stands for (RFC 5182)', async () => {
  const { world, client } = await filled(21);
  await transcript(
    client,
    `
    C: x STORE 2,10:15,21 +FLAGS.SILENT (\\Flagged $Junk)
    S: x OK STORE completed
    C: w FETCH $ UID
    S: w OK FETCH completed
    # Examples 1, 2 and 3.
    C: A282 SEARCH RETURN (SAVE) FLAGGED
    C: A283 FETCH $ (UID)
    S: A282 OK SEARCH completed
    S: * 2 FETCH (UID 2)
    S: * 10 FETCH (UID 10)
    S: * 11 FETCH (UID 11)
    S: * 12 FETCH (UID 12)
    S: * 13 FETCH (UID 13)
    S: * 14 FETCH (UID 14)
    S: * 15 FETCH (UID 15)
    S: * 21 FETCH (UID 21)
    S: A283 OK FETCH completed
    C: A301 UID SEARCH UID $ SMALLER 4096 SUBJECT m21
    S: * SEARCH 21
    S: A301 OK UID SEARCH completed
    C: P283 SEARCH CHARSET UTF-8 (OR $ 1,3:4) NOT 10:20
    S: * SEARCH 1 2 3 4 21
    S: P283 OK SEARCH completed
    # Example 10.
    C: C282 SEARCH RETURN (ALL) SEEN
    S: * ESEARCH (TAG "C282")
    S: C282 OK SEARCH completed
    C: C283 SEARCH RETURN (ALL SAVE) FLAGGED
    S: * ESEARCH (TAG "C283") ALL 2,10:15,21
    S: C283 OK SEARCH completed
    C: C284 SEARCH RETURN (SAVE MIN) FLAGGED
    S: * ESEARCH (TAG "C284") MIN 2
    S: C284 OK SEARCH completed
    C: s1 SEARCH $
    S: * SEARCH 2
    S: s1 OK SEARCH completed
    C: C285 SEARCH RETURN (MAX SAVE MIN) FLAGGED
    S: * ESEARCH (TAG "C285") MIN 2 MAX 21
    S: C285 OK SEARCH completed
    C: s2 UID SEARCH $
    S: * SEARCH 2 21
    S: s2 OK UID SEARCH completed
    C: C286 SEARCH RETURN (MAX SAVE MIN COUNT) FLAGGED
    S: * ESEARCH (TAG "C286") MIN 2 MAX 21 COUNT 8
    S: C286 OK SEARCH completed
    # Example 7: what is expunged leaves the list, and the numbers of the others are the new ones.
    C: F283 COPY $ Junk
    S~ ^F283 OK \\[COPYUID \\d+ 2,10:15,21 1:8\\]
    C: F284 STORE $ +FLAGS.Silent (\\Deleted)
    S: F284 OK STORE completed
    C: F285 UID EXPUNGE 10:12
    S: * 12 EXPUNGE
    S: * 11 EXPUNGE
    S: * 10 EXPUNGE
    S: F285 OK UID EXPUNGE completed
    C: s3 SEARCH $
    S: * SEARCH 2 10 11 12 18
    S: s3 OK SEARCH completed
    C: F286 UID EXPUNGE $
    S* ^F286 OK
    C: F287 FETCH $ UID
    S: F287 OK FETCH completed
    C: F288 MOVE $ Archive
    S: F288 OK Nothing to move
    # Example 5: a search that is refused saves that nothing was found; one that is wrong changes nothing.
    C: B282 SEARCH RETURN (SAVE) 1:3
    S: B282 OK SEARCH completed
    C: B281 SEARCH RETURN (SAVE) FLURP
    S~ ^B281 BAD
    C: B283 SEARCH CHARSET KOI8-R (OR $ 1,3:5) TEXT {4}
    S: + Ready for the literal
    C: XXXX
    S~ ^B283 NO \\[BADCHARSET
    C: s4 SEARCH $
    S: * SEARCH 1 2 3
    S: s4 OK SEARCH completed
    C: B284 SEARCH RETURN (SAVE) CHARSET KOI8-R TEXT x
    S~ ^B284 NO \\[BADCHARSET
    C: s5 SEARCH $
    S: * SEARCH
    S: s5 OK SEARCH completed
    C: a FETCH 1,$ UID
    S~ ^a BAD
    C: b FETCH $,1 UID
    S~ ^b BAD
    C: c ENABLE QRESYNC
    S* ^c OK
    C: d SELECT INBOX (QRESYNC (1 1 $))
    S~ ^d BAD .*\\$ has no meaning here
  `,
  );
  expect(world.errors).toEqual([]);
});

test('PARTIAL: windows of a search and of UID FETCH (RFC 9394)', async () => {
  const { client, base } = await filled(10);
  await transcript(
    client,
    `
    C: x STORE 5 +FLAGS.SILENT (\\Deleted)
    S: x OK STORE completed
    C: A01 UID SEARCH RETURN (PARTIAL -1:-3) UNDELETED
    S: * ESEARCH (TAG "A01") UID PARTIAL (-1:-3 8:10)
    S: A01 OK UID SEARCH completed
    C: A02 UID SEARCH RETURN (PARTIAL 8:12 COUNT) UNDELETED
    S: * ESEARCH (TAG "A02") UID PARTIAL (8:12 9:10) COUNT 9
    S: A02 OK UID SEARCH completed
    C: A03 SEARCH RETURN (PARTIAL 6:4) UNDELETED
    S: * ESEARCH (TAG "A03") PARTIAL (6:4 4,6:7)
    S: A03 OK SEARCH completed
    C: A04 UID SEARCH RETURN (PARTIAL 24000:24500) UNDELETED
    S: * ESEARCH (TAG "A04") UID PARTIAL (24000:24500 NIL)
    S: A04 OK UID SEARCH completed
    C: A05 UID SEARCH RETURN (PARTIAL -9:-12) UNDELETED
    S: * ESEARCH (TAG "A05") UID PARTIAL (-9:-12 1)
    S: A05 OK UID SEARCH completed
    # Section 3.2: what $ stands for.
    C: B1 SEARCH RETURN (SAVE PARTIAL 2:3) ALL
    S: * ESEARCH (TAG "B1") PARTIAL (2:3 2:3)
    S: B1 OK SEARCH completed
    C: B2 SEARCH $
    S: * SEARCH 2 3
    S: B2 OK SEARCH completed
    C: B3 SEARCH RETURN (SAVE PARTIAL 2:3 MAX) ALL
    S: * ESEARCH (TAG "B3") MAX 10 PARTIAL (2:3 2:3)
    S: B3 OK SEARCH completed
    C: B4 SEARCH $
    S: * SEARCH 2 3 10
    S: B4 OK SEARCH completed
    C: B5 SEARCH RETURN (SAVE PARTIAL 2:3 COUNT) ALL
    S: * ESEARCH (TAG "B5") PARTIAL (2:3 2:3) COUNT 10
    S: B5 OK SEARCH completed
    C: B6 SEARCH RETURN (COUNT) $
    S: * ESEARCH (TAG "B6") COUNT 10
    S: B6 OK SEARCH completed
    C: C1 SEARCH RETURN (PARTIAL 1:2 ALL) ALL
    S: C1 BAD PARTIAL and ALL exclude each other
    C: C2 SEARCH RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL
    S: C2 BAD PARTIAL is given twice
    C: C3 SEARCH RETURN (PARTIAL 1:*) ALL
    S~ ^C3 BAD
    C: C4 SEARCH RETURN (PARTIAL -1:5) ALL
    S~ ^C4 BAD
    C: C5 SEARCH RETURN (PARTIAL 0:5) ALL
    S~ ^C5 BAD
    # Section 3.3 and 3.4: the window first, then what has changed in it.
    C: 10 UID FETCH 3:9 (UID) (PARTIAL -1:-3)
    S: * 7 FETCH (UID 7)
    S: * 8 FETCH (UID 8)
    S: * 9 FETCH (UID 9)
    S: 10 OK UID FETCH completed
    C: 11 UID FETCH 3:9 (UID) (PARTIAL 1:2)
    S: * 3 FETCH (UID 3)
    S: * 4 FETCH (UID 4)
    S: 11 OK UID FETCH completed
    C: 101 UID FETCH 1:10 (UID) (PARTIAL -1:-3 CHANGEDSINCE ${base + 8})
    S~ ^\\* OK \\[HIGHESTMODSEQ
    S: * 9 FETCH (UID 9 MODSEQ (${base + 9}))
    S: * 10 FETCH (UID 10 MODSEQ (${base + 10}))
    S: 101 OK UID FETCH completed
    C: 12 FETCH 3:9 (UID) (PARTIAL 1:2)
    S: 12 BAD PARTIAL is for UID FETCH
    C: 13 UID FETCH 3:9 (UID) (PARTIAL 1)
    S~ ^13 BAD
  `,
  );
});

test('no renumbering in the answer to a UID SEARCH that names numbers (RFC 7162 section 3.2.10.2)', async () => {
  const { world, client } = await filled(3);
  const other = await world.login('INBOX');
  await transcript(other, 'C: a MOVE 1 Trash\nS* ^a OK');
  await transcript(
    client,
    `
    C: a UID SEARCH 2:3
    S: * SEARCH 2 3
    S: a OK UID SEARCH completed
    C: b UID SEARCH ALL
    S: * SEARCH 2 3
    S: * 1 EXPUNGE
    S: b OK UID SEARCH completed
  `,
  );
});
