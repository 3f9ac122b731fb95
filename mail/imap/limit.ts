import { UidSet } from '../account/uidset.ts';
import type { Done } from './command.ts';
import { Numbers } from './numbers.ts';
import type { Session } from './session.ts';

/** What of the messages that a command names it takes. */
export interface Taken {
  readonly uids: UidSet;
  /** The lowest of `uids`, where others have been left out. */
  readonly lowest?: number;
}

/** As many as a command may take, from the highest UID down (RFC 9738 section 3.1). */
export function withinLimit({ messageLimit }: Session, uids: UidSet): Taken {
  if (uids.size <= messageLimit) return { uids };
  const highest = new Numbers(uids).uidsOf(UidSet.range(uids.size - messageLimit + 1, uids.size));
  return { uids: highest, lowest: highest.runs[0]! };
}

export function limitCode({ messageLimit }: Session, lowest?: number): string {
  return `MESSAGELIMIT ${messageLimit}${lowest === undefined ? '' : ` ${lowest}`}`;
}

/** How a command ends that has taken only some of its messages. A code that it ends with anyway keeps its place (RFC 9738 section 3.1). */
export function endingWithin(session: Session, done: Done, lowest: number | undefined): Done {
  if (lowest === undefined) return done;
  const text = `Only the last ${session.messageLimit} messages are done; go on below UID ${lowest}`;
  if (done.code === undefined) return { ...done, code: limitCode(session, lowest), text };
  session.out.line(`* NO [${limitCode(session, lowest)}] ${text}`);
  return done;
}
