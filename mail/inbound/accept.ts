import { groupRecipients } from '../outbound/recipients.ts';
import type { Blobs, Clock, Queue } from '../ports/index.ts';
import { OutcomeUnknown, TooLarge, Unavailable } from '../ports/index.ts';
import type { InboundJob } from './job.ts';

/** The recipients of one tenant: they share one blob and one job. */
export interface RecipientGroup {
  readonly tenant: string;
  /** Each account once. */
  readonly deliveries: readonly InboundJob['deliveries'][number][];
  /** Each address once. */
  readonly relay: readonly string[];
}

/** A message whose bytes come now or have come, with its envelope. */
export interface Incoming {
  readonly id: string;
  readonly received: number;
  readonly from: string;
  readonly smtputf8: boolean;
  readonly via: InboundJob['via'];
  /** The account that submits it. */
  readonly sender?: string;
  /** At least one. */
  readonly groups: readonly RecipientGroup[];
  /** Whether the bytes hold any beyond ASCII; asked only when all have been read. */
  eightBit(): boolean;
}

/**
 * Takes a message over: when it resolves, the message's bytes and its jobs are durable. Rejects with what the ports threw
 * (nothing is promised then: the client keeps the message), or with the source's own error.
 */
export type Accept = (mail: Incoming, source: Uint8Array | AsyncIterable<Uint8Array>) => Promise<void>;

export interface AcceptDeps {
  readonly blobs: Blobs;
  /** The queue that `deliver` works on. */
  readonly queue: Queue;
  readonly clock: Clock;
}

/**
 * A job whose outcome is not known is sent again for so long, in ms. The client waits 10 minutes for our answer (RFC 5321 section
 * 4.5.3.2.6), and sends the message a second time after a 4xx.
 */
const SETTLE_TIME = 240_000;
/** The waits between double from the first to the longest. */
const SETTLE_WAIT = 50;
const LONGEST_SETTLE_WAIT = 5_000;

/** The way of a message from the wire into the store: blob, then job, then the caller's `250`. */
export function createAccept(deps: AcceptDeps): Accept {
  return async (mail, source) => {
    let first: string | undefined;
    for (const [index, group] of mail.groups.entries()) {
      // Tenants share no blob (design: rule 3). A stream can be read once, so the others get a copy of the first one.
      const bytes = first === undefined || source instanceof Uint8Array ? source : deps.blobs.stream(first);
      // Effects derive their ids from the job's: two jobs of one message must differ.
      const id = index === 0 ? mail.id : `${mail.id}${index + 1}`;
      const owners = group.deliveries.length + groupRecipients(id, group.relay).length;
      const blob = await deps.blobs.put('raw', bytes, { owners });
      first ??= blob.name;
      await hand(deps, jobOf(mail, group, blob, id));
    }
  };
}

function jobOf(
  mail: Incoming,
  group: RecipientGroup,
  blob: { readonly name: string; readonly size: number },
  id: string,
): InboundJob {
  return {
    v: 1,
    id,
    blob: blob.name,
    size: blob.size,
    received: mail.received,
    from: mail.from,
    smtputf8: mail.smtputf8,
    eightBit: mail.eightBit(),
    deliveries: [...group.deliveries],
    relay: [...group.relay],
    via: mail.via,
    ...(mail.sender === undefined ? {} : { sender: mail.sender }),
    tenant: group.tenant,
  };
}

/** Queues the job. Where it surely is not queued, nothing names its blob, which goes again. */
async function hand(deps: AcceptDeps, job: InboundJob): Promise<void> {
  const sent = await sendSettled(deps, job);
  if (sent === undefined) return;
  // Best effort: a program that may not delete, or a store that is away, leaves an orphan.
  if (sent.surelyNot) await deps.blobs.delete(job.blob).catch(() => undefined);
  throw sent.error;
}

/**
 * A job that perhaps was queued is sent again, under the same id, until one is known to be there: the second is a repeat
 * that delivers nothing, while a 4xx would make the client send the message a second time (design: rule 2). Gives why it failed.
 */
async function sendSettled(
  deps: AcceptDeps,
  job: InboundJob,
): Promise<{ readonly error: unknown; readonly surelyNot: boolean } | undefined> {
  const body = JSON.stringify(job);
  const end = deps.clock.now() + SETTLE_TIME;
  let unsettled: unknown;
  for (let attempt = 1; ; attempt++) {
    try {
      await deps.queue.send(body, { group: job.tenant });
      return undefined;
    } catch (error) {
      if (error instanceof OutcomeUnknown) unsettled = error;
      if (unsettled === undefined)
        return { error, surelyNot: error instanceof Unavailable || error instanceof TooLarge };
      if (deps.clock.now() >= end) return { error, surelyNot: false };
      await deps.clock.sleep(Math.min(SETTLE_WAIT * 2 ** (attempt - 1), LONGEST_SETTLE_WAIT));
    }
  }
}
