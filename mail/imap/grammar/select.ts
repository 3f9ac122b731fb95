import type { UidSet } from '../../account/uidset.ts';
import { Bad } from '../errors.ts';
import { modSequence } from './modseq.ts';
import type { Parser } from './parser.ts';
import { resolve, SAVED, sequenceSet } from './sequence.ts';

/** What a client that comes back knows of the mailbox (RFC 7162 section 3.2.5). */
export interface Known {
  readonly uidvalidity: number;
  readonly modseq: number;
  readonly uids: UidSet | undefined;
  /** Some sequence numbers and the UIDs that belong to them, both ascending. */
  readonly match: { readonly numbers: UidSet; readonly uids: UidSet } | undefined;
}

export interface SelectParams {
  readonly condstore: boolean;
  readonly known: Known | undefined;
}

/** ` (CONDSTORE)`, ` (QRESYNC (...))`, both, or nothing (RFC 4466 section 2.1). */
export function selectParams(parser: Parser): SelectParams {
  let condstore = false;
  let known: Known | undefined;
  if (parser.skip(' ')) {
    parser.list(
      () => {
        const start = parser.pos;
        const name = parser.keyword('CONDSTORE or QRESYNC');
        if (name === 'CONDSTORE') condstore = true;
        else if (name === 'QRESYNC' && known === undefined) {
          parser.space();
          known = qresync(parser);
        } else {
          parser.pos = start;
          parser.fail('CONDSTORE or QRESYNC, each once');
        }
      },
      { what: 'CONDSTORE or QRESYNC in parentheses' },
    );
  }
  return { condstore, known };
}

function qresync(parser: Parser): Known {
  parser.expect('(');
  const uidvalidity = parser.nonZero('the last known UIDVALIDITY');
  parser.space();
  const modseq = modSequence(parser);
  let uids: UidSet | undefined;
  let match: Known['match'];
  if (parser.skip(' ')) {
    if (parser.peek() !== '(') uids = plainSet(parser);
    if (uids === undefined || parser.skip(' ')) match = matchData(parser);
  }
  parser.expect(')');
  return { uidvalidity, modseq, uids, match };
}

function matchData(parser: Parser): Known['match'] {
  parser.expect('(', 'sequence numbers and their UIDs in parentheses');
  const numbers = plainSet(parser);
  parser.space();
  const uids = plainSet(parser);
  parser.expect(')');
  if (numbers.size !== uids.size) throw new Bad('Expected as many UIDs as sequence numbers');
  return { numbers, uids };
}

/** A set in which * is not allowed. */
export function plainSet(parser: Parser): UidSet {
  const set = sequenceSet(parser);
  if (set === SAVED) throw new Bad('Expected numbers: $ has no meaning here');
  if (set.flat().includes(Number.POSITIVE_INFINITY)) throw new Bad('Expected numbers: * has no meaning here');
  return resolve(set, 1);
}
