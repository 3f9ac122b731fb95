import type { UidSet } from '../../account/uidset.ts';
import { No } from '../errors.ts';
import type { SearchKey } from '../grammar/search.ts';
import { resolve, SAVED } from '../grammar/sequence.ts';
import { limitCode, type Taken, withinLimit } from '../limit.ts';
import type { Session } from '../session.ts';
import type { Known } from './compile.ts';

/** What of the messages that a search has to look at it may look at. It is they that count, not those that match (RFC 9738 section 3.1). */
export function searchable(session: Session, key: SearchKey, known: Known): Taken {
  const { uids, size } = known.numbers;
  return size <= session.messageLimit ? { uids } : withinLimit(session, scopeOf(key, known));
}

/** For searches of which a part says nothing: they are done whole or refused (RFC 9738 section 3.3). */
export function checkSearchable(session: Session, key: SearchKey, known: Known): void {
  if (searchable(session, key, known).lowest !== undefined) {
    throw new No(limitCode(session), `It would look at more than ${session.messageLimit} messages; name fewer`);
  }
}

/** The messages that a search has to look at: those that its sets name, or all. */
function scopeOf(key: SearchKey, known: Known): UidSet {
  const { numbers, saved } = known;
  if (key.key === 'and') {
    return key.keys.reduce((scope, one) => scope.intersection(scopeOf(one, known)), numbers.uids);
  }
  if (key.key !== 'uid' && key.key !== 'sequence') return numbers.uids;
  if (key.set === SAVED) return saved;
  if (key.key === 'uid') return numbers.known(resolve(key.set, numbers.last));
  return numbers.uidsOf(resolve(key.set, numbers.size));
}
