import type { Account, State } from '../account/types.ts';
import type { Directory } from '../directory/types.ts';
import { indexMessage, MessageIndexer, type Summary, summarize } from '../message/index.ts';
import { isTransient, NotFound, type ReceivedJob, type Wakeups } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { concurrently } from './concurrently.ts';
import { type InboundJob, inboundJob } from './job.ts';
import { type ParkDeps, park } from './parked.ts';
import type { Traces } from './trace.ts';

/** A message and its envelope for `mail/outbound/submit`. */
export type Relayed = Readonly<
  Pick<InboundJob, 'id' | 'from' | 'tenant' | 'sender' | 'via' | 'smtputf8' | 'eightBit' | 'dsn' | 'blob' | 'size'>
> & { readonly recipients: readonly string[] };

export interface DeliverDeps extends ParkDeps {
  readonly accounts: { openToAppend(id: string): Promise<Account> };
  readonly directory: Pick<Directory, 'account'>;
  /** `submit` of mail/outbound: idempotent by id. */
  readonly submit: (message: Relayed) => Promise<unknown>;
  readonly wakeups: Wakeups;
  /** Absent: no traces are kept. */
  readonly traces?: Traces;
  /** Answers for whoever is away; called again with the same where a job repeats. Absent: nobody is answered. */
  readonly answer?: (filed: Filed) => Promise<void>;
}

/** A message that an account has, and what the account says then. */
export interface Filed {
  readonly account: string;
  readonly state: State;
  readonly job: InboundJob;
  readonly summary: Summary;
}

/** Carries out a batch of jobs; gives the handles of those that must come again. Never rejects. */
export type Deliver = (jobs: readonly ReceivedJob[]) => Promise<readonly string[]>;

/** How long an account remembers what it was delivered (design: rule 6). An older job could be filed twice. */
const REMEMBERED = 45 * 86_400_000;
/** A job that failed so often for a reason that does not pass is for a human. */
const TRIES = 5;
/**
 * Its accounts were there when it was accepted. Within this time they are not looked up again: a message that comes so soon
 * after an account was removed is one that came just before, and went with it.
 */
const TRUSTED = 60_000;
/** A message up to this size is read at once. */
const WHOLE = 1 << 20;
const READERS = 8;
const WRITERS = 16;

/** One job on its way through the batch. */
interface Work {
  readonly received: ReceivedJob;
  readonly job: InboundJob;
  summary: Summary | undefined;
  /** Why it must come again. */
  error: unknown;
}

/** One message for one account. */
interface Delivery {
  readonly work: Work;
  readonly to: InboundJob['deliveries'][number];
}

/**
 * Makes the handler of the `deliver` queue: each message is read and indexed once, each account is written once a batch, and
 * what goes on is submitted. However often a job repeats, a message is filed once per account and sent once.
 */
export function createDeliver(deps: DeliverDeps): Deliver {
  return async (jobs) => {
    const failed = new Set<string>();
    const works: Work[] = [];
    await concurrently(jobs, READERS, async (received) => {
      const job = readJob(received.body, deps.clock.now());
      if (typeof job === 'string') {
        if (!(await parked(deps, received, job))) failed.add(received.handle);
        return;
      }
      const work: Work = { received, job, summary: undefined, error: undefined };
      works.push(work);
      await prepare(deps, work);
    });
    await concurrently([...byAccount(works)], WRITERS, ([account, deliveries]) => file(deps, account, deliveries));
    await concurrently(works, READERS, (work) => relay(deps, work));
    for (const work of works) {
      if (work.error !== undefined && !(await givenUp(deps, work))) failed.add(work.received.handle);
    }
    await deps.traces?.record(works.filter((work) => work.error === undefined).map((work) => traceOf(deps, work)));
    return [...failed];
  };
}

/** The job, or why it can never be carried out. */
function readJob(body: string, now: number): InboundJob | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 'The job is not JSON.';
  }
  const parsed = inboundJob.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return `The job has a form that this version does not know: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
  }
  if (parsed.data.received < now - REMEMBERED)
    return 'The job is older than 45 days: it may have been delivered before.';
  return parsed.data;
}

async function parked(deps: DeliverDeps, received: ReceivedJob, reason: string): Promise<boolean> {
  try {
    await park(deps, received.body, reason);
    return true;
  } catch (error) {
    deps.log.warn('deliver.notParked', { reason, error: (error as Error).message });
    return false;
  }
}

/** Whether a job that failed is parked rather than tried again. */
async function givenUp(deps: DeliverDeps, work: Work): Promise<boolean> {
  const { error, received, job } = work;
  const passing = isTransient(error) || (error instanceof Refused && error.temporary);
  const text = error instanceof Error ? error.message : String(error);
  deps.log.warn('deliver.failed', { id: job.id, attempt: received.attempt, passing, error: text });
  if (passing || received.attempt < TRIES) return false;
  return parked(deps, received, `It failed ${received.attempt} times: ${text}`);
}

/** Reads the message and indexes it, if it is to be filed anywhere. */
async function prepare(deps: DeliverDeps, work: Work): Promise<void> {
  const { job } = work;
  if (job.deliveries.length === 0) return;
  try {
    if (job.size <= WHOLE) work.summary = summarize(indexMessage(await deps.blobs.get(job.blob)));
    else {
      const indexer = new MessageIndexer();
      for await (const chunk of deps.blobs.stream(job.blob)) indexer.push(chunk);
      work.summary = summarize(indexer.finish());
    }
  } catch (error) {
    // A late repeat may find the message delivered, expunged and its blob gone.
    if (error instanceof NotFound && (await filedEverywhere(deps, job))) return;
    work.error = error;
  }
}

async function filedEverywhere(deps: DeliverDeps, job: InboundJob): Promise<boolean> {
  try {
    for (const { account } of job.deliveries) {
      if ((await deps.directory.account(account)) === undefined) continue;
      const state = await (await deps.accounts.openToAppend(account)).refresh();
      if (!state.delivered(job.id)) return false;
    }
    return true;
  } catch {
    return false;
  }
}

function byAccount(works: readonly Work[]): Map<string, Delivery[]> {
  const groups = new Map<string, Delivery[]>();
  for (const work of works) {
    if (work.summary === undefined) continue;
    for (const to of work.job.deliveries) {
      const group = groups.get(to.account);
      if (group === undefined) groups.set(to.account, [{ work, to }]);
      else group.push({ work, to });
    }
  }
  return groups;
}

/** Files an account's messages of the batch with one write; marks the works that must come again. */
async function file(deps: DeliverDeps, id: string, deliveries: readonly Delivery[]): Promise<void> {
  try {
    if (!(await isThere(deps, id, deliveries))) {
      for (const delivery of deliveries) await returnToSender(deps, delivery);
      return;
    }
    const state = await append(deps, id, deliveries);
    for (const delivery of deliveries) await answer(deps, id, state, delivery);
  } catch (error) {
    if (deliveries.length === 1 || isTransient(error) || (error instanceof Refused && error.temporary)) {
      for (const { work } of deliveries) work.error = error;
      return;
    }
    // One message that cannot be filed must not keep the others out.
    for (const delivery of deliveries) await file(deps, id, [delivery]);
  }
}

async function isThere(deps: DeliverDeps, id: string, deliveries: readonly Delivery[]): Promise<boolean> {
  const since = deps.clock.now() - TRUSTED;
  if (deliveries.every(({ work }) => work.job.received > since)) return true;
  return (await deps.directory.account(id)) !== undefined;
}

async function append(deps: DeliverDeps, id: string, deliveries: readonly Delivery[]): Promise<State> {
  const account = await deps.accounts.openToAppend(id);
  const {
    result: repeated,
    state,
    seq,
  } = await account.write((draft) => {
    let again = false;
    const inbox = draft.mailboxNamed('INBOX') ?? draft.createMailbox('INBOX', 'inbox');
    for (const { work } of deliveries) {
      const added = draft.add({
        mailboxes: [inbox.id],
        blob: work.job.blob,
        size: work.job.size,
        date: work.job.received,
        flags: [],
        summary: work.summary!,
        delivery: work.job.id,
      });
      if (added === undefined) again = true;
    }
    return again;
  });
  // An append wakes whoever listens. The process that made it may have died before that (design: rule 14).
  if (repeated) await deps.wakeups.publish(id, seq);
  return state;
}

/** What cannot be answered is filed all the same: only a fault that passes has the job come again. */
async function answer(deps: DeliverDeps, account: string, state: State, { work }: Delivery): Promise<void> {
  const { job, summary } = work;
  try {
    await deps.answer?.({ account, state, job, summary: summary! });
  } catch (error) {
    if (isTransient(error) || (error instanceof Refused && error.temporary)) work.error = error;
    else deps.log.error('deliver.notAnswered', { id: job.id, account, error: String(error) });
  }
}

/**
 * The account went away after its address was accepted. Submitting the message to that address again finds whoever has it now,
 * or fails there and tells the sender. The queue entry takes the account's place among the blob's owners.
 */
async function returnToSender(deps: DeliverDeps, { work, to }: Delivery): Promise<void> {
  const { job } = work;
  await deps.submit({ ...envelope(job), id: `${job.id}-${to.account}`, recipients: [to.recipient] });
  deps.log.info('deliver.accountGone', { id: job.id, account: to.account });
}

async function relay(deps: DeliverDeps, work: Work): Promise<void> {
  if (work.job.relay.length === 0) return;
  try {
    await deps.submit({ ...envelope(work.job), recipients: work.job.relay });
  } catch (error) {
    work.error ??= error;
  }
}

function envelope(job: InboundJob): Omit<Relayed, 'recipients'> {
  const { id, from, tenant, sender, via, smtputf8, eightBit, dsn, blob, size } = job;
  return { id, from, tenant, sender, via, smtputf8, eightBit, dsn, blob, size };
}

function traceOf(deps: DeliverDeps, { job, summary }: Work): Parameters<Traces['record']>[0][number] {
  return {
    id: job.id,
    ...(summary?.messageId === undefined ? {} : { messageId: summary.messageId }),
    from: job.from,
    recipients: [...new Set([...job.deliveries.map((one) => one.recipient), ...job.relay])],
    received: job.received,
    filed: deps.clock.now(),
    via: job.via,
    size: job.size,
    accounts: job.deliveries.map((one) => one.account),
    relay: job.relay,
  };
}
