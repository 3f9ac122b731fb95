import { STATUS_CODES } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { HttpRequest, HttpResponse } from '../mail/http.ts';

/** Bytes that Lambda takes back (6 MB), less what base64 and the headers add. */
const LARGEST_ANSWER = 4_400_000;

/** A request as API Gateway's HTTP API hands it over (payload format 2.0). */
export function requestOf(event: APIGatewayProxyEventV2): HttpRequest {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  return {
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: new URLSearchParams(event.rawQueryString),
    headers: event.headers,
    address: event.requestContext.http.sourceIp,
    body: (async function* () {
      yield bytes;
    })(),
  };
}

/** The answer in the form that API Gateway wants. One that is too large for Lambda becomes a 507 that says so. */
export async function resultOf(response: HttpResponse): Promise<APIGatewayProxyStructuredResultV2> {
  const { status: statusCode, headers, body } = response;
  if (typeof body === 'string' && body.length < LARGEST_ANSWER / 2)
    return { statusCode, headers: { ...headers }, body };
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of typeof body === 'string' || body instanceof Uint8Array ? [Buffer.from(body)] : body) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) return tooLarge();
    chunks.push(chunk);
  }
  return {
    statusCode,
    headers: { ...headers },
    body: Buffer.concat(chunks).toString('base64'),
    isBase64Encoded: true,
  };
}

function tooLarge(): APIGatewayProxyStructuredResultV2 {
  return problem(
    507,
    'The answer is larger than this way of asking can carry; ask for less at once, or read it by IMAP.',
  );
}

/** A refusal (RFC 9457) of the frame around an API. */
export function problem(status: number, detail: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail }),
  };
}
