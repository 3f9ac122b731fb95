import { expect, test } from 'vitest';
import { applied, escaped, isTrustedBy } from '../../frontend/src/data/preferences-patch.ts';
import { DEFAULTS } from '../../mail/jmap/preferences/defaults.ts';

test('a change is shown as the server will make it', () => {
  const dark = applied(DEFAULTS, { theme: 'dark', [`dictionary/${escaped('and/or~')}`]: true });
  expect(dark).toEqual({ ...DEFAULTS, theme: 'dark', dictionary: { 'and/or~': true } });
  expect(applied(dark, { theme: null, 'dictionary/and~1or~0': null })).toEqual(DEFAULTS);
  expect(DEFAULTS.dictionary).toEqual({});
});

test('senders are trusted by address and by domain, in whatever case', () => {
  const some = { ...DEFAULTS, trustedSenders: { 'joe@example.com': true, '@example.org': true } as const };
  expect(isTrustedBy(some, 'Joe@Example.com')).toBe(true);
  expect(isTrustedBy(some, 'ann@example.org')).toBe(true);
  expect(isTrustedBy(some, 'ann@example.com')).toBe(false);
  expect(isTrustedBy(some, 'ann@not-example.org')).toBe(false);
  expect(isTrustedBy(some, 'constructor')).toBe(false);
});
