import { MAIL } from '../capabilities.ts';
import type { Tracked } from '../standard/changes.ts';

/** Email/changes (RFC 8621 section 4.3). */
export const emailChanges: Tracked = {
  name: 'Email',
  capability: MAIL,
  changes: (state, since) => state.changes('Email', since),
};
