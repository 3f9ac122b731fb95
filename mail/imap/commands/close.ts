import { command, noArguments, SELECTED } from '../command.ts';
import { expungeDeleted } from './expunge.ts';

/** RFC 3501 section 6.4.2: expunges without a word, then there is no selected mailbox. */
export const close = command({
  states: SELECTED,
  sync: 'none',
  parse: noArguments,
  async run(session) {
    const { view } = session;
    // RFC 4314 section 4: without the right nothing is expunged, and nothing is wrong.
    if (!view.readOnly && view.may(view.place.account.state, 'e')) await expungeDeleted(session, view.numbers.uids);
    session.unselect();
  },
});

/** RFC 3691: as CLOSE, and nothing is expunged. */
export const unselect = command({
  states: SELECTED,
  sync: 'none',
  parse: noArguments,
  run(session) {
    session.unselect();
  },
});
