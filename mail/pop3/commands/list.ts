import { type Command, command, messageNumber } from '../command.ts';
import type { Maildrop } from '../maildrop.ts';

/** Lines that are put together before one write. */
const BATCH = 1_000;

/** RFC 1939 section 5. */
export const list = listing((maildrop, number) => `${number} ${maildrop.octets(number)}`);

/** RFC 1939 section 7. */
export const uidl = listing((maildrop, number) => `${number} ${maildrop.uniqueId(number)}`);

/** A command that tells one line of one message, or of all. */
function listing(line: (maildrop: Maildrop, number: number) => string): Command {
  return command<number | undefined>({
    states: ['transaction'],
    parse: (text) => (text === '' ? undefined : messageNumber(text)),
    async run(session, number) {
      const { maildrop, wire } = session;
      if (number !== undefined) {
        maildrop.require(number);
        await session.ok(line(maildrop, number));
        return;
      }
      await session.ok(maildrop.summary);
      for (let first = 1; first <= maildrop.size; first += BATCH) {
        let text = '';
        for (let each = first; each < first + BATCH && each <= maildrop.size; each++) {
          if (maildrop.has(each)) text += `${line(maildrop, each)}\r\n`;
        }
        await wire.write(text);
      }
      await wire.write('.\r\n');
    },
  });
}
