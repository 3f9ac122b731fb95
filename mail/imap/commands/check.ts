import { command, noArguments, SELECTED } from '../command.ts';

/** RFC 3501 section 6.4.1: a checkpoint. Nothing is kept back here, so it is NOOP. */
export const check = command({
  states: SELECTED,
  parse: noArguments,
  async run(session) {
    await session.refresh();
  },
});
