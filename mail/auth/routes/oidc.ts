import * as z from 'zod';
import type { Sessions } from '../../credentials/sessions.ts';
import { network } from '../../directory/throttle.ts';
import type { HttpRequest } from '../../http.ts';
import { Refused } from '../../refused.ts';
import { Raw } from '../../rest/route.ts';
import { type AuthRoute, route } from '../access.ts';
import { requireWebmail } from '../begin.ts';
import { cookie, readCookie, setCookie } from '../cookie.ts';
import { page, paragraph } from '../pages.ts';
import { isoTime } from '../times.ts';

/** What a browser keeps while its owner is at the provider's: without it nobody can end there what he began here. */
const BROWSER = { name: 'postern-oidc', path: '/auth/v1/oidc', sameSite: 'Lax', seconds: 600 } as const;
const BEGINNINGS = { most: 1_000, windowMs: 5 * 60_000 };
const domain = z.string().max(253).optional().describe('Of the account; absent: as for the whole server');

/** Signing in where somebody else says who it is (OpenID Connect). */
export const oidc: readonly AuthRoute[] = [
  route({
    method: 'GET',
    path: '/oidc',
    summary: 'Whether somebody else signs people in, and what to write on the button',
    access: 'anyone',
    query: z.object({ domain }),
    response: z.object({ available: z.boolean(), name: z.string().optional() }),
    async handle({ deps, query }) {
      const provider = await deps.doors.provider(query.domain);
      return { available: provider !== undefined, ...(provider?.name === undefined ? {} : { name: provider.name }) };
    },
  }),
  route({
    method: 'POST',
    path: '/oidc/begin',
    summary: 'The page to go to; it leads back to /oidc/callback, and from there to /',
    access: 'anyone',
    body: z.strictObject({ domain, stay: z.boolean().default(false) }),
    response: z.object({ url: z.string() }),
    async handle({ deps, body, request }) {
      const message = 'Too many have begun to sign in from your network. Try again in some minutes.';
      await deps.doors.rates.require('oidc', network(request.address), BEGINNINGS, message);
      const kept = readCookie(request, BROWSER.name) ?? '';
      const browser = /^[\w-]{43}$/.test(kept) ? kept : Buffer.from(deps.random.bytes(32)).toString('base64url');
      const url = await deps.doors.oidc.begin(body.domain, browser, body.stay);
      return new Raw({
        status: 200,
        headers: {
          'content-type': 'application/json',
          'cache-control': 'no-store',
          'set-cookie': setCookie(request, { ...BROWSER, value: browser }),
        },
        body: `${JSON.stringify({ url })}\n`,
      });
    },
  }),
  route({
    method: 'GET',
    path: '/oidc/callback',
    summary: 'Where the provider sends people back to',
    access: 'anyone',
    answers: 'text/html',
    async handle({ deps, request, id: call }) {
      try {
        const { owner, stay } = await deps.doors.oidc.finish(request.query, readCookie(request, BROWSER.name));
        const account = await deps.directory.account(owner.id);
        if (account?.enabled !== true) throw new Refused('noperm', 'This account is switched off.');
        const { address: target, tenant } = account;
        const from = { address: request.address, request: call };
        // Only pages go this way, though what leads back here is not asked by one.
        const fromPage = { ...request, headers: { ...request.headers, 'x-postern': '1' } };
        await requireWebmail(deps, fromPage, account);
        await deps.audit.record({ actor: { kind: 'nobody' }, action: 'oidc.sign-in', target, tenant, ...from });
        return await arrived(deps.directory.credentials.sessions, account.id, request, stay, deps.clock.now());
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const back = '<p><a href="/">Back to the page where you sign in</a></p>';
        return page(403, 'You were not signed in', [paragraph(error.message), back]);
      }
    },
  }),
  route({
    method: 'GET',
    path: '/oidc/links',
    summary: 'Who you are elsewhere',
    access: 'self',
    response: z.object({
      items: z.array(z.object({ id: z.string(), issuer: z.string(), email: z.string(), linked: z.string() })),
    }),
    async handle({ deps, who }) {
      const all = await deps.doors.oidc.list(who.account.id);
      return { items: all.map((link) => ({ ...link, linked: isoTime(link.linked) })) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/oidc/links/{id}',
    summary: 'Forget who you are there; who comes from there next with your address is linked anew',
    access: 'recent',
    audit: 'oidc-link.remove',
    handle: ({ deps, who, params }) => deps.doors.oidc.remove(who.account.id, params.id!),
  }),
];

/** Begins the session of a page that is about to be loaded: its token is in the cookie only. */
async function arrived(
  sessions: Pick<Sessions, 'begin'>,
  account: string,
  request: HttpRequest,
  stay: boolean,
  now: number,
): Promise<Raw> {
  const device = request.headers['user-agent'] ?? '';
  const tokens = await sessions.begin(account, { how: 'oidc', device, address: request.address, stay });
  const seconds = stay ? Math.floor((tokens.refreshUntil - now) / 1_000) : undefined;
  const headers = {
    location: '/',
    'cache-control': 'no-store',
    'set-cookie': cookie(request, tokens.refresh, seconds),
  };
  return new Raw({ status: 303, headers, body: '' });
}
