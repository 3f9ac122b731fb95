import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { URNS } from '../../mail/jmap/capabilities.ts';

test('docs/jmap.md names every capability that is served, and no other', () => {
  const page = readFileSync(new URL('../../docs/jmap.md', import.meta.url), 'utf8');
  const named = [...page.matchAll(/^\| `((?:urn:|https:)[^`]+)` \|/gm)].map(([, urn]) => urn);
  expect(named.sort()).toEqual([...URNS].sort());
});
