/** A JMAP client that knows objects and results of queries by what it is told of changes, and looks at everything but once. */
import type { Json } from './jmap.ts';
import { type JmapClient, JmapError } from './jmap-client.ts';
import type { SimRandom } from './simrandom.ts';

export const FOLLOWED = ['Mailbox', 'Email', 'Thread', 'EmailSubmission', 'Identity'] as const;

/** deliveryStatus changes with the queue, and not the state. */
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  Email: ['mailboxIds', 'keywords', 'threadId', 'subject', 'receivedAt', 'size', 'blobId'],
  EmailSubmission: ['identityId', 'emailId', 'threadId', 'envelope', 'sendAt', 'undoStatus'],
};

/** Objects fetched at once. */
const AT_ONCE = 400;
/** A window that has become smaller is asked for anew. */
const SMALLEST_WINDOW = 5;
const WINDOW = 25;

export interface Query {
  readonly filter?: Record<string, unknown>;
  readonly sort?: readonly Record<string, unknown>[];
  readonly collapseThreads?: boolean;
}

interface Result {
  readonly query: Query;
  /** Only the first of the results are known, and it says so by `upToId`. */
  readonly isWindow: boolean;
  ids: string[];
  state: string;
}

/** What there is of everything, by type and id, and of each query. */
export interface Picture {
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, Json>>;
  readonly results: readonly (readonly string[])[];
  readonly states: string;
}

/** Everything as it is at one moment, by /get and /query alone. */
export async function picture(client: JmapClient, queries: readonly Query[]): Promise<Picture> {
  for (;;) {
    const objects = new Map<string, Map<string, Json>>();
    const states: string[] = [];
    for (const type of FOLLOWED) {
      const { list, state } = await everything(client, type);
      objects.set(type, new Map(list.map((one: Json) => [one.id, one])));
      states.push(state);
    }
    const results: string[][] = [];
    for (const query of queries) results.push((await client.call('Email/query', { ...query })).ids);
    if (states.join() === (await statesOf(client))) return { objects, results, states: states.join() };
  }
}

export async function statesOf(client: JmapClient): Promise<string> {
  const responses = await client.request(FOLLOWED.map((type) => [`${type}/get`, { ids: [] }]));
  return responses.map(([, { state }]) => state).join();
}

/** All objects of a type; of emails, as many as there are when the last is asked for. */
async function everything(
  client: JmapClient,
  type: string,
): Promise<{ readonly list: Json[]; readonly state: string }> {
  const properties = PROPERTIES[type];
  if (type !== 'Email') return client.call(`${type}/get`, { ids: null, properties });
  const { ids, queryState } = await client.call('Email/query', { limit: 5000 });
  return { list: await got(client, type, ids, properties), state: queryState };
}

async function got(client: JmapClient, type: string, ids: string[], properties?: readonly string[]): Promise<Json[]> {
  const list: Json[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const answer = await client.call(`${type}/get`, { ids: ids.slice(at, at + AT_ONCE), properties });
    list.push(...answer.list);
  }
  return list;
}

export class Follower {
  readonly objects = new Map<string, Map<string, Json>>();
  readonly results: Result[];
  /** What it was told that cannot be. */
  readonly faults: string[] = [];
  /** How often it was told of something. */
  readonly told = { created: 0, updated: 0, destroyed: 0, removed: 0, added: 0 };
  readonly #client: JmapClient;
  readonly #random: SimRandom;
  readonly #known = new Map<string, Set<string>>();
  readonly #states = new Map<string, string>();

  /** Of each query it follows all results, and a window of the first. */
  constructor(client: JmapClient, random: SimRandom, queries: readonly Query[]) {
    this.#client = client;
    this.#random = random;
    this.results = [false, true].flatMap((isWindow) =>
      queries.map((query) => ({ query, isWindow, ids: [], state: '' })),
    );
  }

  async begin(): Promise<void> {
    for (const type of FOLLOWED) {
      const { list, state } = await everything(this.#client, type);
      this.objects.set(type, new Map(list.map((one) => [one.id, one])));
      this.#known.set(type, new Set(this.objects.get(type)!.keys()));
      this.#states.set(type, state);
    }
    for (const result of this.results) await this.#ask(result);
  }

  /** Once from the states that it knows to those of now. */
  async follow(): Promise<void> {
    for (const type of FOLLOWED) for (let more = true; more; ) more = await this.#followType(type);
    await this.#followQueries();
  }

  /** Ids of objects that it knows. */
  ids(type: string): string[] {
    return [...this.objects.get(type)!.keys()];
  }

  async #followType(type: string): Promise<boolean> {
    const maxChanges = this.#random.chance(0.3) ? 30 + this.#random.int(100) : null;
    const sinceState = this.#states.get(type);
    const changes = await this.#changes(type, sinceState, maxChanges);
    const known = this.#known.get(type)!;
    const { created, updated, destroyed, updatedProperties } = changes;
    const twice = [...created, ...updated, ...destroyed].filter((id, at, all) => all.indexOf(id) !== at);
    const checks: readonly (readonly [string, string[]])[] = [
      ['told of in two ways', twice],
      ['created, though it was known', created.filter((id: string) => known.has(id))],
      ['updated, though it was not known', updated.filter((id: string) => !known.has(id))],
      ['destroyed, though it was not known', destroyed.filter((id: string) => !known.has(id))],
    ];
    for (const [what, ids] of checks) {
      for (const id of ids) this.faults.push(`${type} ${id} ${what}, from ${sinceState} to ${changes.newState}`);
    }
    const copies = this.objects.get(type)!;
    const properties = PROPERTIES[type];
    for (const one of await got(this.#client, type, created, properties)) copies.set(one.id, one);
    // Where only some properties are said to have changed, the others are kept.
    for (const one of await got(this.#client, type, updated, updatedProperties ?? properties)) {
      copies.set(one.id, updatedProperties ? { ...copies.get(one.id), ...one } : one);
    }
    for (const id of created) known.add(id);
    for (const id of destroyed) {
      known.delete(id);
      copies.delete(id);
    }
    this.#states.set(type, changes.newState);
    this.told.created += created.length;
    this.told.updated += updated.length;
    this.told.destroyed += destroyed.length;
    return changes.hasMoreChanges;
  }

  /** Where one entry of the log has more changes than it would take, it takes them all. */
  async #changes(type: string, sinceState: string | undefined, maxChanges: number | null): Promise<Json> {
    try {
      const changes = await this.#client.call(`${type}/changes`, { sinceState, maxChanges });
      const count = changes.created.length + changes.updated.length + changes.destroyed.length;
      if (maxChanges !== null && count > maxChanges)
        this.faults.push(`${type}: ${count} changes, of at most ${maxChanges}`);
      return changes;
    } catch (error) {
      if (maxChanges === null || !(error instanceof JmapError) || error.type !== 'cannotCalculateChanges') throw error;
      return this.#client.call(`${type}/changes`, { sinceState });
    }
  }

  /** All of them in one request. */
  async #followQueries(): Promise<void> {
    const results: Result[] = [];
    for (const result of this.results) {
      if (result.isWindow && result.ids.length < SMALLEST_WINDOW) await this.#ask(result);
      else results.push(result);
    }
    const calls = results.map(({ query, state, isWindow, ids }) => {
      const upToId = isWindow ? ids.at(-1) : null;
      return ['Email/queryChanges', { ...query, sinceQueryState: state, upToId, calculateTotal: true }] as const;
    });
    for (const [at, [name, answer]] of (await this.#client.request(calls)).entries()) {
      if (name === 'error') throw new JmapError('Email/queryChanges', answer);
      this.#changeResult(results[at]!, answer);
    }
  }

  #changeResult(result: Result, { removed, added, total, newQueryState }: Json): void {
    const gone = new Set(removed);
    const ids = result.ids.filter((id) => !gone.has(id));
    const of = JSON.stringify(result.query);
    for (const { id, index } of added) {
      if (index <= ids.length) ids.splice(index, 0, id);
      else if (!result.isWindow) this.faults.push(`${of}: added at ${index} of ${ids.length}`);
    }
    if (!result.isWindow && ids.length !== total) {
      this.faults.push(`${of}: ${ids.length} results, where there are ${total}`);
    }
    result.ids = ids;
    result.state = newQueryState;
    this.told.removed += removed.length;
    this.told.added += added.length;
  }

  async #ask(result: Result): Promise<void> {
    const limit = result.isWindow ? WINDOW : undefined;
    const { ids, queryState } = await this.#client.call('Email/query', { ...result.query, limit });
    result.ids = ids;
    result.state = queryState;
  }
}
