import { t } from '../i18n/index.ts';
import { type Answer, type Call, type Given, keyOf, resolved } from './calls.ts';
import { readRows, writeRows } from './store.ts';

/** Answers of the server, kept as they come, and given again where there is no line: objects one by one, queries and lists whole. */

/** Methods whose answers are of the moment. */
const NOT_KEPT = /\/(changes|queryChanges|set|copy|import|parse|upload|unsubscribe)$/;
/** What of an email the server computes of its text; an email that was read has it. */
const OF_TEXT = new Set(['bodyValues']);

/** Puts what a request has answered by. */
export async function keep(calls: readonly Call[], answers: readonly Answer[]): Promise<void> {
  const entries: Parameters<typeof writeRows>[0][number][] = [];
  for (const [method, given, id] of calls) {
    const answer = answers.find((one) => one[2] === id && one[0] === method);
    if (answer !== undefined && method === 'Email/set') {
      const update = (given.update ?? {}) as Readonly<Record<string, Given>>;
      const done = Object.keys((answer[1].updated ?? {}) as Given);
      await patchKept(Object.fromEntries(done.filter((one) => one in update).map((one) => [one, update[one]!])));
    }
    if (answer === undefined || NOT_KEPT.test(method)) continue;
    const concrete = resolved(given, answers);
    if (concrete === undefined) continue;
    const list = objectsOf(method, concrete, answer[1]);
    if (list === undefined) entries.push({ key: keyOf(method, concrete), ...sized(answer[1]) });
    else {
      for (const one of list) entries.push({ key: `${typeOf(method)}:${one.id}`, ...sized(one), merge: true });
    }
  }
  if (entries.length > 0) await writeRows(entries);
}

/** The answer to one call from what is kept, as the server would give it; an error in its place where nothing is. */
export async function keptAnswer([method, given, id]: Call, earlier: readonly Answer[]): Promise<Answer> {
  const nothing: Answer = ['error', { type: 'serverUnavailable', description: t('offline.notKept') }, id];
  const concrete = resolved(given, earlier);
  if (concrete === undefined || NOT_KEPT.test(method)) return nothing;
  const { ids, properties } = concrete as { ids?: readonly string[] | null; properties?: readonly string[] };
  if (!method.endsWith('/get') || !Array.isArray(ids)) {
    const [found] = (await readRows([keyOf(method, concrete)])) as [Given | undefined];
    if (found === undefined) return nothing;
    return [method, method === 'Email/query' ? await withoutMoved(concrete, found) : found, id];
  }
  const rows = (await readRows(ids.map((one) => `${typeOf(method)}:${one}`))) as (Given | undefined)[];
  const needed = [...(properties ?? []), ...(concrete.fetchAllBodyValues ? OF_TEXT : [])];
  const list = rows.filter((row): row is Given => row !== undefined && needed.every((name) => name in row));
  if (list.length === 0 && ids.length > 0) return nothing;
  const found = new Set(list.map((one) => one.id));
  return [method, { list, notFound: ids.filter((one) => !found.has(one)), state: '' }, id];
}

/** Shows in what is kept the changes that wait (RFC 8620 section 5.3). */
export async function patchKept(update: Readonly<Record<string, Given>>): Promise<void> {
  const ids = Object.keys(update);
  const rows = (await readRows(ids.map((id) => `Email:${id}`))) as (Given | undefined)[];
  await writeRows(
    ids.flatMap((id, index) => {
      const row = rows[index];
      return row === undefined ? [] : [{ key: `Email:${id}`, ...sized(patched(row, update[id]!)), merge: true }];
    }),
  );
}

/** Says of emails that wait to be destroyed that they are nowhere. */
export function hideKept(ids: readonly string[]): Promise<void> {
  return patchKept(Object.fromEntries(ids.map((id) => [id, { mailboxIds: {} }])));
}

/** The objects that a /get by ids has answered; undefined of anything else. */
function objectsOf(method: string, { ids }: Given, answer: Given): readonly Given[] | undefined {
  return method.endsWith('/get') && Array.isArray(ids) ? (answer.list as readonly Given[]) : undefined;
}

/** Emails of a query for a mailbox, without those that were moved out of it since it was answered. */
async function withoutMoved({ filter }: Given, answer: Given): Promise<Given> {
  const { inMailbox } = (filter ?? {}) as { inMailbox?: string };
  const ids = answer.ids as readonly string[];
  if (inMailbox === undefined) return answer;
  const rows = (await readRows(ids.map((id) => `Email:${id}`))) as ({ mailboxIds?: Given } | undefined)[];
  const still = ids.filter((_, index) => {
    const at = rows[index]?.mailboxIds;
    return at === undefined || inMailbox in at;
  });
  const total = answer.total as number | undefined;
  return { ...answer, ids: still, ...(total === undefined ? {} : { total: total - (ids.length - still.length) }) };
}

function patched(row: Given, patch: Given): Given {
  const changed: Record<string, unknown> = { ...row };
  for (const [pointer, value] of Object.entries(patch)) {
    const [name, key] = pointer.split('/') as [string, string?];
    if (key === undefined) changed[name] = value;
    else {
      const { [key]: _, ...rest } = (changed[name] ?? {}) as Record<string, unknown>;
      changed[name] = value === null ? rest : { ...rest, [key]: value };
    }
  }
  return changed;
}

function typeOf(method: string): string {
  return method.slice(0, method.indexOf('/'));
}

function sized(value: Given): { readonly value: Given; readonly bytes: number } {
  return { value, bytes: JSON.stringify(value).length };
}
