import { emailNumber } from '../../account/types.ts';
import { MAIL } from '../capabilities.ts';
import type { Tracked } from '../standard/changes.ts';
import { visiblePlacements } from './facts.ts';

/** Email/changes (RFC 8621 section 4.3). What IMAP marks as deleted goes, and comes anew where the mark is taken off again. */
export const emailChanges: Tracked = {
  name: 'Email',
  capability: MAIL,
  changes: (state, since) =>
    state.changes('Email', since)?.flatMap((change) => {
      if (change.shown || change.gone > 0) return change;
      if (visiblePlacements(state, emailNumber(change.id)!).length > 0) return change;
      // It was hidden before `since` already, or, where that is not known, perhaps.
      return change.shown === null ? [] : { ...change, gone: change.changed };
    }),
};
