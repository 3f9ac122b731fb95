import * as z from 'zod';
import type { Trace } from '../../inbound/trace.ts';
import { headerValues } from '../../message/headers.ts';
import type { Attempt } from '../../outbound/attempts.ts';
import type { QueueEntry } from '../../outbound/queue-entry.ts';
import { NotFound } from '../../ports/index.ts';
import { Refused } from '../../refused.ts';
import type { AdminDeps } from '../deps.ts';
import { type Route, route } from '../route.ts';
import { type Part, partOf } from '../visible.ts';
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
    access: 'role',
    query,
    response: z.object({ messages: z.array(filed), sent: z.array(attempt), queue: z.array(publicEntry) }),
    async handle({ deps, who, query }) {
      if (Object.keys(query).length === 0) throw new Refused('invalid', 'Give an id, or from, to or since.');
      const part = await partOf(deps, who);
      const messages = await findFiled(deps, query, part);
      const ids = query.id === undefined ? undefined : new Set([query.id, ...messages.map(({ id }) => id)]);
      const sent = await findSent(deps, query, ids, part);
      return {
        messages,
        sent: sent.map((one) => attempt.parse(one)),
        queue: await findQueued(deps, query, part),
      };
    },
  }),
];

/** Who knows the id asks for that message whenever it came; otherwise the last day is meant. */
function startOf({ id, since }: Question): number | undefined {
  return since ?? (id === undefined ? undefined : 0);
}

function findFiled(deps: AdminDeps, question: Question, part: Part): Promise<Trace[]> {
  const { id, from, to } = question;
  const source = deps.traces.find(given({ id, from, to, since: startOf(question) }));
  return some(source, part.trace, ({ recipients }) => names(to, recipients));
}

function findSent(
  deps: AdminDeps,
  question: Question,
  ids: ReadonlySet<string> | undefined,
  part: Part,
): Promise<Attempt[]> {
  const { from, to } = question;
  const source = deps.attempts.find(given({ ids, from, to, since: startOf(question) }));
  const recipients = ({ outcomes }: Attempt) => outcomes.map(({ recipient }) => recipient);
  return some(source, part.attempt, (found) => names(to, recipients(found)));
}

/** What the caller may see of each; `still`: whether that is an answer yet, so that no question tells of what is left out. */
async function some<T>(
  source: AsyncIterable<T>,
  visible: (one: T) => T | undefined,
  still: (one: T) => boolean,
): Promise<T[]> {
  const found: T[] = [];
  for await (const each of source) {
    const seen = visible(each);
    if (seen !== undefined && still(seen)) found.push(seen);
    if (found.length === MAX_FOUND) break;
  }
  return found;
}

function names(to: string | undefined, recipients: readonly string[]): boolean {
  // A message to very many is kept without its recipients, and then is not found by them.
  return to === undefined || recipients.some((address) => address.toLowerCase() === to.toLowerCase());
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}

async function findQueued(deps: AdminDeps, question: Question, part: Part): Promise<unknown[]> {
  const found: unknown[] = [];
  let after: string | undefined;
  for (let seen = 0; seen < MAX_ENTRIES; ) {
    const page = await deps.queue.list(after === undefined ? {} : { after });
    for (const entry of page.entries) {
      const seen = part.entry(entry);
      if (seen !== undefined && (await matches(deps, seen, question))) found.push(publicEntry.parse(seen));
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
