/** HTTP as the APIs see it: the adapter (node:http, a Lambda) turns its own into these. */
export interface HttpRequest {
  readonly method: string;
  /** Without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The client's IP address. */
  readonly address: string;
  /** Read only by who wants it. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** The body is longer than this request may have. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
  readonly limit: number;

  constructor(limit: number) {
    super(`The body has at most ${limit} bytes.`);
    this.limit = limit;
  }
}

/** The whole body, at most `limit` bytes of it. */
export async function readBody(request: HttpRequest, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > limit) throw new BodyTooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

export function json(status: number, value: unknown, type = 'application/json'): HttpResponse {
  return {
    status,
    headers: { 'content-type': type, 'cache-control': 'no-store' },
    body: `${JSON.stringify(value)}\n`,
  };
}
