import * as z from 'zod';
import { type Blobs, NotFound, queryAll, type Records } from '../ports/index.ts';
import type { QueueEntry } from './queue-entry.ts';
import { groupRecipients } from './recipients.ts';
import { isDone, load } from './store.ts';
import { type SubmitDeps, submit } from './submit.ts';

/**
 * Messages that an account has written, each with its envelope, until the account's log says that they are to be sent. They wait
 * here and not in the queue, because recipients of ours do not go through it. The log decides, and this forgets nothing: what is
 * here twice is sent once, as all ids derive from the letter's.
 */

const LETTER = z.object({
  v: z.literal(1),
  /** Of [a-z2-7]; the message is submitted under it. */
  id: z.string(),
  account: z.string(),
  tenant: z.string(),
  /** Milliseconds since 1970. */
  sendAt: z.number(),
  from: z.string(),
  /** The domain whose routes apply, where `from` says nothing. */
  routing: z.string().optional(),
  recipients: z.array(z.string()),
  smtputf8: z.boolean(),
  eightBit: z.boolean(),
  blob: z.string(),
  size: z.number(),
});
export type Letter = Readonly<z.infer<typeof LETTER>>;
export type NewLetter = Omit<Letter, 'v' | 'eightBit' | 'blob' | 'size'>;

/** What is known of one recipient of a letter that was sent. `reply`: what was said last, as in SMTP. */
export interface LetterStatus {
  readonly delivered: 'queued' | 'no' | 'unknown';
  readonly reply: string;
}

/** Each throws `Unavailable` or `OutcomeUnknown` where the store does not answer, and may be repeated. */
export interface Outbox {
  /** Durable when it resolves; not sent. */
  put(letter: NewLetter, message: AsyncIterable<Uint8Array>): Promise<void>;
  get(letter: Pick<Letter, 'id' | 'sendAt'>): Promise<Letter | undefined>;
  /** Those whose time has come, the oldest first. */
  due(): AsyncGenerator<Letter>;
  /** Hands it to the queue and to `deliver`, and forgets it. */
  send(letter: Letter): Promise<void>;
  /** Forgets it unsent. */
  drop(letter: Letter): Promise<void>;
  /** By recipient. */
  status(letter: Pick<Letter, 'id' | 'recipients'>): Promise<ReadonlyMap<string, LetterStatus>>;
}

const PARTITION = 'outbox';

export interface OutboxDeps extends SubmitDeps {
  readonly blobs: Blobs;
}

export function createOutbox(deps: OutboxDeps): Outbox {
  const { records, blobs, clock } = deps;
  return {
    async put(letter, message) {
      let eightBit = false;
      async function* watched(): AsyncGenerator<Uint8Array> {
        for await (const piece of message) {
          eightBit ||= piece.some((byte) => byte > 0x7f);
          yield piece;
        }
      }
      const owners = groupRecipients(letter.id, letter.recipients).length;
      const { name: blob, size } = await blobs.put('raw', watched(), { owners });
      const body = Buffer.from(JSON.stringify({ v: 1, ...letter, eightBit, blob, size } satisfies Letter));
      await records.put({ pk: PARTITION, sk: keyOf(letter), body }, 'any');
    },

    async get(letter) {
      const item = await records.get(PARTITION, keyOf(letter));
      return item && decode(item.body);
    },

    async *due() {
      for await (const { body } of queryAll(records, { pk: PARTITION, to: time(clock.now() + 1) })) yield decode(body);
    },

    async send(letter) {
      const { id, account, tenant, from, routing, recipients, smtputf8, eightBit, blob, size } = letter;
      const outgoing = {
        id,
        from,
        routing,
        recipients,
        tenant,
        sender: account,
        via: 'submission',
        smtputf8,
        eightBit,
      } as const;
      await submit(deps, { ...outgoing, blob, size });
      await records.delete(PARTITION, keyOf(letter), 'any');
    },

    async drop(letter) {
      // Nobody else can know the blob yet.
      await blobs.delete(letter.blob).catch((error) => {
        if (!(error instanceof NotFound)) throw error;
      });
      await records.delete(PARTITION, keyOf(letter), 'any');
    },

    async status({ id, recipients }) {
      const found = new Map<string, LetterStatus>();
      for (const group of groupRecipients(id, recipients)) {
        const entry = (await load(records, group.id))?.entry;
        const sent = entry === undefined && (await isDone(records, group.id));
        for (const address of group.recipients) {
          found.set(address, entry === undefined ? over(sent) : statusIn(entry, address));
        }
      }
      return found;
    },
  };
}

/** The blobs of all letters, for those who look for blobs that nothing names. */
export async function* blobsOfLetters(records: Records): AsyncGenerator<string> {
  for await (const { body } of queryAll(records, { pk: PARTITION })) yield decode(body).blob;
}

function statusIn({ recipients, failed }: QueueEntry, address: string): LetterStatus {
  const given = failed.find((one) => one.address === address)?.last;
  if (given !== undefined) return { delivered: 'no', reply: replyOf(given) };
  const waiting = recipients.find((one) => one.address === address);
  if (waiting === undefined) return over(true);
  return { delivered: 'queued', reply: waiting.last === undefined ? '250 2.0.0 Queued' : replyOf(waiting.last) };
}

/** Whoever could not be reached was reported to the sender by a message. */
function over(sent: boolean): LetterStatus {
  return { delivered: 'unknown', reply: sent ? '250 2.0.0 Sent' : '250 2.0.0 Handed over' };
}

function replyOf({ code, enhanced, text }: { code: number; enhanced: string; text: string }): string {
  const line = text.replace(/[\x00-\x1f\x7f]+/g, ' ').trim();
  return `${code === 0 ? (enhanced.startsWith('5') ? 550 : 450) : code} ${enhanced} ${line}`;
}

function keyOf({ id, sendAt }: Pick<Letter, 'id' | 'sendAt'>): string {
  return `${time(sendAt)} ${id}`;
}

function time(ms: number): string {
  return String(ms).padStart(15, '0');
}

/** Throws on a version that this release does not know (design: rule 4). */
function decode(body: Uint8Array): Letter {
  return LETTER.parse(JSON.parse(Buffer.from(body).toString()));
}
