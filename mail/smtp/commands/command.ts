import { BadCommand, REPLY, type Reply } from '../replies.ts';
import type { Session } from '../session.ts';

/** A command whose arguments were understood; runs once. Undefined: it has written its replies itself. */
export type Action = (session: Session) => Reply | undefined | Promise<Reply | undefined>;

export interface Command {
  readonly verb: string;
  /** What must have come before; else 503. */
  readonly needs: 'nothing' | 'hello' | 'sender';
  /** Reads the whole rest of the line before anything is done. Throws BadCommand. */
  parse(rest: string): Action;
}

/** For commands that take no arguments. */
export function noArguments(rest: string): void {
  if (rest !== '') throw new BadCommand(REPLY.noArguments);
}
