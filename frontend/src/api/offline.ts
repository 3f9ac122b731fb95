import { t } from '../i18n/index.ts';
import { account } from './account.ts';
import { type Answer, type Call, type Given, resolved } from './calls.ts';
import { whenIdle } from './idle.ts';
import { hideKept, keep, keptAnswer, patchKept } from './kept.ts';
import { pending, refusals } from './line.ts';
import { ApiError } from './session.ts';
import { deleteWaiting, putWaiting, readQueue, readRows, trimRows, type Waiting, writeRows } from './store.ts';

/** The server's place while there is no line: reads are answered of what is kept, changes wait and are done in order after. */

/** What may wait: changes of messages, and sending them. */
const MAY_WAIT = new Set(['Email/set', 'EmailSubmission/set']);
const WRITES_A_TRIM = 200;
/** Time after which what was answered is kept however much there is to do. */
const IDLE_MS = 2_000;

type Post = (calls: readonly Call[]) => Promise<readonly Answer[]>;

let written = WRITES_A_TRIM;
let flushing: Promise<void> | undefined;
/** What an earlier visit has left waiting is told from the beginning. */
let counted: Promise<void> | undefined;

/** What was answered and is not kept yet, and to whom. */
const unkept: {
  readonly owner: string | undefined;
  readonly calls: readonly Call[];
  readonly answers: readonly Answer[];
}[] = [];
let keeping: Promise<void> = Promise.resolve();

/** Keeps what was answered, when nobody waits for anything else. */
export function seen(calls: readonly Call[], answers: readonly Answer[]): void {
  unkept.push({ owner: account.peek()?.id, calls, answers });
  if (unkept.length === 1) whenIdle(() => void keepSeen(), IDLE_MS);
}

/** Where the browser keeps nothing (a private window, a full disk), that is no reason to fail. */
function keepSeen(): Promise<void> {
  keeping = keeping.then(async () => {
    for (const { owner, calls, answers } of unkept.splice(0)) {
      if (owner !== account.peek()?.id) continue;
      await keep(calls, answers)
        .then(() => (++written < WRITES_A_TRIM ? undefined : trim()))
        .catch(() => undefined);
    }
  });
  return keeping;
}

async function trim(): Promise<void> {
  written = 0;
  await trimRows();
}

addEventListener('pagehide', () => void keepSeen());

/** Answers a request without the server. What is not kept is an error of its method. */
export async function answer(calls: readonly Call[]): Promise<readonly Answer[]> {
  await (counted ??= countPending());
  await keepSeen();
  const answers: Answer[] = [];
  const waits: Call[] = [];
  const promised: Record<string, string> = {};
  for (const call of calls) {
    const [method, given, id] = call;
    const concrete = resolved(given, answers);
    if (MAY_WAIT.has(method) && concrete !== undefined) {
      waits.push([method, concrete, id]);
      answers.push([method, await promise(method, concrete, id, promised), id]);
    } else if (/\/(set|import|copy)$/.test(method)) {
      answers.push(['error', { type: 'serverUnavailable', description: t('offline.notNow') }, id]);
    } else answers.push(await keptAnswer(call, answers));
  }
  if (waits.length > 0) {
    await putWaiting({ calls: waits, promised });
    await countPending();
  }
  return answers;
}

export async function countPending(): Promise<void> {
  pending.value = (await readQueue().catch(() => [])).length;
}

/** Does what waits, in order; what is refused is told and let go. Throws where the line is lost again: the rest still waits. */
export function flush(post: Post): Promise<void> {
  flushing ??= run(post).finally(() => {
    flushing = undefined;
  });
  return flushing;
}

async function run(post: Post): Promise<void> {
  const ids = new Map<string, string>();
  for (const one of await readQueue()) {
    const calls = renamed(one.calls, ids);
    if (!(one.begun && (await isDone(calls, post)))) {
      await putWaiting({ ...one, begun: true });
      const answers = await post(calls).catch(refusedWhole);
      for (const [key, id] of givenIds(answers)) ids.set(one.promised[key] ?? key, id);
      const refused = answers.flatMap(refusalsOf);
      if (refused.length > 0) refusals.value = [...refusals.peek(), ...refused];
    }
    // Later requests may name what this one has made.
    for (const rest of await readQueue())
      if (rest.id! > one.id!) await putWaiting({ ...rest, calls: renamed(rest.calls, ids) as Waiting['calls'] });
    await deleteWaiting(one.id!);
    await countPending();
  }
}

/** A request that the server will never take must not stand in the way of the next. */
function refusedWhole(error: unknown): readonly Answer[] {
  const { status, message } = error as ApiError;
  if (!(error instanceof ApiError) || status < 400 || status >= 500 || status === 401 || status === 429) throw error;
  return [['error', { type: 'refused', description: message }, '']];
}

/** What the server would say to a change, before it is asked. */
async function promise(method: string, given: Given, id: string, promised: Record<string, string>): Promise<Given> {
  const { create, update, destroy } = given as {
    create?: Readonly<Record<string, Given>>;
    update?: Readonly<Record<string, Given>>;
    destroy?: readonly string[];
  };
  const created: Record<string, Given> = {};
  for (const key of Object.keys(create ?? {})) {
    const name = `waiting-${crypto.randomUUID()}`;
    promised[`${id}/${key}`] = name;
    created[key] = { id: name, blobId: name, threadId: name, size: 0, undoStatus: 'pending' };
  }
  if (method === 'Email/set') {
    await patchKept(update ?? {}).catch(() => undefined);
    await hideKept(destroy ?? []).catch(() => undefined);
  }
  return {
    created,
    updated: Object.fromEntries(Object.keys(update ?? {}).map((one) => [one, null])),
    destroyed: destroy ?? [],
    notCreated: null,
    notUpdated: null,
    notDestroyed: null,
    oldState: '',
    newState: '',
  };
}

/** Whether a request that was begun, and whose answer got lost, has sent its message: that must not happen twice. The rest may. */
async function isDone(calls: readonly Call[], post: Post): Promise<boolean> {
  for (const [method, { create }] of calls) {
    const [sending] = Object.values((create ?? {}) as Readonly<Record<string, { emailId: string }>>);
    if (method !== 'EmailSubmission/set' || sending === undefined) continue;
    const [answer] = await post([
      ['EmailSubmission/query', { filter: { emailIds: [sending.emailId] }, limit: 1 }, 'q'],
    ]);
    return ((answer?.[1].ids ?? []) as readonly string[]).length > 0;
  }
  return false;
}

function givenIds(answers: readonly Answer[]): readonly (readonly [string, string])[] {
  return answers.flatMap(([, { created }, id]) =>
    Object.entries((created ?? {}) as Readonly<Record<string, { id: string }>>).map(
      ([key, one]) => [`${id}/${key}`, one.id] as const,
    ),
  );
}

/** Calls with the server's ids in the place of ours. */
function renamed(calls: readonly Call[], ids: ReadonlyMap<string, string>): readonly Call[] {
  let text = JSON.stringify(calls);
  for (const [ours, theirs] of ids) text = text.replaceAll(ours, theirs);
  return JSON.parse(text) as Call[];
}

function refusalsOf([method, result]: Answer): readonly string[] {
  if (method === 'error') return [String(result.description ?? result.type)];
  return ['notCreated', 'notUpdated', 'notDestroyed'].flatMap((name) =>
    Object.values((result[name] ?? {}) as Readonly<Record<string, { type: string; description?: string }>>).map(
      ({ type, description }) => description ?? type,
    ),
  );
}

/** A file that was opened, so that it can be again. */
export async function keptBlob(blobId: string): Promise<Blob | undefined> {
  const [found] = (await readRows([`blob:${blobId}`]).catch(() => [])) as [{ blob: Blob }?];
  return found?.blob;
}

/** Bytes of the largest file that is kept. */
const LARGEST = 5_000_000;

export async function keepBlob(blobId: string, blob: Blob): Promise<void> {
  if (blob.size > LARGEST) return;
  await writeRows([{ key: `blob:${blobId}`, value: { blob }, bytes: blob.size }]).catch(() => undefined);
}

export async function keepSession(session: object): Promise<void> {
  await writeRows([{ key: 'session', value: session, bytes: 0 }]).catch(() => undefined);
}

export async function keptSession<T>(): Promise<T | undefined> {
  const [found] = await readRows(['session']).catch(() => []);
  return found as T | undefined;
}
