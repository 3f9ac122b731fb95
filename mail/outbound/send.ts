import { releaseBlob } from '../blobs/release.ts';
import { isTransient, NotFound, type ReceivedJob, Unavailable } from '../ports/index.ts';
import type { Attempts } from './attempts.ts';
import { createDestinations, type DestinationLimits, type Destinations, destinationOf } from './destinations.ts';
import type { Outcome, WayResult } from './outcome.ts';
import { blobOwner, type QueueEntry, type Stored } from './queue-entry.ts';
import { type ReportDeps, report } from './report.ts';
import { LIFETIME, nextAttempt } from './retry.ts';
import { attempt, type RouteConfig, type RouteDeps } from './route.ts';
import { isDone, load, markDone, remove, replace } from './store.ts';
import { wake, wakeUp } from './wake.ts';

export interface SendDeps extends ReportDeps, RouteDeps {
  readonly directory: ReportDeps['directory'] & RouteDeps['directory'];
  readonly config: SendConfig;
  /** Absent: only the log tells what became of an attempt. */
  readonly attempts?: Pick<Attempts, 'record'>;
}

export interface SendConfig extends RouteConfig {
  /** From submission to giving up. Default: 5 days. Milliseconds, as all of these. */
  readonly lifetime?: number;
  /** How long one attempt may take. Default: 13 minutes (a Lambda has 15). */
  readonly attemptTime?: number;
  /** How long nobody else touches an entry that is being sent; longer than `attemptTime`. Default: 20 minutes. */
  readonly lease?: number;
  readonly destinations?: DestinationLimits;
  /** When it aborts, nothing new is begun, and what no server has answered for yet goes back to the queue at once. */
  readonly stop?: AbortSignal;
}

const MINUTE = 60_000;

/** Handles a batch of wake-up jobs; gives the handles of those that must come again. Never throws. */
export type SendHandler = (jobs: readonly ReceivedJob[]) => Promise<readonly string[]>;

/**
 * The `send` stage: claim the entry, attempt, record, report, clean up. Each step is durable before the next, and each can be repeated:
 * a crash between any two leaves an entry that the next wake-up or the sweeper carries on with. One gap cannot be closed: when
 * we crash after the remote server's 250 and before `markDone` or the record, the message goes out again (SMTP has no
 * transaction with the peer). So nothing is done between those two.
 */
export function createSend(deps: SendDeps): SendHandler {
  const destinations = createDestinations(deps.clock, deps.config.destinations);
  return async (jobs) => {
    const results = await Promise.all(jobs.map((job) => handle(deps, destinations, job)));
    return jobs.filter((_, i) => !results[i]).map((job) => job.handle);
  };
}

/** True: done with this wake-up. */
async function handle(deps: SendDeps, destinations: Destinations, job: ReceivedJob): Promise<boolean> {
  let entry = '';
  try {
    const wakeup = wakeUp.parse(JSON.parse(job.body));
    entry = wakeup.id;
    const stored = await load(deps.records, wakeup.id);
    if (stored !== undefined) await proceed(deps, destinations, stored, wakeup.force ?? false);
    return true;
  } catch (error) {
    // A store that does not answer passes; anything else is a bug or a newer format, and needs a human.
    const level = isTransient(error) ? 'warn' : 'error';
    deps.log[level]('outbound.job-failed', { entry, error: String(error) });
    return false;
  }
}

async function proceed(deps: SendDeps, destinations: Destinations, stored: Stored, force: boolean): Promise<void> {
  const { entry } = stored;
  const now = deps.clock.now();
  switch (entry.state) {
    case 'held':
      return;
    case 'sending':
      // Whoever holds it may have crashed: look again when the lease is over.
      if (entry.until > now) return wake(deps, entry.id, entry.until + 1000, { tenant: entry.tenant });
      break;
    case 'deferred':
      if (entry.until > now) {
        if (entry.failed.length > 0) return settle(deps, stored);
        // A little early: clocks differ. Much too early: somebody else's repeated wake-up, its own is still to come.
        if (entry.until - now < 2 * MINUTE) await wake(deps, entry.id, entry.until, { tenant: entry.tenant });
        return;
      }
      break;
    case 'ending':
      return settle(deps, stored);
    case 'ready':
      break;
  }
  if (deps.config.stop?.aborted) throw stopping();
  const routes = await deps.directory.routes(entry.routing);
  const destination = destinationOf(routes, entry.domain);
  const place = destinations.enter(destination, force);
  if ('wait' in place) {
    const at = now + place.wait + 1000 * deps.random.number();
    return wake(deps, entry.id, at, { force, tenant: entry.tenant });
  }
  try {
    // What an earlier attempt gave up is reported before the claim clears it.
    if (entry.failed.length > 0) await report(deps, entry);
    const claimed = await claim(deps, stored, now);
    if (claimed === undefined) return;
    if (await isDone(deps.records, entry.id)) return await cleanUp(deps, claimed.entry);
    const result = await run(deps, claimed, routes);
    if (result === undefined) return;
    if (result.unreachable) destinations.unreachable(destination);
    else destinations.reached(destination);
    await conclude(deps, claimed, result.outcomes);
  } finally {
    place.leave();
  }
}

function claim(deps: SendDeps, stored: Stored, now: number): Promise<Stored | undefined> {
  const { entry } = stored;
  return replace(deps.records, deps.random, stored, {
    state: 'sending',
    until: now + (deps.config.lease ?? 20 * MINUTE),
    attempts: entry.attempts + 1,
    failed: [],
    reports: entry.reports + (entry.failed.length > 0 ? 1 : 0),
  });
}

/** One attempt within its time. Undefined: the message is gone and the entry waits for a human. */
async function run(
  deps: SendDeps,
  claimed: Stored,
  routes: Parameters<typeof attempt>[2],
): Promise<WayResult | undefined> {
  const abort = new AbortController();
  const stop = deps.clock.after(deps.config.attemptTime ?? 13 * MINUTE, () => abort.abort());
  const ending = deps.config.stop;
  const signal = ending === undefined ? abort.signal : AbortSignal.any([abort.signal, ending]);
  try {
    const result = await attempt(deps, claimed.entry, routes, signal);
    if (ending?.aborted && !result.settled) throw stopping();
    return result;
  } catch (error) {
    const lost = error instanceof NotFound;
    if (lost) deps.log.error('outbound.blob-missing', { entry: claimed.entry.id, blob: claimed.entry.blob });
    // Nothing was sent: give the claim back, so that the repeated job need not wait for the lease.
    await replace(deps.records, deps.random, claimed, {
      state: lost ? 'held' : 'ready',
      until: deps.clock.now(),
      attempts: claimed.entry.attempts - 1,
      ...(lost ? { reason: 'The stored message is missing' } : {}),
    });
    if (lost) return undefined;
    throw error;
  } finally {
    stop();
  }
}

function stopping(): Unavailable {
  return new Unavailable('this process is stopping');
}

async function conclude(deps: SendDeps, claimed: Stored, outcomes: readonly Outcome[]): Promise<void> {
  const { entry } = claimed;
  if (outcomes.every((outcome) => outcome.kind === 'delivered')) {
    await markDone(deps.records, entry.id, deps.clock.now(), deps.clock);
    await Promise.all([trace(deps, entry, outcomes), cleanUp(deps, entry)]);
    return;
  }
  const change = next(deps, entry, outcomes);
  const recorded = await replace(deps.records, deps.random, claimed, change, deps.clock);
  const told = change.state === 'ending' ? outcomes.map(givenUp) : outcomes;
  await Promise.all([trace(deps, entry, told), follow(deps, entry, recorded)]);
}

/** Has it looked at again in time, and reports what was given up. */
async function follow(deps: SendDeps, entry: QueueEntry, recorded: Stored | undefined): Promise<void> {
  if (recorded === undefined) {
    deps.log.warn('outbound.claim-lost', { entry: entry.id });
    return;
  }
  if (recorded.entry.state === 'deferred') {
    await wake(deps, entry.id, recorded.entry.until, { tenant: entry.tenant });
  }
  if (recorded.entry.state === 'ending' || recorded.entry.failed.length > 0) await settle(deps, recorded);
}

/** What the entry becomes: delivered recipients leave it, refused ones are to be reported, the rest comes again. */
function next(deps: SendDeps, entry: QueueEntry, outcomes: readonly Outcome[]): Partial<QueueEntry> {
  const now = deps.clock.now();
  const of = (kind: Outcome['kind']) =>
    outcomes
      .filter((outcome) => outcome.kind === kind)
      .map(({ recipient, verdict }) => ({ address: recipient, last: verdict }));
  const deferred = of('deferred');
  const failed = [...entry.failed, ...of('failed')];
  if (deferred.length === 0) return { recipients: [], failed, state: 'ending', until: now };
  // RFC 5321 section 4.5.3.1.10: the server takes fewer recipients at a time than we gave. The rest can follow at once.
  const tooMany = deferred.length < outcomes.length && deferred.every((one) => one.last.code === 452);
  const again = nextAttempt(entry, now, deps.random, deps.config.lifetime ?? LIFETIME);
  if (again === undefined) return { recipients: [], failed: [...failed, ...deferred], state: 'ending', until: now };
  return { recipients: deferred, failed, state: 'deferred', until: tooMany ? Math.min(again, now + 5000) : again };
}

/** Reports what was given up; then forgets it, or ends the entry. */
async function settle(deps: SendDeps, stored: Stored): Promise<void> {
  const { entry } = stored;
  if (entry.state === 'ending') {
    if (!(await isDone(deps.records, entry.id))) {
      await report(deps, entry);
      await markDone(deps.records, entry.id, deps.clock.now());
    }
    return cleanUp(deps, entry);
  }
  await report(deps, entry);
  // Lost to somebody else: who claimed it has reported the same list under the same id.
  await replace(deps.records, deps.random, stored, { failed: [], reports: entry.reports + 1 });
}

async function cleanUp(deps: SendDeps, entry: QueueEntry): Promise<void> {
  await releaseBlob(deps.records, entry.blob, blobOwner(entry.id), deps.clock.now());
  await remove(deps.records, entry.id);
}

/** Its time is up: nobody tries again. */
function givenUp(outcome: Outcome): Outcome {
  return outcome.kind === 'deferred' ? { ...outcome, kind: 'failed' } : outcome;
}

async function trace(deps: SendDeps, entry: QueueEntry, outcomes: readonly Outcome[]): Promise<void> {
  for (const { recipient, kind, verdict } of outcomes) {
    deps.log.info(`outbound.${kind}`, {
      entry: entry.id,
      job: entry.job,
      recipient,
      status: verdict.enhanced,
      remote: verdict.remote,
      text: verdict.text,
      attempt: entry.attempts,
    });
  }
  await deps.attempts?.record(entry, outcomes);
}
