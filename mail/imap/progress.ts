import type { Clock } from '../ports/index.ts';
import type { Output } from './output.ts';

/** RFC 9585 section 4: from 10 to 15 seconds apart. */
const EVERY = 12_000;

/**
 * Commands that may take long before they say anything. FETCH and APPEND are none: their data flows meanwhile, and a response of ours
 * could fall into the middle of a literal.
 */
const LONG: ReadonlySet<string> = new Set(
  ['SEARCH', 'SORT', 'THREAD', 'STORE', 'COPY', 'MOVE', 'EXPUNGE']
    .flatMap((name) => [name, `UID ${name}`])
    .concat('ESEARCH'),
);

/** Tells the client every now and then that a long command is still at work, until what it gives is called. */
export function watchProgress(clock: Clock, out: Output, name: string, tag: string): () => void {
  if (!LONG.has(name)) return () => undefined;
  let stop: () => void;
  const wait = (): void => {
    stop = clock.after(EVERY, () => {
      // How far it has come is not known (RFC 9585 section 5: NIL).
      out.line(`* OK [INPROGRESS ("${tag}" NIL NIL)] Still at work`);
      out.flush()?.catch(() => undefined);
      wait();
    });
  };
  wait();
  return () => stop();
}
