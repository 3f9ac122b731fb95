/** What of a message's text fits the words of a search. */
import { describe, expect, it, test } from 'vitest';
import { parseQuery } from '../../frontend/src/data/query/language.ts';
import { wordsOf } from '../../frontend/src/data/query/words.ts';
import { finderOf, placesIn } from '../../frontend/src/screens/reader/words.ts';

function found(text: string, ...words: readonly string[]): readonly string[] {
  const finder = finderOf(words);
  return finder === undefined ? [] : placesIn(text, finder).map(([start, end]) => text.slice(start, end));
}

describe('places of words', () => {
  it.each([
    ['a word, in any case, by how words begin', 'Letter letters newsletter', ['letter'], ['Letter', 'letter']],
    ['letters with marks', 'Ärger und arger, A\u0308rger', ['arger'], ['Ärger', 'arger', 'A\u0308rger']],
    ['a word that is typed with marks', 'arger', ['ärger'], ['arger']],
    ['letters that are several', 'ﬁne Straße', ['fine', 'straße'], ['ﬁne', 'Straße']],
    ['a phrase, whatever is between its words', 'at  the, usual place', ['the usual'], ['the, usual']],
    ['the longer of two', 'letters let', ['let', 'letters'], ['letters', 'let']],
    ['words of scripts without spaces, anywhere', '十月のお知らせ', ['知らせ'], ['知らせ']],
    ['signs that mean something to patterns', 'a.b (c)', ['a.b', '(c', '[', '.*'], ['a.b', 'c']],
    ['letters beyond the first plane', '𝐖ord 😀 word', ['word'], ['𝐖ord', 'word']],
  ])('%s', (_, text, words, expected) => {
    expect(found(text, ...words)).toEqual(expected);
  });

  it('of nothing there are none', () => {
    expect(finderOf([])).toBeUndefined();
    expect(finderOf(['', ' ', '...'])).toBeUndefined();
  });

  it('are no more than can be shown', () => {
    expect(found('word '.repeat(100_000), 'word').length).toBe(2_000);
  });
});

test('of a search, the words of the text count: not those of fields, nor what must not be there', () => {
  const words = (text: string) => wordsOf(parseQuery(text));
  expect(words('from:mary lunch -dinner "at twelve" OR noon has:attachment in:Inbox lunch')).toEqual([
    'lunch',
    'at twelve',
    'noon',
  ]);
});
