import { ANY, command, noArguments } from '../command.ts';

/** RFC 3501 section 6.1.2: polls for news, so it reads the log's tail. */
export const noop = command({
  states: ANY,
  parse: noArguments,
  async run(session) {
    if (session.state !== 'not authenticated') await session.refresh();
  },
});
