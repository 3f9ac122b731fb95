import { command, messageNumber } from '../command.ts';
import { sendMessage } from '../reply.ts';

/** RFC 1939 section 5. The octets announced are those of the message, without the dots added on the wire. */
export const retr = command<number>({
  states: ['transaction'],
  parse: messageNumber,
  async run(session, number) {
    const { maildrop } = session;
    maildrop.require(number);
    await sendMessage(session, `${maildrop.octets(number)} octets`, await maildrop.content(number));
  },
});
