import * as z from 'zod';
import { network } from '../../directory/throttle.ts';
import type { HttpRequest } from '../../http.ts';
import { Refused } from '../../refused.ts';
import { type AuthRoute, route } from '../access.ts';
import { beginSession, begun, sessionOptions } from '../begin.ts';
import type { AuthParts } from '../deps.ts';
import { ticketOwner } from '../second-step.ts';
import { isoTime } from '../times.ts';

const passkey = z.object({
  id: z.string(),
  name: z.string(),
  backedUp: z.boolean().describe('Whether it is kept on more than one device'),
  added: z.string(),
  used: z.string().optional(),
});

/** What navigator.credentials gives, as JSON (WebAuthn section 5.1): checked where it is used. */
const credential = z.unknown().describe('What navigator.credentials gave, by toJSON()');
const options = z.unknown().describe('For navigator.credentials, by parse…OptionsFromJSON()');
const none = z.strictObject({});

/** Questions to browsers, each of which is kept for some minutes. A whole office may come from one address. */
const QUESTIONS = { most: 1_000, windowMs: 5 * 60_000 };

/** Keys of devices, instead of a password or after it (WebAuthn). */
export const passkeys: readonly AuthRoute[] = [
  route({
    method: 'GET',
    path: '/passkeys',
    summary: 'List passkeys, the newest first',
    access: 'self',
    response: z.object({ items: z.array(passkey) }),
    async handle({ deps, who }) {
      const all = await deps.directory.credentials.passkeys.list(who.account.id);
      return { items: all.map(shown) };
    },
  }),
  route({
    method: 'POST',
    path: '/passkeys/options',
    summary: 'What to ask the browser for a new passkey',
    access: 'recent',
    body: none,
    response: options,
    handle: ({ deps, who }) => deps.directory.credentials.passkeys.registration(who.account),
  }),
  route({
    method: 'POST',
    path: '/passkeys',
    summary: 'Register the passkey that the browser made',
    access: 'recent',
    audit: 'passkey.add',
    body: z.strictObject({ name: z.string().max(1_000), credential }),
    response: passkey,
    status: 201,
    handle: async ({ deps, who, body }) =>
      shown(await deps.directory.credentials.passkeys.register(who.account.id, body.name, body.credential)),
  }),
  route({
    method: 'PATCH',
    path: '/passkeys/{id}',
    summary: 'Give a passkey another name',
    access: 'self',
    audit: 'passkey.rename',
    body: z.strictObject({ name: z.string().max(1_000) }),
    response: passkey,
    handle: async ({ deps, who, params, body }) =>
      shown(await deps.directory.credentials.passkeys.rename(who.account.id, params.id!, body.name)),
  }),
  route({
    method: 'DELETE',
    path: '/passkeys/{id}',
    summary: 'Remove a passkey',
    access: 'recent',
    audit: 'passkey.remove',
    async handle({ deps: { directory }, who, params }) {
      const { passkeys } = directory.credentials;
      const [all, { factors }] = await Promise.all([
        passkeys.list(who.account.id),
        directory.secondFactors.of(who.account.id),
      ]);
      if (factors.includes('passkey') && all.length === 1 && all[0]!.id === params.id) {
        throw new Refused('cannot', 'This passkey is asked for after your password. Switch that off first.');
      }
      await passkeys.remove(who.account.id, params.id!);
    },
  }),
  route({
    method: 'PUT',
    path: '/second-factor/passkey',
    summary: 'Whether a passkey is asked for after the password; recovery codes are answered where there are none',
    access: 'recent',
    audit: 'passkey.second-factor',
    body: z.strictObject({ on: z.boolean() }),
    response: z.object({ recoveryCodes: z.array(z.string()).optional() }),
    async handle({ deps: { directory }, who: { account }, body }) {
      if (!body.on) {
        await directory.secondFactors.remove(account.id, 'passkey');
        return {};
      }
      if ((await directory.credentials.passkeys.list(account.id)).length === 0) {
        throw new Refused('cannot', 'There is no passkey to ask for: register one first.');
      }
      const recoveryCodes = await directory.secondFactors.add(account.id, 'passkey');
      return recoveryCodes === undefined ? {} : { recoveryCodes };
    },
  }),
  route({
    method: 'POST',
    path: '/session/passkey/options',
    summary: 'What to ask the browser to sign in with a passkey, whoever it is; without a name',
    access: 'anyone',
    body: none,
    response: options,
    async handle({ deps, request }) {
      await countQuestion(deps, request);
      return deps.directory.credentials.passkeys.signInOptions();
    },
  }),
  route({
    method: 'POST',
    path: '/session/passkey',
    summary: 'Sign in with a passkey; no second factor is asked for, since the passkey has looked who holds it',
    access: 'anyone',
    body: z.strictObject({ credential, ...sessionOptions }),
    response: begun,
    async handle({ deps, body, request }) {
      const id = await deps.directory.credentials.passkeys.signIn(body.credential);
      const account = await deps.directory.account(id);
      if (account?.enabled !== true) throw new Refused('noperm', 'This account is switched off.');
      return beginSession(deps, request, account, 'passkey', body);
    },
  }),
  route({
    method: 'POST',
    path: '/session/second/passkey/options',
    summary: 'What to ask the browser for in the second step',
    access: 'anyone',
    body: z.strictObject({ ticket: z.string().max(1_024) }),
    response: options,
    async handle({ deps, body, request }) {
      const { owner } = await ticketOwner(deps, body.ticket);
      await countQuestion(deps, request);
      return deps.directory.credentials.passkeys.secondOptions(owner.id);
    },
  }),
  route({
    method: 'POST',
    path: '/session/second/passkey',
    summary: 'The second step: a passkey',
    access: 'anyone',
    body: z.strictObject({ ticket: z.string().max(1_024), credential, ...sessionOptions }),
    response: begun,
    async handle({ deps, body, request }) {
      const { directory } = deps;
      const { owner } = await ticketOwner(deps, body.ticket);
      if (!(await directory.secondFactors.of(owner.id)).factors.includes('passkey')) {
        throw new Refused('invalid', 'A passkey is not what this account asks for after the password.');
      }
      await directory.credentials.passkeys.second(owner.id, body.credential);
      return beginSession(deps, request, owner, 'password+passkey', body);
    },
  }),
  route({
    method: 'POST',
    path: '/session/confirm/passkey',
    summary: 'Show again who you are, with a passkey (its options are those of a sign-in)',
    access: 'self',
    body: z.strictObject({ credential }),
    async handle({ deps: { directory }, who, body }) {
      if ((await directory.credentials.passkeys.signIn(body.credential)) !== who.account.id) {
        throw new Refused('noperm', 'That is a passkey of another account.');
      }
      await directory.credentials.sessions.confirm(who.account.id, who.session.id);
    },
  }),
];

async function countQuestion({ doors }: AuthParts, { address }: HttpRequest): Promise<void> {
  const message = 'Too many passkeys were asked for from your network. Try again in some minutes.';
  await doors.rates.require('passkey', network(address), QUESTIONS, message);
}

function shown({ added, used, ...rest }: { added: number; used?: number | undefined; id: string; name: string }) {
  return { ...rest, added: isoTime(added), ...(used === undefined ? {} : { used: isoTime(used) }) };
}
