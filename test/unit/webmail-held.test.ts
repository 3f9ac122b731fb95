/** What a filter keeps of what it no longer finds (frontend/src/data/held.ts). */
import { expect, it } from 'vitest';
import { isByKeyword, isHeld, withHeld } from '../../frontend/src/data/held.ts';

const unread = { filter: { inMailbox: 'in', notKeyword: '$seen' }, sort: [], collapseThreads: true };
const starred = { filter: { inMailbox: 'in', hasKeyword: '$flagged' }, sort: [], collapseThreads: true };

it('knows lists that reading or unstarring takes something from', () => {
  expect([unread, starred].map(isByKeyword)).toEqual([true, true]);
  expect(isByKeyword({ ...unread, filter: { inMailbox: 'in', hasAttachment: true } })).toBe(false);
  expect(isByKeyword({ ...unread, filter: null })).toBe(false);
});

it('holds what left by its keyword, and nothing that was moved away', () => {
  expect(isHeld({ mailboxIds: { in: true }, keywords: { $seen: true } }, unread)).toBe(true);
  expect(isHeld({ mailboxIds: { in: true }, keywords: {} }, unread)).toBe(false);
  expect(isHeld({ mailboxIds: { archive: true }, keywords: { $seen: true } }, unread)).toBe(false);
  expect(isHeld({ mailboxIds: { in: true }, keywords: {} }, starred)).toBe(true);
});

it('leaves what is held where it stood, with what is new above it', () => {
  expect(withHeld(['a', 'b', 'c', 'd'], ['a', 'c', 'd'], new Set(['b']))).toEqual(['a', 'b', 'c', 'd']);
  expect(withHeld(['a', 'b', 'c'], ['new', 'c'], new Set(['a', 'b']))).toEqual(['new', 'a', 'b', 'c']);
  expect(withHeld(['a', 'b'], [], new Set(['a', 'b']))).toEqual(['a', 'b']);
  expect(withHeld(['a', 'b', 'c'], ['a', 'c'], new Set())).toEqual(['a', 'c']);
});
