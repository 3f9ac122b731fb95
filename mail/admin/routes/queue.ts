import * as z from 'zod';
import type { QueueAdmin } from '../../outbound/queue-admin.ts';
import { queueEntry } from '../../outbound/queue-entry.ts';
import { Refused } from '../../refused.ts';
import { pageOf, pageQuery } from '../../rest/paging.ts';
import { type Route, route } from '../route.ts';
import { partOf } from '../visible.ts';

/** Without what only the queue itself needs. */
export const publicEntry = queueEntry.omit({ v: true, writer: true, blob: true });

const ACTIONS = {
  retry: 'Attempt delivery now',
  hold: 'Keep an entry from being sent until it is released',
  release: 'Undo hold',
  bounce: 'Give up and tell the sender',
} as const satisfies Partial<Record<keyof QueueAdmin, string>>;

const actions = (Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]).map((action) =>
  route({
    method: 'POST',
    path: `/queue/{id}/${action}`,
    summary: ACTIONS[action],
    access: 'server',
    audit: `queue.${action}`,
    handle: ({ deps, params }) => deps.queue[action](params.id!),
  }),
);

export const queue: readonly Route[] = [
  route({
    method: 'GET',
    path: '/queue',
    summary: 'List what waits to be sent; for who administers domains only: from or to them, with their recipients',
    access: 'role',
    query: pageQuery,
    response: pageOf(publicEntry),
    async handle({ deps, who, query: { limit, after } }) {
      const part = await partOf(deps, who);
      const { entries, next } = await deps.queue.list({ limit, ...(after === undefined ? {} : { after }) });
      const items = entries.flatMap((entry) => part.entry(entry) ?? []).map((entry) => publicEntry.parse(entry));
      return { items, ...(next === undefined ? {} : { next }) };
    },
  }),
  route({
    method: 'GET',
    path: '/queue/{id}',
    summary: 'Show an entry',
    access: 'role',
    response: publicEntry,
    async handle({ deps, who, params }) {
      const entry = (await partOf(deps, who)).entry(await deps.queue.show(params.id!));
      if (entry === undefined) throw new Refused('nonexistent', `There is no queue entry ${params.id}`);
      return publicEntry.parse(entry);
    },
  }),
  ...actions,
  route({
    method: 'DELETE',
    path: '/queue/{id}',
    summary: 'Give up and tell nobody',
    access: 'server',
    audit: 'queue.remove',
    handle: ({ deps, params }) => deps.queue.remove(params.id!),
  }),
  route({
    method: 'DELETE',
    path: '/queue',
    summary: 'Remove every entry that is not being sent this moment',
    access: 'server',
    audit: 'queue.clean',
    response: z.object({ removed: z.number() }),
    handle: async ({ deps }) => ({ removed: await deps.queue.clean() }),
  }),
];
