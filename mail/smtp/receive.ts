import { Buffer } from 'node:buffer';
import type { Incoming, RecipientGroup } from '../inbound/accept.ts';
import { OutcomeUnknown, randomName, TooLarge, Unavailable, WireClosed, WireTimeout } from '../ports/index.ts';
import { mayWriteFrom } from './from.ts';
import { IncomingData } from './incoming.ts';
import { REPLY, type Reply } from './replies.ts';
import type { Session, Transaction } from './session.ts';
import { type HeaderFacts, headerFacts, mailDate, traceHeader } from './trace.ts';

const ID_LENGTH = 16;
/** RFC 5321 section 6.3: at least 100. */
const MAX_RECEIVED = 100;

/** Reads the message after DATA and hands it over. The reply is given when it is ours, durably, or is refused. */
export async function receive(session: Session): Promise<Reply> {
  await session.wire.write(REPLY.startData);
  const transaction = session.transaction!;
  // Whatever becomes of it, the transaction ends with the data (RFC 5321 section 4.1.1.4).
  session.transaction = undefined;
  const incoming = new IncomingData(session);
  // What a user submits has its header checked and completed, so that must be there whole.
  await incoming.readBeginning({ header: session.submission });
  const { beginning } = incoming;
  const facts = headerFacts(incoming.header.toString('latin1'));
  const refused = incoming.refusal() ?? (await refusalOf(session, facts, incoming.header));
  if (refused !== undefined) {
    await incoming.drain();
    return incoming.refusal() ?? refused;
  }
  const received = session.options.clock.now();
  const id = randomName(session.options.random, ID_LENGTH);
  const header = Buffer.from(
    trace(session, transaction, id, received) +
      (session.submission ? missingFields(facts, id, session.options.hostname, received) : ''),
  );
  const mail: Incoming = {
    id,
    received,
    from: transaction.from,
    smtputf8: transaction.smtputf8,
    via: session.options.profile,
    ...(session.account === undefined ? {} : { sender: session.account.id }),
    groups: groupsOf(transaction),
    eightBit: () => incoming.eightBit,
  };
  try {
    await session.options.accept(
      mail,
      incoming.done ? Buffer.concat([header, beginning], header.length + beginning.length) : incoming.all(header),
    );
  } catch (error) {
    if (error instanceof WireClosed || error instanceof WireTimeout) throw error;
    // The client sends on until its end, and reads the reply only then.
    await incoming.drain();
    const refusal = incoming.refusal();
    if (refusal !== undefined) return refusal;
    if (error instanceof TooLarge) return REPLY.tooLarge(session.limits.size);
    if (!(error instanceof Unavailable || error instanceof OutcomeUnknown)) return session.failed('DATA', error);
    session.options.log.warn('smtp.notAccepted', { id, error: error.message });
    return REPLY.unavailable;
  }
  session.faults = 0;
  session.options.log.debug('smtp.accepted', { id, from: transaction.from, recipients: transaction.recipients.length });
  return `250 2.0.0 Ok: queued as ${id}\r\n`;
}

/** Why the message cannot be taken, by its header. */
async function refusalOf(session: Session, facts: HeaderFacts, header: Buffer): Promise<Reply | undefined> {
  if (facts.received > MAX_RECEIVED) return REPLY.loop;
  if (session.account === undefined) return undefined;
  try {
    return (await mayWriteFrom(session, session.account, header)) ? undefined : REPLY.fromNotYours;
  } catch (error) {
    return session.failed('DATA', error);
  }
}

function trace(session: Session, transaction: Transaction, id: string, received: number): string {
  const leaves = [...transaction.groups.values()].some((group) => group.relay.size > 0);
  return traceHeader({
    id,
    hostname: session.options.hostname,
    hello: session.hello!.name,
    extended: session.hello!.extended,
    address: session.wire.peer.address,
    cipher: session.wire.tls?.cipher,
    authenticated: session.account !== undefined,
    smtputf8: transaction.smtputf8,
    from: transaction.from,
    recipient: transaction.recipients.length === 1 ? transaction.recipients[0] : undefined,
    returnPath: !leaves,
    received,
  });
}

/** RFC 6409 section 8: a submission server may add Date and Message-ID; the bytes that came stay as they are. */
function missingFields(facts: HeaderFacts, id: string, hostname: string, received: number): string {
  return (
    (facts.date ? '' : `Date: ${mailDate(received)}\r\n`) +
    (facts.messageId ? '' : `Message-ID: <${id}@${hostname}>\r\n`)
  );
}

function groupsOf(transaction: Transaction): RecipientGroup[] {
  return Array.from(transaction.groups.values(), (group) => ({
    tenant: group.tenant,
    deliveries: [...group.deliveries.values()],
    relay: [...group.relay],
  }));
}
