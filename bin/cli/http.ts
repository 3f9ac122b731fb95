import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const AGENTS = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

/**
 * One request, its answer whole. Not `fetch`: that refuses a list of ports for the sake of browsers, and the admin API's
 * default port, 10080, is on it (https://fetch.spec.whatwg.org/#port-blocking).
 */
export function send(
  method: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body?: string | Uint8Array,
): Promise<Answer> {
  const secure = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? undefined : Buffer.from(body as Uint8Array);
    const request = (secure ? httpsRequest : httpRequest)(
      url,
      {
        method,
        agent: secure ? AGENTS.https : AGENTS.http,
        headers: bytes === undefined ? headers : { ...headers, 'content-length': String(bytes.length) },
      },
      (response) => collect(response).then(resolve, reject),
    );
    request.on('error', reject);
    request.end(bytes);
  });
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
}
