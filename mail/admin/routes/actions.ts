import * as z from 'zod';
import type { State } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { formatAddress, parseAddress, requireAddress } from '../../directory/address.ts';
import { readBody } from '../../http.ts';
import { Refused } from '../../refused.ts';
import { pageQuery, takePage } from '../../rest/paging.ts';
import { problemOf } from '../../rest/problem.ts';
import type { AdminDeps } from '../deps.ts';
import { crlf } from '../line-ends.ts';
import { type Route, route } from '../route.ts';
import { acceptMessage, readHeader } from './send.ts';

/** Recipients of one job: it has 1 MB. */
const MAX_RECIPIENTS = 1_000;

const cleaning = z.object({
  mailbox: z.string().describe('Its name'),
  before: z.coerce.number().min(0).describe('Milliseconds since 1970: only messages that came before'),
  unseen: z.enum(['true', 'false']).default('false').describe('true: those too that nobody has read'),
  flagged: z.enum(['true', 'false']).default('false').describe('true: those too that are flagged'),
  dryRun: z.enum(['true', 'false']).default('false').describe('true: they are counted only'),
});

/** What is done to many at once. */
export const actions: readonly Route[] = [
  route({
    method: 'POST',
    path: '/domains/{domain}/message',
    summary: 'Send a message to every account of a domain that is switched on, each once; its sender is of that domain',
    access: ({ params }) => ({ domain: params.domain! }),
    audit: 'domain.message',
    query: z.object({ from: z.string().optional().describe("Envelope sender. Default: the message's From") }),
    bytes: 'message/rfc822',
    response: z.object({
      recipients: z.number(),
      ids: z.array(z.string()).describe('Of the messages that were queued'),
    }),
    status: 202,
    async handle({ deps, params, query, request }) {
      const { domain, tenant } = await deps.directory.domains.get(params.domain!);
      const message = crlf(await readBody(request, await deps.directory.setting('smtp.maxMessageSize')));
      const header = readHeader(message);
      if (header.from === undefined) throw new Refused('invalid', 'The message has no From field.');
      const sender = formatAddress(requireAddress(query.from ?? header.from));
      for (const address of [sender, header.from]) {
        // Whoever administers a domain writes in its name, and in nobody else's.
        if (parseAddress(address)?.domain === domain) continue;
        throw new Refused('noperm', `The sender ${address} is not of ${domain}.`);
      }
      const sent = { recipients: 0, ids: [] as string[] };
      for await (const some of inChunks(deps, domain)) {
        const group = {
          tenant,
          deliveries: some.map(({ id, address }) => ({ account: id, recipient: address })),
          relay: [],
        };
        const recipients = some.map(({ address }) => address);
        sent.ids.push(await acceptMessage(deps, message, header, sender, recipients, group));
        sent.recipients += some.length;
      }
      return sent;
    },
  }),
  route({
    method: 'PATCH',
    path: '/domains/{domain}/accounts',
    summary: 'Change the accounts of a domain alike (quota, maxMessages, imap, pop3, enabled), a page at a time',
    access: ({ params }) => ({ domain: params.domain! }),
    audit: 'domain.accounts.set',
    query: pageQuery,
    body: z.strictObject({
      quota: z.unknown().optional(),
      maxMessages: z.unknown().optional(),
      imap: z.unknown().optional(),
      pop3: z.unknown().optional(),
      enabled: z.unknown().optional(),
    }),
    response: z.object({
      changed: z.number(),
      refused: z.array(z.object({ address: z.string(), detail: z.string() })),
      next: z.string().optional().describe('Ask again with it as `after`: there are more'),
    }),
    async handle({ deps, params, query, body, ask }) {
      const { domain } = await deps.directory.domains.get(params.domain!);
      const all = deps.directory.accounts.list(domain, parseAddress(query.after ?? '')?.local);
      const { items, next } = await takePage(all, query.limit, (last) => last.address);
      const refused: { address: string; detail: string }[] = [];
      for (const { address } of items) {
        try {
          await (await ask('PATCH', `/accounts/${encodeURIComponent(address)}`, body))();
        } catch (error) {
          const known = problemOf(error);
          if (known === undefined) throw error;
          refused.push({ address, detail: JSON.parse(known.body as string).detail });
        }
      }
      return { changed: items.length - refused.length, refused, ...(next === undefined ? {} : { next }) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{address}/messages',
    summary: 'Delete the old messages of a mailbox; unread and flagged ones stay unless asked for',
    access: ({ params }) => ({ address: params.address! }),
    audit: 'message.clean',
    query: cleaning,
    response: z.object({ removed: z.number().describe('Or, with dryRun, how many would be') }),
    async handle({ deps, params, query }) {
      const { id } = await deps.directory.accounts.get(params.address!);
      const account = await deps.accounts.open(id);
      const due = (state: State) => {
        const mailbox = state.mailboxNamed(query.mailbox);
        if (mailbox === undefined)
          throw new Refused('nonexistent', `There is no mailbox "${query.mailbox}" in this account.`);
        return { mailbox, uids: oldOnes(state, mailbox.id, query) };
      };
      if (query.dryRun === 'true') return { removed: due(await account.refresh()).uids.size };
      const { result } = await account.write((draft) => {
        const { mailbox, uids } = due(draft);
        return uids.size === 0 ? 0 : draft.expunge(mailbox.id, uids).size;
      });
      return { removed: result };
    },
  }),
];

function oldOnes(state: State, mailbox: string, query: z.infer<typeof cleaning>): UidSet {
  const rows = state.rows(mailbox);
  const uids: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (rows.date(i) >= query.before) continue;
    const flags = rows.flags(i).list;
    if (query.unseen !== 'true' && !flags.includes('\\Seen')) continue;
    if (query.flagged !== 'true' && flags.includes('\\Flagged')) continue;
    uids.push(rows.uid(i));
  }
  return UidSet.from(uids);
}

async function* inChunks(deps: AdminDeps, domain: string): AsyncGenerator<{ id: string; address: string }[]> {
  let some: { id: string; address: string }[] = [];
  for await (const { id, address, enabled } of deps.directory.accounts.list(domain)) {
    if (!enabled) continue;
    some.push({ id, address });
    if (some.length < MAX_RECIPIENTS) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}
