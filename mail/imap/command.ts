import type { Parser } from './grammar/parser.ts';
import type { Session } from './session.ts';

/** RFC 3501 section 3, without the logout state: nothing is read in it. */
export type ConnectionState = 'not authenticated' | 'authenticated' | 'selected';

export const ANY: readonly ConnectionState[] = ['not authenticated', 'authenticated', 'selected'];
export const NOT_AUTHENTICATED: readonly ConnectionState[] = ['not authenticated'];
/** Every state after login. */
export const AUTHENTICATED: readonly ConnectionState[] = ['authenticated', 'selected'];
export const SELECTED: readonly ConnectionState[] = ['selected'];

/** What a command ends with: `tag OK [code] text`. */
export interface Done {
  /** In the brackets, for example `READ-WRITE`. */
  readonly code?: string;
  /** Default: the command's name and "completed". */
  readonly text?: string;
  /** The status, where it is not OK although the command did what it could. */
  readonly status?: 'OK' | 'NO';
  /** In the place of the command's own `sync`. */
  readonly sync?: Sync;
}

/** How a command's answer ends for the selected mailbox: with all news, with none that renumber, or with none at all. */
export type Sync = 'all' | 'no expunge' | 'none';

/**
 * One IMAP command. `parse` reads its arguments, from the space that comes before them to the end, and acts on nothing; `run` does it.
 * `run` writes untagged responses and throws `Bad`, `No` or `Refused` to end otherwise than with OK.
 */
export interface Command<A = unknown> {
  readonly states: readonly ConnectionState[];
  parse(parser: Parser, session: Session): A;
  run(session: Session, args: A): Promise<Done | undefined> | Done | undefined;
  /** Default 'all'. */
  readonly sync?: Sync;
  /** Whether FETCH responses of the final sync carry UIDs. */
  readonly uid?: boolean;
  /** Whether EXPUNGE responses are its very answer, also for a client that wants no such news (RFC 5465). */
  readonly expunges?: boolean;
  /** Whether it names messages by their numbers: it is no command any more after ENABLE UIDONLY. */
  readonly numbers?: boolean;
  /** Set where the command takes literals that must not be gathered: see `append.ts`. */
  readonly streams?: (parser: Parser, session: Session) => unknown;
}

/** A command that takes no arguments. */
export function noArguments(parser: Parser): undefined {
  parser.end();
  return undefined;
}

/** Keeps the argument type between `parse` and `run` and forgets it for the table. */
export function command<A>(definition: Command<A>): Command {
  return definition as unknown as Command;
}
