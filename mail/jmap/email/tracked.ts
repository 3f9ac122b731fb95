import { emailNumber } from '../../account/types.ts';
import { MAIL } from '../capabilities.ts';
import type { Tracked } from '../standard/changes.ts';
import { visiblePlacements } from './facts.ts';

/** Email/changes (RFC 8621 section 4.3). What IMAP marks as deleted goes, and comes anew where the mark is taken off again. */
export const emailChanges: Tracked = {
  name: 'Email',
  capability: MAIL,
  changes: (state, since) =>
    state.changes('Email', since)?.map((change) => {
      // Where it was hidden before `since` already, it is told of as gone once more.
      const isKnown = change.shown !== undefined || change.gone > 0;
      if (isKnown || visiblePlacements(state, emailNumber(change.id)!).length > 0) return change;
      return { ...change, gone: change.changed };
    }),
};
