import type { Account } from '../../account/types.ts';
import type { HttpResponse } from '../../http.ts';
import type { Clock } from '../../ports/index.ts';
import { Changes, pushedTypes } from './changes.ts';

/** Seconds between pings that a client may ask for (RFC 8620 section 7.3: it is told which it got). */
const SHORTEST_PING = 15;
const LONGEST_PING = 60;
/** Something is sent so often, so that a client that has left is noticed, and nobody in between takes the connection for dead. */
const SIGN_OF_LIFE = 60;

/** What a client asked for in the query (RFC 8620 section 7.3). */
export interface EventSourceOptions {
  readonly types: readonly string[];
  readonly closeAfterState: boolean;
  /** Seconds; 0: none. */
  readonly ping: number;
}

/** Reads the query; undefined where it is not what RFC 8620 section 7.3 wants. */
export function eventSourceOptions(query: URLSearchParams): EventSourceOptions | undefined {
  const types = (query.get('types') ?? '').split(',').filter((type) => type !== '');
  const closeAfter = query.get('closeafter') ?? 'no';
  const ping = query.get('ping') ?? '0';
  if (types.length === 0 || (closeAfter !== 'no' && closeAfter !== 'state') || !/^\d{1,9}$/.test(ping))
    return undefined;
  const seconds = Number(ping);
  return {
    types: pushedTypes(types),
    closeAfterState: closeAfter === 'state',
    ping: seconds === 0 ? 0 : Math.min(Math.max(seconds, SHORTEST_PING), LONGEST_PING),
  };
}

/** State changes as server-sent events, until the client leaves or `signal` stops all. */
export function eventSource(
  account: Account,
  options: EventSourceOptions,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): HttpResponse {
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
    body: events(account, options, clock, signal),
  };
}

async function* events(
  account: Account,
  { types, closeAfterState, ping }: EventSourceOptions,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const changes = new Changes(account, types);
  let due: 'news' | 'ping' | undefined;
  let resume: (() => void) | undefined;
  const wake = (why: 'news' | 'ping') => {
    if (due !== 'news') due = why;
    resume?.();
  };
  const onAbort = () => resume?.();
  signal.addEventListener('abort', onAbort);
  changes.onNews(() => wake('news'));
  let stopPing: () => void = () => undefined;
  try {
    yield encode(': here\n\n');
    while (!signal.aborted) {
      stopPing = clock.after((ping === 0 ? SIGN_OF_LIFE : ping) * 1000, () => wake('ping'));
      if (due === undefined) {
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
        resume = undefined;
      }
      stopPing();
      const why = due;
      due = undefined;
      const change = changes.next();
      if (change !== undefined) {
        yield encode(`event: state\ndata: ${JSON.stringify(change)}\n\n`);
        if (closeAfterState) return;
      } else if (why === 'ping')
        yield encode(ping === 0 ? ': here\n\n' : `event: ping\ndata: {"interval":${ping}}\n\n`);
    }
  } finally {
    stopPing();
    changes.close();
    signal.removeEventListener('abort', onAbort);
  }
}

function encode(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}
