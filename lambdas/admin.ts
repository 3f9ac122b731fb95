import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { openSecrets } from '../adapters/aws/secrets.ts';
import type { OpenAccounts } from '../mail/account/accounts.ts';
import { createAdmin } from '../mail/admin/admin.ts';
import { createAccept } from '../mail/inbound/accept.ts';
import { createQueueAdmin } from '../mail/outbound/queue-admin.ts';
import { requestOf, resultOf } from './http.ts';
import { openRuntime } from './runtime.ts';
import { compactionRequests, fullDirectory, openAccounts } from './stages.ts';

const runtime = openRuntime();
const { deliver: queue, send } = runtime.queues;
const requests = compactionRequests(runtime);
const directory = fullDirectory(runtime, () => accounts);
const accounts: OpenAccounts = await openAccounts(runtime, directory, { writer: 'person', onLongTail: requests.ask });
const admin = createAdmin({
  ...runtime,
  directory,
  accounts,
  queue: createQueueAdmin({ ...runtime, send }),
  accept: createAccept({ ...runtime, queue }),
  running: () => ({ version: process.env.POSTERN_VERSION ?? '', store: 'DynamoDB and S3', listeners: [] }),
  token: await openSecrets(runtime).read(process.env.POSTERN_ADMIN_SECRET ?? ''),
});

/** The admin API behind API Gateway's HTTP API. */
export const handler = middy(async (event: APIGatewayProxyEventV2) => {
  const result = await resultOf(await admin.handle(requestOf(event)));
  await requests.settled();
  return result;
});
