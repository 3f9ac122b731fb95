import { describe, expect, it } from 'vitest';
import { decodeAddresses, MAX_ADDRESSES, parseAddressList } from '../../mail/message/addresses.ts';
import { formatInternalDate, parseDate, parseImapDay, parseInternalDate } from '../../mail/message/dates.ts';
import { decodeText, headerFields, headerValues, unfold } from '../../mail/message/headers.ts';
import { parameterText, parseParameterized } from '../../mail/message/parameters.ts';

const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe('header blocks', () => {
  const block = Buffer.from('From mbox\r\nSubject: a\r\n b\r\nX :y\nTo:\r\n\tz\r\n\r\nbody: no\r\n');

  it('are walked field by field, folds undone', () => {
    expect(Array.from(headerFields(block), ({ name, value }) => [name, value])).toEqual([
      ['', ''],
      ['subject', 'a b'],
      ['x', 'y'],
      ['to', 'z'],
    ]);
    expect(headerValues(block, 'SUBJECT')).toEqual(['a b']);
  });

  it('give offsets of whole fields', () => {
    const subject = Array.from(headerFields(block)).find(({ name }) => name === 'subject')!;
    expect(block.toString('latin1', subject.start, subject.end)).toBe('Subject: a\r\n b\r\n');
  });

  it('unfold by taking line ends out and nothing else (RFC 5322 2.2.3)', () => {
    expect(unfold('a\r\n\tb\n  c')).toBe('a\tb  c');
  });
});

describe('decodeText', () => {
  // RFC 2047 8: the examples and how they are displayed.
  it.each([
    ['=?US-ASCII?Q?Keith_Moore?=', 'Keith Moore'],
    ['=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=', 'Keld Jørn Simonsen'],
    ['=?ISO-8859-1?Q?Andr=E9?= Pirard', 'André Pirard'],
    [
      '=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=',
      'If you can read this you understand the example.',
    ],
    ['=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=', 'םולש ןב ילטפנ'],
    ['(=?ISO-8859-1?Q?a?=)', '(a)'],
    ['(=?ISO-8859-1?Q?a?= b)', '(a b)'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a?=   =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a?= \r\n  =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a_b?=)', '(a b)'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)', '(a b)'],
  ])('shows %s as RFC 2047 says', (value, shown) => {
    expect(decodeText(value)).toBe(shown);
  });

  it('joins a character that is divided between words', () => {
    expect(decodeText('=?utf-8?B?4oI=?= =?UTF-8?B?rA==?=')).toBe('€');
  });

  it('knows the language tag of RFC 2231 5', () => {
    expect(decodeText('=?US-ASCII*EN?Q?Keith_Moore?=')).toBe('Keith Moore');
  });

  it('takes raw 8-bit text as UTF-8, else as windows-1252', () => {
    expect(decodeText(latin1('café'))).toBe('café');
    expect(decodeText('caf\xe9 \x80')).toBe('café €');
  });

  it('leaves alone what is no encoded word', () => {
    expect(decodeText('=?utf-8?x?a?= =?utf-8?q?a =? ?=')).toBe('=?utf-8?x?a?= =?utf-8?q?a =? ?=');
  });

  it('reads an unknown charset as well as it can', () => {
    expect(decodeText('=?x-nobody?q?caf=C3=A9?=')).toBe('café');
    expect(decodeText('=?cp932?b?k/qWew==?=')).toBe('日本');
  });
});

describe('address lists', () => {
  const plain = (value: string) =>
    parseAddressList(value).map(({ name, route, mailbox, host }) => [name, route, mailbox, host]);

  // RFC 5322 A.1, A.5 and A.6.
  it.each([
    ['John Doe <jdoe@machine.example>', [['John Doe', null, 'jdoe', 'machine.example']]],
    ['"Joe Q. Public" <john.q.public@example.com>', [['Joe Q. Public', null, 'john.q.public', 'example.com']]],
    [
      'Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>',
      [
        ['Mary Smith', null, 'mary', 'x.test'],
        [null, null, 'jdoe', 'example.org'],
        ['Who?', null, 'one', 'y.test'],
      ],
    ],
    [
      '<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
      [
        [null, null, 'boss', 'nil.test'],
        ['Giant; "Big" Box', null, 'sysservices', 'example.net'],
      ],
    ],
    [
      'A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;',
      [
        [null, null, 'A Group', null],
        ['Ed Jones', null, 'c', 'a.test'],
        [null, null, 'joe', 'where.test'],
        ['John', null, 'jdoe', 'one.test'],
        [null, null, null, null],
      ],
    ],
    [
      'Undisclosed recipients:;',
      [
        [null, null, 'Undisclosed recipients', null],
        [null, null, null, null],
      ],
    ],
    ['Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>', [['Pete', null, 'pete', 'silly.test']]],
    [
      '(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;',
      [
        [null, null, 'Hidden recipients', null],
        [null, null, null, null],
      ],
    ],
    [
      'Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example',
      [
        ['Mary Smith', '@node.test', 'mary', 'example.net'],
        [null, null, 'jdoe', 'test.example'],
      ],
    ],
    ['Joe Q. Public <john . q . public@example.com>', [['Joe Q. Public', null, 'john.q.public', 'example.com']]],
  ])('parses %s', (value, expected) => {
    expect(plain(value)).toEqual(expected);
  });

  it.each([
    ['joe@x.org (Joe (the) Comment)', [['Joe (the) Comment', null, 'joe', 'x.org']]],
    ['"quoted local"@x.org', [[null, null, 'quoted local', 'x.org']]],
    ['jane@x.org <jane@x.org>', [['jane@x.org', null, 'jane', 'x.org']]],
    ['John Doe joe@x.org', [['John Doe', null, 'joe', 'x.org']]],
    ['just-a-name', [[null, null, 'just-a-name', '']]],
    ['<>', [[null, null, '', '']]],
    ['a@[IPv6:::1]', [[null, null, 'a', '[IPv6:::1]']]],
    [', ,;', []],
    ['', []],
  ])('makes something of %s', (value, expected) => {
    expect(plain(value)).toEqual(expected);
  });

  it('is bounded', () => {
    expect(parseAddressList('a@b,'.repeat(5_000))).toHaveLength(MAX_ADDRESSES);
  });

  it('decodes names, UTF-8 addresses and groups', () => {
    const list = parseAddressList(`=?utf-8?q?J=C3=B6rg?= <j@x>, ${latin1('Ünal <ü@bücher.example>')}, t: a@b;, c@d`);
    expect(decodeAddresses(list)).toEqual([
      { name: 'Jörg', address: 'j@x' },
      { name: 'Ünal', address: 'ü@bücher.example' },
      { name: '', address: 'a@b', group: 't' },
      { name: '', address: 'c@d' },
    ]);
  });
});

describe('parameters', () => {
  it('follow RFC 2045 with comments', () => {
    expect(parseParameterized('text/plain; charset=us-ascii (Plain text)')).toEqual({
      value: 'text/plain',
      params: [['charset', 'us-ascii']],
    });
  });

  // RFC 2231 3, 4, 4.1.
  it('join continuations', () => {
    const { params } = parseParameterized(
      'message/external-body; access-type=URL; URL*0="ftp://"; URL*1="cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar"',
    );
    expect(params).toEqual([
      ['access-type', 'URL'],
      ['URL', 'ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar'],
    ]);
  });

  it('decode charset and language', () => {
    const { params } = parseParameterized(
      "application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
    );
    expect(params).toEqual([['title*', "us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A"]]);
    expect(parameterText(params, 'title')).toBe('This is ***fun***');
  });

  it('join encoded and plain continuations', () => {
    const { params } = parseParameterized(
      "application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
    );
    expect(params).toEqual([['title*', "us-ascii'en'This%20is%20even%20more%20%2A%2A%2Afun%2A%2A%2A%20isn%27t%20it!"]]);
    expect(parameterText(params, 'TITLE')).toBe("This is even more ***fun*** isn't it!");
  });

  it('tell continuations apart however they are ordered, and stop at a gap', () => {
    expect(parseParameterized('a/b; x*2=c; x*0=a; x*1=b; y*0=a; y*2=c').params).toEqual([
      ['x', 'abc'],
      ['y', 'a'],
    ]);
  });

  it('take names that are quoted badly or not at all', () => {
    const { params } = parseParameterized('attachment; filename=my file(1).pdf; x="a;b\\"c"; y="open');
    expect(params).toEqual([
      ['filename', 'my file(1).pdf'],
      ['x', 'a;b"c'],
      ['y', 'open'],
    ]);
    expect(parameterText([['filename', '=?utf-8?q?na=C3=AFve?=']], 'filename')).toBe('naïve');
  });
});

describe('dates', () => {
  const utc = (...parts: [number, number, number, number, number, number]) => Date.UTC(...parts);

  it.each([
    ['Fri, 21 Nov 1997 09:55:06 -0600', utc(1997, 10, 21, 15, 55, 6)],
    ['Thu, 13 Feb 1969 23:32 -0330', utc(1969, 1, 14, 3, 2, 0)],
    ['21 Nov 97 09:55:06 GMT', utc(1997, 10, 21, 9, 55, 6)],
    ['Fri, 21 Nov 1997 09(comment):   55  :  06 -0600', utc(1997, 10, 21, 15, 55, 6)],
    [
      'Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)',
      utc(1969, 1, 14, 3, 2, 0),
    ],
    ['Mon, 7 Feb 1994 21:52:25 PST', utc(1994, 1, 8, 5, 52, 25)],
    ['1 Jan 49 00:00:00 +0000', utc(2049, 0, 1, 0, 0, 0)],
    ['1 Jan 102 00:00:00 +0000', utc(2002, 0, 1, 0, 0, 0)],
    ['1 Jan 2020 12:00:00 Z', utc(2020, 0, 1, 12, 0, 0)],
    ['1 Jan 2020 12:00:00', utc(2020, 0, 1, 12, 0, 0)],
    ['31 Dec 2016 23:59:60 +0000', utc(2016, 11, 31, 23, 59, 59)],
  ])('parses %s', (value, ms) => {
    expect(parseDate(value)?.ms).toBe(ms);
  });

  it.each([
    '',
    'yesterday',
    '31 Feb 2020 00:00:00 +0000',
    '1 Foo 2020 00:00:00 +0000',
    '1 Jan 2020 25:00:00 +0000',
    '1 Jan 2020 00:00 +9900',
  ])('refuses %j', (value) => {
    expect(parseDate(value)).toBeUndefined();
  });

  it('keeps the day as written for SENTON (RFC 3501 6.4.4)', () => {
    expect(parseDate('1 Feb 1994 23:30:00 -0800')?.day).toBe(parseImapDay('1-Feb-1994'));
  });

  it('writes and reads INTERNALDATE', () => {
    const ms = utc(1996, 6, 17, 9, 44, 25);
    expect(formatInternalDate(ms, -420)).toBe('17-Jul-1996 02:44:25 -0700');
    expect(parseInternalDate('17-Jul-1996 02:44:25 -0700')?.ms).toBe(ms);
    expect(formatInternalDate(utc(2020, 0, 5, 1, 2, 3))).toBe(' 5-Jan-2020 01:02:03 +0000');
    expect(parseInternalDate(' 5-Jan-2020 01:02:03 +0000')?.ms).toBe(utc(2020, 0, 5, 1, 2, 3));
    expect(parseInternalDate('5-Jan-2020 01:02:03 +0000')).toBeUndefined();
    expect(parseInternalDate('32-Jan-2020 01:02:03 +0000')).toBeUndefined();
    expect(parseImapDay('30-Feb-2020')).toBeUndefined();
  });
});
