import * as z from 'zod';
import type { Account, State } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { readBody } from '../../http.ts';
import { broken, kept, type Limits } from '../../limits.ts';
import { indexMessage } from '../../message/indexer.ts';
import { summarize } from '../../message/summarize.ts';
import { Refused } from '../../refused.ts';
import { pageOf, pageQuery } from '../../rest/paging.ts';
import { BATCH_LIMIT, BATCH_TYPE, type BatchMessage, parseBatch } from '../batch.ts';
import type { AdminDeps } from '../deps.ts';
import { crlf } from '../line-ends.ts';
import { Raw, type Route, route } from '../route.ts';

/** Blobs written at once. */
const AT_ONCE = 16;

const mailbox = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string().optional(),
  messages: z.number(),
  unseen: z.number(),
  bytes: z.number(),
});

const message = z.object({
  uid: z.number(),
  size: z.number(),
  date: z.number().describe('INTERNALDATE, milliseconds since 1970'),
  flags: z.array(z.string()),
});

/** Who administers a tenant or a domain may file messages, not look at them: the server's administrator may, and it is on record. */
export const mailboxes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/accounts/{address}/mailboxes',
    summary: "List an account's mailboxes",
    access: 'server',
    response: z.object({ items: z.array(mailbox) }),
    async handle({ deps, params }) {
      const { state } = await open(deps, params.address!);
      const items = [...state.mailboxes.values()].map(({ id, name, role, messages, unseen, bytes }) => {
        return { id, name, ...(role === undefined ? {} : { role }), messages, unseen, bytes };
      });
      return { items };
    },
  }),
  route({
    method: 'GET',
    path: '/accounts/{address}/mailboxes/{mailbox}/messages',
    summary: 'List the messages of a mailbox by UID',
    access: 'server',
    query: pageQuery,
    response: pageOf(message),
    async handle({ deps, params, query }) {
      const { state } = await open(deps, params.address!);
      const rows = state.rows(requireMailbox(state, params.mailbox!).id);
      const first = query.after === undefined ? 0 : rows.lowerBound(Number(query.after) + 1);
      const end = Math.min(rows.length, first + query.limit);
      const items = [];
      for (let i = first; i < end; i++) {
        items.push({ uid: rows.uid(i), size: rows.size(i), date: rows.date(i), flags: [...rows.flags(i).list] });
      }
      return { items, ...(end < rows.length ? { next: String(rows.uid(end - 1)) } : {}) };
    },
  }),
  route({
    method: 'GET',
    path: '/accounts/{address}/mailboxes/{mailbox}/messages/{uid}',
    summary: 'Fetch a message as it is stored',
    access: 'server',
    audit: 'message.read',
    answers: 'message/rfc822',
    async handle({ deps, params }) {
      const { account, state } = await open(deps, params.address!);
      const rows = state.rows(requireMailbox(state, params.mailbox!).id);
      const index = rows.find(Number(params.uid));
      const number = index < 0 ? undefined : rows.email(index);
      const email = number === undefined ? undefined : (await account.emails([number])).get(number);
      if (email === undefined) throw new Refused('nonexistent', 'There is no such message.');
      return new Raw({
        status: 200,
        headers: {
          'content-type': 'message/rfc822',
          'content-length': String(email.size),
          'cache-control': 'no-store',
          'content-disposition': 'attachment',
          'x-content-type-options': 'nosniff',
        },
        body: deps.blobs.stream(email.blob),
      });
    },
  }),
  route({
    method: 'POST',
    path: '/accounts/{address}/messages',
    summary: 'File messages into a mailbox, which is made where it is missing',
    access: ({ params }) => ({ address: params.address! }),
    audit: 'message.import',
    query: z.object({ mailbox: z.string().default('INBOX') }),
    bytes: BATCH_TYPE,
    response: z.object({ uids: z.string().describe('As IMAP writes a set'), count: z.number() }),
    status: 201,
    async handle({ deps, params, query, request }) {
      const { account, state, limits } = await open(deps, params.address!);
      const batch = parseBatch(await readBody(request, BATCH_LIMIT));
      checkLimits(
        state,
        batch.map(({ bytes }) => bytes.length),
        limits,
      );
      const uids = await file(deps, account, query.mailbox, batch, limits);
      return { uids: uids.toString(), count: uids.size };
    },
  }),
];

async function open(deps: AdminDeps, address: string): Promise<{ account: Account; state: State; limits: Limits }> {
  const limits = await deps.directory.accounts.get(address);
  const account = await deps.accounts.open(limits.id);
  return { account, state: await account.refresh(), limits };
}

function checkLimits(state: State, sizes: readonly number[], limits: Limits): void {
  const more = { bytes: sizes.reduce((sum, size) => sum + size, 0), messages: sizes.length };
  switch (broken(limits, kept(state), more)) {
    case 'quota':
      throw new Refused(
        'overquota',
        `The account would be over its quota of ${limits.quota} bytes: raise it, or make room.`,
      );
    case 'maxMessages':
      throw new Refused(
        'overquota',
        `The account may keep ${limits.maxMessages} messages: raise maxMessages, or make room.`,
      );
  }
}

function requireMailbox(state: State, id: string) {
  const found = state.mailboxes.get(id);
  if (found === undefined) throw new Refused('nonexistent', 'There is no such mailbox.');
  return found;
}

/** Stores the messages, then files them all with one write, so that a batch is there whole or not at all. */
async function file(
  deps: AdminDeps,
  account: Account,
  name: string,
  batch: readonly BatchMessage[],
  limits: Limits,
): Promise<UidSet> {
  const now = deps.clock.now();
  const stored: {
    blob: string;
    size: number;
    date: number;
    flags: readonly string[];
    summary: ReturnType<typeof summarize>;
  }[] = [];
  for (let first = 0; first < batch.length; first += AT_ONCE) {
    const some = batch.slice(first, first + AT_ONCE).map(async ({ bytes, date, flags }) => {
      const message = crlf(bytes);
      const summary = summarize(indexMessage(message));
      const { name: blob, size } = await deps.blobs.put('raw', message, { owners: 1 });
      const when = Math.min(date ?? summary.sent ?? now, now);
      return { blob, size, date: Math.floor(Math.max(0, when) / 1_000) * 1_000, flags, summary };
    });
    stored.push(...(await Promise.all(some)));
  }
  const sizes = stored.map(({ size }) => size);
  const { result } = await account.write((draft) => {
    checkLimits(draft, sizes, limits);
    let target = draft.mailboxNamed(name);
    if (target === undefined) {
      target = draft.createMailbox(name);
      draft.subscribe(name, true);
    }
    const { id } = target;
    return UidSet.from(stored.map((each) => draft.add({ mailboxes: [id], ...each })!.placements[0]!.uid));
  });
  return result;
}
