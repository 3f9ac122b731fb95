import middy, { type MiddyfiedHandler } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { openSecrets } from '../adapters/aws/secrets.ts';
import { behindFront } from '../mail/front.ts';
import type { HttpRequest, HttpResponse } from '../mail/http.ts';
import { requestOf, resultOf } from './http.ts';
import { errors } from './middlewares/errors.ts';
import { limits } from './middlewares/limits.ts';
import { logs } from './middlewares/logs.ts';
import { settles } from './middlewares/settles.ts';
import type { Runtime } from './runtime.ts';

/**
 * An API of mail/ behind CloudFront and API Gateway's HTTP API. Who asks, and what pages of other origins may do, is the API's own
 * matter, as it is on one machine. `settled`: as of `openMail`.
 */
export async function web(
  { config, log }: Runtime,
  handle: (request: HttpRequest) => Promise<HttpResponse>,
  settled: () => Promise<void>,
): Promise<MiddyfiedHandler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>> {
  const secret = await openSecrets(config).read(process.env.POSTERN_FRONT_SECRET ?? '');
  const behind = behindFront(handle, secret);
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(logs(log))
    .use(errors(log))
    .use(settles(settled))
    .use(limits())
    .handler(async (event) => resultOf(await behind(requestOf(event))));
}
