/** JMAP of a running program, by plain fetch. */
import type { Calls, Json, Responses } from './jmap.ts';
import type { System } from './system.ts';

const URN = 'urn:ietf:params:jmap:';
const USING = [
  ...['core', 'mail', 'submission', 'blob', 'contacts', 'principals'].map((name) => URN + name),
  'https://postern.example/jmap/snooze',
];

/** A method call that was answered with an error. */
export class JmapError extends Error {
  readonly type: string;

  constructor(name: string, { type, description }: Json) {
    super(`${name}: ${type}: ${description}`);
    this.type = type;
  }
}

export class JmapClient {
  readonly accountId: string;
  readonly #session: Json;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(session: Json, headers: Readonly<Record<string, string>>) {
    this.#session = session;
    this.#headers = headers;
    this.accountId = session.primaryAccounts[`${URN}mail`];
  }

  static async begin(system: Pick<System, 'port'>, user: string, password: string): Promise<JmapClient> {
    const headers = { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
    const response = await fetch(`http://localhost:${system.port('http')}/.well-known/jmap`, { headers });
    return new JmapClient(await response.json(), headers);
  }

  /** The session object as it is now. */
  async session(): Promise<Json> {
    return (await fetch(new URL('/.well-known/jmap', this.#session.apiUrl), { headers: this.#headers })).json();
  }

  /** Call ids are `0`, `1`, ...; `accountId` is filled in. */
  async request(calls: Calls): Promise<Responses> {
    const methodCalls = calls.map(([name, args], i) => [name, { accountId: this.accountId, ...args }, String(i)]);
    const response = await fetch(this.#session.apiUrl, {
      method: 'POST',
      headers: { ...this.#headers, 'content-type': 'application/json' },
      body: JSON.stringify({ using: USING, methodCalls }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text).methodResponses;
  }

  /** One call: what it is answered with. Throws `JmapError`. */
  async call(name: string, args: Record<string, unknown> = {}): Promise<Json> {
    const [[answered, answer]] = (await this.request([[name, args]])) as [Responses[0]];
    if (answered === 'error') throw new JmapError(name, answer);
    return answer;
  }

  /** Something for each state change that is pushed, until the signal. Changes that come while nobody reads are told of together. */
  async *stateChanges(types: readonly string[], signal: AbortSignal): AsyncGenerator<void> {
    const url = this.#session.eventSourceUrl
      .replace('{types}', types.join(','))
      .replace('{closeafter}', 'no')
      .replace('{ping}', '30');
    const { body } = await fetch(url, { headers: this.#headers, signal });
    try {
      for await (const text of body!.pipeThrough(new TextDecoderStream())) if (text.includes('event: state')) yield;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
