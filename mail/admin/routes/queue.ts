import * as z from 'zod';
import type { QueueAdmin } from '../../outbound/queue-admin.ts';
import { queueEntry } from '../../outbound/queue-entry.ts';
import { pageOf, pageQuery } from '../../rest/paging.ts';
import { type Route, route } from '../route.ts';

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
    handle: ({ deps, params }) => deps.queue[action](params.id!),
  }),
);

export const queue: readonly Route[] = [
  route({
    method: 'GET',
    path: '/queue',
    summary: 'List what waits to be sent',
    access: 'server',
    query: pageQuery,
    response: pageOf(publicEntry),
    async handle({ deps, query: { limit, after } }) {
      const { entries, next } = await deps.queue.list({ limit, ...(after === undefined ? {} : { after }) });
      return { items: entries.map((entry) => publicEntry.parse(entry)), ...(next === undefined ? {} : { next }) };
    },
  }),
  route({
    method: 'GET',
    path: '/queue/{id}',
    summary: 'Show an entry',
    access: 'server',
    response: publicEntry,
    handle: async ({ deps, params }) => publicEntry.parse(await deps.queue.show(params.id!)),
  }),
  ...actions,
  route({
    method: 'DELETE',
    path: '/queue/{id}',
    summary: 'Give up and tell nobody',
    access: 'server',
    handle: ({ deps, params }) => deps.queue.remove(params.id!),
  }),
  route({
    method: 'DELETE',
    path: '/queue',
    summary: 'Remove every entry that is not being sent this moment',
    access: 'server',
    response: z.object({ removed: z.number() }),
    handle: async ({ deps }) => ({ removed: await deps.queue.clean() }),
  }),
];
