/** JMAP requests as plain as can be: with a password, one after the other. */

/** What methods answer; benches look into it as clients do. */
// biome-ignore lint/suspicious/noExplicitAny: JSON
type Responses = [name: string, args: any, callId: string][];

const USING = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail'];

export class JmapClient {
  readonly accountId: string;
  readonly #url: string;
  readonly #headers: Record<string, string>;

  private constructor(url: string, headers: Record<string, string>, accountId: string) {
    this.#url = url;
    this.#headers = headers;
    this.accountId = accountId;
  }

  static async open(port: number, user: string, password: string): Promise<JmapClient> {
    const origin = `http://127.0.0.1:${port}`;
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(`${origin}/.well-known/jmap`, { headers });
    const { primaryAccounts } = (await response.json()) as { primaryAccounts: Record<string, string> };
    return new JmapClient(`${origin}/jmap/api`, headers, primaryAccounts[USING[1]!]!);
  }

  /** Throws where a method failed. */
  async request(methodCalls: readonly (readonly [string, object, string])[]): Promise<Responses> {
    const body = JSON.stringify({ using: USING, methodCalls });
    const response = await fetch(this.#url, { method: 'POST', headers: this.#headers, body });
    const { methodResponses } = (await response.json()) as { methodResponses: Responses };
    const failed = methodResponses.find(([name]) => name === 'error');
    if (failed !== undefined) throw new Error(JSON.stringify(failed));
    return methodResponses;
  }
}
