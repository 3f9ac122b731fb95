import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { problem } from '../http.ts';

/** Bytes that API Gateway hands over to a function, and more: the API's own limits are below this. */
const LARGEST_BODY = 10 * 1024 * 1024;

/** Refuses a body before it is decoded. */
export function limits(): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    before({ event }) {
      if ((event.body?.length ?? 0) <= LARGEST_BODY) return undefined;
      return problem(413, `A request takes at most ${LARGEST_BODY} bytes.`);
    },
  };
}
