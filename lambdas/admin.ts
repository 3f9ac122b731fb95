import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { openSecrets } from '../adapters/aws/secrets.ts';
import { createDns } from '../adapters/net/dns.ts';
import { createAdmin } from '../mail/admin/admin.ts';
import { requestOf, resultOf } from './http.ts';
import { openRuntime } from './runtime.ts';
import { openMail } from './stages.ts';

const runtime = openRuntime();
const { mail, settled } = await openMail(runtime, { writer: 'person' });
const admin = createAdmin({
  ...runtime,
  ...mail,
  dns: createDns(),
  running: () => ({ version: process.env.POSTERN_VERSION ?? '', store: 'DynamoDB and S3', listeners: [] }),
  token: await openSecrets(runtime.config).read(process.env.POSTERN_ADMIN_SECRET ?? ''),
});

/** The admin API behind API Gateway's HTTP API. */
export const handler = middy(async (event: APIGatewayProxyEventV2) => {
  const result = await resultOf(await admin.handle(requestOf(event)));
  await settled();
  return result;
});
