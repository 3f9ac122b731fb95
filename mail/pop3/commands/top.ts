import { Bad, command, messageNumber } from '../command.ts';
import { sendMessage } from '../reply.ts';
import { TopCounter } from '../stuffing.ts';

interface Args {
  readonly number: number;
  readonly lines: number;
}

/** RFC 1939 section 7: the header, the blank line, and so many lines of the body. */
export const top = command<Args>({
  states: ['transaction'],
  parse(text) {
    const [number, lines, more] = text.split(' ');
    if (number === undefined || lines === undefined || more !== undefined || !/^\d{1,10}$/.test(lines)) {
      throw new Bad('Expected a message number and a number of lines behind TOP');
    }
    return { number: messageNumber(number), lines: Number(lines) };
  },
  async run(session, { number, lines }) {
    const { maildrop } = session;
    maildrop.require(number);
    const content = await maildrop.stream(number);
    await sendMessage(session, 'The top of the message', content, new TopCounter(lines));
  },
});
