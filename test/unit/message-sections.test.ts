import { describe, expect, it } from 'vitest';
import { filterHeaderFields, indexMessage, parseSection, resolveSection, summarize } from '../../mail/message/index.ts';
import { BASE64, IDENTITY, QUOTED_PRINTABLE } from '../../mail/message/summary.ts';

/** The message whose part numbers RFC 3501 6.4.5 lists. */
const MESSAGE = `Subject: all
Content-Type: multipart/mixed; boundary=a

preamble
--a
Content-Type: text/plain
Content-Transfer-Encoding: quoted-printable

one
--a
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64

dHdv
--a
Content-Type: message/rfc822

Subject: third
Content-Type: multipart/mixed; boundary=b

--b

three one
--b
Content-Type: application/octet-stream

three two
--b--
--a
Content-Type: multipart/mixed; boundary=c

--c
Content-Type: image/gif

four one
--c
Content-Type: message/rfc822

Subject: four two
Content-Type: multipart/mixed; boundary=d

--d

four two one
--d
Content-Type: multipart/alternative; boundary=e

--e

four two two one
--e
Content-Type: text/richtext

four two two two
--e--
--d--
--c
Content-Type: message/rfc822

Subject: single

four three one
--c--
--a--
`.replaceAll('\n', '\r\n');

const bytes = Buffer.from(MESSAGE);
const summary = summarize(indexMessage(bytes));

/** What a section of MESSAGE holds, 'NIL' where there is none. */
function section(text: string, partial?: { offset: number; length: number }): string {
  const spec = parseSection(text, partial);
  if (spec === undefined) throw new Error('no section');
  const found = resolveSection(summary, spec);
  if (found === undefined) return 'NIL';
  const slice = bytes.subarray(found.start, found.end);
  return (found.kind === 'range' ? slice : Buffer.from(filterHeaderFields(slice, found.names, found.not))).toString();
}

describe('sections', () => {
  it.each([
    ['1', 'one'],
    ['2', 'dHdv'],
    ['3.1', 'three one'],
    ['3.2', 'three two'],
    ['4.1', 'four one'],
    ['4.2.1', 'four two one'],
    ['4.2.2.1', 'four two two one'],
    ['4.2.2.2', 'four two two two'],
    ['4.3.1', 'four three one'],
    ['3.HEADER', 'Subject: third\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'],
    ['4.3.TEXT', 'four three one'],
    ['4.3', 'Subject: single\r\n\r\nfour three one'],
    ['3.MIME', 'Content-Type: message/rfc822\r\n\r\n'],
    ['4.2.2.MIME', 'Content-Type: multipart/alternative; boundary=e\r\n\r\n'],
    ['3.1.MIME', '\r\n'],
    ['HEADER', 'Subject: all\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n'],
    ['HEADER.FIELDS (SUBJECT "x")', 'Subject: all\r\n\r\n'],
    ['4.2.HEADER.FIELDS.NOT (Subject)', 'Content-Type: multipart/mixed; boundary=d\r\n\r\n'],
    ['', MESSAGE],
    ['TEXT', MESSAGE.slice(MESSAGE.indexOf('preamble'))],
  ])('BODY[%s]', (text, expected) => {
    expect(section(text)).toBe(expected);
  });

  it.each([
    '5',
    '0.1'.replace('0', '1'),
    '1.HEADER',
    '4.TEXT',
    '4.1.HEADER.FIELDS (a)',
    '4.3.2',
    '99999999999999999999',
  ])('BODY[%s] does not exist', (text) => {
    expect(section(text)).toBe('NIL');
  });

  it.each([
    '0',
    '1.',
    '.1',
    'MIME',
    'HEADER.FIELDS',
    'HEADER.FIELDS ()',
    'TEXT (a)',
    '1 2',
    '1.FOO',
    'HEADER.TEXT',
    '1TEXT',
  ])('[%s] is no section', (text) => {
    expect(parseSection(text)).toBeUndefined();
  });

  it('partial ranges are cut at the end', () => {
    expect(section('1', { offset: 1, length: 1 })).toBe('n');
    expect(section('1', { offset: 2, length: 10 })).toBe('e');
    expect(section('1', { offset: 30, length: 10 })).toBe('');
    const fields = resolveSection(summary, parseSection('HEADER.FIELDS (a)', { offset: 1, length: 2 })!);
    expect(fields).toMatchObject({ kind: 'fields', partial: { offset: 1, length: 2 } });
  });

  it('say how they are encoded, for BINARY', () => {
    const encoding = (text: string) => (resolveSection(summary, parseSection(text)!) as { encoding: number }).encoding;
    expect(['1', '2', '3', '4', '', '1.MIME'].map(encoding)).toEqual([
      QUOTED_PRINTABLE,
      BASE64,
      IDENTITY,
      IDENTITY,
      IDENTITY,
      IDENTITY,
    ]);
  });

  it('of a message that is no multipart: the part 1 is its body', () => {
    const text = 'Subject: x\r\n\r\nbody\r\n';
    const single = summarize(indexMessage(Buffer.from(text)));
    const range = (spec: string) => {
      const found = resolveSection(single, parseSection(spec)!);
      return found && text.slice(found.start, found.end);
    };
    expect(range('1')).toBe('body\r\n');
    expect(range('1.MIME')).toBe('Subject: x\r\n\r\n');
    expect(range('2')).toBeUndefined();
    expect(range('1.1')).toBeUndefined();
  });

  it('of a multipart without parts: the part 1 is empty', () => {
    const none = summarize(indexMessage(Buffer.from('Content-Type: multipart/mixed; boundary=b\r\n\r\ntext\r\n')));
    const found = resolveSection(none, { path: [1] })!;
    expect(found.end - found.start).toBe(0);
  });
});

describe('filterHeaderFields', () => {
  const header = 'To: a@b,\r\n\tc@d\r\nno field\r\nSubject : x\r\nTO:y\r\nX-To: z\r\n\r\n';
  const filter = (text: string, names: string[], not: boolean) =>
    Buffer.from(filterHeaderFields(Buffer.from(text, 'latin1'), names, not)).toString('latin1');

  it('keeps whole fields, folds, order and the empty line', () => {
    expect(filter(header, ['to'], false)).toBe('To: a@b,\r\n\tc@d\r\nTO:y\r\n\r\n');
    expect(filter(header, ['SUBJECT'], false)).toBe('Subject : x\r\n\r\n');
    expect(filter(header, ['to'], true)).toBe('no field\r\nSubject : x\r\nX-To: z\r\n\r\n');
    expect(filter(header, [], false)).toBe('\r\n');
    expect(filter(header, [], true)).toBe(header);
  });

  it('adds no empty line where the block has none', () => {
    expect(filter('To: a\r\n', ['to'], false)).toBe('To: a\r\n');
    expect(filter('To: a', ['cc'], false)).toBe('');
  });

  it('takes bare LFs', () => {
    expect(filter('To: a\n b\nCc: c\n\n', ['to'], false)).toBe('To: a\n b\n\n');
  });
});
