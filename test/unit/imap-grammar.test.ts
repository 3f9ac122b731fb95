import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UidSet } from '../../mail/account/uidset.ts';
import { Bad, failure, No } from '../../mail/imap/errors.ts';
import { date, dateTime } from '../../mail/imap/grammar/dates.ts';
import { fetchItems } from '../../mail/imap/grammar/fetch.ts';
import { flagList, storeFlags } from '../../mail/imap/grammar/flags.ts';
import { mailboxName, wireName } from '../../mail/imap/grammar/mailbox.ts';
import { NeedLiteral, Parser, quote, utf8 } from '../../mail/imap/grammar/parser.ts';
import { MailboxPattern } from '../../mail/imap/grammar/pattern.ts';
import { searchProgram } from '../../mail/imap/grammar/search.ts';
import { checkSequence, resolve, sequenceSet } from '../../mail/imap/grammar/sequence.ts';
import { decodeUtf7, encodeUtf7 } from '../../mail/imap/grammar/utf7.ts';
import { Numbers } from '../../mail/imap/numbers.ts';
import { Unavailable } from '../../mail/ports/index.ts';
import { Refused } from '../../mail/refused.ts';
import { inOrder } from '../../mail/search/in-order.ts';

const whole = <T>(text: string, parse: (parser: Parser) => T): T => {
  const parser = new Parser(text);
  const value = parse(parser);
  parser.end();
  return value;
};

describe('strings', () => {
  test('atoms, quoted strings, literals', () => {
    expect(whole('a+]b', (p) => p.astring())).toBe('a+]b');
    expect(whole('"a \\"b\\\\"', (p) => p.astring())).toBe('a "b\\');
    expect(whole('{3}\r\na\r\n', (p) => p.astring())).toBe('a\r\n');
    expect(whole('{0+}\r\n', (p) => p.astring())).toBe('');
    expect(whole('nil', (p) => p.nstring('x'))).toBe(undefined);
    expect(whole('"nil"', (p) => p.nstring('x'))).toBe('nil');
    expect(() => whole('nilly', (p) => p.nstring('x'))).toThrow(Bad);
    expect(() => whole('{5}\r\nabc', (p) => p.astring())).toThrow(NeedLiteral);
    expect(() => whole('{5}', (p) => p.astring())).toThrow(NeedLiteral);
    expect(() => whole('{5', (p) => p.astring())).toThrow(Bad);
    expect(() => whole('a]', (p) => p.atom())).toThrow(Bad);
    expect(() => whole('"a\\b"', (p) => p.string())).toThrow(Bad);
    expect(() => whole('(', (p) => p.astring('a name'))).toThrow('Expected a name, found "("');
  });

  test('what is quoted is read back', () => {
    const bytes = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) });
    fc.assert(fc.property(bytes, (text) => void expect(whole(quote(text), (p) => p.string())).toBe(text)));
  });

  test('UTF-8', () => {
    expect(utf8('caf\xc3\xa9')).toBe('café');
    expect(() => utf8('caf\xe9')).toThrow(Bad);
  });
});

describe('modified UTF-7 (RFC 3501 section 5.1.3)', () => {
  test('the examples of the RFC', () => {
    expect(decodeUtf7('~peter/mail/&U,BTFw-/&ZeVnLIqe-')).toBe('~peter/mail/台北/日本語');
    expect(encodeUtf7('~peter/mail/台北/日本語')).toBe('~peter/mail/&U,BTFw-/&ZeVnLIqe-');
    expect(decodeUtf7('&Jjo-!')).toBe('☺!');
    expect(decodeUtf7('&Jjo!')).toBe(undefined);
    // "&U,BTFw-&ZeVnLIqe-" has a superfluous shift; "&U,BTF2XlZyyKng-" is right.
    expect(decodeUtf7('&U,BTFw-&ZeVnLIqe-')).toBe(undefined);
    expect(decodeUtf7('&U,BTF2XlZyyKng-')).toBe('台北日本語');
  });

  test('only one spelling of a name is taken', () => {
    expect(decodeUtf7('&-')).toBe('&');
    expect(decodeUtf7('&AGE-')).toBe(undefined);
    expect(decodeUtf7('&')).toBe(undefined);
    expect(decodeUtf7('&2D0-')).toBe(undefined);
    expect(decodeUtf7('\xe9')).toBe(undefined);
    expect(decodeUtf7('&A-')).toBe(undefined);
  });

  test('every name goes there and back', () => {
    const name = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed());
    fc.assert(fc.property(name, (text) => void expect(decodeUtf7(encodeUtf7(text))).toBe(text)));
  });

  test('mailbox names', () => {
    expect(whole('iNbOx', mailboxName)).toBe('INBOX');
    expect(whole('inbox/x', mailboxName)).toBe('INBOX/x');
    expect(whole('Inboxes', mailboxName)).toBe('Inboxes');
    expect(whole('e&AwE-', mailboxName)).toBe('é');
    expect(wireName('a "é"', false)).toBe('"a \\"&AOk-\\""');
  });
});

describe('sequence sets', () => {
  test('are read and resolved', () => {
    const set = whole('2,4:7,9,12:*', sequenceSet);
    expect(resolve(set, 15).toString()).toBe('2,4:7,9,12:15');
    // RFC 3501 section 9: 12:* is 12:9 where 9 is the highest.
    expect(resolve(whole('12:*', sequenceSet), 9).toString()).toBe('9:12');
    expect(resolve(whole('*', sequenceSet), 9).toString()).toBe('9');
    expect(resolve(whole('*:4,5', sequenceSet), 7).toString()).toBe('4:7');
    expect(resolve(whole('1:*', sequenceSet), 0).isEmpty).toBe(true);
    for (const wrong of ['', '0', '1:', ':1', '1,', '1;2', '1:2:3', '4294967296', '-1', 'a']) {
      expect(() => whole(wrong, sequenceSet), wrong).toThrow(Bad);
    }
  });

  test('numbers that no message has', () => {
    expect(() => checkSequence([[1, 5]], 4)).toThrow('There is no message 5; the mailbox has 4');
    expect(() => checkSequence([[1, Number.POSITIVE_INFINITY]], 0)).not.toThrow();
    expect(() => checkSequence([[1, 2]], 0)).toThrow(Bad);
    expect(() => checkSequence([[2, 4]], 4)).not.toThrow();
  });
});

test('Numbers: the nth UID has number n', () => {
  const uids = fc.uniqueArray(fc.integer({ min: 1, max: 60 })).map((list) => list.sort((a, b) => a - b));
  const pair = fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 70 }));
  fc.assert(
    fc.property(uids, fc.array(pair, { maxLength: 4 }), (list, pairs) => {
      const numbers = new Numbers(UidSet.fromAscending(list));
      const set = UidSet.fromRuns(pairs);
      expect(numbers.size).toBe(list.length);
      for (let uid = 0; uid <= 70; uid++) expect(numbers.of(uid)).toBe(list.indexOf(uid) + 1);
      expect([...numbers.uidsOf(set)]).toEqual(list.filter((_, i) => set.has(i + 1)));
      expect([...numbers.known(set)]).toEqual(list.filter((uid) => set.has(uid)));
    }),
  );
});

test('dates', () => {
  expect(whole('"17-Jul-1996 02:44:25 -0700"', dateTime)).toBe(Date.UTC(1996, 6, 17, 9, 44, 25));
  expect(whole('" 1-feb-1994 00:00:00 +0000"', dateTime)).toBe(Date.UTC(1994, 1, 1));
  for (const wrong of ['"1-Feb-1994 00:00:00 +0000"', '"30-Feb-1994 00:00:00 +0000"', '"01-Feb-1994"', '01-Feb-1994']) {
    expect(() => whole(wrong, dateTime), wrong).toThrow(Bad);
  }
  expect(whole('1-Feb-1994', date)).toBe(Date.UTC(1994, 1, 1) / 86_400_000);
  expect(whole('"01-Feb-1994"', date)).toBe(Date.UTC(1994, 1, 1) / 86_400_000);
  for (const wrong of ['"1-Feb-1994', '1-Feb-94', '29-Feb-1995', '1-Feb-19945']) {
    expect(() => whole(wrong, date), wrong).toThrow(Bad);
  }
});

test('flags', () => {
  expect(whole('()', flagList)).toEqual([]);
  expect(whole('(\\seen $MDNSent)', flagList)).toEqual(['\\Seen', '$MDNSent']);
  expect(whole('\\Seen \\DELETED', storeFlags)).toEqual(['\\Seen', '\\Deleted']);
  for (const wrong of ['(\\Recent)', '(\\Odd)', '(\\Seen', '\\', '(a b c]', `(${'k'.repeat(101)})`]) {
    expect(() => whole(wrong, flagList), wrong).toThrow(Bad);
  }
});

test('fetch items', () => {
  expect(whole('fast', fetchItems).map(({ kind }) => kind)).toEqual(['FLAGS', 'INTERNALDATE', 'RFC822.SIZE']);
  expect(whole('BODY.PEEK[1.2.HEADER.FIELDS.NOT (From "X-Y")]<0.10>', fetchItems)).toEqual([
    {
      kind: 'SECTION',
      section: { path: [1, 2], text: 'HEADER.FIELDS.NOT', fields: ['From', 'X-Y'], partial: { offset: 0, length: 10 } },
      label: 'BODY[1.2.HEADER.FIELDS.NOT (From X-Y)]<0>',
      peek: true,
    },
  ]);
  expect(whole('body[]', fetchItems)).toEqual([
    { kind: 'SECTION', section: { path: [] }, label: 'BODY[]', peek: false },
  ]);
  expect(whole('(RFC822.HEADER BODY)', fetchItems)).toEqual([
    { kind: 'SECTION', section: { path: [], text: 'HEADER' }, label: 'RFC822.HEADER', peek: true },
    { kind: 'BODY' },
  ]);
  for (const wrong of [
    '()',
    'BODY[0]',
    'BODY[1.]',
    'BODY[MIME]',
    'BODY[]<1>',
    'BODY[HEADER.FIELDS ()]',
    'FASTER',
    'BODY[1',
    '(ALL)',
    'BODY[constructor]',
    'constructor',
  ]) {
    expect(() => whole(wrong, fetchItems), wrong).toThrow(Bad);
  }
});

test('search programs', () => {
  expect(whole('FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"', searchProgram)).toEqual({
    key: 'and',
    keys: [
      { key: 'flag', flag: '\\Flagged' },
      { key: 'date', op: 'since', day: 8797 },
      { key: 'not', of: { key: 'address', field: 'from', text: 'Smith' } },
    ],
  });
  expect(whole('CHARSET UTF-8 TEXT {6}\r\n\xe4\xb8\xad\xe6\x96\x87', searchProgram)).toEqual({
    key: 'text',
    text: '中文',
  });
  expect(() => whole('CHARSET X ALL', searchProgram)).toThrow(No);
  for (const wrong of [
    '',
    'CONSTRUCTOR',
    'toString',
    'NOT',
    '()',
    'OR ALL',
    'LARGER',
    'LARGER x',
    'HEADER "a b" c',
    'ALL  ALL',
  ]) {
    expect(() => whole(wrong, searchProgram), wrong).toThrow(Bad);
  }
});

describe('list patterns', () => {
  const matches = (pattern: string, name: string) => new MailboxPattern(pattern).matches(name);

  test('wildcards', () => {
    expect(matches('*', 'a/b')).toBe(true);
    expect(matches('%', 'a/b')).toBe(false);
    expect(matches('%', 'a')).toBe(true);
    expect(matches('a/%', 'a/b')).toBe(true);
    expect(matches('a/%', 'a/b/c')).toBe(false);
    expect(matches('%/b', 'a/b')).toBe(true);
    expect(matches('a*c', 'a/b/c')).toBe(true);
    expect(matches('a%*%c', 'a/b/c')).toBe(true);
    expect(matches('inbox', 'INBOX')).toBe(true);
    expect(matches('InBoX/*', 'INBOX/x')).toBe(true);
    expect(matches('in%', 'INBOX')).toBe(false);
    expect(matches('', '')).toBe(true);
    expect(() => new MailboxPattern('*a'.repeat(50))).toThrow(Bad);
  });

  test('match what the same regular expression matches', () => {
    const char = fc.constantFrom('a', 'b', '/', '*', '%');
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
    fc.assert(
      fc.property(fc.string({ unit: char, maxLength: 8 }), name, (pattern, text) => {
        const expression = pattern.replace(/[*%]/g, (wild) => (wild === '*' ? '.*' : '[^/]*'));
        expect(matches(pattern, text)).toBe(new RegExp(`^${expression}$`).test(text));
      }),
    );
  });
});

test('errors become protocol text in one place', () => {
  expect(failure(new Bad('Expected x')).text).toBe('BAD Expected x');
  expect(failure(new No('LIMIT', 'too much')).text).toBe('NO [LIMIT] too much');
  expect(failure(new No('', 'no')).text).toBe('NO no');
  expect(failure(new Refused('overquota', 'full')).text).toBe('NO [OVERQUOTA] full');
  expect(failure(new Refused('throttled', 'later')).text).toBe('NO [UNAVAILABLE] later');
  expect(failure(new Refused('cannot', 'no\r\n* BYE')).text).toBe('NO [CANNOT] no?* BYE');
  expect(failure(new Unavailable('secret'))).toEqual({
    text: 'NO [UNAVAILABLE] The store does not answer; try again later',
    bug: false,
  });
  expect(failure(new TypeError('secret'))).toEqual({
    text: 'NO [SERVERBUG] Internal error; it has been logged',
    bug: true,
  });
});

test('inOrder loads in parallel, within bounds, and keeps the order', async () => {
  let running = 0;
  let most = 0;
  const load = async (n: number) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, (n * 7) % 5));
    running--;
    if (n === 8) throw new Error('eight');
    return n;
  };
  const seen: number[] = [];
  const all = async () => {
    for await (const n of inOrder([1, 2, 3, 4, 5, 6, 7, 8, 9], { count: 3, weight: 100 }, () => 1, load)) seen.push(n);
  };
  await expect(all()).rejects.toThrow('eight');
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
  most = running = 0;
  for await (const _ of inOrder([1, 2, 3], { count: 10, weight: 5 }, () => 6, load));
  expect(most).toBe(1);
});
