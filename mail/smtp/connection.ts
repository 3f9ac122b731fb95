import { WireClosed, WireTimeout } from '../ports/wire.ts';
import { BareLineEnd, LineTooLong } from '../wire/reader.ts';
import type { Command } from './commands/command.ts';
import { COMMANDS } from './commands/index.ts';
import { commandLine } from './grammar.ts';
import { BadCommand, REPLY, type Reply } from './replies.ts';
import { FAULT, FAULT_LIMIT, type Session } from './session.ts';

/** RFC 5321 section 4.5.3.1.4: 512, and what extensions add: SIZE, BODY, SMTPUTF8, AUTH= and long addresses. Line end not counted. */
const COMMAND_LINE = 2_046;
/** Where AUTH may come with an initial response (RFC 4954 section 4). */
const AUTH_LINE = 12_286;
/** RFC 5321 section 4.5.3.2.7. */
const IDLE = 300_000;

/** Speaks SMTP with one client until one of the two ends it. */
export async function converse(session: Session): Promise<void> {
  const { wire, options } = session;
  wire.idleLimit(IDLE);
  try {
    if (session.goodbye === undefined) await wire.write(`220 ${options.hostname} ESMTP Postern\r\n`);
    await work(session);
  } catch (error) {
    if (error instanceof WireClosed) throw error;
    if (error instanceof WireTimeout) wire.write(REPLY.idle);
    else {
      session.failed('connection', error);
      wire.write(REPLY.broken);
    }
  }
}

async function work(session: Session): Promise<void> {
  const { wire, reader } = session;
  while (!session.closing) {
    if (session.goodbye !== undefined) {
      wire.write(session.goodbye);
      return;
    }
    const reply = execute(session);
    if (reply === WAIT) {
      session.waiting = true;
      const more = await reader.fill();
      session.waiting = false;
      if (!more) return;
      continue;
    }
    const text = reply instanceof Promise ? await reply : reply;
    if (text !== undefined) {
      const slow = wire.write(text);
      if (slow !== undefined) await slow;
    }
    if (session.faults >= FAULT_LIMIT) {
      wire.write(REPLY.tooManyErrors);
      return;
    }
  }
}

const WAIT = Symbol('no whole line has come');

/** Reads and carries out the next command, without a promise where the command needs none. */
function execute(session: Session): typeof WAIT | Reply | undefined | Promise<Reply | undefined> {
  try {
    const line = session.reader.tryLine(session.mayAuthenticate ? AUTH_LINE : COMMAND_LINE);
    if (line === undefined) return WAIT;
    const { verb, rest } = commandLine(line);
    const command = COMMANDS.get(verb);
    if (command === undefined) throw new BadCommand(REPLY.unknown);
    checkOrder(session, command);
    const reply = command.parse(rest)(session);
    return reply instanceof Promise ? reply.catch((error: unknown) => replyTo(session, error)) : reply;
  } catch (error) {
    return replyTo(session, error);
  }
}

function checkOrder(session: Session, command: Command): void {
  if (command.needs === 'nothing') return;
  if (session.hello === undefined) throw new BadCommand(REPLY.helloFirst);
  if (command.needs === 'sender' && session.transaction === undefined) throw new BadCommand(REPLY.mailFirst);
}

/** What a command's failure is to the client; rethrows what ends the connection. */
function replyTo(session: Session, error: unknown): Reply {
  let reply: Reply;
  if (error instanceof BadCommand) reply = error.reply;
  else if (error instanceof BareLineEnd) reply = REPLY.bareLineEnd;
  else if (error instanceof LineTooLong) {
    reply = session.mayAuthenticate && /^auth /i.test(error.head) ? REPLY.authTooLong : REPLY.tooLong;
    session.closing = error.endless;
  } else throw error;
  session.faults += FAULT.syntax;
  return reply;
}
