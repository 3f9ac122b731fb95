import type { Answer, Call, Given } from './calls.ts';
import { accountOf, bareId, idIn } from './ids.ts';
import { MethodError } from './method-error.ts';

/** Calls to the accounts of others: each goes to the account whose ids it names, and its answer comes back with such ids (ids.ts). */

/** Objects that others share here; whoever asks for those of other types names the account himself. */
const TYPES = /^(Email|Mailbox|Thread|SearchSnippet)\//;
/** Properties whose value is an id, or a list of them. */
const IDS = new Set(['id', 'blobId', 'threadId', 'parentId', 'emailId', 'emailIds', 'ids']);
const LISTS = new Set([...IDS, 'created', 'updated', 'destroyed', 'notFound']);
/** Properties that are objects by id. */
const BY_ID = new Set(['mailboxIds', 'updated', 'notUpdated', 'notDestroyed', 'parsed']);

/** Asks, where some of the calls may be about what `others` share. `post`: calls with their accounts, as the server takes them. */
export async function askElsewhere(
  calls: readonly Call[],
  own: string,
  others: readonly string[],
  post: (calls: readonly Call[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const accounts = new Map<string, string>();
  const bare = calls.map(([method, given, id]): Call => {
    const { named, value } = bared(given, others);
    const account = accountFor(method, value as Given, named, accounts) ?? own;
    accounts.set(id, account);
    return [method, { accountId: account, ...(value as Given) }, id];
  });
  return (await post(bare)).map(([method, result, id]): Answer => {
    const account = accounts.get(id) ?? own;
    if (account === own || method === 'error' || !TYPES.test(method)) return [method, result, id];
    return [method, placed('', result, account) as Given, id];
  });
}

function accountFor(
  method: string,
  given: Given,
  named: ReadonlySet<string>,
  earlier: ReadonlyMap<string, string>,
): string | undefined {
  if (typeof given.accountId === 'string') return given.accountId;
  if (named.size > 1)
    throw new MethodError({ type: 'invalidArguments', description: `${method} is about one account at a time.` });
  const [account] = named;
  if (account !== undefined) return account;
  for (const [name, value] of Object.entries(given))
    if (name.startsWith('#')) return earlier.get((value as { resultOf: string }).resultOf);
  return undefined;
}

const WHOLE = /^[\w-]+:[\w-]+$/;
/** In a path of RFC 8620 section 5.3. */
const IN_PATH = /(?<=^|\/)[\w-]+:[\w-]+(?=\/|$)/g;

/** Without the accounts, and which they are. Texts that people write are left alone, whatever they look like. */
function bared(given: unknown, others: readonly string[]) {
  const named = new Set<string>();
  const bare = (text: string) => {
    const account = accountOf(text);
    if (account === undefined || !others.includes(account)) return text;
    named.add(account);
    return bareId(text);
  };
  const walk = (value: unknown, name: string): unknown => {
    if (typeof value === 'string') return isOfIds(name) && WHOLE.test(value) ? bare(value) : value;
    if (Array.isArray(value)) return value.map((one) => walk(one, name));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key.replace(IN_PATH, bare), walk(one, key)]));
  };
  return { value: walk(given, ''), named };
}

/** `inMailbox`, `ids`, `blobIds`, `destroy`, `anchor`, `forEmailId` … */
function isOfIds(name: string): boolean {
  return /(^id|Ids?|^ids|^destroy|^anchor|^inMailbox|^inMailboxOtherThan)$/.test(name);
}

function placed(name: string, value: unknown, account: string): unknown {
  if (typeof value === 'string') return IDS.has(name) ? idIn(account, value) : value;
  if (Array.isArray(value)) {
    return value.map((one) =>
      typeof one === 'string' ? (LISTS.has(name) ? idIn(account, one) : one) : placed('', one, account),
    );
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [BY_ID.has(name) ? idIn(account, key) : key, placed(key, one, account)]),
  );
}
