import { expect, it, test } from 'vitest';
import { readImport } from '../../mail/contacts/import.ts';

let count = 0;
const uid = () => `urn:uuid:${++count}`;
const read = (text: string) =>
  readImport(text, uid).map((one) =>
    'wrong' in one ? [one.line, one.wrong] : [one.line, (one.card.name as { full?: string })?.full],
  );
const VCARD = 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Mary Smith\r\nEMAIL:mary@example.net\r\nEND:VCARD\r\n';

it('reads vCards with the line on which each begins', () => {
  expect(read(`${VCARD}\r\n${VCARD}`)).toEqual([
    [1, 'Mary Smith'],
    [7, 'Mary Smith'],
  ]);
});

test.each([
  ['has no end', `BEGIN:VCARD\nFN:John\n${VCARD}`, [1, { kind: 'unended' }]],
  ['has no end at all', `${VCARD}BEGIN:VCARD\nFN:John`, [6, { kind: 'unended' }]],
  ['is in no card', `FN:John\nEMAIL:x\n${VCARD}`, [1, { kind: 'unbegun' }]],
  ['says nothing', `BEGIN:VCARD\nVERSION:3.0\nFN:\nEND:VCARD\n${VCARD}`, [1, { kind: 'empty' }]],
  ['has no real address', `BEGIN:VCARD\nFN:J\nEMAIL:x y\nEND:VCARD\n${VCARD}`, [1, { kind: 'email', value: 'x y' }]],
])('says where a vCard %s, and reads the others', (_, text, wrong) => {
  const found = read(text);
  expect(found).toContainEqual(wrong);
  expect(found.filter(([, one]) => one === 'Mary Smith')).toHaveLength(1);
  expect(found).toHaveLength(2);
});

it('reads tables with the line on which each row begins, behind quoted line ends too', () => {
  const text = 'Name,E-mail Address,Notes\r\nMary,mary@example.net,"two\r\nlines"\r\nPete,pete@silly.example,\r\n';
  expect(read(text)).toEqual([
    [2, 'Mary'],
    [4, 'Pete'],
  ]);
});

test.each([
  ['more values than columns', 'a,b@example.net,c', { kind: 'cells' }],
  ['no address', 'a,not an address', { kind: 'email', value: 'not an address' }],
  ['nothing', ' , ', { kind: 'empty' }],
])('says that a row has %s', (_, row, wrong) => {
  expect(read(`Name,E-mail Address\n${row}\nMary,mary@example.net\n`)).toEqual([
    [2, wrong],
    [3, 'Mary'],
  ]);
});

it('says that it knows no column', () => {
  expect(read('a,b\n1,2\n')).toEqual([[1, { kind: 'columns' }]]);
  expect(read('')).toEqual([]);
});
