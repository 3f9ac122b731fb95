import { openSes } from '../adapters/aws/ses.ts';
import { createDns } from '../adapters/net/dns.ts';
import { createSmtpClient } from '../adapters/net/smtp-client.ts';
import { batch } from './batch.ts';
import { withoutPort25 } from './routes.ts';
import { openRuntime } from './runtime.ts';
import { openMail } from './stages.ts';

const runtime = openRuntime();
const { mail } = await openMail(runtime, { writer: 'worker' });
const client = createSmtpClient();
const direct = process.env.POSTERN_ROUTES?.split(',').includes('mx') ?? false;

/** The `send` queue: each entry one attempt by its domain's routes, then recorded, reported or put off. */
export const handler = batch(
  mail.send({
    dns: createDns(),
    relay: direct ? client : withoutPort25(client),
    ses: openSes(runtime.config),
    config: { mxPort: 25 },
  }),
);
