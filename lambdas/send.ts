import { createDns } from '../adapters/net/dns.ts';
import { createSmtpClient } from '../adapters/net/smtp-client.ts';
import { createSend } from '../mail/outbound/send.ts';
import { batch } from './batch.ts';
import { withoutPort25 } from './routes.ts';
import { openRuntime } from './runtime.ts';
import { readDirectory } from './stages.ts';

const runtime = openRuntime();
const { deliver, send } = runtime.queues;
const client = createSmtpClient();
const direct = process.env.POSTERN_ROUTES?.split(',').includes('mx') ?? false;

/** The `send` queue: each entry one attempt by its domain's routes, then recorded, reported or put off. */
export const handler = batch(
  createSend({
    ...runtime,
    deliver,
    send,
    directory: readDirectory(runtime),
    dns: createDns(),
    relay: direct ? client : withoutPort25(client),
    config: { hostname: runtime.hostname, mxPort: 25 },
  }),
);
