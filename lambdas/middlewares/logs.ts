import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Log } from '../../mail/ports/index.ts';

/** One line a request: what was asked, what came of it, and how long it took. No query, which may hold what is secret. */
export function logs(log: Log): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  const began = new WeakMap<object, number>();
  return {
    before({ event }) {
      began.set(event, performance.now());
    },
    after({ event, response }) {
      const { method } = event.requestContext.http;
      const ms = Math.round(performance.now() - began.get(event)!);
      log.info('web.served', { method, path: event.rawPath, status: response?.statusCode, ms });
    },
  };
}
