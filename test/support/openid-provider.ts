/** An OpenID provider that is not ours (oidc-provider), where everybody is signed in at once as whom the test says. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Configuration, Provider } from 'oidc-provider';

export interface OpenIdPeer {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who is signed in there. */
  who: { sub: string; email?: string; email_verified?: boolean; name?: string };
  /** The requests that came, as `METHOD /path`. */
  readonly requests: string[];
  /** Does what a browser does with a page to sign in at: gives where it is sent back to. */
  visit(url: string): Promise<string>;
  close(): Promise<void>;
}

const CLIENT = { clientId: 'postern', clientSecret: 'a secret of the client: 100% & more' };

export async function openIdPeer(redirectUri: string, change: Configuration = {}): Promise<OpenIdPeer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${new URL(request.url!, 'http://x').pathname}`);
    if (!request.url!.startsWith('/interaction/')) return handle(request, response);
    void provider.interactionDetails(request, response).then(async ({ prompt, params, session }) => {
      const grant = new provider.Grant({ accountId: session?.accountId ?? peer.who.sub, clientId: CLIENT.clientId });
      grant.addOIDCScope(String(params.scope));
      const result =
        prompt.name === 'login' ? { login: { accountId: peer.who.sub } } : { consent: { grantId: await grant.save() } };
      await provider.interactionFinished(request, response, result);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // It warns of keys and a store that are for tests.
  const { warn } = console;
  console.warn = () => {};
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_, sub) => ({ accountId: sub, claims: async () => ({ ...peer.who, sub }) }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['of the test'] },
    pkce: { required: () => true },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
    ...change,
  });
  console.warn = warn;
  const handle = provider.callback();
  const peer: OpenIdPeer = {
    issuer,
    ...CLIENT,
    who: { sub: 'subject-1', email: 'alice@example.test', email_verified: true, name: 'Alice' },
    requests,
    visit: async (url) => {
      const cookies = new Map<string, string>();
      let at = url;
      for (let step = 0; step < 10; step++) {
        if (at.startsWith(redirectUri)) return at;
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        const response = await fetch(at, { redirect: 'manual', headers: { cookie } });
        for (const line of response.headers.getSetCookie()) {
          const [name, value] = line.split(';')[0]!.split('=') as [string, string];
          cookies.set(name, value);
        }
        const next = response.headers.get('location');
        if (next === null) throw new Error(`${at} says ${response.status}: ${await response.text()}`);
        at = new URL(next, at).href;
      }
      throw new Error('it leads nowhere');
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return peer;
}
