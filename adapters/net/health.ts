import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HealthListener {
  readonly port: number;
  /** Takes no more connections and cuts off those there are. */
  close(): Promise<void>;
}

/** A check is one short request; whoever takes longer, or comes with many, is no check. */
const REQUEST_MS = 5_000;
const CONNECTIONS = 64;

/**
 * Answers GET /health with 200 for as long as the program runs and takes connections. Bare connections, and bytes that are no
 * HTTP (a load balancer puts a PROXY header before its checks too), are closed without a word. Rejects when the port cannot
 * be bound.
 */
export async function listenHealth(options: { readonly host: string; readonly port: number }): Promise<HealthListener> {
  const server = createServer((request, response) => {
    const asked = request.url === '/health' && (request.method === 'GET' || request.method === 'HEAD');
    response.writeHead(asked ? 200 : 404, { 'content-type': 'text/plain', connection: 'close' });
    response.end(asked ? 'ok\n' : 'There is nothing at this path.\n');
  });
  server.maxConnections = CONNECTIONS;
  server.headersTimeout = REQUEST_MS;
  server.requestTimeout = REQUEST_MS;
  server.setTimeout(REQUEST_MS);
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
