import { Buffer, isAscii } from 'node:buffer';
import type { Incoming, RecipientGroup } from '../inbound/accept.ts';
import { OutcomeUnknown, randomName, TooLarge, Unavailable, WireClosed, WireTimeout } from '../ports/index.ts';
import { DataDecoder } from './data.ts';
import { REPLY, type Reply } from './replies.ts';
import type { Session, Transaction } from './session.ts';
import { headerFacts, mailDate, traceHeader } from './trace.ts';

/** Messages up to this size are put together in memory; what is longer goes to the store as it comes. */
const WHOLE = 128 * 1024;
/** What is read beyond twice the size limit of a message that is refused, before the client is cut off. */
const DRAIN = 16 * 1024 * 1024;
const ID_LENGTH = 16;
/** RFC 5321 section 6.3: at least 100. */
const MAX_RECEIVED = 100;

/** The client's bytes cannot be taken; thrown into the store's `put`, so that it keeps nothing. */
class DataRefused extends Error {}

/** Reads the message after DATA and hands it over. The reply is given when it is ours, durably, or is refused. */
export async function receive(session: Session): Promise<Reply> {
  await session.wire.write(REPLY.startData);
  const transaction = session.transaction!;
  // Whatever becomes of it, the transaction ends with the data (RFC 5321 section 4.1.1.4).
  session.transaction = undefined;
  const incoming = new IncomingData(session);
  await incoming.readBeginning();
  const beginning = incoming.beginning;
  const facts = headerFacts(beginning.toString('latin1', 0, headerEnd(beginning)));
  const refused = facts.received > MAX_RECEIVED ? REPLY.loop : incoming.refusal();
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

const NOTHING = Buffer.alloc(0);

/** The message as it comes off the wire, dot stuffing removed. */
class IncomingData {
  readonly #session: Session;
  readonly #decoder = new DataDecoder();
  #memory: Buffer = NOTHING;
  #kept = 0;
  #size = 0;
  eightBit = false;

  constructor(session: Session) {
    this.#session = session;
  }

  get done(): boolean {
    return this.#decoder.done;
  }

  /** What `readBeginning` has read. */
  get beginning(): Buffer {
    return this.#memory.subarray(0, this.#kept);
  }

  /** Why the message cannot be taken, as far as its bytes have come. */
  refusal(): Reply | undefined {
    if (this.#decoder.bare) return REPLY.bareInData;
    if (this.#size > this.#session.limits.size) return REPLY.tooLarge(this.#session.limits.size);
    return undefined;
  }

  /** Reads the whole message, or as much as is kept in memory of a long one. */
  async readBeginning(): Promise<void> {
    while (!this.done && this.#kept <= WHOLE && this.refusal() === undefined) await this.#next(this.#keep);
  }

  /** The trace header, what was kept, then the rest as it comes. Throws when the message must be refused. */
  async *all(header: Buffer): AsyncGenerator<Uint8Array, void, void> {
    yield Buffer.concat([header, this.beginning]);
    this.#memory = NOTHING;
    this.#kept = 0;
    while (!this.done) {
      const pieces: Buffer[] = [];
      await this.#next((piece) => pieces.push(piece));
      if (this.refusal() !== undefined) throw new DataRefused('refused');
      if (pieces.length > 0) yield pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    }
  }

  /** Reads to the end and keeps nothing. A client that does not come to an end is cut off after the reply. */
  async drain(): Promise<void> {
    const enough = 2 * this.#session.limits.size + DRAIN;
    while (!this.done && this.#size <= enough) await this.#next(ignore);
    if (!this.done) this.#session.closing = true;
  }

  /** Decodes what has arrived, or what comes next. */
  async #next(sink: (piece: Buffer) => void): Promise<void> {
    const { reader } = this.#session;
    if (reader.buffered === 0 && !(await reader.fill())) throw new WireClosed('closed within a message');
    reader.skip(
      this.#decoder.push(reader.peek(), (piece) => {
        this.#size += piece.length;
        if (!this.eightBit && !isAscii(piece)) this.eightBit = true;
        sink(piece);
      }),
    );
  }

  readonly #keep = (piece: Buffer): void => {
    if (this.#kept === 0) {
      // Most messages come in one piece, which need not be copied.
      this.#memory = piece;
      this.#kept = piece.length;
      return;
    }
    const length = this.#kept + piece.length;
    if (length > this.#memory.length) {
      const memory = Buffer.allocUnsafe(2 * length);
      this.#memory.copy(memory, 0, 0, this.#kept);
      this.#memory = memory;
    }
    piece.copy(this.#memory, this.#kept);
    this.#kept = length;
  };
}

function ignore(): void {}

function headerEnd(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n');
  return end < 0 ? bytes.length : end + 4;
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
function missingFields(
  facts: { readonly date: boolean; readonly messageId: boolean },
  id: string,
  hostname: string,
  received: number,
): string {
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
