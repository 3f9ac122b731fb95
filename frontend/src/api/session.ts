import { account, type SignedIn } from './account.ts';
import { LEFT, takeSession } from './ahead.ts';

/** Who is signed in. The access token stays in memory; the refresh token is in a cookie that no script reads. */

/** A refusal of the API (RFC 9457), in words for whoever reads it. `status` 0: the server was not reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The second step of a sign-in: what may be given, and the ticket for it. */
export interface SecondStep {
  readonly ticket: string;
  readonly needs: readonly ('totp' | 'passkey' | 'recoveryCode')[];
}

interface Begun {
  readonly account: SignedIn;
  readonly access: string;
  readonly expiresIn: number;
}

const LAST = 'account';

/** Seconds before its end at which a token is replaced. */
const MARGIN_S = 60;

let access: { readonly token: string; readonly until: number } | undefined;
let refreshing: Promise<boolean> | undefined;

/** Asks the API of sign-ins. Throws `ApiError`. */
export async function auth<T>(method: string, path: string, body?: unknown, signed = false): Promise<T> {
  const headers: Record<string, string> = { 'X-Postern': '1' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (signed) headers.Authorization = `Bearer ${await accessToken()}`;
  const response = await ask(`/auth/v1${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await bodyOf<T>(response)) as T;
}

async function bodyOf<T>(response: Response): Promise<T | undefined> {
  return response.status === 204 ? undefined : ((await response.json()) as T);
}

/** Begins with the cookie of an earlier visit. False where there is none. */
export function resume(): Promise<boolean> {
  refreshing ??= (async () => {
    try {
      if (localStorage.getItem(LEFT) !== null) {
        await auth('POST', '/session/end', {});
        localStorage.removeItem(LEFT);
      }
      const ahead = takeSession();
      const begun = await (ahead === undefined
        ? auth<Begun | undefined>('POST', '/session/refresh', {})
        : answered(ahead).then(bodyOf<Begun>));
      if (begun === undefined) end();
      else begin(begun);
      return begun !== undefined;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) {
        account.value ??= last();
        throw error;
      }
      end();
      return false;
    } finally {
      refreshing = undefined;
    }
  })();
  return refreshing;
}

/** Signs in; a second step where the account asks for one. */
export async function signIn(name: string, password: string, stay: boolean): Promise<SecondStep | undefined> {
  const answer = await auth<Begun | SecondStep>('POST', '/session', { name, password, stay, device: deviceName() });
  if ('ticket' in answer) return answer;
  begin(answer);
  return undefined;
}

/** The second step, with a code of an app or one of those that were written down. */
export async function signInSecond(
  ticket: string,
  proof: { readonly code: string } | { readonly recoveryCode: string },
  stay: boolean,
): Promise<void> {
  begin(await auth<Begun>('POST', '/session/second', { ticket, ...proof, stay, device: deviceName() }));
}

/** Takes over what a way to sign in has answered. */
export function begin(answer: Begun): void {
  access = { token: answer.access, until: Date.now() + (answer.expiresIn - MARGIN_S) * 1_000 };
  // The same one with a new token is no news to those who look at it.
  if (JSON.stringify(account.peek()) !== JSON.stringify(answer.account)) account.value = answer.account;
  const before = last()?.id;
  localStorage.setItem(LAST, JSON.stringify(answer.account));
  localStorage.removeItem(LEFT);
  // What was kept of another's mail is not for this one.
  if (before !== undefined && before !== answer.account.id)
    void import('./store.ts').then(({ wipe }) => wipe(answer.account.id));
}

/** Leaves, and nothing behind. Without a line the server is told at the next visit, before anything else. */
export async function signOut(): Promise<void> {
  localStorage.setItem(LEFT, '1');
  try {
    await auth('POST', '/session/end', {});
    localStorage.removeItem(LEFT);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  } finally {
    end();
    await import('./store.ts').then(({ wipe }) => wipe());
  }
}

/** Who was signed in here last: shown what this browser has kept, while the server cannot be asked. */
function last(): SignedIn | undefined {
  const kept = localStorage.getItem(LAST);
  return kept === null ? undefined : (JSON.parse(kept) as SignedIn);
}

function end(): void {
  access = undefined;
  account.value = null;
  localStorage.removeItem(LAST);
}

/** A token that is good for a minute at least. Throws `ApiError` with status 401 where the session is over. */
export async function accessToken(): Promise<string> {
  if (access !== undefined && access.until > Date.now()) return access.token;
  if (!(await resume()) || access === undefined)
    throw new ApiError(401, 'signedOut', 'Your session is over: sign in again.');
  return access.token;
}

/** As `fetch`, signed in; one more try with a new token where the one at hand was refused. Throws `ApiError`. */
export async function signedFetch(url: string, init: RequestInit = {}): Promise<Response> {
  const attempt = async () =>
    ask(url, { ...init, headers: { ...(init.headers as object), Authorization: `Bearer ${await accessToken()}` } });
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    access = undefined;
    return attempt();
  }
}

function ask(url: string, init: RequestInit): Promise<Response> {
  return answered(fetch(url, init));
}

async function answered(asked: Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await asked;
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError(0, 'offline', 'The server cannot be reached.');
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; code?: string; type?: string };
  throw new ApiError(response.status, problem.code ?? problem.type ?? '', problem.detail ?? response.statusText);
}

/** For the list of sessions: a browser and its system, as far as it says. */
export function deviceName(): string {
  const { userAgent } = navigator;
  const browser = /Firefox|Edg|OPR|Chrome|Safari/.exec(userAgent)?.[0] ?? 'Browser';
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(userAgent)?.[0] ?? '';
  return `Webmail, ${browser === 'Edg' ? 'Edge' : browser}${system === '' ? '' : `, ${system}`}`;
}
