import * as z from 'zod';
import { type Route, route } from '../route.ts';

export const status: readonly Route[] = [
  route({
    method: 'GET',
    path: '/status',
    summary: 'What runs: listeners, queue, store, version',
    access: 'server',
    response: z.object({
      version: z.string(),
      store: z.string(),
      listeners: z.array(
        z.object({
          name: z.string(),
          host: z.string(),
          port: z.number(),
          tls: z.enum(['none', 'starttls', 'implicit']),
          connections: z.number(),
        }),
      ),
      queue: z.record(z.string(), z.number()).describe('Entries by state'),
    }),
    handle: async ({ deps }) => ({ ...deps.running(), queue: await deps.queue.counts() }),
  }),
];
