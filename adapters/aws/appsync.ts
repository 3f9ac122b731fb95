/**
 * AppSync Events: signing, and publishing by HTTP.
 * Source: AWS AppSync Events developer guide, "Publish events via HTTP" and "Understanding the Event API WebSocket protocol".
 */
import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import { Unavailable } from '../../mail/ports/index.ts';

/** What the SDK's clients call a request handler; the fake transport of the tests is one too. */
export interface HttpHandler {
  handle(
    request: HttpRequest,
    options?: { requestTimeout?: number; abortSignal?: AbortSignal },
  ): Promise<{ response: HttpResponse }>;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface AppSyncEventsOptions {
  /** For example abc.appsync-api.us-east-1.amazonaws.com. */
  readonly httpHost: string;
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  readonly handler: HttpHandler;
}

const PATH = '/event';
const PUBLISH_TIMEOUT_MS = 3000;
/** Bytes of an error answer that are worth a line of the log. */
const ERROR_TEXT = 300;

export class AppSyncEvents {
  private readonly httpHost: string;
  private readonly handler: HttpHandler;
  private readonly signer: SignatureV4;

  constructor(options: AppSyncEventsOptions) {
    this.httpHost = options.httpHost;
    this.handler = options.handler;
    this.signer = new SignatureV4({
      service: 'appsync',
      region: options.region,
      credentials: options.credentials,
      sha256: Sha256,
    });
  }

  /** Publishes one event (any JSON value) on a channel. Throws `Unavailable` when AppSync did not take it. */
  async publish(channel: string, event: unknown): Promise<void> {
    const body = JSON.stringify({ channel, events: [JSON.stringify(event)] });
    const { response } = await this.handler.handle(await this.sign(body), { requestTimeout: PUBLISH_TIMEOUT_MS });
    const text = await readText(response.body);
    if (response.statusCode !== 200) throw new Unavailable(`publish: ${response.statusCode}: ${text}`);
    const { failed } = JSON.parse(text) as { failed?: readonly unknown[] };
    if (failed && failed.length > 0) throw new Unavailable(`publish: ${text}`);
  }

  /**
   * The headers that authorize a step of the WebSocket protocol: those of a signed POST of the same body to the HTTP
   * endpoint ('{}' to connect, the channel to subscribe).
   */
  async authorize(body: string): Promise<Readonly<Record<string, string>>> {
    return (await this.sign(body)).headers;
  }

  private async sign(body: string): Promise<HttpRequest> {
    const request = new HttpRequest({
      method: 'POST',
      protocol: 'https:',
      hostname: this.httpHost,
      path: PATH,
      headers: {
        accept: 'application/json, text/javascript',
        'content-encoding': 'amz-1.0',
        'content-type': 'application/json; charset=UTF-8',
        host: this.httpHost,
      },
      body,
    });
    return (await this.signer.sign(request)) as HttpRequest;
  }
}

async function readText(body: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  let text = '';
  for await (const chunk of body ?? []) if (text.length < ERROR_TEXT) text += Buffer.from(chunk).toString();
  return text.slice(0, ERROR_TEXT);
}
