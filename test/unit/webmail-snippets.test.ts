import { expect, test } from 'vitest';
import { piecesOf } from '../../frontend/src/data/snippets.ts';

test.each([
  ['', []],
  ['plain &amp; simple', [{ text: 'plain & simple', isMarked: false }]],
  [
    'a <mark>b</mark> &lt;c&gt;',
    [
      { text: 'a ', isMarked: false },
      { text: 'b', isMarked: true },
      { text: ' <c>', isMarked: false },
    ],
  ],
  ['&amp;lt;img&gt;', [{ text: '&lt;img>', isMarked: false }]],
  ['<mark>open', [{ text: '<mark>open', isMarked: false }]],
  ['<img src=x>', [{ text: '<img src=x>', isMarked: false }]],
])('pieces of %j', (snippet, pieces) => {
  expect(piecesOf(snippet)).toEqual(pieces);
});
