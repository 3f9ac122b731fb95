import { pathAndParameters } from '../grammar.ts';
import { BadCommand, REPLY, type Reply } from '../replies.ts';
import type { Session } from '../session.ts';
import type { Command } from './command.ts';

interface Sender {
  readonly address: string;
  readonly smtputf8: boolean;
  /** RFC 1870: what the client says the size is; 0 where it does not. */
  readonly size: number;
}

/** MAIL FROM: begins a message (RFC 5321 section 4.1.1.2). */
export const mail: Command = {
  verb: 'MAIL',
  needs: 'hello',
  parse(rest) {
    const sender = parseSender(rest);
    return (session) => begin(session, sender);
  },
};

function parseSender(rest: string): Sender {
  const { address, nonAscii, parameters } = pathAndParameters(rest, 'FROM:', REPLY.badMail, REPLY.badSender);
  let smtputf8 = false;
  let size = 0;
  for (const [name, value] of parameters) {
    if (name === 'SIZE') {
      if (!/^\d{1,20}$/.test(value)) throw new BadCommand(REPLY.badParameter);
      size = Number(value);
    } else if (name === 'BODY') {
      // RFC 6152. The bytes themselves tell later whether there are any beyond ASCII.
      if (!/^(7BIT|8BITMIME)$/i.test(value)) throw new BadCommand(REPLY.badParameter);
    } else if (name === 'SMTPUTF8') {
      if (value !== '') throw new BadCommand(REPLY.badParameter);
      smtputf8 = true;
    } else if (name === 'AUTH') {
      // Who submitted it elsewhere: read, and not believed (RFC 4954 section 5).
      if (value === '') throw new BadCommand(REPLY.badParameter);
    } else {
      throw new BadCommand(REPLY.unknownParameter);
    }
  }
  if (nonAscii && !smtputf8) throw new BadCommand(REPLY.needUtf8);
  return { address, smtputf8, size };
}

function begin(session: Session, sender: Sender): Reply | Promise<Reply> {
  if (session.transaction !== undefined) throw new BadCommand(REPLY.nested);
  if (sender.size > session.limits.size) throw new BadCommand(REPLY.tooLarge(session.limits.size));
  if (!session.submission) return open(session, sender);
  if (session.account === undefined) {
    throw new BadCommand(session.mayAuthenticate ? REPLY.needAuth : REPLY.needTls);
  }
  // The null sender is for notifications that users' programs send, too (RFC 8098 section 3).
  return sender.address === '' ? open(session, sender) : openChecked(session, session.account.id, sender);
}

async function openChecked(session: Session, account: string, sender: Sender): Promise<Reply> {
  let allowed: boolean;
  try {
    allowed = await session.options.directory.maySendAs(account, sender.address);
  } catch (error) {
    return session.failed('MAIL', error);
  }
  if (!allowed) throw new BadCommand(REPLY.notYours);
  return open(session, sender);
}

function open(session: Session, sender: Sender): Reply {
  session.transaction = {
    from: sender.address,
    smtputf8: sender.smtputf8,
    size: sender.size,
    recipients: [],
    groups: new Map(),
    jobBytes: 0,
  };
  return REPLY.senderOk;
}
