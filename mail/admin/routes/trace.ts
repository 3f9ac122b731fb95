import * as z from 'zod';
import type { Trace } from '../../inbound/trace.ts';
import { headerValues } from '../../message/headers.ts';
import type { Attempt } from '../../outbound/attempts.ts';
import type { QueueEntry } from '../../outbound/queue-entry.ts';
import { NotFound } from '../../ports/index.ts';
import { Refused } from '../../refused.ts';
import type { AdminDeps } from '../deps.ts';
import { type Route, route } from '../route.ts';
import { publicEntry } from './queue.ts';

/** Entries looked at for one question, and of each message at most so much of its header. */
const MAX_ENTRIES = 10_000;
const MAX_FOUND = 100;
const HEADER_BYTES = 32 * 1024;

const query = z.object({
  id: z.string().optional().describe('Queue id, the id of the 250 reply, or a Message-ID'),
  from: z.string().optional(),
  to: z.string().optional(),
  since: z.coerce.number().optional().describe('Milliseconds since 1970'),
});
type Question = z.infer<typeof query>;

const filed = z.object({
  id: z.string(),
  messageId: z.string().optional(),
  from: z.string(),
  recipients: z.array(z.string()),
  received: z.number().describe('Milliseconds since 1970'),
  filed: z.number().describe('Milliseconds since 1970'),
  via: z.string(),
  size: z.number(),
  accounts: z.array(z.string()).describe('Ids of the accounts that it was filed for'),
  relay: z.array(z.string()).describe('Addresses that it was queued for'),
});

const attempt = z.object({
  entry: z.string().describe('Id of the queue entry'),
  job: z.string().describe('Id of the 250 reply'),
  from: z.string(),
  attempt: z.number().describe('Of this entry, from 1'),
  at: z.number().describe('Milliseconds since 1970'),
  outcomes: z.array(
    z.object({
      recipient: z.string(),
      kind: z.enum(['delivered', 'deferred', 'failed']).describe('failed: given up, and reported to the sender'),
      code: z.number().describe('Of the reply; 0: none was given'),
      status: z.string().describe('RFC 3463'),
      text: z.string(),
      remote: z.string().optional().describe('Who said it; absent: we did'),
    }),
  ),
});

export const trace: readonly Route[] = [
  route({
    method: 'GET',
    path: '/trace',
    summary: 'Find messages: what came in, each attempt to send with what other servers said, and what still waits',
    access: 'server',
    query,
    response: z.object({ messages: z.array(filed), sent: z.array(attempt), queue: z.array(publicEntry) }),
    async handle({ deps, query }) {
      if (Object.keys(query).length === 0) throw new Refused('invalid', 'Give an id, or from, to or since.');
      const messages = await findFiled(deps, query);
      const ids = query.id === undefined ? undefined : new Set([query.id, ...messages.map(({ id }) => id)]);
      return { messages, sent: await findSent(deps, query, ids), queue: await findQueued(deps, query) };
    },
  }),
];

/** Who knows the id asks for that message whenever it came; otherwise the last day is meant. */
function startOf({ id, since }: Question): number | undefined {
  return since ?? (id === undefined ? undefined : 0);
}

function findFiled(deps: AdminDeps, question: Question): Promise<Trace[]> {
  const { id, from, to } = question;
  return some(deps.traces.find(given({ id, from, to, since: startOf(question) })));
}

function findSent(deps: AdminDeps, question: Question, ids: ReadonlySet<string> | undefined): Promise<Attempt[]> {
  const { from, to } = question;
  return some(deps.attempts.find(given({ ids, from, to, since: startOf(question) })));
}

async function some<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of source) {
    found.push(each);
    if (found.length === MAX_FOUND) break;
  }
  return found;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}

async function findQueued(deps: AdminDeps, question: Question): Promise<unknown[]> {
  const found: unknown[] = [];
  let after: string | undefined;
  for (let seen = 0; seen < MAX_ENTRIES; ) {
    const page = await deps.queue.list(after === undefined ? {} : { after });
    for (const entry of page.entries) {
      if (await matches(deps, entry, question)) found.push(publicEntry.parse(entry));
      if (found.length === MAX_FOUND) return found;
    }
    seen += page.entries.length;
    after = page.next;
    if (after === undefined) break;
  }
  return found;
}

async function matches(deps: AdminDeps, entry: QueueEntry, { id, from, to, since }: Question): Promise<boolean> {
  if (from !== undefined && entry.from.toLowerCase() !== from.toLowerCase()) return false;
  const addresses = [...entry.recipients, ...entry.failed].map(({ address }) => address.toLowerCase());
  if (to !== undefined && !addresses.includes(to.toLowerCase())) return false;
  if (since !== undefined && entry.arrived < since) return false;
  if (id === undefined || entry.id === id || entry.job === id) return true;
  return id.includes('@') && bare((await messageId(deps, entry)) ?? '') === bare(id);
}

function bare(messageId: string): string {
  return messageId.trim().replace(/^<|>$/g, '');
}

async function messageId(deps: AdminDeps, entry: QueueEntry): Promise<string | undefined> {
  try {
    const start = await deps.blobs.get(entry.blob, { start: 0, end: Math.min(entry.size, HEADER_BYTES) });
    return headerValues(Buffer.from(start), 'message-id')[0];
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
