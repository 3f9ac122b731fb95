import { UidSet } from '../../account/uidset.ts';
import { command, SELECTED } from '../command.ts';
import { Bad, No } from '../errors.ts';
import type { Numbers } from '../numbers.ts';

/** Below this a client is better served by FETCH itself; a server has to take it and more. */
const MIN_SIZE = 500;

/**
 * UIDBATCHES (draft-ietf-mailmaint-imap-uidbatches-22 section 3): ranges of UIDs, newest first, that part the mailbox into batches of so
 * many messages each, and leave no UID out between them. `UIDBATCHES 2000 1:5` asks for the first five of them.
 */
export const uidBatches = command({
  states: SELECTED,
  uid: true,
  parse(parser) {
    parser.space();
    const size = parser.nonZero('the number of messages of a batch');
    if (!parser.skip(' ')) return { size, first: 1, last: Number.POSITIVE_INFINITY };
    const first = parser.nonZero('the number of the first batch');
    parser.expect(':');
    const last = parser.nonZero('the number of the last batch');
    if (last < first) throw new Bad('Expected the numbers of the first and the last batch in ascending order');
    return { size, first, last };
  },
  run(session, { size, first, last }) {
    if (size < MIN_SIZE) throw new No('TOOFEW', `A batch has at least ${MIN_SIZE} messages`);
    const ranges = batches(session.view.numbers, size, first, last);
    const list = ranges.length === 0 ? '' : ` ${ranges.join(',')}`;
    session.out.line(`* UIDBATCHES (TAG "${session.tag}")${list}`);
  },
});

function batches(numbers: Numbers, size: number, first: number, last: number): string[] {
  const ranges: string[] = [];
  const count = Math.ceil(numbers.size / size);
  for (let batch = first; batch <= Math.min(last, count); batch++) {
    const high = batch === 1 ? numbers.last : lowest(numbers, (batch - 1) * size) - 1;
    ranges.push(`${high}:${batch === count ? 1 : lowest(numbers, batch * size)}`);
  }
  return ranges;
}

/** The UID of the message that so many, itself included, are as new as. */
function lowest(numbers: Numbers, newest: number): number {
  const number = numbers.size - newest + 1;
  return numbers.uidsOf(UidSet.range(number, number)).runs[0]!;
}
