import { describe, expect, it } from 'vitest';
import {
  addressText,
  indexMessage,
  messageIds,
  readEnvelope,
  type Summary,
  summarize,
} from '../../mail/message/index.ts';

const crlf = (text: string) => text.replace(/\r?\n/g, '\r\n');
const summary = (text: string): Summary => summarize(indexMessage(Buffer.from(crlf(text), 'latin1')));

describe('the summary of an ordinary message', () => {
  const ordinary = summary(`From: =?utf-8?q?J=C3=B6rg?= <j@example.org>
To: Bob <bob@example.com>, list: a@b;
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from here
Date: Mon, 7 Feb 1994 21:52:25 -0800
Message-ID: <1@example.org>
In-Reply-To: Your mail of Monday <0@example.com>
References: <a@x>
 <b@x>
Content-Type: text/plain; charset=utf-8

Hello Bob,

this is the text.
`);

  it('has what lists, threads and searches need', () => {
    expect(ordinary).toMatchObject({
      v: 1,
      lines: 3,
      preview: 'Hello Bob, this is the text.',
      attachments: false,
      messageId: '1@example.org',
      inReplyTo: ['0@example.com'],
      references: ['a@x', 'b@x'],
      subject: 'Grüße from here',
      sent: Date.UTC(1994, 1, 8, 5, 52, 25),
      sentDay: Date.UTC(1994, 1, 7) / 86_400_000,
    });
    expect(ordinary.parts).toEqual([[0, 0, ordinary.headerEnd, ordinary.parts[0]![3], 0]]);
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(ordinary))).toEqual(ordinary);
  });

  it('lets addresses be searched decoded', () => {
    expect(addressText(ordinary.envelope, 'from')).toBe('Jörg <j@example.org>');
    expect(addressText(ordinary.envelope, 'to')).toBe('Bob <bob@example.com>, a@b');
    expect(addressText(ordinary.envelope, 'cc')).toBe('');
    expect(readEnvelope(ordinary.envelope)).toMatchObject({
      date: 'Mon, 7 Feb 1994 21:52:25 -0800',
      messageId: '<1@example.org>',
    });
  });

  it('leaves out what a message does not have', () => {
    expect(Object.keys(summary('\nx\n')).sort()).toEqual([
      'attachments',
      'bodystructure',
      'envelope',
      'headerEnd',
      'lines',
      'parts',
      'preview',
      'v',
    ]);
  });
});

describe('message ids', () => {
  it.each([
    ['<a@b>', ['a@b']],
    ['(x) <a@b> and <c d@e>', ['a@b', 'cd@e']],
    ['bare@id', ['bare@id']],
    ['no id here', []],
    ['<open@x', []],
    ['<>', []],
  ])('of %s', (value, ids) => {
    expect(messageIds(value)).toEqual(ids);
  });

  it('are bounded: References keeps the first and the last', () => {
    const ids = Array.from({ length: 200 }, (_, n) => `<${n}@x>`);
    const { references } = summary(`References: ${ids.join('\n ')}\n\n`);
    expect(references).toHaveLength(64);
    expect([references![0], references![1], references!.at(-1)]).toEqual(['0@x', '137@x', '199@x']);
    expect(summary(`Message-ID: <${'x'.repeat(2_000)}>\n\n`).messageId).toHaveLength(512);
  });
});

describe('the preview', () => {
  const of = (text: string) => summary(text).preview;

  it.each([
    [
      'base64 in another charset',
      'Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64\n\n8NLJ18XU\n',
      'Привет',
    ],
    [
      'quoted-printable',
      'Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\ncaf=C3=A9 so=\nft\n',
      'café soft',
    ],
    ['8-bit text that says us-ascii', '\ncaf\xe9\n', 'café'],
    [
      'white space and invisible characters',
      'Content-Type: text/plain; charset=utf-8\n\n  a\n\n\t b\xe2\x80\x8b\xc2\xadc  \n',
      'a bc',
    ],
    ['an unknown transfer encoding', 'Content-Transfer-Encoding: x-own\n\nabc\n', ''],
    ['nothing', '\n', ''],
    [
      'HTML alone',
      'Content-Type: text/html; charset=utf-8\n\n<html><head><title>T</title><style>p {}</style></head><body><!-- c --><p>One &amp; <b>t</b>wo&nbsp;3 &lt; 4 &#8364;&#x41;</p><script>x()</script>end</body>\n',
      'One & two 3 < 4 €A end',
    ],
  ])('of %s', (_, text, expected) => {
    expect(of(text)).toBe(expected);
  });

  it('prefers plain text, and passes over attachments and enclosed messages', () => {
    const text = `Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain
Content-Disposition: attachment

attached
--b
Content-Type: message/rfc822

Subject: x

enclosed
--b
Content-Type: text/html

<p>html
--b
Content-Type: text/plain

plain
--b--
`;
    expect(of(text)).toBe('plain');
    expect(of(text.replace('\nplain\n', '\n \n'))).toBe('html');
  });

  it('ends at 200 code points, whole ones', () => {
    const preview = of(
      `Content-Type: text/plain; charset=utf-8\n\n${Buffer.from('😀'.repeat(5_000)).toString('latin1')}`,
    );
    expect(Array.from(preview)).toHaveLength(200);
    expect(preview.isWellFormed()).toBe(true);
  });

  it('looks past much white space at the beginning', () => {
    expect(of(`\n${'\n'.repeat(5_000)}text`)).toBe('text');
  });
});

describe('attachments', () => {
  const mixed = (part: string, kind = 'mixed') =>
    summary(`Content-Type: multipart/${kind}; boundary=b\n\n--b\n\ntext\n--b\n${part}\n\nx\n--b--\n`).attachments;

  it.each([
    ['Content-Type: application/pdf', 'mixed', true],
    ['Content-Type: text/plain\nContent-Disposition: attachment', 'mixed', true],
    ['Content-Type: application/pdf\nContent-Disposition: inline', 'mixed', false],
    ['Content-Type: text/plain; name=a.txt', 'mixed', true],
    ['Content-Type: text/plain', 'mixed', false],
    ['Content-Type: text/html', 'alternative', false],
    ['Content-Type: text/calendar', 'alternative', false],
    ['Content-Type: image/png', 'related', false],
    ['Content-Type: application/pgp-signature; name=signature.asc', 'signed', false],
    ['Content-Type: message/rfc822', 'mixed', true],
  ])('%s in multipart/%s: %s', (part, kind, expected) => {
    expect(mixed(part, kind)).toBe(expected);
  });

  it('a message that is a file', () => {
    expect(summary('Content-Type: application/pdf\n\nx\n').attachments).toBe(true);
  });
});
