import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageHead } from '../../mail/imap/append/head.ts';
import { COMMANDS } from '../../mail/imap/commands/table.ts';
import { Bad, No } from '../../mail/imap/errors.ts';
import { fetchItems } from '../../mail/imap/grammar/fetch.ts';
import { fetchModifiers } from '../../mail/imap/grammar/fetch-modifiers.ts';
import { listArguments } from '../../mail/imap/grammar/list.ts';
import { mailboxFilters } from '../../mail/imap/grammar/mailbox-filter.ts';
import { entryNames, entryValues, metadataOptions } from '../../mail/imap/grammar/metadata.ts';
import { notifyArguments } from '../../mail/imap/grammar/notify.ts';
import { NeedLiteral, Parser } from '../../mail/imap/grammar/parser.ts';
import { searchProgram } from '../../mail/imap/grammar/search.ts';
import { searchReturns } from '../../mail/imap/grammar/search-return.ts';
import { selectParams } from '../../mail/imap/grammar/select.ts';
import { sequenceSet } from '../../mail/imap/grammar/sequence.ts';
import { sortCriteria } from '../../mail/imap/grammar/sort.ts';
import { type ImapWorld, imapWorld, message } from '../support/imap.ts';
import type { PipeClient } from '../support/pipe.ts';

const RUNS = Number(process.env.POSTERN_FUZZ_RUNS ?? 300);

const WORDS = [
  ...COMMANDS.keys(),
  ...[
    'Shared/bob@example.test/INBOX',
    'Public/INBOX',
    'Shared',
    'bob@example.test',
    'anyone',
    '-anyone',
    '+lrswit',
    'lrQ',
  ],
  ...['INBOX', 'Archive', '""', '"a b"', '*', '%', '()', '(', ')', '1', '1:*', '2,3:4', '*:*', '0', '4294967295'],
  ...[
    'FLAGS',
    '+FLAGS',
    '-FLAGS.SILENT',
    '(\\Seen \\Deleted)',
    '(key)',
    '\\Recent',
    'FULL',
    'BODY[]',
    'BODY.PEEK[1.MIME]',
  ],
  ...[
    'BODY[HEADER.FIELDS (To)]<0.9>',
    'ENVELOPE',
    '(UID BODYSTRUCTURE)',
    'NOT',
    'OR',
    'TEXT',
    'x',
    'SUBJECT',
    'CHARSET',
  ],
  ...[
    'UTF-8',
    'SINCE',
    '1-Feb-1994',
    'LARGER',
    '{3}',
    '{3+}',
    '{0+}',
    '{99999999}',
    '{99999+}',
    'abc',
    'DONE',
    'PLAIN',
    '=',
  ],
  ...[
    '(MESSAGES UNSEEN)',
    'RETURN',
    '(SUBSCRIBED)',
    '(CHILDREN)',
    '"17-Jul-1996 02:44:25 -0700"',
    '&AOk-',
    '&',
    '"',
    '\\',
    ']',
  ],
  ...[
    'CATENATE (',
    'CATENATE (TEXT {3+}',
    'URL "/INBOX;UID=1/;SECTION=1"',
    'URL ";UID=2")',
    'TEXT',
    '~{3+}',
    'UTF8 (~{3+}',
  ],
  ...[
    'UTF8=ACCEPT',
    'BINARY[1]',
    'BINARY.SIZE[]',
    'BINARY.PEEK[1]<1.2>',
    'SCRAM-SHA-256',
    'biwsbj1hLHI9eA==',
    '500',
    '1:2',
  ],
  ...[
    '/private/comment',
    '(/private/a "x" /shared/b NIL)',
    '(DEPTH infinity)',
    '(MAXSIZE 1)',
    '(USE (\\Sent))',
    'METADATA',
  ],
  ...['(STORAGE 5)', 'DEFLATE', '(DELETED-STORAGE APPENDLIMIT)'],
  ...[
    'UIDONLY',
    'CONDSTORE',
    'QRESYNC',
    '(CONDSTORE)',
    '(QRESYNC (1 1))',
    '(QRESYNC (1 1 1:9 (1,2 1,2)))',
    '$',
    '(MODSEQ)',
  ],
  ...[
    '(CHANGEDSINCE 1)',
    '(CHANGEDSINCE 1 VANISHED)',
    '(UNCHANGEDSINCE 9)',
    'MODSEQ',
    '(PARTIAL -1:-3)',
    'OLDER',
    'UIDAFTER 2',
    'UIDBEFORE',
  ],
  ...['(MIN MAX COUNT)', '(SAVE ALL)', '(UPDATE)', '(PARTIAL 1:2 SAVE)', '(DATE REVERSE SUBJECT)', '(DISPLAYFROM)'],
  ...[
    'REFERENCES',
    'REFS',
    'ORDEREDSUBJECT',
    'IN',
    '(selected)',
    '(personal)',
    '(subtree INBOX)',
    'EMAILID',
    'THREADID',
    'e1',
  ],
  ...['SET', 'SET STATUS', 'NONE', '(selected (MessageNew (UID BODY[]) MessageExpunge FlagChange))', '(personal NONE)'],
  ...['(selected-delayed (MessageNew MessageExpunge))', '(subscribed (MessageNew MessageExpunge MailboxName))'],
  ...['(mailboxes (INBOX Archive) (MailboxMetadataChange AnnotationChange))', '(UPDATE (UID FLAGS) ALL)', 'NOTIFY'],
  ...['(EMAILID THREADID SAVEDATE PREVIEW (LAZY))', 'SAVEDON', '(HIGHESTMODSEQ MAILBOXID DELETED)', '"a"', 'ALL'],
  ...['AGFsaWNlAHNlY3JldA==', 'alice@example.test', 'secret', '~', '\x00', '\xff', '\r', '{', '}', '[', '<', '>'],
];
const word = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 12 }) },
);
/** Commands that do something, so that a stream gets anywhere. */
const SENSIBLE = [
  ...['SELECT INBOX', 'EXAMINE INBOX', 'NOOP', 'IDLE\r\nDONE', 'CLOSE', 'EXPUNGE', 'APPEND INBOX {1+}\r\nx'],
  ...['UID FETCH 1:* (UID FLAGS)', 'UID FETCH 1:* BODY[]', 'FETCH 1:* FLAGS', 'UID STORE 1:* +FLAGS (\\Deleted)'],
  ...['STORE 1 FLAGS (\\Seen)', 'UID COPY 1:* INBOX', 'UID MOVE 1:2 Archive', 'UID SEARCH RETURN (SAVE) ALL'],
  ...['UID SORT RETURN (UPDATE) (ARRIVAL) UTF-8 ALL', 'UID THREAD REFS UTF-8 ALL', 'SEARCH RETURN (UPDATE) SEEN'],
  ...['NOTIFY SET (selected (MessageNew (FLAGS) MessageExpunge FlagChange))', 'UID EXPUNGE 1:*', 'UID FETCH $ MODSEQ'],
];
const sensible = fc.constantFrom(...SENSIBLE).map((text) => `s ${text}\r\n`);
const senseless = fc
  .tuple(
    fc.constantFrom('a', 'b1', '', '*', '+'),
    fc.constantFrom(...COMMANDS.keys(), ''),
    fc.array(word, { maxLength: 7 }),
  )
  .map(([tag, name, words]) => `${tag} ${name}${words.map((one) => ` ${one}`).join('')}\r\n`);
const line = fc.oneof({ weight: 4, arbitrary: senseless }, { weight: 1, arbitrary: sensible });

/** Waits until the server has nothing more to say: it waits for us, or has closed. */
async function settle(client: PipeClient): Promise<void> {
  for (let quiet = 0, length = -1; quiet < 3; ) {
    await new Promise((resolve) => setImmediate(resolve));
    quiet = client.received.length === length ? quiet + 1 : 0;
    length = client.received.length;
  }
}

interface Stream {
  readonly lines: readonly string[];
  readonly chunk: number;
  readonly select: boolean;
  /** What the client has switched on first. */
  readonly enabled: string;
}

async function survives(world: ImapWorld, { lines, chunk, select, enabled }: Stream): Promise<void> {
  const client = await world.login(select ? 'INBOX' : undefined);
  const before = client.received.length;
  client.sendChunked(`e ENABLE ${enabled}\r\n${lines.join('')}`, chunk);
  await settle(client);
  const text = client.received.toString('latin1');
  expect(text).not.toContain('SERVERBUG');
  expect(text).not.toContain('Internal error');
  // RFC 9586 section 3; UNAUTHENTICATE ends it.
  if (enabled.includes('UIDONLY') && !lines.join('').includes('UNAUTHENTICATE')) {
    expect(text.slice(before)).not.toMatch(/^\* \d+ (?:FETCH|EXPUNGE)\b/m);
  }
  // Whatever it was doing, it notices that the client has gone.
  client.end();
  await client.closed();
}

test('no stream of commands makes a bug show, or a connection hang', async () => {
  const world = await imapWorld({ maxMessage: 100_000, messageLimit: 4 });
  await world.deliver('INBOX', ...Array.from({ length: 5 }, (_, i) => message(`m${i}`)));
  const stream = fc.record({
    lines: fc.array(line, { minLength: 1, maxLength: 12 }),
    chunk: fc.integer({ min: 1, max: 500 }),
    select: fc.boolean(),
    enabled: fc.constantFrom('NOTHING', 'UIDONLY', 'QRESYNC UIDONLY', 'IMAP4rev2', 'IMAP4rev2 QRESYNC'),
  });
  await fc.assert(
    fc.asyncProperty(stream, (one) => survives(world, one)),
    { numRuns: RUNS },
  );
  expect(world.errors).toEqual([]);
}, 600_000);

test('no argument makes a parser throw anything but a refusal, or take its time', () => {
  const parsers = {
    entryNames,
    entryValues,
    messageHead,
    metadataOptions,
    fetchItems,
    fetchModifiers: (parser: Parser) => fetchModifiers(parser, true, true),
    searchProgram,
    searchReturns,
    sortCriteria,
    mailboxFilters,
    notifyArguments,
    selectParams,
    listArguments,
    sequenceSet,
  };
  const text = fc.array(fc.oneof(word, fc.constant(' ')), { maxLength: 20 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.constantFrom(...Object.values(parsers)), (input, parse) => {
      const parser = new Parser(input);
      try {
        (parse as (parser: Parser) => unknown)(parser);
      } catch (error) {
        if (!(error instanceof Bad || error instanceof No || error instanceof NeedLiteral)) throw error;
      }
    }),
    { numRuns: RUNS * 25 },
  );
});
