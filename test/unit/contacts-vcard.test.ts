/** vCards and tables of contacts, to and from JSContact (RFC 9555, RFC 6350, RFC 2426, RFC 4180). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv, writeCsv } from '../../mail/contacts/csv.ts';
import { wrongIn } from '../../mail/contacts/jscontact.ts';
import { readVcards } from '../../mail/contacts/vcard/read.ts';
import { writeVcard } from '../../mail/contacts/vcard/write.ts';

const uid = () => 'urn:x-test:1';
const vcard = (...lines: string[]) => ['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n');
// biome-ignore lint/suspicious/noExplicitAny: JSON
const read = (...lines: string[]): any => readVcards(vcard(...lines), uid)[0];

test('the example of RFC 6350 section 8', () => {
  const card = read(
    'VERSION:4.0',
    'FN:Simon Perreault',
    'N:Perreault;Simon;;;ing. jr,M.Sc.',
    'BDAY:--0203',
    'GRAMGENDER:masculine',
    'LANG;PREF=1:fr',
    'LANG;PREF=2:en',
    'ORG;TYPE=work:Viagenie',
    'ADR;TYPE=work:;Suite D2-630;2875 Laurier;',
    ' Quebec;QC;G1V 2M2;Canada',
    'TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+1-418-656-9254;ext=102',
    'EMAIL;TYPE=work:simon.perreault@viagenie.ca',
    'GEO;TYPE=work:geo:46.772673,-71.282945',
    'URL;TYPE=home:http://nomis80.org',
  );
  expect(card).toMatchObject({
    name: {
      full: 'Simon Perreault',
      components: [
        { kind: 'surname', value: 'Perreault' },
        { kind: 'given', value: 'Simon' },
        { kind: 'credential', value: 'ing. jr' },
        { kind: 'credential', value: 'M.Sc.' },
      ],
    },
    anniversaries: { k1: { kind: 'birth', date: { month: 2, day: 3 } } },
    speakToAs: { grammaticalGender: 'masculine' },
    preferredLanguages: { k1: { language: 'fr', pref: 1 }, k2: { language: 'en', pref: 2 } },
    organizations: { k1: { name: 'Viagenie', contexts: { work: true } } },
    emails: { k1: { address: 'simon.perreault@viagenie.ca', contexts: { work: true } } },
    links: { k1: { uri: 'http://nomis80.org', contexts: { private: true } } },
    vCardProps: [['geo', { type: 'work' }, 'unknown', 'geo:46.772673,-71.282945']],
  });
  expect(card.addresses.k1.components).toContainEqual({ kind: 'locality', value: 'Quebec' });
  expect(wrongIn(card)).toBeUndefined();
});

describe('what others write', () => {
  test('version 3, with a photo, labels in groups, and folded lines', () => {
    const card = read(
      'VERSION:3.0',
      'N:Doe;John',
      'FN:John\\, the',
      '  first',
      'item1.EMAIL;type=INTERNET;type=pref:john@example.com',
      'item1.X-ABLabel:_$!<Other>!$_',
      'TEL;TYPE=CELL,HOME:+1 555',
      'PHOTO;ENCODING=b;TYPE=JPEG:/9j/',
      ' 4AAQ',
      'BDAY:1604-03-04',
      'X-ANNIVERSARY:2001-02-03',
      'REV:2020-01-02T03:04:05Z',
      'CATEGORIES:Friends,A\\,B',
    );
    expect(card).toMatchObject({
      name: { full: 'John, the first' },
      emails: { k1: { address: 'john@example.com', pref: 1, label: 'Other' } },
      phones: { k1: { number: '+1 555', features: { mobile: true }, contexts: { private: true } } },
      media: { k1: { kind: 'photo', uri: 'data:image/jpeg;base64,/9j/4AAQ' } },
      anniversaries: {
        k1: { kind: 'birth', date: { month: 3, day: 4 } },
        k2: { kind: 'wedding', date: { year: 2001, month: 2, day: 3 } },
      },
      updated: '2020-01-02T03:04:05Z',
      keywords: { Friends: true, 'A,B': true },
    });
    expect(card.anniversaries.k1.date).not.toHaveProperty('year');
  });

  test('version 2.1 of telephones', () => {
    const card = read('VERSION:2.1', 'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BC=', 'ller;J', 'TEL;CELL:1');
    expect(card).toMatchObject({
      name: { components: [{ value: 'Müller' }, { value: 'J' }] },
      phones: { k1: { features: { mobile: true } } },
    });
  });

  test('groups, as Apple has them', () => {
    const card = read(
      'VERSION:3.0',
      'FN:All',
      'X-ADDRESSBOOKSERVER-KIND:group',
      'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1',
    );
    expect(card).toMatchObject({ kind: 'group', members: { 'urn:uuid:1': true } });
  });

  test('what is wrong is left out, and the rest stays', () => {
    const card = read(
      'VERSION:4.0',
      'FN:A',
      'EMAIL:',
      'URL:no uri',
      'REV:never',
      'BDAY:soon',
      'TEL:1',
      'no line',
      'X-SHOE;SIZE=42:x',
    );
    expect(card).toMatchObject({ name: { full: 'A' }, phones: { k1: { number: '1' } } });
    expect(card.vCardProps.map(([name]: [string]) => name)).toEqual(['email', 'rev', 'bday', 'x-shoe']);
    expect(wrongIn(card)).toBeUndefined();
    expect(readVcards('', uid)).toEqual([]);
    expect(readVcards('BEGIN:VCARD\r\nFN:never ends', uid)).toEqual([]);
  });
});

const CARD = {
  '@type': 'Card',
  version: '1.0',
  uid: 'urn:uuid:03a0e51f-d1aa-4385-8a53-e29025acd8af',
  updated: '2026-01-02T03:04:05Z',
  name: {
    full: 'Ada; the \\ first\nof all',
    components: [
      { kind: 'surname', value: 'Love,lace' },
      { kind: 'given', value: 'Ada' },
    ],
  },
  nicknames: { k1: { name: 'Addy' } },
  emails: { k1: { address: 'ada@example.com', pref: 1, contexts: { work: true } }, k2: { address: 'b@example.com' } },
  phones: { k1: { number: '+44 1', features: { mobile: true } } },
  organizations: { k1: { name: 'Engines', units: [{ name: 'Analysis' }] } },
  titles: { k1: { kind: 'title', name: 'Countess' }, k2: { kind: 'role', name: 'Programmer' } },
  onlineServices: { k1: { service: 'Mastodon', uri: 'https://example.com/@ada', vCardName: 'impp' } },
  anniversaries: { k1: { kind: 'birth', date: { '@type': 'PartialDate', year: 1815, month: 12, day: 10 } } },
  notes: { k1: { note: 'x '.repeat(100).trim() } },
  keywords: { 'a,b': true, c: true },
  media: { k1: { kind: 'photo', uri: 'data:image/png;base64,AAAA' } },
  links: { k1: { uri: 'https://example.com/' } },
};

test('what is written is read again', () => {
  const text = writeVcard(CARD);
  expect(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
  expect(readVcards(text, uid)).toEqual([CARD]);
  const [old] = readVcards(writeVcard(CARD, '3.0'), uid);
  expect(old).toEqual(CARD);
  expect(writeVcard({ uid: 'x' })).toContain('\r\nFN:Unnamed\r\n');
});

test('what had no place comes back as it was', () => {
  const lines = ['VERSION:4.0', 'UID:x', 'FN:A', 'X-SHOE;SIZE=42:left\\;right'];
  const [card] = readVcards(vcard(...lines), uid);
  expect(writeVcard(card!)).toContain('X-SHOE;SIZE=42:left\\;right\r\n');
});

describe('tables', () => {
  test('are written and read', () => {
    const csv = writeCsv([CARD]);
    expect(csv.split('\r\n')[0]).toContain('Given Name,Family Name');
    const [card] = readCsv(csv, uid);
    expect(card).toMatchObject({
      name: {
        components: [
          { kind: 'given', value: 'Ada' },
          { kind: 'surname', value: 'Love,lace' },
        ],
      },
      emails: { k1: { address: 'ada@example.com' }, k2: { address: 'b@example.com' } },
      phones: { k1: { number: '+44 1', features: { mobile: true } } },
      organizations: { k1: { name: 'Engines' } },
    });
    expect(wrongIn(card)).toBeUndefined();
  });

  test('of others, and with semicolons', () => {
    const text = '\ufeffFirst Name;Last Name;E-mail 1 - Value;Shoe\r\n"Ada ""A""";Lovelace;a@b;42\r\n;;;\r\n';
    expect(readCsv(text, uid)).toEqual([
      {
        '@type': 'Card',
        version: '1.0',
        uid: 'urn:x-test:1',
        name: {
          components: [
            { kind: 'given', value: 'Ada "A"' },
            { kind: 'surname', value: 'Lovelace' },
          ],
        },
        emails: { k1: { address: 'a@b' } },
      },
    ]);
  });

  test('hold no formulas', () => {
    expect(writeCsv([{ notes: { n: { note: '=1+1' } } }])).toContain("'=1+1");
    expect(writeCsv([{ phones: { n: { number: '+47 22' } } }])).toContain(',+47 22,');
  });
});

describe('whatever comes', () => {
  const NAMES = [
    'FN',
    'N',
    'EMAIL',
    'TEL',
    'ADR',
    'PHOTO',
    'BDAY',
    'ORG',
    'UID',
    'KIND',
    'MEMBER',
    'NOTE',
    'X-ABLABEL',
    'IMPP',
    'RELATED',
  ];
  const line = fc
    .tuple(
      fc.constantFrom(...NAMES),
      fc.constantFrom('', ';TYPE=home', ';PREF=1', ';PROP-ID=a', ';ENCODING=QUOTED-PRINTABLE', ';LABEL="x'),
      fc.string({ unit: 'binary', maxLength: 40 }),
    )
    .map(([name, parameters, value]) => `${name}${parameters}:${value}`);

  test('makes valid cards, which are written and read again the same', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        for (const card of readVcards(vcard('VERSION:4.0', ...lines), uid)) {
          expect(wrongIn(card)).toBeUndefined();
          const text = writeVcard(card);
          expect(text.startsWith('BEGIN:VCARD\r\n') && text.endsWith('END:VCARD\r\n')).toBe(true);
          expect(readVcards(text, uid)).toHaveLength(1);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('any text at all ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        readVcards(`BEGIN:VCARD\n${text}\nEND:VCARD\n`, uid);
        for (const card of readCsv(text, uid)) expect(wrongIn(card)).toBeUndefined();
        for (const card of readCsv(`Name,E-mail Address,Notes\n${text}`, uid)) expect(wrongIn(card)).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });
});
