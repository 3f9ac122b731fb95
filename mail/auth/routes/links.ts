import * as z from 'zod';
import { LINK_MINUTES, LINK_SCOPES } from '../../credentials/links.ts';
import { Refused } from '../../refused.ts';
import { type AuthRoute, route } from '../access.ts';
import { beginSession, begun, sessionOptions } from '../begin.ts';
import { isoTime } from '../times.ts';

/** Links that sign in, once. An administrator makes them by the admin API. */
export const links: readonly AuthRoute[] = [
  route({
    method: 'POST',
    path: '/sign-on-links',
    summary: 'Make a link that signs in to your account once, within minutes',
    access: 'recent',
    audit: 'sign-on-link.make',
    body: z.strictObject({
      minutes: z.int().min(LINK_MINUTES.least).max(LINK_MINUTES.most).default(LINK_MINUTES.normal),
    }),
    response: z.object({ url: z.string(), until: z.string() }),
    status: 201,
    async handle({ deps: { directory }, who, body }) {
      const { token, until } = await directory.credentials.links.make(who.account.id, body.minutes);
      return { url: `${await directory.origin()}/auth/v1/pages/sign-on#${token}`, until: isoTime(until) };
    },
  }),
  route({
    method: 'POST',
    path: '/session/link',
    summary: 'Sign in with the token of a link; such a session changes no credentials and administers nothing',
    access: 'anyone',
    body: z.strictObject({ token: z.string().max(500), ...sessionOptions }),
    response: begun,
    async handle({ deps, body, request, id: call }) {
      const { directory, audit } = deps;
      const id = await directory.credentials.links.use(body.token);
      const account = await directory.account(id);
      if (account?.enabled !== true) throw new Refused('noperm', 'This account is switched off.');
      const { address: target, tenant } = account;
      const from = { address: request.address, request: call };
      await audit.record({ actor: { kind: 'nobody' }, action: 'sign-on-link.use', target, tenant, ...from });
      const scopes = LINK_SCOPES.filter((scope) => body.scopes?.includes(scope) ?? true);
      if (scopes.length === 0) throw new Refused('noperm', 'A link does not sign in to that.');
      return beginSession(deps, request, account, 'link', { ...body, scopes });
    },
  }),
];
