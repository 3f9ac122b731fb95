import type { Session } from './session.ts';

/** RFC 1939 section 3. UPDATE is what QUIT does in the transaction state. */
export type Pop3State = 'authorization' | 'transaction';

/** One command: what it takes, when it is allowed, what it does. */
export interface Command<A = unknown> {
  readonly states: readonly Pop3State[];
  /** Reads the text behind the keyword and its space (latin1). Throws `Bad`. */
  parse(text: string): A;
  /** Does it and answers `+OK`. Throws `Bad`, `Refused` or `Quit`; the connection answers `-ERR` for the first two. */
  run(session: Session, args: A): Promise<void> | void;
}

/** The command as the table keeps it. */
export function command<A>(definition: Command<A>): Command {
  return definition as Command;
}

/** The client's syntax is wrong. */
export class Bad extends Error {
  override readonly name = 'Bad';
}

/** The session is over, and everything is answered. */
export class Quit extends Error {
  override readonly name = 'Quit';
}

export function noArguments(text: string): undefined {
  if (text !== '') throw new Bad('This command takes no arguments');
  return undefined;
}

/** A message number, 1 and up (RFC 1939 section 5). */
export function messageNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Bad('Expected a message number');
  return Number(text);
}

/** Names and passwords are UTF-8; anything else is taken byte by byte. */
export function decodeText(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1');
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? latin1 : text;
}
