import { describe, expect, it } from 'vitest';
import { bodyFromBodystructure, indexMessage, type Part, summarize } from '../../mail/message/index.ts';
import { readItem, wireString } from '../../mail/message/wire.ts';

const crlf = (text: string) => text.replace(/\r?\n/g, '\r\n');
const bytes = (text: string) => Buffer.from(text, 'latin1');
const summary = (text: string) => summarize(indexMessage(bytes(text)));
const body = (text: string) => bodyFromBodystructure(summary(text).bodystructure);

/** The tree as nested lists of types; leaves with their bodies. */
function outline(text: string): unknown {
  const message = bytes(text);
  const walk = (part: Part): unknown =>
    part.kind === 0
      ? message.toString('latin1', part.bodyStart, part.bodyEnd)
      : [`${part.type}/${part.subtype}`.toLowerCase(), ...part.children.map(walk)];
  return walk(indexMessage(message).root);
}

/** Text of so many lines and bytes, CRLF counted. */
function filler(lines: number, size: number): string {
  const line = `${'x'.repeat(Math.floor(size / lines) - 2)}\r\n`;
  return 'x'.repeat(size - line.length * lines) + line.repeat(lines);
}

describe('the examples of RFC 3501 and 9051', () => {
  it('ENVELOPE and BODY of section 8', () => {
    const text = `${crlf(`Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
From: Terry Gray <gray@cac.washington.edu>
Subject: IMAP4rev1 WG mtg summary and minutes
To: imap@cac.washington.edu
cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
Message-Id: <B27397-0100000@cac.washington.edu>
MIME-Version: 1.0
Content-Type: TEXT/PLAIN; CHARSET=US-ASCII

`)}${filler(92, 3028)}`;
    expect(summary(text).envelope).toBe(
      '("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev1 WG mtg summary and minutes" (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) ((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL "<B27397-0100000@cac.washington.edu>")',
    );
    expect(body(text)).toBe('("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7bit" 3028 92)');
    // The length that the RFC gives for BODY[HEADER] of this message.
    expect(summary(text).headerEnd).toBe(342);
  });

  it('BODY of a text and an attachment of section 7.4.2', () => {
    const text = `Content-Type: MULTIPART/MIXED; BOUNDARY="cut"\r\n\r\n--cut\r\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\nContent-Transfer-Encoding: 7BIT\r\n\r\n${filler(23, 1152)}\r\n--cut\r\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII; NAME="cc.diff"\r\nContent-ID: <960723163407.20117h@cac.washington.edu>\r\nContent-Description: Compiler diff\r\nContent-Transfer-Encoding: BASE64\r\n\r\n${filler(73, 4554)}\r\n--cut--\r\n`;
    expect(body(text)).toBe(
      '(("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1152 23)("TEXT" "PLAIN" ("CHARSET" "US-ASCII" "NAME" "cc.diff") "<960723163407.20117h@cac.washington.edu>" "Compiler diff" "BASE64" 4554 73) "MIXED")',
    );
  });

  it('BODYSTRUCTURE shows the extension data', () => {
    const text = crlf(`Content-Type: multipart/mixed; boundary=b
Content-Language: en, de

--b
Content-Type: image/png
Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==
Content-Disposition: attachment; filename*0*=utf-8''na%C3%AF; filename*1=ve.png
Content-Language: fr
Content-Location: http://example.org/x

abc
--b--
`);
    expect(summary(text).bodystructure).toBe(
      '(("image" "png" NIL NIL NIL "7bit" 3 "Q2hlY2sgSW50ZWdyaXR5IQ==" ("attachment" ("filename*" "utf-8\'\'na%C3%AFve.png")) ("fr") "http://example.org/x") "mixed" ("boundary" "b") NIL ("en" "de") NIL)',
    );
  });

  it('an enclosed message comes with its envelope, structure and lines', () => {
    const text = crlf(`Content-Type: message/rfc822

Subject: inner
From: a@b

one
two
`);
    expect(body(text)).toBe(
      '("message" "rfc822" NIL NIL NIL "7bit" 39 (NIL "inner" ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) NIL NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 2) 5)',
    );
  });
});

describe('ENVELOPE', () => {
  it('defaults Sender and Reply-To to From, also where they are empty', () => {
    const list = readItem(summary('From: a@b\r\nSender: c@d\r\nReply-To:\r\n\r\n').envelope) as unknown[];
    expect(list.slice(2, 5)).toEqual([[[null, null, 'a', 'b']], [[null, null, 'c', 'd']], [[null, null, 'a', 'b']]]);
  });

  it('tells an empty field from a missing one', () => {
    expect(summary('Subject:\r\nDate: \r\n\r\n').envelope).toBe('("" "" NIL NIL NIL NIL NIL NIL NIL NIL)');
  });

  it('sends 8-bit and odd strings as literals, quotes escaped', () => {
    const envelope = summary(
      'Subject: caf\xe9\r\nFrom: "a \\"b\\" \\\\c" <x@y>\r\nMessage-ID: <a\rb>\r\n\r\n',
    ).envelope;
    expect(envelope).toContain('NIL {4}\r\ncaf\xe9 (("a \\"b\\" \\\\c" NIL "x" "y"))');
    expect(envelope.endsWith(' NIL {5}\r\n<a\rb>)')).toBe(true);
    expect((readItem(envelope) as unknown[]).slice(0, 3)).toEqual([null, 'caf\xe9', [['a "b" \\c', null, 'x', 'y']]]);
  });

  it('never lets a NUL onto the wire', () => {
    expect(wireString('a\0b')).toBe('{3}\r\na\x80b');
  });

  it('joins address fields that occur twice and takes the first of others', () => {
    const envelope = summary('To: a@b\r\nSubject: one\r\nSubject: two\r\nTo: c@d\r\n\r\n').envelope;
    expect(envelope).toBe('(NIL "one" NIL NIL NIL ((NIL NIL "a" "b")(NIL NIL "c" "d")) NIL NIL NIL NIL)');
  });
});

describe('multiparts', () => {
  it('the example of RFC 2046 5.1.1', () => {
    const text = crlf(`Content-Type: multipart/mixed; boundary="simple boundary"

This is the preamble.
--simple boundary

This is implicitly typed plain US-ASCII text.
It does NOT end with a linebreak.
--simple boundary
Content-type: text/plain; charset=us-ascii

This is explicitly typed plain US-ASCII text.
It DOES end with a linebreak.

--simple boundary--

This is the epilogue.
`);
    expect(outline(text)).toEqual([
      'multipart/mixed',
      'This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak.',
      'This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n',
    ]);
  });

  it.each([
    ['a missing final boundary', '--b\n\none\n--b\n\ntwo\n', ['one', 'two\r\n']],
    ['space after the boundary', '--b \t\n\none\n--b-- \n', ['one']],
    ['text after the boundary', '--bx\n\none\n--b--x\nafter\n--b\n\nno part\n', ['one']],
    ['empty parts', '--b\n\n--b\n\n--b\n--b--\n', ['', '', '']],
    ['a header without its empty line', '--b\nContent-Type: text/html\n--b\n\ntwo\n--b--\n', ['', 'two']],
    ['a boundary at the very end', '--b\n\none\n--b--', ['one']],
    ['no parts', 'only a preamble\n', ['']],
    ['dashes that are no boundary', '--b\n\n--\n-\n-- \n--a\n--b--\n', ['--\r\n-\r\n-- \r\n--a']],
  ])('with %s', (_, text, parts) => {
    expect(outline(crlf(`Content-Type: multipart/mixed; boundary=b\n\n${text}`))).toEqual([
      'multipart/mixed',
      ...parts,
    ]);
  });

  it('whose boundaries begin with one another', () => {
    const text = (outer: string, inner: string) =>
      crlf(`Content-Type: multipart/mixed; boundary=${outer}

--${outer}
Content-Type: multipart/alternative; boundary=${inner}

--${inner}

in
--${inner}--
--${outer}

out
--${outer}--
`);
    const expected = ['multipart/mixed', ['multipart/alternative', 'in'], 'out'];
    expect(outline(text('a', 'ab'))).toEqual(expected);
    expect(outline(text('ab', 'a'))).toEqual(expected);
    expect(outline(text('same', 'same'))).toEqual(expected);
  });

  it('an outer boundary ends what is open inside', () => {
    const text = crlf(`Content-Type: multipart/mixed; boundary=x

--x
Content-Type: message/rfc822

Content-Type: multipart/mixed; boundary=y

--y

deep
--x

next
--x--
`);
    expect(outline(text)).toEqual(['multipart/mixed', ['message/rfc822', ['multipart/mixed', 'deep']], 'next']);
  });

  it('in a digest parts are messages by default (RFC 2046 5.1.5)', () => {
    const text = crlf(`Content-Type: multipart/digest; boundary=b

--b

Subject: one

first
--b
Content-Type: text/plain

second
--b--
`);
    expect(outline(text)).toEqual(['multipart/digest', ['message/rfc822', 'first'], 'second']);
  });

  it('without a boundary have one empty part, as IMAP needs one', () => {
    expect(body('Content-Type: multipart/mixed\r\n\r\nhello\r\n')).toBe(
      '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) "mixed")',
    );
  });
});

describe('odd messages', () => {
  it.each([
    ['nothing', ''],
    ['an empty line', '\r\n'],
    ['a header without end', 'Subject: x'],
    ['no header', '\r\nbody'],
    ['no colon anywhere', 'hello\r\nworld\r\n'],
    ['lone CRs', 'Subject: a\rb\r\r\n\rbody\r'],
    ['NULs', 'Sub\0ject: x\r\nTo: \0\r\n\r\n\0\0'],
  ])('%s', (_, text) => {
    const { root, size } = indexMessage(bytes(text));
    expect([root.headerStart, root.bodyEnd, size]).toEqual([0, text.length, text.length]);
    expect(summary(text).bodystructure).toMatch(
      /^\("text" "plain" \("charset" "us-ascii"\) NIL NIL "7bit" \d+ \d+ NIL NIL NIL NIL\)$/,
    );
  });

  it('without CRs: bare LFs end lines', () => {
    const text = 'Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n';
    expect(outline(text)).toEqual(['multipart/mixed', 'one']);
    expect(summary(text).subject).toBe('x');
  });

  it.each(['foo', 'text', 'text/', '/plain', 'te\0xt/plain', '"text"/plain', ''])(
    'Content-Type %j counts as text/plain',
    (type) => {
      expect(body(`Content-Type: ${type}\r\n\r\nx\r\n`)).toBe(
        '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 1)',
      );
    },
  );

  it('a message/rfc822 in base64, which no standard allows, is shown with the size it has', () => {
    const text = 'Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogaGkNCg==\r\n';
    expect(body(text)).toBe(
      '("message" "rfc822" NIL NIL NIL "base64" 22 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) 1)',
    );
  });

  it('fields after a header line of a megabyte are seen', () => {
    const text = `X-Junk: ${'j'.repeat(1_048_576)}\r\nSubject: after\r\nTo: ${'a@b,'.repeat(300_000)}c@d\r\nContent-Type: text/html\r\n\r\n`;
    const { fields, root } = indexMessage(bytes(text));
    expect(fields.get('subject')).toBe('after');
    expect(root.subtype).toBe('html');
    expect(fields.get('to')!.length).toBeLessThanOrEqual(65_536);
    expect(root.bodyStart).toBe(text.length);
  });
});

describe('limits', () => {
  it('beyond the depth a part is one opaque leaf', () => {
    const text = 'Content-Type: message/rfc822\r\n\r\n'.repeat(5);
    const { root } = indexMessage(bytes(text), { depth: 3 });
    const third = root.children[0]!.children[0]!;
    expect([third.kind, third.type, third.subtype, third.bodyEnd]).toEqual([
      0,
      'application',
      'octet-stream',
      text.length,
    ]);
  });

  it('beyond the number the rest is one opaque leaf', () => {
    const text = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(10)}--b--\r\n`;
    const { root, partCount } = indexMessage(bytes(text), { parts: 4 });
    expect(partCount).toBe(4);
    const last = root.children.at(-1)!;
    expect(root.children).toHaveLength(3);
    expect([last.type, last.bodyStart, last.bodyEnd]).toEqual([
      'application',
      text.indexOf('\r\n\r\n') + 4 + 2 * 10 + 5,
      text.length,
    ]);
  });

  it('header bytes are kept up to the total only', () => {
    const part = `--b\r\nContent-Description: ${'d'.repeat(100)}\r\n\r\nx\r\n`;
    const text = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${part.repeat(10)}--b--\r\n`;
    const { root } = indexMessage(bytes(text), { total: 300 });
    expect(root.children).toHaveLength(10);
    const kept = root.children.reduce((sum, { description }) => sum + (description?.length ?? 0), 0);
    expect(kept).toBeLessThanOrEqual(300);
    expect(root.children[0]!.description).toHaveLength(100);
  });
});
