import { describe, expect, test } from 'vitest';
import { emailNumber } from '../../mail/account/types.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import { factsOf } from '../../mail/jmap/email/facts.ts';
import { type JmapWorld, type Json, jmapWorld, lines } from '../support/jmap.ts';
import { SimRandom } from '../support/simrandom.ts';

const BOXES = ['INBOX', 'Archive', 'Trash', 'Sent', 'Drafts'];
const KEYWORDS = ['$seen', '$flagged', '$draft', 'work'];
const TYPES = ['Email', 'Mailbox', 'Thread'] as const;

/** A client that knows objects and the results of queries, and hears of both by changes alone. */
class Follower {
  readonly #world: JmapWorld;
  readonly #queries: readonly Record<string, unknown>[];
  readonly objects = new Map<string, Map<string, Json>>();
  readonly #states = new Map<string, string>();
  /** Ids that it was told of: an object may be gone again when it asks for it. */
  readonly #told = new Map<string, Set<string>>();
  readonly results: { ids: string[]; state: string }[] = [];

  constructor(world: JmapWorld, queries: readonly Record<string, unknown>[]) {
    this.#world = world;
    this.#queries = queries;
  }

  async begin(): Promise<void> {
    for (const type of TYPES) {
      const { list, state } = await this.#world.call(`${type}/get`, { ids: null, ...propertiesOf(type) });
      this.objects.set(type, new Map(list.map((one: Json) => [one.id, one])));
      this.#states.set(type, state);
      this.#told.set(type, new Set(this.objects.get(type)!.keys()));
    }
    for (const query of this.#queries) {
      const { ids, queryState } = await this.#world.call('Email/query', query);
      this.results.push({ ids, state: queryState });
    }
  }

  async followObjects(random: SimRandom): Promise<void> {
    for (const type of TYPES) {
      const known = this.objects.get(type)!;
      for (let hasMore = true; hasMore; ) {
        const maxChanges = random.chance(0.5) ? 20 + random.int(20) : null;
        const sinceState = this.#states.get(type);
        const changes = await this.#world.call(`${type}/changes`, { sinceState, maxChanges });
        const ids = [...changes.created, ...changes.updated];
        const told = this.#told.get(type)!;
        for (const id of changes.created) expect(told.has(id), `${type} ${id} created`).toBe(false);
        for (const id of changes.updated) expect(told.has(id), `${type} ${id} updated`).toBe(true);
        for (const id of changes.destroyed) expect(told.has(id), `${type} ${id} destroyed`).toBe(true);
        for (const id of changes.created) told.add(id);
        for (const id of changes.destroyed) told.delete(id);
        const { list } = await this.#world.call(`${type}/get`, { ids, ...propertiesOf(type) });
        for (const one of list) known.set(one.id, one);
        for (const id of changes.destroyed) known.delete(id);
        this.#states.set(type, changes.newState);
        hasMore = changes.hasMoreChanges;
      }
    }
  }

  async followQueries(): Promise<void> {
    for (const [i, query] of this.#queries.entries()) {
      const result = this.results[i]!;
      const args = { ...query, sinceQueryState: result.state };
      const { removed, added, newQueryState } = await this.#world.call('Email/queryChanges', args);
      const gone = new Set(removed);
      result.ids = result.ids.filter((id) => !gone.has(id));
      for (const { id, index } of added) result.ids.splice(index, 0, id);
      result.state = newQueryState;
    }
  }
}

function propertiesOf(type: string): Record<string, unknown> {
  return type === 'Email' ? { properties: ['mailboxIds', 'keywords', 'threadId', 'subject', 'receivedAt'] } : {};
}

/** One thing that a JMAP client, or one of IMAP, does. */
async function act(world: JmapWorld, random: SimRandom): Promise<void> {
  const { state } = world.alice;
  const box = () => world.mailbox(random.pick(BOXES));
  const rows = state.rows(box());
  const id = rows.length === 0 ? 'e1' : `e${rows.email(random.int(rows.length)).toString(36)}`;
  const boxes = () => Object.fromEntries(Array.from({ length: 1 + random.int(2) }, () => [box(), true]));
  const keywords = () => Object.fromEntries(KEYWORDS.filter(() => random.chance(0.4)).map((one) => [one, true]));
  const thread = () => [`t${random.int(8)}@example.com`];
  switch (random.int(9)) {
    case 0:
    case 1:
      await world.file(lines(`References: <${thread()[0]}>`, `Subject: s${random.int(5)}`, '', 'x'), {
        mailboxes: [random.pick(BOXES)],
        flags: random.chance(0.5) ? ['\\Seen'] : [],
        date: 1_700_000_000_000 + random.int(100) * 1000,
      });
      return;
    case 2: {
      const email = { mailboxIds: boxes(), keywords: keywords(), references: thread(), subject: `s${random.int(5)}` };
      const { created } = await world.call('Email/set', { create: { k: email } });
      expect(created.k.id).toBeDefined();
      return;
    }
    case 3:
      return void (await world.call('Email/set', { update: { [id]: { mailboxIds: boxes() } } }));
    case 4:
      return void (await world.call('Email/set', {
        update: { [id]: { [`keywords/${random.pick(KEYWORDS)}`]: random.chance(0.5) ? true : null } },
      }));
    case 5:
      return void (await world.call('Email/set', {
        update: { [id]: { keywords: keywords(), [`mailboxIds/${box()}`]: true } },
      }));
    case 6:
      if (random.chance(0.5)) await world.call('Email/set', { destroy: [id] });
      return;
    default:
      await world.alice.write((draft) => {
        const [from, to] = [box(), box()];
        const there = draft.rows(from);
        if (there.length === 0) return;
        const uids = UidSet.from([there.uid(random.int(there.length)), there.uid(random.int(there.length))]);
        const step = random.int(4);
        if (step === 0) draft.copy(from, uids, to);
        else if (step === 1) draft.move(from, uids, to);
        else if (step === 2) draft.expunge(from, uids);
        else draft.store(from, uids, random.chance(0.5) ? 'add' : 'remove', ['\\Flagged', '\\Deleted']);
      });
  }
}

describe('a client that follows changes', () => {
  test.each([11, 12, 117])('ends with what there is, whoever writes (seed %i)', async (seed) => {
    const random = new SimRandom(seed);
    const world = await jmapWorld();
    for (let i = 0; i < 20; i++) await act(world, random);
    const inbox = world.mailbox('INBOX');
    const queries = [
      { filter: { inMailbox: inbox }, collapseThreads: true },
      { filter: { inMailbox: inbox, notKeyword: '$seen' }, sort: [{ property: 'subject' }] },
      {
        sort: [
          { property: 'someInThreadHaveKeyword', keyword: '$flagged', isAscending: false },
          { property: 'receivedAt' },
        ],
      },
    ];
    const client = new Follower(world, queries);
    await client.begin();
    for (let round = 0; round < 30; round++) {
      for (let step = random.int(8); step >= 0; step--) await act(world, random);
      if (random.chance(0.7)) await client.followObjects(random);
      if (random.chance(0.7)) await client.followQueries();
    }
    await client.followObjects(random);
    await client.followQueries();
    const fresh = new Follower(world, queries);
    await fresh.begin();
    for (const type of TYPES) {
      expect([...client.objects.get(type)!].sort(), type).toEqual([...fresh.objects.get(type)!].sort());
    }
    expect(client.results).toEqual(fresh.results);
    // And that is what the account says itself.
    const { state } = world.alice;
    for (const [id, { mailboxIds, keywords }] of fresh.objects.get('Email')!) {
      const facts = factsOf(state, emailNumber(id)!)!;
      expect(Object.keys(mailboxIds).sort()).toEqual([...facts.mailboxes].sort());
      expect(Object.keys(keywords).sort()).toEqual([...facts.keywords].sort());
    }
    const visible = new Set<number>();
    for (const { id } of state.mailboxes.values()) {
      const rows = state.rows(id);
      for (let row = 0; row < rows.length; row++) {
        if (!rows.flags(row).list.includes('\\Deleted')) visible.add(rows.email(row));
      }
    }
    expect(fresh.objects.get('Email')!.size).toBe(visible.size);
    expect(world.errors).toEqual([]);
  });
});
