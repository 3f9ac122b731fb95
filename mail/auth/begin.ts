import * as z from 'zod';
import { SCOPES } from '../credentials/scopes.ts';
import type { BeginSession, Tokens } from '../credentials/sessions.ts';
import type { AccountInfo } from '../directory/types.ts';
import { type HttpRequest, json } from '../http.ts';
import { Refused } from '../refused.ts';
import { Raw } from '../rest/route.ts';
import { cookie, isOurPage } from './cookie.ts';
import type { AuthDeps } from './deps.ts';

/** What every way to begin a session takes besides its proof. */
export const sessionOptions = {
  device: z.string().max(1_000).optional().describe('As the program names itself in the list of sessions'),
  stay: z.boolean().optional().describe('Whether to stay signed in when the program ends'),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .max(SCOPES.length)
    .optional()
    .describe('What the session is for; default: all'),
};

export interface SessionOptions {
  readonly device?: string | undefined;
  readonly stay?: boolean | undefined;
  readonly scopes?: BeginSession['scopes'] | undefined;
  /** The password that was shown (`SignedIn.credential`): where it is another one by now, there is no session. */
  readonly withPassword?: string;
}

/** What every way to begin or refresh a session answers. */
export const begun = z.object({
  account: z.object({ id: z.string(), address: z.string(), displayName: z.string().optional() }),
  session: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  access: z.string().describe('The access token: "Authorization: Bearer"'),
  expiresIn: z.int().describe('Seconds that it lasts'),
  refresh: z.string().optional().describe('The refresh token; with "X-Postern: 1" it goes into a cookie instead'),
  refreshExpiresIn: z.int(),
});

/** Begins a session of somebody whom we know now, and answers with its tokens. `how`: `password`, `passkey` ... */
export async function beginSession(
  deps: AuthDeps,
  request: HttpRequest,
  account: AccountInfo,
  how: string,
  { device = '', stay = false, scopes, withPassword }: SessionOptions,
): Promise<Raw> {
  const { address } = request;
  const { directory } = deps;
  await requireWebmail(deps, request, account);
  const { sessions } = directory.credentials;
  const more = scopes === undefined ? {} : { scopes };
  const tokens = await sessions.begin(account.id, { how, device, address, stay, ...more });
  // A change of the password ends the sessions that there are: this one may have come just after.
  if (withPassword !== undefined && !(await directory.holds(account.id, withPassword))) {
    await sessions.end(account.id, tokens.session);
    throw new Refused('authenticationfailed', 'The password was changed just now. Sign in again.');
  }
  return answer(deps, request, account, tokens);
}

/** Throws `Refused` where the webmail asks and is switched off for the account; other programs go on. */
export async function requireWebmail(
  { directory }: AuthDeps,
  request: HttpRequest,
  { address }: AccountInfo,
): Promise<void> {
  if (!isOurPage(request) || (await directory.setting('accounts.webmail', { account: address }))) return;
  throw new Refused('noperm', `The webmail is switched off for ${address}. Read your mail with a mail program.`);
}

/** The tokens: the refresh token of a page of ours in its cookie. */
export function answer({ clock }: AuthDeps, request: HttpRequest, account: AccountInfo, tokens: Tokens): Raw {
  const now = clock.now();
  const seconds = (until: number) => Math.max(0, Math.floor((until - now) / 1_000));
  const { id, address, displayName } = account;
  const refreshExpiresIn = seconds(tokens.refreshUntil);
  const page = isOurPage(request);
  const response = json(200, {
    account: { id, address, ...(displayName === undefined ? {} : { displayName }) },
    session: tokens.session,
    scopes: tokens.scopes.filter((scope) => scope !== 'admin' || account.role !== undefined),
    access: tokens.access,
    expiresIn: seconds(tokens.accessUntil),
    ...(page ? {} : { refresh: tokens.refresh }),
    refreshExpiresIn,
  } satisfies z.infer<typeof begun>);
  if (!page) return new Raw(response);
  const kept = cookie(request, tokens.refresh, tokens.stay ? refreshExpiresIn : undefined);
  return new Raw({ ...response, headers: { ...response.headers, 'set-cookie': kept } });
}
