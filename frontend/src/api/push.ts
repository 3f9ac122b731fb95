import { catchUp, fill, openSession } from './jmap.ts';
import { connected, cut, line } from './line.ts';
import { ApiError, signedFetch } from './session.ts';

export { connected } from './line.ts';

/** State strings by type, as the server tells them (RFC 8620 section 7.1). */
export type States = Readonly<Record<string, string>>;

const watchers = new Set<(states: States) => void>();

/** Hears of changes of some types, in whichever account, while somebody listens. Gives what ends it. */
export function onStatesOf(types: readonly string[], heard: () => void): () => void {
  const hear = (states: States) => {
    if (types.some((type) => type in states)) heard();
  };
  watchers.add(hear);
  return () => watchers.delete(hear);
}

const PING_S = 30;
/** Silence after which the line is taken for dead, in milliseconds. */
const SILENCE_MS = 2.5 * PING_S * 1_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Listens for changes until it is stopped, and begins again whenever the line breaks. By `fetch`, as an EventSource cannot carry an
 * access token. `onStates` hears of the accounts' changes; `onBack` when the line is there again and something may have been missed.
 */
export function listen(onStates: (account: string, states: States) => void, onBack: () => void): () => void {
  const stopping = new AbortController();
  void (async () => {
    // What has changed before anybody listened was missed too.
    let missed = true;
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      try {
        await follow(stopping.signal, onStates, () => {
          connected.value = true;
          failures = 0;
          const after = missed ? onBack : () => undefined;
          missed = false;
          catchUp().then(after, () => undefined);
        });
      } catch (error) {
        if (stopping.signal.aborted) return;
        missed = true;
        // A server that answers is there, though it does not tell of changes.
        if (error instanceof ApiError && error.status !== 0) connected.value = undefined;
        else cut();
      }
      const wait = Math.min(1_000 * 2 ** failures, LONGEST_WAIT_MS);
      await Promise.race([delay(wait * (0.5 + Math.random() / 2)), online(stopping.signal)]);
    }
  })();
  return () => stopping.abort();
}

async function follow(
  stop: AbortSignal,
  onStates: (account: string, states: States) => void,
  onOpen: () => void,
): Promise<void> {
  const { eventSourceUrl } = await openSession();
  const url = fill(eventSourceUrl, { types: '*', closeafter: 'no', ping: String(PING_S) });
  const dead = new AbortController();
  // A stream that stands would not tell for a minute.
  const until = { once: true, signal: AbortSignal.any([stop, dead.signal]) };
  addEventListener('offline', () => dead.abort(), until);
  line.addEventListener('cut', () => dead.abort(), until);
  let timer = setTimeout(() => dead.abort(), SILENCE_MS);
  try {
    const response = await signedFetch(url, { signal: AbortSignal.any([stop, dead.signal]) });
    onOpen();
    const lines = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await lines.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => dead.abort(), SILENCE_MS);
      const events = (text + value).split('\n\n');
      text = events.pop()!;
      for (const event of events) take(event, onStates);
    }
  } finally {
    clearTimeout(timer);
    dead.abort();
  }
}

function take(event: string, onStates: (account: string, states: States) => void): void {
  const fields = event.split('\n');
  if (!fields.includes('event: state')) return;
  const data = fields.filter((line) => line.startsWith('data:')).map((line) => line.slice(5));
  const { changed } = JSON.parse(data.join('\n')) as { changed: Record<string, States> };
  for (const [account, states] of Object.entries(changed)) {
    onStates(account, states);
    for (const hear of watchers) hear(states);
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function online(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    addEventListener('online', () => resolve(), { once: true, signal: stop });
    line.addEventListener('try', () => resolve(), { once: true, signal: stop });
  });
}
