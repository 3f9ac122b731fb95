import { answeredAhead } from './ahead.ts';
import type { Answer, Call } from './calls.ts';
import { accountOf, bareId } from './ids.ts';
import { cut, isCut, pending } from './line.ts';
import { MethodError } from './method-error.ts';
import { ApiError, accessToken, signedFetch } from './session.ts';

/** One JMAP client for the page: what is asked for in one turn of the event loop goes in one request (RFC 8620 section 3). */

export const CORE = 'urn:ietf:params:jmap:core';
export const MAIL = 'urn:ietf:params:jmap:mail';
export const SUBMISSION = 'urn:ietf:params:jmap:submission';

export interface Session {
  readonly username: string;
  readonly apiUrl: string;
  readonly downloadUrl: string;
  readonly uploadUrl: string;
  readonly eventSourceUrl: string;
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly accounts: Readonly<
    Record<
      string,
      {
        readonly name: string;
        readonly isPersonal: boolean;
        readonly isReadOnly: boolean;
        readonly accountCapabilities?: Readonly<Record<string, unknown>>;
      }
    >
  >;
  readonly primaryAccounts: Readonly<Record<string, string>>;
  readonly state: string;
}

type Arguments = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly method: string;
  readonly arguments: Arguments;
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** Refers to the result of another call of the same turn. */
export interface Reference {
  readonly resultOf: string;
  readonly name: string;
  readonly path: string;
}

let session: Promise<Session> | undefined;
let waiting: Waiting[] = [];

export function openSession(): Promise<Session> {
  session ??= readSession();
  session.catch(() => {
    session = undefined;
  });
  return session;
}

async function readSession(): Promise<Session> {
  try {
    const answer = (await (await signedFetch('/.well-known/jmap')).json()) as Session;
    // What it is asked for goes first.
    setTimeout(() => void offline().then(({ keepSession }) => keepSession(answer)));
    return answer;
  } catch (error) {
    const kept = isUnreached(error) ? await (await offline()).keptSession<Session>() : undefined;
    if (kept === undefined) throw error;
    return kept;
  }
}

/** Forgets the session object: after signing out, or where its state has changed. */
export function closeSession(): void {
  session = undefined;
}

export async function mailAccount(): Promise<string> {
  const { primaryAccounts } = await openSession();
  return primaryAccounts[MAIL]!;
}

/**
 * Calls a method of the signed-in account, unless `accountId` is given, or ids of what others share (ids.ts). Calls of one turn are one
 * request, in order. Throws `MethodError`, or `ApiError` where the request as a whole failed.
 */
export function call<T>(method: string, given: Arguments): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (waiting.length === 0) queueMicrotask(() => void send());
    waiting.push({ method, arguments: given, resolve: resolve as Waiting['resolve'], reject });
  });
}

/** Calls that refer to each other (RFC 8620 section 3.7), in one request. Gives the first answer to each. */
export async function chain<T extends readonly unknown[]>(
  ...calls: readonly (readonly [method: string, given: Arguments, id: string])[]
): Promise<T> {
  const responses = await post(calls.map(([method, given, id]) => [method, given, id] as const));
  return calls.map(([, , id]) => {
    const found = responses.find((one) => one[2] === id);
    if (found === undefined)
      throw new MethodError({ type: 'serverFail', description: 'The server left an answer out.' });
    if (found[0] === 'error') throw new MethodError(found[1] as unknown as { type: string });
    return found[1];
  }) as unknown as T;
}

async function send(): Promise<void> {
  const calls = waiting;
  waiting = [];
  try {
    const responses = await post(calls.map((one, index) => [one.method, one.arguments, String(index)] as const));
    calls.forEach(({ resolve, reject }, index) => {
      const found = responses.find(([, , id]) => id === String(index));
      if (found === undefined)
        reject(new MethodError({ type: 'serverFail', description: 'The server left an answer out.' }));
      else if (found[0] === 'error') reject(new MethodError(found[1] as unknown as { type: string }));
      else resolve(found[1] as never);
    });
  } catch (error) {
    for (const { reject } of calls) reject(error as Error);
  }
}

/** What is done without a line (offline.ts); loaded when the first answer is there, as nobody waits for it before. */
const offline = () => import('./offline.ts');

async function post(calls: readonly Call[]): Promise<readonly Answer[]> {
  if (isCut()) return (await offline()).answer(calls);
  const ahead = await answeredAhead(calls);
  if (ahead !== undefined) {
    void offline().then(({ seen }) => seen(calls, ahead));
    return ahead;
  }
  try {
    // What was asked for without a line comes before what is asked for now.
    if (pending.peek() > 0) await catchUp();
    const answers = await ask(calls);
    void offline().then(({ seen }) => seen(calls, answers));
    return answers;
  } catch (error) {
    // Whether a message was sent is not known then: who sends decides.
    if (!isUnreached(error) || calls.some(([method]) => method === 'EmailSubmission/set')) throw error;
    cut();
    return (await offline()).answer(calls);
  }
}

async function ask(calls: readonly Call[]): Promise<readonly Answer[]> {
  const { accounts } = await openSession();
  const accountId = await mailAccount();
  const others = Object.keys(accounts).filter((one) => one !== accountId);
  if (others.length > 0 && JSON.stringify(calls).match(others.join('|')) !== null)
    return (await import('./elsewhere.ts')).askElsewhere(calls, accountId, others, postCalls);
  return postCalls(calls.map(([method, given, id]) => [method, { accountId, ...given }, id]));
}

async function postCalls(methodCalls: readonly Call[]): Promise<readonly Answer[]> {
  const { apiUrl, capabilities } = await openSession();
  const response = await signedFetch(apiUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ using: Object.keys(capabilities), methodCalls }),
  });
  const { methodResponses } = (await response.json()) as { methodResponses: Answer[] };
  return methodResponses;
}

/** Does what waits since there was no line. Throws `ApiError` with status 0 where it is gone again; other trouble is for later. */
export async function catchUp(): Promise<void> {
  const { countPending, flush } = await offline();
  await countPending();
  if (pending.peek() === 0) return;
  await flush(ask).catch((error) => {
    if (isUnreached(error)) throw error;
  });
}

function isUnreached(error: unknown): boolean {
  return error instanceof ApiError && error.status === 0;
}

/** Where a blob is downloaded; the request must be signed in. */
export async function downloadBlob(
  blobId: string,
  name: string,
  type: string,
  signal?: AbortSignal,
  account?: string,
): Promise<Blob> {
  try {
    const { downloadUrl } = await openSession();
    const accountId = account ?? accountOf(blobId) ?? (await mailAccount());
    const url = fill(downloadUrl, { accountId, blobId: bareId(blobId), name, type });
    const blob = await (await signedFetch(url, signal === undefined ? {} : { signal })).blob();
    void offline().then(({ keepBlob }) => keepBlob(blobId, blob));
    return blob;
  } catch (error) {
    const kept = isUnreached(error) ? await (await offline()).keptBlob(blobId) : undefined;
    if (kept === undefined) throw error;
    return kept;
  }
}

/** Uploads a file; `onProgress` hears 0 to 1. Throws `ApiError`. */
export async function uploadBlob(
  file: Blob,
  options: { readonly onProgress?: (share: number) => void; readonly signal?: AbortSignal } = {},
): Promise<{ readonly blobId: string; readonly type: string; readonly size: number }> {
  const { uploadUrl } = await openSession();
  const [token, accountId] = await Promise.all([accessToken(), mailAccount()]);
  return new Promise((resolve, reject) => {
    // `fetch` tells no progress of what it sends.
    const request = new XMLHttpRequest();
    request.open('POST', fill(uploadUrl, { accountId }));
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => options.onProgress?.(total === 0 ? 1 : loaded / total);
    request.onload = () => {
      const body = (request.response ?? {}) as { detail?: string; type?: string };
      if (request.status < 300) resolve(body as never);
      else reject(new ApiError(request.status, body.type ?? '', body.detail ?? 'The file was not taken.'));
    };
    request.onerror = () => reject(new ApiError(0, 'offline', 'The server cannot be reached.'));
    request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
    options.signal?.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

/** Fills a URL template (RFC 6570 level 1). */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}
