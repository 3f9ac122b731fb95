import { type Answer, type Call, type Given, keyOf, resolved } from './calls.ts';

/**
 * What the pages ask for first, asked for while they are still on their way: by a few lines (boot.ts) that are here long before them, and that
 * know nothing but the addresses of the server they came from. Each answer is for the first who asks for just that; whatever goes wrong, or is not
 * asked for soon, the pages ask again themselves.
 */

/** Somebody signed out here while the server could not be told. */
export const LEFT = 'signed-out';

/** Our own extension: references within filters (docs/jmap.md). */
const REFERENCES = 'https://postern.example/jmap/references';
const USING = [
  'urn:ietf:params:jmap:core',
  'urn:ietf:params:jmap:mail',
  // With it a mailbox says whom it is shared with.
  'urn:ietf:params:jmap:principals',
  'https://postern.example/jmap/preferences',
  'https://postern.example/jmap/snooze',
  REFERENCES,
];
/** What was not asked for by then is too old, in milliseconds. */
const FRESH_MS = 10_000;

let session: Promise<Response> | undefined;
let answers: Promise<Map<string, Answer>> | undefined;

/** Begins with the cookie of an earlier visit, and asks for what the pages will want. */
export function askAhead(calls: readonly Call[]): void {
  // First the server is told.
  if (localStorage.getItem(LEFT) !== null) return;
  let mail: Promise<Map<string, Answer>> | undefined;
  const body = { method: 'POST', headers: { 'X-Postern': '1', ...JSON_BODY }, body: '{}' };
  session = fetch('/auth/v1/session/refresh', body).then(async (response) => {
    // Before anybody hears who is signed in, and asks for more.
    if (response.status === 200 && calls.length > 0) mail = asked((await response.clone().json()) as Begun, calls);
    return response;
  });
  answers = session.then(() => mail ?? new Map()).catch(() => new Map());
  void answers.then(() => setTimeout(() => (answers = undefined), FRESH_MS));
}

/** The answer to beginning with the cookie, for the first who wants it. */
export function takeSession(): Promise<Response> | undefined {
  const taken = session;
  session = undefined;
  return taken;
}

/** The answers to calls of one request; undefined where one of them was not asked for ahead. */
export async function answeredAhead(calls: readonly Call[]): Promise<readonly Answer[] | undefined> {
  const known = await answers;
  if (known === undefined || known.size === 0) return undefined;
  const found: Answer[] = [];
  const keys: string[] = [];
  for (const [method, given, id] of calls) {
    const concrete = resolved(given, found);
    const key = concrete === undefined ? '' : keyOf(method, concrete);
    const answer = known.get(key);
    if (answer === undefined) return undefined;
    keys.push(key);
    found.push([method, answer[1], id]);
  }
  for (const key of keys) known.delete(key);
  return found;
}

const JSON_BODY = { 'Content-Type': 'application/json' };

interface Begun {
  readonly account: { readonly id: string };
  readonly access: string;
}

async function asked({ account, access }: Begun, calls: readonly Call[]): Promise<Map<string, Answer>> {
  const methodCalls = calls.map(([method, given, id]) => [method, { accountId: account.id, ...given }, id]);
  const found = await fetch('/jmap/api', {
    method: 'POST',
    headers: { Authorization: `Bearer ${access}`, ...JSON_BODY },
    body: JSON.stringify({ using: USING, methodCalls }),
  });
  if (!found.ok) return new Map();
  const { methodResponses } = (await found.json()) as { methodResponses: readonly Answer[] };
  return byKey(calls, methodResponses);
}

function byKey(calls: readonly Call[], all: readonly Answer[]): Map<string, Answer> {
  const known = new Map<string, Answer>();
  for (const [method, given, id] of calls) {
    const answer = all.find((one) => one[2] === id && one[0] === method);
    const concrete: Given | undefined = resolved(given, all);
    if (answer !== undefined && concrete !== undefined) known.set(keyOf(method, concrete), answer);
  }
  return known;
}
