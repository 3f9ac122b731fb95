import { AUTHENTICATED, command, noArguments } from '../command.ts';
import { Bad, Bye } from '../errors.ts';

const MAX_LINE = 1024;

/** RFC 2177: news as they come, until DONE. The client has to repeat it within the time that it may be silent (30 minutes). */
export const idle = command({
  states: AUTHENTICATED,
  parse: noArguments,
  async run(session) {
    const { account, out } = session;
    let begun = false;
    let news = true;
    let telling: Promise<void> | undefined;
    // One at a time, and none while the client does not take what it was told.
    const tell = async () => {
      try {
        while (news) {
          news = false;
          session.sync({ expunge: true });
          await session.updateContexts();
          await out.flush();
        }
      } catch (error) {
        session.input.endSoon(error instanceof Bye ? error.message : 'The mailbox cannot be watched any more');
      } finally {
        telling = undefined;
      }
    };
    const stop = account.watch(() => {
      news = true;
      if (begun) telling ??= tell();
    });
    try {
      // Watch first, then read the tail: nothing is missed in between (design: rule 14).
      await account.refresh();
      out.line('+ Idling');
      begun = true;
      telling ??= tell();
      const line = await session.input.line(MAX_LINE);
      if (line.toUpperCase() !== 'DONE') throw new Bad('Expected DONE');
    } finally {
      stop();
      news = false;
      await telling;
    }
    return undefined;
  },
});
