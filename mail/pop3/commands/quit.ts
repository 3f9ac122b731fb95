import { command, noArguments, Quit } from '../command.ts';

/** RFC 1939 sections 4 and 6: the UPDATE state. `+OK` is said only when the deletions are durable (design: rule 14). */
export const quit = command<undefined>({
  states: ['authorization', 'transaction'],
  parse: noArguments,
  async run(session) {
    if (session.state === 'transaction') await session.maildrop.update();
    session.ok('Goodbye');
    throw new Quit('quit');
  },
});
