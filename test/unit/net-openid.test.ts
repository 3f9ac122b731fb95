import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { guardedFetch } from '../../adapters/net/guarded-fetch.ts';
import { createOpenId } from '../../adapters/net/openid.ts';
import { OpenIdError } from '../../mail/ports/openid.ts';
import { type OpenIdPeer, openIdPeer } from '../support/openid-provider.ts';

const REDIRECT = 'http://localhost:10080/auth/v1/oidc/callback';
const QUESTION = { redirectUri: REDIRECT, state: 'S'.repeat(43), nonce: 'N'.repeat(43), verifier: 'V'.repeat(43) };
const dns = { addresses: async () => ['127.0.0.1'] };

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function peer(change?: Parameters<typeof openIdPeer>[1]) {
  const one = await openIdPeer(REDIRECT, change);
  open.push(one.close);
  return one;
}

const providerOf = ({ issuer, clientId, clientSecret }: OpenIdPeer) => ({
  issuer,
  clientId,
  clientSecret,
  private: true,
});

/** The query with which the browser comes back. */
async function answered(one: OpenIdPeer, openId = createOpenId({ dns })): Promise<string> {
  const back = await one.visit(await openId.begin(providerOf(one), QUESTION));
  return new URL(back).search.slice(1);
}

describe('OpenID Connect with a provider that we did not write', () => {
  it('learns who it is, with what is found at the userinfo endpoint only', async () => {
    const one = await peer();
    const openId = createOpenId({ dns });
    const page = new URL(await openId.begin(providerOf(one), QUESTION));
    expect(page.origin).toBe(one.issuer);
    expect(Object.fromEntries(page.searchParams)).toMatchObject({
      response_type: 'code',
      scope: 'openid email profile',
      code_challenge_method: 'S256',
      redirect_uri: REDIRECT,
    });
    const query = new URL(await one.visit(page.href)).search.slice(1);
    const claims = { subject: 'subject-1', email: 'alice@example.test', emailVerified: true, name: 'Alice' };
    expect(await openId.finish(providerOf(one), QUESTION, query)).toEqual(claims);
    expect(one.requests.filter((line) => line === 'GET /.well-known/openid-configuration')).toHaveLength(1);
    expect(one.requests).toContain('GET /jwks');
    expect(one.requests).toContain('GET /me');
  });

  it('takes what is in the ID token, and a client that posts its secret', async () => {
    const one = await peer({ conformIdTokenClaims: false, clientAuthMethods: ['client_secret_post'], ...POSTED });
    const openId = createOpenId({ dns });
    one.who = { sub: 'subject-2', email: 'bob@example.test' };
    const query = await answered(one, openId);
    expect(await openId.finish(providerOf(one), QUESTION, query)).toEqual({
      subject: 'subject-2',
      email: 'bob@example.test',
      emailVerified: false,
    });
    expect(one.requests).not.toContain('GET /me');
  });

  it.each([
    ['a code that was used', {}, 2],
    ['another verifier', { verifier: 'W'.repeat(43) }, 1],
    ['another nonce', { nonce: 'W'.repeat(43) }, 1],
    ['another state', { state: 'W'.repeat(43) }, 1],
  ])('refuses %s', async (_, change, times) => {
    const one = await peer();
    const openId = createOpenId({ dns });
    const query = await answered(one, openId);
    const results = [];
    for (let n = 0; n < times; n++) {
      results.push(await openId.finish(providerOf(one), { ...QUESTION, ...change }, query).catch((error) => error));
    }
    expect(results.at(-1)).toBeInstanceOf(OpenIdError);
  });

  it('refuses another client’s secret, and a token of another issuer', async () => {
    const [one, two] = [await peer(), await peer()];
    const openId = createOpenId({ dns });
    const query = await answered(one, openId);
    const wrong = { ...providerOf(one), clientSecret: 'wrong' };
    await expect(openId.finish(wrong, QUESTION, query)).rejects.toThrow(/WWW-Authenticate/);
    await expect(openId.finish(providerOf(two), QUESTION, query)).rejects.toBeInstanceOf(OpenIdError);
  });

  it('speaks with the public internet by https only, unless it is told otherwise', async () => {
    const one = await peer();
    const openId = createOpenId({ dns });
    const { private: _, ...provider } = providerOf(one);
    await expect(openId.begin(provider, QUESTION)).rejects.toBeInstanceOf(OpenIdError);
    const https = { ...provider, issuer: one.issuer.replace('http', 'https') };
    await expect(openId.begin(https, QUESTION)).rejects.toThrow(/no address of the public internet/);
    await expect(openId.begin({ ...provider, issuer: 'https://id.test' }, QUESTION)).rejects.toThrow(/127\.0\.0\.1/);
    expect(one.requests).toEqual([]);
  });
});

const POSTED = {
  clients: [
    {
      client_id: 'postern',
      client_secret: 'a secret of the client: 100% & more',
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'client_secret_post' as const,
    },
  ],
};

describe('asking a URL that somebody else has named', () => {
  const ask = (url: string, options: object = {}) =>
    guardedFetch(url, { method: 'GET', headers: {} }, { dns, private: true, ...options });

  async function server(handle: Parameters<typeof createServer>[1]) {
    const one = createServer(handle!);
    await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
    open.push(async () => {
      one.closeAllConnections();
      one.close();
    });
    return `http://named.test:${(one.address() as AddressInfo).port}/`;
  }

  it('asks the address that was looked up, and follows no redirect', async () => {
    const url = await server((request, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/', 'x-host': request.headers.host });
      response.end();
    });
    const response = await ask(url);
    expect(response.status).toBe(302);
    expect(response.headers.get('x-host')).toMatch(/^named\.test:/);
  });

  it('reads 1 MiB at most', async () => {
    const url = await server((_, response) => {
      response.end(Buffer.alloc(1024 * 1024 + 1));
    });
    await expect(ask(url)).rejects.toThrow('more than 1048576 bytes');
  });

  it('refuses what is no plain web address, or not public', async () => {
    for (const url of ['file:///etc/passwd', 'ftp://x/', 'http://user@x/']) {
      await expect(ask(url)).rejects.toThrow('not a plain https URL');
    }
    await expect(ask('http://example.test/', { private: false })).rejects.toThrow('not a plain https URL');
    for (const host of ['127.0.0.1', '[::1]', '10.0.0.1', '169.254.169.254', '0x7f000001', 'named.test']) {
      await expect(ask(`https://${host}/`, { private: false }), host).rejects.toThrow('public internet');
    }
    const nowhere = { dns: { addresses: async () => [] } };
    await expect(ask('https://x.test/', nowhere)).rejects.toThrow('x.test has no address');
  });
});
