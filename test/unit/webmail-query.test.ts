import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { CHIPS, termsOf, withTerms } from '../../frontend/src/data/query/chips.ts';
import { filterOf, type Surroundings } from '../../frontend/src/data/query/filter.ts';
import {
  ENGLISH,
  OPERATORS,
  parseQuery,
  printQuery,
  type Query,
  type Term,
  type Vocabulary,
} from '../../frontend/src/data/query/language.ts';

const GERMAN: Vocabulary = {
  or: 'ODER',
  operators: { from: 'von', to: 'an', subject: 'betreff', is: 'ist', has: 'hat', before: 'vor', older_than: 'älter' },
  values: { unread: 'ungelesen', starred: 'markiert', attachment: 'anhang' },
};

const AT: Surroundings = {
  now: new Date(2026, 10, 21, 12),
  folder: (name) => ({ inbox: 'I', projects: 'P' })[name.toLowerCase()],
  apart: ['trash', 'junk'],
};

const filter = (text: string) => filterOf(parseQuery(text), { ...AT, apart: [] }).filter;
const iso = (...date: [number, number, number, number?]) => `${new Date(...date).toISOString().slice(0, 19)}Z`;

describe('what is typed', () => {
  test.each<[string, Query]>([
    ['', []],
    ['letter', [[{ value: 'letter' }]]],
    ['two words', [[{ value: 'two' }], [{ value: 'words' }]]],
    ['"as it stands"', [[{ value: 'as it stands', isPhrase: true }]]],
    ['-spam -"big sale"', [[{ value: 'spam', isNot: true }], [{ value: 'big sale', isPhrase: true, isNot: true }]]],
    ['from:mary', [[{ operator: 'from', value: 'mary' }]]],
    ['FROM:"Mary Smith"', [[{ operator: 'from', value: 'Mary Smith' }]]],
    ['-in:junk', [[{ operator: 'in', value: 'junk', isNot: true }]]],
    ['a OR b c', [[{ value: 'a' }, { value: 'b' }], [{ value: 'c' }]]],
    ['OR a OR OR b OR', [[{ value: 'a' }, { value: 'b' }]]],
    ['http://a.example/x', [[{ value: 'http://a.example/x' }]]],
    ['"never closed', [[{ value: 'never closed', isPhrase: true }]]],
    ['from:"never closed', [[{ operator: 'from', value: 'never closed' }]]],
    ['from: x', [[{ operator: 'from', value: '' }], [{ value: 'x' }]]],
    ['"say \\"yes\\""', [[{ value: 'say "yes"', isPhrase: true }]]],
    ['- ""', [[{ value: '-' }]]],
    ['is:UNREAD', [[{ operator: 'is', value: 'unread' }]]],
  ])('%s', (text, query) => {
    expect(parseQuery(text)).toEqual(query);
  });

  it('is understood in the language of the page, and in English too', () => {
    const query = [[{ operator: 'from', value: 'mary' }, { value: 'x' }], [{ operator: 'is', value: 'unread' }]];
    expect(parseQuery('von:mary ODER x ist:Ungelesen', GERMAN)).toEqual(query);
    expect(parseQuery('from:mary OR x is:unread', GERMAN)).toEqual(query);
    expect(printQuery(query as Query, GERMAN)).toBe('von:mary ODER x ist:ungelesen');
  });
});

const word = fc
  .stringMatching(/^[^\s"-][^\s"]{0,8}$/u)
  .filter((text) => text !== 'OR' && text !== 'ODER' && !text.includes(':'));
const value = fc.oneof(word, fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }));
const not = (term: Term) => fc.boolean().map((isNot): Term => (isNot ? { ...term, isNot } : term));
const term: fc.Arbitrary<Term> = fc.oneof(
  word.map((text): Term => ({ value: text })).chain(not),
  value.map((text): Term => ({ value: text, isPhrase: true })).chain(not),
  fc
    .tuple(fc.constantFrom(...OPERATORS.filter((one) => one !== 'is' && one !== 'has')), value)
    .map(([operator, text]): Term => ({ operator, value: text }))
    .chain(not),
  fc.constantFrom<Term>({ operator: 'is', value: 'unread' }, { operator: 'has', value: 'attachment' }),
);
const query: fc.Arbitrary<Query> = fc.array(fc.array(term, { minLength: 1, maxLength: 3 }), { maxLength: 5 });
const vocabulary = fc.constantFrom(ENGLISH, GERMAN);

describe('round trips', () => {
  it('reads what it prints as it was', () => {
    fc.assert(
      fc.property(query, vocabulary, (given, words) => {
        expect(parseQuery(printQuery(given, words), words)).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  it('reads anything, prints it, and reads the same again', () => {
    const pieces = fc.constantFrom('from:', '"', '-', ' ', 'OR', '\\', 'in:x', ':', 'ä', 'von:', '\n', 'is:');
    const text = fc.array(fc.oneof(pieces, fc.string({ maxLength: 4, unit: 'grapheme' })), { maxLength: 14 });
    fc.assert(
      fc.property(text, vocabulary, (parts, words) => {
        const once = parseQuery(parts.join(''), words);
        expect(parseQuery(printQuery(once, words), words)).toEqual(once);
      }),
      { numRuns: 1_000 },
    );
  });

  it('shows in a chip what the chip has written, and leaves the rest', () => {
    fc.assert(
      fc.property(query, fc.constantFrom(...CHIPS), word, vocabulary, (given, chip, text, words) => {
        const operator = ({ from: 'from', to: 'to', has: 'has', date: 'after', folder: 'in' } as const)[chip];
        const edited = parseQuery(withTerms(printQuery(given, words), chip, [{ operator, value: text }], words), words);
        expect(termsOf(chip, edited).length).toBe(1);
        const cleared = parseQuery(withTerms(printQuery(edited, words), chip, [], words), words);
        expect(termsOf(chip, cleared)).toEqual([]);
        expect(cleared).toEqual(given.filter((group) => termsOf(chip, [group]).length === 0));
      }),
    );
  });
});

it('keeps the place of what a chip edits', () => {
  expect(withTerms('a from:mary b', 'from', [{ operator: 'from', value: 'Mary Smith' }], ENGLISH)).toBe(
    'a from:"Mary Smith" b',
  );
  expect(withTerms('a after:2026-01-01 b before:2026-02-01', 'date', [], ENGLISH)).toBe('a b');
  expect(withTerms('a from:x OR from:y', 'from', [{ operator: 'from', value: 'z' }], ENGLISH)).toBe(
    'a from:x OR from:y from:z',
  );
});

describe('the filter', () => {
  test.each<[string, unknown]>([
    ['letter', { text: 'letter' }],
    ['"two words"', { text: '"two words"' }],
    ['from:mary', { from: 'mary' }],
    ['from:"Mary Smith"', { from: '"Mary Smith"' }],
    ['to:mary', { operator: 'OR', conditions: [{ to: 'mary' }, { cc: 'mary' }] }],
    ['in:inbox', { inMailbox: 'I' }],
    ['has:attachment is:unread', { operator: 'AND', conditions: [{ hasAttachment: true }, { notKeyword: '$seen' }] }],
    ['-x', { operator: 'NOT', conditions: [{ text: 'x' }] }],
    ['a OR is:starred', { operator: 'OR', conditions: [{ text: 'a' }, { hasKeyword: '$flagged' }] }],
    ['before:2026-03-01', { before: iso(2026, 2, 1) }],
    ['after:2026/3', { after: iso(2026, 2, 1) }],
    ['older_than:2w', { before: iso(2026, 10, 7, 12) }],
    ['newer_than:1y', { after: iso(2025, 10, 21, 12) }],
    ['larger:5M', { minSize: 5_000_000 }],
    ['smaller:1.5kb', { maxSize: 1_500 }],
    ['filename:plan.pdf', { operator: 'AND', conditions: [{ hasAttachment: true }, { text: 'plan.pdf' }] }],
    ['in:anywhere', null],
    ['from:', null],
  ])('of %s', (text, expected) => {
    expect(filter(text)).toEqual(expected);
  });

  it('leaves Trash and Junk out unless a folder is named', () => {
    const of = (text: string) => filterOf(parseQuery(text), AT).filter;
    expect(of('x')).toEqual({
      operator: 'AND',
      conditions: [{ text: 'x' }, { inMailboxOtherThan: ['trash', 'junk'] }],
    });
    expect(of('x in:anywhere')).toEqual({ text: 'x' });
    expect(of('x in:projects')).toEqual({ operator: 'AND', conditions: [{ text: 'x' }, { inMailbox: 'P' }] });
  });

  test.each([
    'in:nowhere',
    'is:blue',
    'before:tomorrow',
    'before:2026-02-31',
    'older_than:soon',
    'larger:huge',
    'has:wings',
  ])('says that it does not understand %s', (text) => {
    const { unknown, filter: found } = filterOf(parseQuery(`${text} letter`), { ...AT, apart: [] });
    expect(unknown).toHaveLength(1);
    expect(found).toEqual({ text: 'letter' });
  });
});
