import { AUTHENTICATED, command, noArguments } from '../command.ts';
import { Bad } from '../errors.ts';
import { Teller } from '../notify/teller.ts';

const MAX_LINE = 1024;

/** RFC 2177: news as they come, until DONE. The client has to repeat it within the time that it may be silent (30 minutes). */
export const idle = command({
  states: AUTHENTICATED,
  parse: noArguments,
  async run(session) {
    // Who has used NOTIFY is told the same in IDLE (RFC 5465 section 4), and is watched for already.
    const listening = session.notifier?.teller;
    const teller = listening ?? new Teller(session);
    const stop = listening === undefined ? session.account.watch(() => teller.poke()) : undefined;
    try {
      // Watch first, then read the tail: nothing is missed in between (design: rule 14).
      await session.refresh();
      session.out.line('+ Idling');
      const line = await teller.during({ expunge: true }, () => session.input.line(MAX_LINE));
      if (line.toUpperCase() !== 'DONE') throw new Bad('Expected DONE');
    } finally {
      stop?.();
    }
    return undefined;
  },
});
