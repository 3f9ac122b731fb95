import * as z from 'zod';
import type { SecondFactor } from '../../directory/types.ts';
import { Refused } from '../../refused.ts';
import { Raw } from '../../rest/route.ts';
import { type AuthRoute, route } from '../access.ts';
import { answer, beginSession, begun, requireWebmail, sessionOptions } from '../begin.ts';
import { cookie, isNobodysPage, isOurPage, shownToken } from '../cookie.ts';
import { makeTicket, ticketOwner } from '../second-step.ts';

const SECRET = z.string().max(1_024);
const proof = { code: z.string().max(100).optional(), recoveryCode: z.string().max(100).optional() };
const half = z.object({
  needs: z.array(z.enum(['totp', 'passkey', 'recoveryCode'])).describe('Any of these'),
  ticket: z.string().describe('For POST /session/second; it lasts ten minutes'),
});
const shown = z.strictObject({ refresh: SECRET.optional() });

/** Beginning, keeping and ending a session. */
export const session: readonly AuthRoute[] = [
  route({
    method: 'POST',
    path: '/session',
    summary:
      'Sign in with name and password; where a second factor is set up, a ticket for the second step is answered',
    access: 'anyone',
    body: z.strictObject({ name: z.string().max(1_000), password: SECRET, ...proof, ...sessionOptions }),
    response: z.union([begun, half]),
    async handle({ deps, body, request }) {
      const context = { service: 'auth', address: request.address } as const;
      const { account, credential } = await deps.directory.authenticate(body.name, body.password, context);
      const { factors } = await deps.directory.secondFactors.of(account.id);
      let how = 'password';
      if (factors.length > 0) {
        const given = factorOf(body);
        if (given === undefined) {
          const ticket = await makeTicket(deps, account.id, credential);
          return { needs: [...factors, 'recoveryCode'], ticket };
        }
        await deps.directory.secondFactor(account.id, given, context);
        how = howOf(given);
      }
      return beginSession(deps, request, account, how, { ...body, withPassword: credential });
    },
  }),
  route({
    method: 'POST',
    path: '/session/second',
    summary: 'The second step: a code of the authenticator, or a recovery code',
    access: 'anyone',
    body: z.strictObject({ ticket: SECRET, ...proof, ...sessionOptions }),
    response: begun,
    async handle({ deps, body, request }) {
      const { owner, credential } = await ticketOwner(deps, body.ticket);
      const given = factorOf(body);
      if (given === undefined) throw new Refused('invalid', 'Give a code, or a recovery code.');
      await deps.directory.secondFactor(owner.id, given, { service: 'auth', address: request.address });
      return beginSession(deps, request, owner, howOf(given), { ...body, withPassword: credential });
    },
  }),
  route({
    method: 'POST',
    path: '/session/refresh',
    summary:
      'New tokens for a refresh token, which counts no more afterwards; 204 to a page ("X-Postern: 1") without its cookie: nobody is signed in there',
    access: 'anyone',
    body: shown,
    response: begun,
    async handle({ deps, body, request }) {
      // Every page asks when it begins: that there is nobody yet is an answer, and browsers would show an error to who reads their console.
      if (isNobodysPage(request, body))
        return new Raw({ status: 204, headers: { 'cache-control': 'no-store' }, body: '' });
      const context = { service: 'auth', address: request.address } as const;
      const { tokens, account } = await deps.directory.refresh(shownToken(request, body), context);
      await requireWebmail(deps, request, account);
      return answer(deps, request, account, tokens);
    },
  }),
  route({
    method: 'POST',
    path: '/session/end',
    summary: 'Sign out: end the session of a refresh token',
    access: 'anyone',
    body: shown,
    async handle({ deps, body, request }) {
      await deps.directory.credentials.sessions.endBy(shownToken(request, body));
      const headers = { 'cache-control': 'no-store' };
      const gone = isOurPage(request) ? { 'set-cookie': cookie(request, '', 0) } : {};
      return new Raw({ status: 204, headers: { ...headers, ...gone }, body: '' });
    },
  }),
  route({
    method: 'POST',
    path: '/session/confirm',
    summary: 'Show again who you are, for what a sign-in of long ago may not do',
    access: 'self',
    body: z.strictObject({ password: SECRET, ...proof }),
    async handle({ deps, body, who, request }) {
      const context = { service: 'auth', address: request.address } as const;
      await deps.directory.authenticate(who.account.address, body.password, context);
      const { factors } = await deps.directory.secondFactors.of(who.account.id);
      if (factors.length > 0) {
        const given = factorOf(body);
        if (given === undefined) throw new Refused('invalid', 'Give a code, or a recovery code, beside the password.');
        await deps.directory.secondFactor(who.account.id, given, context);
      }
      await deps.directory.credentials.sessions.confirm(who.account.id, who.session.id);
    },
  }),
];

function factorOf({ code, recoveryCode }: { code?: string | undefined; recoveryCode?: string | undefined }) {
  if (code !== undefined && recoveryCode !== undefined) {
    throw new Refused('invalid', 'Give a code or a recovery code, not both.');
  }
  if (code !== undefined) return { code };
  return recoveryCode === undefined ? undefined : { recoveryCode };
}

function howOf(given: SecondFactor): string {
  return 'code' in given ? 'password+totp' : 'password+recovery';
}
