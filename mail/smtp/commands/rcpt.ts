import type { Resolution } from '../../directory/types.ts';
import { JOB_LIMIT } from '../../ports/queue.ts';
import { pathAndParameters } from '../grammar.ts';
import { isFull } from '../quota.ts';
import { BadCommand, REPLY, type Reply } from '../replies.ts';
import { FAULT, type Group, type Session, type Transaction } from '../session.ts';
import type { Command } from './command.ts';

/** Of a job, for the recipients; the rest is for the envelope. */
const RECIPIENT_BYTES = JOB_LIMIT - 20_000;
/** What a recipient takes in a job besides its names: keys, quotes, commas. */
const OVERHEAD = 60;

/** RCPT TO: one more recipient, or a refusal that the sender's server turns into its own bounce (RFC 5321 section 4.1.1.3). */
export const rcpt: Command = {
  verb: 'RCPT',
  needs: 'sender',
  parse(rest) {
    const { address, nonAscii, parameters } = pathAndParameters(rest, 'TO:', REPLY.badRcpt, REPLY.badRecipient);
    if (parameters.size > 0) throw new BadCommand(REPLY.unknownParameter);
    return (session) => add(session, address, nonAscii);
  },
};

async function add(session: Session, address: string, nonAscii: boolean): Promise<Reply> {
  const transaction = session.transaction!;
  if (nonAscii && !transaction.smtputf8) throw new BadCommand(REPLY.needUtf8);
  if (transaction.recipients.length >= session.limits.recipients) return REPLY.tooManyRecipients;
  let resolution: Resolution;
  try {
    resolution = await session.options.directory.resolve(address);
  } catch (error) {
    return session.failed('RCPT', error);
  }
  switch (resolution.kind) {
    case 'local':
      // The sender's server tries again for days, while the owner may make room.
      if (await isFull(session, transaction.size, resolution)) return REPLY.overQuota;
      // Two jobs of one message could be torn apart by a crash, and the client would send to both again.
      if (session.account !== undefined && resolution.tenant !== session.account.tenant) {
        return addForeign(transaction, address, session.account.tenant);
      }
      if (transaction.groups.size > 0 && !transaction.groups.has(resolution.tenant)) return REPLY.nextTransaction;
      return addLocal(transaction, address, resolution);
    case 'foreign':
      if (session.account === undefined) return refuse(session, REPLY.noRelay);
      return addForeign(transaction, address, session.account.tenant);
    case 'disabled':
      return refuse(session, REPLY.disabled);
    case 'unknown':
      return refuse(session, REPLY.noSuchUser);
  }
}

function refuse(session: Session, reply: Reply): Reply {
  session.faults += FAULT.refusal;
  return reply;
}

function addLocal(
  transaction: Transaction,
  address: string,
  resolution: Extract<Resolution, { kind: 'local' }>,
): Reply {
  let bytes = 0;
  for (const delivery of resolution.deliveries) {
    bytes += delivery.account.length + 3 * (address.length + (delivery.detail?.length ?? 0)) + OVERHEAD;
  }
  for (const target of resolution.relay) bytes += 3 * target.length + OVERHEAD;
  if (transaction.jobBytes + bytes > RECIPIENT_BYTES) return REPLY.tooManyRecipients;
  transaction.jobBytes += bytes;
  const group = groupOf(transaction, resolution.tenant);
  for (const { account, detail } of resolution.deliveries) {
    // Two addresses of one account are one delivery: the first is the one that it came to.
    if (group.deliveries.has(account)) continue;
    group.deliveries.set(account, { account, recipient: address, ...(detail === undefined ? {} : { detail }) });
  }
  for (const target of resolution.relay) group.relay.add(target);
  transaction.recipients.push(address);
  return REPLY.recipientOk;
}

function addForeign(transaction: Transaction, address: string, tenant: string): Reply {
  const bytes = 3 * address.length + OVERHEAD;
  if (transaction.jobBytes + bytes > RECIPIENT_BYTES) return REPLY.tooManyRecipients;
  transaction.jobBytes += bytes;
  groupOf(transaction, tenant).relay.add(address);
  transaction.recipients.push(address);
  return REPLY.recipientOk;
}

function groupOf(transaction: Transaction, tenant: string): Group {
  let group = transaction.groups.get(tenant);
  if (group === undefined) {
    group = { tenant, deliveries: new Map(), relay: new Set() };
    transaction.groups.set(tenant, group);
  }
  return group;
}
