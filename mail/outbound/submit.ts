import { releaseBlob } from '../blobs/release.ts';
import type { Directory } from '../directory/types.ts';
import type { InboundJob } from '../inbound/job.ts';
import type { Blobs, Queue, Random, Records } from '../ports/index.ts';
import { randomName } from '../ports/index.ts';
import { blobOwner, deriveId, type QueueEntry, type Verdict } from './queue-entry.ts';
import { domainOf, type Group, groupRecipients } from './recipients.ts';
import { create } from './store.ts';
import { type WakeDeps, wake } from './wake.ts';

export interface SubmitDeps extends WakeDeps {
  readonly records: Records;
  readonly blobs: Blobs;
  /** The queue of inbound jobs. */
  readonly deliver: Queue;
  readonly directory: Pick<Directory, 'resolve'>;
  readonly random: Random;
  /** Our name, whose routes apply where no sender's domain does. */
  readonly hostname: string;
}

/** What is to be sent, whatever it is stored in. */
export interface Outgoing {
  /** Of the inbound job, or derived from what caused it: the same id is sent once, however often it is submitted (45 days). */
  readonly id: string;
  /** Reverse-path; '' is the null sender. */
  readonly from: string;
  readonly recipients: readonly string[];
  readonly tenant: string;
  /** The account that submitted it. */
  readonly sender?: string | undefined;
  readonly via: InboundJob['via'];
  readonly smtputf8: boolean;
  readonly eightBit: boolean;
  readonly dsn?: InboundJob['dsn'];
  /** The domain of ours whose routes apply. Default: that of `from`, else our own name. */
  readonly routing?: string | undefined;
  /** Queued but not sent before `QueueAdmin.release` (design: rule 6). */
  readonly hold?: string | undefined;
}

export interface Submitted {
  /** Ids of the queue entries. */
  readonly entries: readonly string[];
  /** Whether some recipients were handed to `deliver`. */
  readonly local: boolean;
}

/**
 * The one way out: queues a stored message for its recipients. Those elsewhere get queue entries, those here (an address can have become
 * ours since it was checked) one inbound job. Resolves when all of it is durable. Throws `Unavailable` or `OutcomeUnknown`:
 * call it again with the same arguments. Repeating it at any time is harmless.
 *
 * The blob must have been written with one owner for each of `groupRecipients(id, recipients)`. Local deliveries are not
 * counted: they get a copy with owners of its own.
 */
export async function submit(
  deps: SubmitDeps,
  outgoing: Outgoing & { readonly blob: string; readonly size: number },
): Promise<Submitted> {
  const groups = groupRecipients(outgoing.id, outgoing.recipients);
  const { remote, refused, local } = await sortOut(deps, outgoing.recipients);
  await handOver(deps, outgoing, local, () => deps.blobs.stream(outgoing.blob));
  const entries: string[] = [];
  for (const group of groups) {
    if (await enqueue(deps, outgoing, outgoing, group, remote, refused)) entries.push(group.id);
    // Everybody in it turned out to be local: the entry that was counted as an owner will never be.
    else await releaseBlob(deps.records, outgoing.blob, blobOwner(group.id), deps.clock.now());
  }
  return { entries, local: local.size > 0 };
}

/** As `submit`, for a message made here (DSN, auto-reply): stores it with as many owners as it needs. */
export async function submitBytes(deps: SubmitDeps, outgoing: Outgoing, bytes: Uint8Array): Promise<Submitted> {
  const groups = groupRecipients(outgoing.id, outgoing.recipients);
  const { remote, refused, local } = await sortOut(deps, outgoing.recipients);
  const wanted = groups.filter((group) => group.recipients.some((one) => remote.has(one) || refused.has(one)));
  await handOver(deps, outgoing, local, () => bytes);
  if (wanted.length > 0) {
    const { name, size } = await deps.blobs.put('raw', bytes, { owners: wanted.length });
    for (const group of wanted) await enqueue(deps, outgoing, { blob: name, size }, group, remote, refused);
  }
  return { entries: wanted.map((group) => group.id), local: local.size > 0 };
}

interface Sorted {
  /** To be sent by us. */
  readonly remote: ReadonlySet<string>;
  /** In a domain of ours and not there. */
  readonly refused: ReadonlyMap<string, Pick<Verdict, 'enhanced' | 'text'>>;
  /** To be filed here, by tenant: tenants share no blob (design: rule 3). */
  readonly local: ReadonlyMap<string, Local>;
}

interface Local {
  readonly deliveries: InboundJob['deliveries'];
  readonly relay: Set<string>;
}

async function sortOut(deps: SubmitDeps, recipients: readonly string[]): Promise<Sorted> {
  const remote = new Set<string>();
  const refused = new Map<string, Pick<Verdict, 'enhanced' | 'text'>>();
  const local = new Map<string, Local>();
  for (const recipient of new Set(recipients)) {
    const found = await deps.directory.resolve(recipient);
    if (found.kind === 'foreign') remote.add(recipient);
    else if (found.kind === 'unknown') {
      refused.set(recipient, { enhanced: '5.1.1', text: 'There is no such address here' });
    } else if (found.kind === 'disabled') {
      refused.set(recipient, { enhanced: '5.2.1', text: 'The account is switched off' });
    } else {
      const { deliveries, relay } = local.get(found.tenant) ?? { deliveries: [], relay: new Set() };
      local.set(found.tenant, { deliveries, relay });
      for (const delivery of found.deliveries) {
        if (!deliveries.some((one) => one.account === delivery.account)) deliveries.push({ ...delivery, recipient });
      }
      for (const target of found.relay) relay.add(target);
    }
  }
  return { remote, refused, local };
}

function accountsOf(deliveries: InboundJob['deliveries']): number {
  return new Set(deliveries.map((delivery) => delivery.account)).size;
}

/** One job for each tenant, with its own copy of the bytes. */
async function handOver(
  deps: SubmitDeps,
  outgoing: Outgoing,
  local: Sorted['local'],
  bytes: () => Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  for (const [tenant, { deliveries, relay }] of local) {
    const own = tenant === outgoing.tenant;
    const id = deriveId(outgoing.id, 'local', ...(own ? [] : [tenant]));
    const { name, size } = await deps.blobs.put('raw', bytes(), {
      owners: accountsOf(deliveries) + groupRecipients(id, [...relay]).length,
    });
    const job: InboundJob = {
      v: 1,
      id,
      blob: name,
      size,
      received: deps.clock.now(),
      from: outgoing.from,
      smtputf8: outgoing.smtputf8,
      eightBit: outgoing.eightBit,
      deliveries,
      relay: [...relay],
      via: outgoing.via,
      sender: outgoing.sender,
      tenant,
      dsn: outgoing.dsn,
    };
    await deps.deliver.send(JSON.stringify(job), { group: tenant });
  }
}

/** Makes the entry of one group, unless it has nobody to send to. */
async function enqueue(
  deps: SubmitDeps,
  outgoing: Outgoing,
  blob: { readonly blob: string; readonly size: number },
  group: Group,
  remote: Sorted['remote'],
  refused: Sorted['refused'],
): Promise<boolean> {
  const now = deps.clock.now();
  const recipients = group.recipients.filter((address) => remote.has(address)).map((address) => ({ address }));
  const failed = group.recipients.flatMap((address) => {
    const why = refused.get(address);
    return why === undefined ? [] : [{ address, last: { code: 0, at: now, ...why } }];
  });
  if (recipients.length + failed.length === 0) return false;
  const entry: QueueEntry = {
    v: 1,
    id: group.id,
    job: outgoing.id,
    blob: blob.blob,
    size: blob.size,
    from: outgoing.from,
    domain: group.domain,
    routing: outgoing.routing ?? (domainOf(outgoing.from) || deps.hostname),
    tenant: outgoing.tenant,
    sender: outgoing.sender,
    via: outgoing.via,
    smtputf8: outgoing.smtputf8,
    eightBit: outgoing.eightBit,
    dsn: outgoing.dsn,
    arrived: now,
    recipients,
    failed,
    reports: 0,
    state: outgoing.hold !== undefined ? 'held' : recipients.length > 0 ? 'ready' : 'ending',
    until: now,
    reason: outgoing.hold,
    attempts: 0,
    writer: randomName(deps.random, 16),
  };
  const created = await create(deps.records, entry);
  if (created) deps.log.info('outbound.queued', { entry: entry.id, job: entry.job, domain: entry.domain });
  if (entry.state !== 'held') await wake(deps, entry.id, now, { tenant: entry.tenant });
  return true;
}
