import * as z from 'zod';
import type { Entry } from '../../audit/audit.ts';
import { actorSchema, entrySchema } from '../../audit/entry.ts';
import { pageOf, pageQuery } from '../../rest/paging.ts';
import type { Caller } from '../access.ts';
import type { AdminDeps } from '../deps.ts';
import { type Route, route } from '../route.ts';

/** Entries looked at for one page; the next goes on behind them. */
const MAX_ENTRIES = 5_000;

const query = pageQuery.extend({
  tenant: z.string().optional(),
  actor: z.string().optional().describe('An address; token; nobody'),
  action: z.string().optional().describe('account.set, or account for all that begin with it'),
  target: z.string().optional(),
  since: z.coerce.number().optional().describe('Milliseconds since 1970'),
  until: z.coerce.number().optional().describe('Milliseconds since 1970'),
});
type WithId = Entry & { readonly id: string };
type Question = z.infer<typeof query>;

const entry = entrySchema.omit({ v: true }).extend({
  id: z.string(),
  actor: actorSchema,
  time: z.number().describe('Milliseconds since 1970'),
});

export const audit: readonly Route[] = [
  route({
    method: 'GET',
    path: '/audit',
    summary: 'Who did what, the newest first; for who administers a tenant or domains: what was done there',
    access: ({ query: { tenant } }) => (tenant === undefined ? 'role' : { tenant }),
    query,
    response: pageOf(entry),
    async handle({ deps, who, query }) {
      const items: unknown[] = [];
      let last: string | undefined;
      let seen = 0;
      const of = await partitions(deps, who, query.tenant);
      for await (const whole of deps.audit.entries({ of, ...query })) {
        if (items.length === query.limit || seen === MAX_ENTRIES) return { items, next: last };
        last = whole.id;
        seen++;
        const each = visible(who, whole);
        if (each !== undefined && matches(each, query)) items.push(entry.parse(each));
      }
      return { items };
    },
  }),
];

async function partitions(deps: AdminDeps, who: Caller, only: string | undefined): Promise<(string | undefined)[]> {
  if (who.role.kind !== 'server') return [who.tenant!];
  if (only !== undefined) return [only];
  const all: (string | undefined)[] = [undefined];
  for await (const { id } of deps.directory.tenants.list({ all: true })) all.push(id);
  return all;
}

/** Who of the server's administrators it was, and from where, is nobody's business but theirs. */
function visible({ role }: Caller, entry: WithId): WithId | undefined {
  if (role.kind === 'server') return entry;
  if (role.kind === 'domain' && !role.domains.includes(entry.domain ?? '')) return undefined;
  if (entry.actor.kind === 'nobody' || (entry.actor.kind === 'account' && entry.actor.role !== 'server')) return entry;
  const { address: _, ...rest } = entry;
  return { ...rest, actor: { kind: 'token' } };
}

function matches({ actor, action, target }: Entry, question: Question): boolean {
  if (question.actor !== undefined && question.actor !== (actor.kind === 'account' ? actor.address : actor.kind)) {
    return false;
  }
  if (question.target !== undefined && target?.toLowerCase() !== question.target.toLowerCase()) return false;
  const { action: asked } = question;
  return asked === undefined || action === asked || action.startsWith(`${asked}.`);
}
