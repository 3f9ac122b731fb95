import { emailNumber } from '../../account/types.ts';
import { MAIL } from '../capabilities.ts';
import type { Tracked } from '../standard/changes.ts';
import { visiblePlacements } from './facts.ts';

/** Email/changes (RFC 8621 section 4.3). What IMAP marks as deleted goes; where the mark is taken off again it is told of as changed. */
export const emailChanges: Tracked = {
  name: 'Email',
  capability: MAIL,
  changes: (state, since) =>
    state.changes('Email', since)?.map((change) => {
      if (change.gone > 0 || visiblePlacements(state, emailNumber(change.id)!).length > 0) return change;
      return { ...change, gone: change.changed };
    }),
};
