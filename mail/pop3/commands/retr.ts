import { command, messageNumber } from '../command.ts';
import { sendMessage } from '../reply.ts';

/**
 * RFC 1939 section 5. The octets announced are those of the message, without the dots added on the wire; of a long one that is
 * changed for a client without UTF8, as it is stored (RFC 6856 section 2.1 does not ask for more here).
 */
export const retr = command<number>({
  states: ['transaction'],
  parse: messageNumber,
  async run(session, number) {
    const { maildrop } = session;
    maildrop.require(number);
    const content = await maildrop.content(number);
    const octets = content instanceof Uint8Array ? content.length : maildrop.octets(number);
    await sendMessage(session, `${octets} octets`, content);
  },
});
