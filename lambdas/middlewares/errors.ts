import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Log } from '../../mail/ports/index.ts';
import { problem } from '../http.ts';

/** What an API did not answer itself is a bug: it goes to the log, and the client learns nothing of it. */
export function errors(log: Log): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    onError(request) {
      const { error, event } = request;
      log.error('web.request', { path: event.rawPath, error: String(error), stack: error?.stack });
      request.response = problem(500, 'Internal error; it has been logged.');
    },
  };
}
