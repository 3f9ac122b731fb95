import { describe, expect, it } from 'vitest';
import { cardWith, draftOf } from '../../frontend/src/data/contacts/draft.ts';
import { duplicatesIn, merged } from '../../frontend/src/data/contacts/duplicates.ts';
import { type Card, contactOf, dateText, fitting, letterOf, sorted } from '../../frontend/src/data/contacts/model.ts';

const card = (id: string, more: object): Card => ({ id, uid: `urn:${id}`, addressBookIds: { b: true }, ...more });
const contact = (id: string, more: object, mayWrite = true) => contactOf('a', true, card(id, more), mayWrite);
const email = (address: string) => ({ emails: { k1: { address } } });

const MARY = card('1', {
  name: {
    full: 'Mary Smith',
    components: [
      { kind: 'given', value: 'Mary' },
      { kind: 'surname', value: 'Smith' },
    ],
  },
  emails: { k1: { address: 'mary@example.net', contexts: { work: true }, pref: 1 } },
  phones: { p: { number: '+1 555 0100', features: { mobile: true } } },
  onlineServices: { s: { uri: 'xmpp:mary@example.net' } },
  anniversaries: { b: { kind: 'birth', date: { month: 5, day: 17 } } },
});

describe('a form', () => {
  it('that nothing was changed in changes nothing', () => {
    expect(cardWith(MARY, draftOf(MARY))).toEqual(MARY);
  });

  it('changes what was changed, and nothing besides', () => {
    const draft = draftOf(MARY);
    const after = cardWith(MARY, {
      ...draft,
      surname: 'Miller',
      emails: [
        { ...draft.emails[0]!, value: 'mary@machine.example' },
        { key: 'n', value: ' m@x.example ', kind: 'private' },
      ],
      phones: [],
      organisation: 'Letters Ltd',
      birthday: '1985-05-17',
      link: 'mary.example',
    });
    expect(after).toEqual({
      ...MARY,
      phones: undefined,
      name: {
        full: 'Mary Miller',
        components: [
          { kind: 'given', value: 'Mary' },
          { kind: 'surname', value: 'Miller' },
        ],
      },
      emails: {
        k1: { address: 'mary@machine.example', contexts: { work: true }, pref: 1 },
        n: { address: 'm@x.example', contexts: { private: true } },
      },
      organizations: { k1: { name: 'Letters Ltd' } },
      anniversaries: { birth: { kind: 'birth', date: { '@type': 'PartialDate', year: 1985, month: 5, day: 17 } } },
      links: { k1: { uri: 'https://mary.example' } },
    });
    expect('phones' in after).toBe(false);
  });
});

it('finds by all words, without accents and case', () => {
  const all = [contact('1', { name: { full: 'Zoë Müller' } }), contact('2', email('zoe@example.net'))];
  expect(fitting(all, 'muller ZOE').map(({ key }) => key)).toEqual(['1']);
  expect(fitting(all, 'zoe')).toHaveLength(2);
  expect(fitting(all, ' ')).toHaveLength(2);
});

it('sorts, and files under letters', () => {
  const all = ['Zed', 'Émile', 'eric', '7 Dwarfs', 'Änne'].map((full) => contact(full, { name: { full } }));
  const order = sorted(all, 'en');
  expect(order.map(({ name }) => name)).toEqual(['7 Dwarfs', 'Änne', 'Émile', 'eric', 'Zed']);
  expect(order.map(letterOf)).toEqual(['#', 'A', 'E', 'E', 'Z']);
});

it('writes as much of a date as is known', () => {
  expect(dateText({ year: 1985, month: 5, day: 17 })).toBe('1985-05-17');
  expect(dateText({ month: 5, day: 17 })).toBe('--05-17');
  expect(dateText({ year: 1985 })).toBe('1985');
});

describe('duplicates', () => {
  it('are found by address and by name, through others too', () => {
    const all = [
      contact('1', { name: { full: 'Mary Smith' }, ...email('mary@example.net') }),
      contact('2', { name: { full: 'M.' }, ...email('MARY@example.net') }),
      contact('3', { name: { full: 'mary  smith' } }),
      contact('4', { name: { full: 'John Doe' } }),
      contact('5', { name: { full: 'Jöhn Doe' } }),
      contact('6', { name: { full: 'Mary' } }),
      contact('7', { name: { full: 'Mary' } }),
      contact('8', { name: { full: 'John Doe' } }, false),
      contact('9', { name: { full: 'John Doe' }, kind: 'group' }),
    ];
    expect(duplicatesIn(all).map(({ by, contacts }) => [by, ...contacts.map(({ key }) => key)])).toEqual([
      ['email', '1', '2', '3'],
      ['name', '4', '5'],
    ]);
  });

  it('become one card that loses nothing', () => {
    const other = card('2', {
      name: { full: 'M. Smith' },
      emails: { a: { address: 'Mary@Example.net' }, b: { address: 'm@x.example' } },
      phones: { p: { number: '+15550100' } },
      keywords: { starred: true },
      addressBookIds: { c: true },
      'vendor.example:x': 1,
    });
    const one = merged([MARY, other], { name: 1 });
    expect(one).toMatchObject({
      id: '1',
      uid: 'urn:1',
      addressBookIds: { b: true, c: true },
      name: { full: 'M. Smith' },
      phones: { k1: { number: '+1 555 0100' } },
      keywords: { starred: true },
      anniversaries: MARY.anniversaries,
      'vendor.example:x': 1,
    });
    expect(Object.values(one.emails!).map(({ address }) => address)).toEqual(['mary@example.net', 'm@x.example']);
    const less = merged([MARY, other], {}, new Set(['emails m@x.example']));
    expect(Object.values(less.emails!)).toHaveLength(1);
    expect(less.name).toEqual(MARY.name);
  });
});
