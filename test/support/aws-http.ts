/** S3 and SQS of the fake over HTTP on loopback, for programs that run in a process of their own. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import type { AwsFake } from './aws-fake.ts';

export interface AwsOverHttp {
  /** For AWS_ENDPOINT_URL_S3. */
  readonly s3: string;
  /** The URL here of a queue of the fake: the SDK calls whatever host a queue's URL names. */
  queue(url: string): string;
  close(): Promise<void>;
}

export async function serveAws(fake: AwsFake): Promise<AwsOverHttp> {
  const { region, bucket } = fake.config();
  // An endpoint with an IP address has the bucket in its path; the fake has it in its name, as AWS does.
  const s3Host = `${bucket}.s3.${region}.amazonaws.com`;
  const s3 = await listen(async ({ path, body, ...rest }) =>
    fake.handle(new HttpRequest({ ...rest, hostname: s3Host, path: path.slice(bucket.length + 1) || '/', body })),
  );
  const sqsHost = `sqs.${region}.amazonaws.com`;
  const sqs = await listen(async ({ body, ...rest }) => {
    const text = (await buffer(body)).toString().replaceAll(url(sqs), `https://${sqsHost}`);
    return fake.handle(new HttpRequest({ ...rest, hostname: sqsHost, body: text }));
  });
  return {
    s3: url(s3),
    queue: (queueUrl) => queueUrl.replace(`https://${sqsHost}`, url(sqs)),
    async close() {
      for (const server of [s3, sqs]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: IncomingMessage;
}

type Handle = (asked: Asked) => Promise<{ readonly response: HttpResponse }>;

function url(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function listen(handle: Handle): Promise<Server> {
  const server = createServer((request, response) => {
    answer(handle, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function answer(handle: Handle, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    // What the HTTP client adds to what the SDK made.
    if (name !== 'connection' && name !== 'transfer-encoding') headers[name] = String(value);
  }
  const { response: given } = await handle({
    method: request.method ?? 'GET',
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers,
    body: request,
  });
  response.writeHead(given.statusCode, given.headers);
  for await (const chunk of given.body as AsyncIterable<Uint8Array>) response.write(chunk);
  response.end();
}
