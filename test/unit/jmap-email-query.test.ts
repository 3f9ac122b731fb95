import { beforeAll, describe, expect, test } from 'vitest';
import { emailId, emailNumber } from '../../mail/account/types.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import { type Facts, factsOf } from '../../mail/jmap/email/facts.ts';
import { wordsOf } from '../../mail/jmap/email/words.ts';
import { type JmapWorld, jmapWorld, lines } from '../support/jmap.ts';
import { SimRandom } from '../support/simrandom.ts';

const NAMES = ['INBOX', 'Archive', 'Trash', 'Sent'];
const FLAGS = ['\\Seen', '\\Flagged', '\\Answered', 'work', '$Forwarded'];
const WORDS = ['alpha', 'Beta', 'gamma', 'délta', 'epsilon'];
const PEOPLE = ['Ann Lee <ann@example.com>', 'bob@example.net', '"Zoe, B" <zoe@example.org>'];

interface Known {
  readonly subject: string;
  readonly from: string;
  readonly body: string;
  readonly sent: number;
  readonly hasAttachment: boolean;
}

/** A message and what a model knows of it. */
function compose(random: SimRandom, n: number): { readonly text: string; readonly known: Known } {
  const subject = `${random.chance(0.3) ? 'Re: ' : ''}${random.pick(WORDS)} ${random.pick(WORDS)}`;
  const from = random.pick(PEOPLE);
  const body = `${random.pick(WORDS)} ${random.pick(WORDS)}`;
  const sent = 1_700_000_000_000 + random.int(50) * 1000;
  const hasAttachment = random.chance(0.2);
  const thread = random.int(25);
  const text = lines(
    `From: ${from}`,
    `Subject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=`,
    `Date: ${new Date(sent).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <m${n}@example.com>`,
    `References: <t${thread}@example.com>`,
    ...(random.chance(0.3) ? ['X-Tag: purple rain'] : []),
    `Content-Type: text/plain; charset=utf-8${hasAttachment ? '; name="a.txt"' : ''}`,
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(body).toString('base64'),
  );
  return { text, known: { subject, from, body, sent, hasAttachment } };
}

let world: JmapWorld;
const known = new Map<string, Known & { readonly tagged: boolean }>();

async function fill(into: JmapWorld, random: SimRandom, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const { text, known: one } = compose(random, n);
    const mailboxes = NAMES.filter(() => random.chance(0.35));
    const id = await into.file(text, {
      mailboxes: mailboxes.length === 0 ? ['INBOX'] : mailboxes,
      flags: FLAGS.filter(() => random.chance(0.3)),
      date: 1_700_000_000_000 + random.int(40) * 1000,
    });
    known.set(id, { ...one, tagged: text.includes('X-Tag') });
    ids.push(id);
  }
  return ids;
}

beforeAll(async () => {
  world = await jmapWorld();
  const random = new SimRandom(4);
  await fill(world, random, 150);
  // Placements of one email that differ, and two in one mailbox.
  await world.alice.write((draft) => {
    const inbox = draft.mailboxNamed('INBOX')!.id;
    const uids = draft.rows(inbox);
    draft.copy(inbox, UidSet.from([uids.uid(0), uids.uid(3)]), inbox);
    draft.store(inbox, UidSet.range(1, 25), 'remove', ['\\Seen']);
  });
});

function allFacts(): Facts[] {
  const numbers = [...known.keys()].map((id) => emailNumber(id)!);
  return numbers.flatMap((number) => factsOf(world.alice.state, number) ?? []);
}

type Filter = Record<string, unknown>;

/** What the RFC says of each condition, said as plainly as can be. */
function fits(filter: Filter, facts: Facts, all: readonly Facts[]): boolean {
  if ('operator' in filter) {
    const results = (filter.conditions as Filter[]).map((one) => fits(one, facts, all));
    if (filter.operator === 'AND') return results.every(Boolean);
    return results.some(Boolean) === (filter.operator === 'OR');
  }
  const message = known.get(emailId(facts.number))!;
  const thread = all.filter((other) => other.thread === facts.thread);
  const has = (text: string, word: unknown) => text.toLowerCase().includes(String(word).toLowerCase());
  return Object.entries(filter).every(([name, value]) => {
    const keyword = String(value).toLowerCase();
    const others = (value as string[]) ?? [];
    switch (name) {
      case 'inMailbox':
        return facts.mailboxes.includes(value as string);
      case 'inMailboxOtherThan':
        return facts.mailboxes.some((id) => !others.includes(id));
      case 'before':
        return facts.receivedAt < Date.parse(value as string);
      case 'after':
        return facts.receivedAt >= Date.parse(value as string);
      case 'minSize':
        return facts.size >= (value as number);
      case 'maxSize':
        return facts.size < (value as number);
      case 'allInThreadHaveKeyword':
        return thread.every((one) => one.keywords.has(keyword));
      case 'someInThreadHaveKeyword':
        return thread.some((one) => one.keywords.has(keyword));
      case 'noneInThreadHaveKeyword':
        return !thread.some((one) => one.keywords.has(keyword));
      case 'hasKeyword':
        return facts.keywords.has(keyword);
      case 'notKeyword':
        return !facts.keywords.has(keyword);
      case 'hasAttachment':
        return message.hasAttachment === value;
      case 'text':
        return [message.subject, message.from, message.body].some((text) => has(text, value));
      case 'from':
      case 'subject':
      case 'body':
        return has(message[name], value);
      case 'to':
      case 'cc':
      case 'bcc':
        return false;
      default:
        return message.tagged;
    }
  });
}

function randomFilter(random: SimRandom, depth: number): Filter {
  if (depth > 0 && random.chance(0.2)) {
    const scope = { inMailbox: world.mailbox(random.pick(NAMES)) };
    return { operator: 'AND', conditions: [scope, randomFilter(random, depth - 1)] };
  }
  if (depth > 0 && random.chance(0.5)) {
    const conditions = Array.from({ length: random.int(4) }, () => randomFilter(random, depth - 1));
    return { operator: random.pick(['AND', 'OR', 'NOT']), conditions };
  }
  const date = new Date(1_700_000_000_000 + random.int(40) * 1000).toISOString().replace('.000', '');
  const keyword = random.pick(['$seen', '$Flagged', 'WORK', '$forwarded', 'never']);
  const mailbox = world.mailbox(random.pick(NAMES));
  return random.pick<Filter>([
    {},
    { inMailbox: mailbox },
    { inMailbox: mailbox, hasKeyword: keyword },
    { inMailboxOtherThan: [mailbox, world.mailbox('INBOX')] },
    { before: date },
    { after: date },
    { minSize: 250 + random.int(100) },
    { maxSize: 250 + random.int(100) },
    { allInThreadHaveKeyword: keyword },
    { someInThreadHaveKeyword: keyword },
    { noneInThreadHaveKeyword: keyword },
    { hasKeyword: keyword },
    { notKeyword: keyword },
    { hasAttachment: random.chance(0.5) },
    { text: random.pick(WORDS).toUpperCase() },
    { from: random.pick(['ann', 'EXAMPLE.net', 'zoe, b']).split(' ')[0]! },
    { subject: random.pick(WORDS) },
    { body: random.pick(WORDS) },
    { header: random.chance(0.5) ? ['x-tag'] : ['X-Tag', '"purple rain"'] },
    { bcc: 'nobody' },
  ]);
}

describe('Email/query', () => {
  test('finds what a plain reading of each condition finds (RFC 8621 section 4.4.1)', async () => {
    const random = new SimRandom(7);
    const all = allFacts();
    let found = 0;
    for (let round = 0; round < 150; round++) {
      const filter = randomFilter(random, 2);
      const { ids, total } = await world.call('Email/query', { filter, calculateTotal: true, limit: 5000 });
      const expected = all.filter((facts) => fits(filter, facts, all)).map(({ number }) => emailId(number));
      expect([...ids].sort(), JSON.stringify(filter)).toEqual(expected.sort());
      expect(total).toBe(ids.length);
      if (ids.length > 0 && ids.length < all.length) found++;
    }
    expect(found).toBeGreaterThan(60);
  });

  const values: Record<string, (facts: Facts, all: readonly Facts[]) => string | number> = {
    receivedAt: ({ receivedAt }) => receivedAt,
    size: ({ size }) => size,
    sentAt: ({ number }) => known.get(emailId(number))!.sent,
    from: ({ number }) =>
      ({ A: 'ANN LEE', b: 'BOB@EXAMPLE.NET', '"': 'ZOE, B' })[known.get(emailId(number))!.from[0]!]!,
    subject: ({ number }) => known.get(emailId(number))!.subject.replace('Re: ', '').normalize('NFD').toUpperCase(),
    hasKeyword: ({ keywords }) => Number(keywords.has('$flagged')),
    allInThreadHaveKeyword: ({ thread }, all) =>
      Number(all.filter((one) => one.thread === thread).every((one) => one.keywords.has('$flagged'))),
    someInThreadHaveKeyword: ({ thread }, all) =>
      Number(all.filter((one) => one.thread === thread).some((one) => one.keywords.has('$flagged'))),
  };

  test.each(Object.keys(values))('sorts by %s, and then by another (RFC 8621 section 4.4.2)', async (property) => {
    const all = allFacts();
    for (const isAscending of [true, false]) {
      for (const second of ['receivedAt', 'size']) {
        const keyword = property.endsWith('Keyword') ? { keyword: '$flagged' } : {};
        const sort = [{ property, isAscending, ...keyword }, { property: second }];
        const { ids } = await world.call('Email/query', { sort, limit: 5000 });
        const expected = [...all].sort((a, b) => {
          for (const [name, sign] of [
            [property, isAscending ? 1 : -1],
            [second, 1],
          ] as const) {
            const [left, right] = [values[name]!(a, all), values[name]!(b, all)];
            if (left !== right) return left < right ? -sign : sign;
          }
          return (a.number - b.number) * (isAscending ? 1 : -1);
        });
        expect(ids).toEqual(expected.map(({ number }) => emailId(number)));
      }
    }
  });

  test('shows one email a thread, the first in order (RFC 8621 section 4.4.3)', async () => {
    const state = world.alice.state;
    for (const args of [{}, { filter: { hasKeyword: '$flagged' } }, { sort: [{ property: 'size' }] }]) {
      const { ids } = await world.call('Email/query', args);
      const { ids: one, total } = await world.call('Email/query', {
        ...args,
        collapseThreads: true,
        calculateTotal: true,
      });
      const seen = new Set<string>();
      const expected = ids.filter((id: string) => {
        const thread = state.threadOf(emailNumber(id)!)!;
        return !seen.has(thread) && seen.add(thread);
      });
      expect(one).toEqual(expected);
      expect(total).toBe(seen.size);
    }
  });

  test('is given in windows: position, anchor, limit (RFC 8620 section 5.5)', async () => {
    const { ids } = await world.call('Email/query', {});
    const window = async (args: Record<string, unknown>) => {
      const { ids: some, position } = await world.call('Email/query', args);
      return [position, some];
    };
    expect(await window({ position: 10, limit: 5 })).toEqual([10, ids.slice(10, 15)]);
    expect(await window({ position: -5 })).toEqual([145, ids.slice(145)]);
    expect(await window({ anchor: ids[20], limit: 3 })).toEqual([20, ids.slice(20, 23)]);
    expect(await window({ anchor: ids[20], anchorOffset: -2, limit: 3 })).toEqual([18, ids.slice(18, 21)]);
    expect(await window({ anchor: ids[1], anchorOffset: -5, limit: 2 })).toEqual([0, ids.slice(0, 2)]);
    expect(await window({ position: 500 })).toEqual([150, []]);
    expect((await world.failing('Email/query', { anchor: 'e1' })).type).toBe('anchorNotFound');
    expect((await world.failing('Email/query', { anchor: 'nonsense' })).type).toBe('anchorNotFound');
  });

  test.each([
    [{ filter: { colour: 'red' } }, 'unsupportedFilter'],
    [{ filter: { before: 'yesterday' } }, 'unsupportedFilter'],
    [{ filter: { header: [] } }, 'unsupportedFilter'],
    [{ filter: { minSize: -1 } }, 'unsupportedFilter'],
    [{ filter: 'all' }, 'invalidArguments'],
    [{ filter: { operator: 'XOR', conditions: [] } }, 'invalidArguments'],
    [{ sort: [{ property: 'colour' }] }, 'unsupportedSort'],
    [{ sort: [{ property: 'subject', collation: 'i;octet' }] }, 'unsupportedSort'],
    [{ sort: [{ property: 'hasKeyword' }] }, 'invalidArguments'],
    [{ sort: [{ property: 'size', keyword: '$seen' }] }, 'invalidArguments'],
    [{ limit: -1 }, 'invalidArguments'],
    [{ collapse: true }, 'invalidArguments'],
  ])('refuses %j as %s', async (args, type) => {
    expect((await world.failing('Email/query', args)).type).toBe(type);
  });
});

test.each([
  ['one two', ['one', 'two']],
  ['"one two" three', ['one two', 'three']],
  ["'one two'", ['one two']],
  ["it's o'clock", ["it's", "o'clock"]],
  ['"a \\" b" c', ['a " b', 'c']],
  ['"open', ['"open']],
  [' ', []],
  ['""', []],
])('the words of %j', (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

describe('Email/queryChanges', () => {
  /** RFC 8620 section 5.6: first what is removed, then what is added, in the order of the indexes. */
  function splice(ids: readonly string[], removed: readonly string[], added: readonly { id: string; index: number }[]) {
    const gone = new Set(removed);
    const next = ids.filter((id) => !gone.has(id));
    for (const { id, index } of added) next.splice(index, 0, id);
    return next;
  }

  test.each([1, 2, 3])('leads to the results that there are, whatever happens (seed %i)', async (seed) => {
    const random = new SimRandom(seed);
    const own = await jmapWorld();
    let ids = await fill(own, random, 30);
    const inbox = own.mailbox('INBOX');
    const queries = [
      { filter: { inMailbox: inbox } },
      { filter: { inMailbox: inbox }, collapseThreads: true },
      {},
      { collapseThreads: true, sort: [{ property: 'subject' }] },
      { filter: { hasKeyword: '$flagged' }, sort: [{ property: 'size' }] },
      { filter: { inMailboxOtherThan: [own.mailbox('Trash')] }, sort: [{ property: 'receivedAt', isAscending: true }] },
      { filter: { someInThreadHaveKeyword: '$flagged', inMailbox: inbox } },
      { sort: [{ property: 'allInThreadHaveKeyword', keyword: '$seen' }, { property: 'from' }] },
      { filter: { operator: 'AND', conditions: [{ inMailbox: inbox }, { subject: 'alpha' }] } },
      { filter: { operator: 'NOT', conditions: [{ inMailbox: inbox }] }, collapseThreads: true },
    ];
    const clients: { readonly query: (typeof queries)[number]; ids: string[]; state: string }[] = [];
    for (const query of queries) {
      const first = await own.call('Email/query', query);
      clients.push({ query, ids: first.ids, state: first.queryState });
    }
    for (let round = 0; round < 25; round++) {
      for (let step = random.int(4); step >= 0; step--) ids = await change(own, random, ids);
      for (const client of clients) {
        if (random.chance(0.3)) continue;
        const answer = await own.call('Email/queryChanges', {
          ...client.query,
          sinceQueryState: client.state,
          calculateTotal: true,
        });
        client.ids = splice(client.ids, answer.removed, answer.added);
        client.state = answer.newQueryState;
        const now = await own.call('Email/query', client.query);
        expect(client.ids, JSON.stringify(client.query)).toEqual(now.ids);
        expect(client.state).toBe(now.queryState);
        expect(answer.total).toBe(now.ids.length);
      }
    }
    expect(own.errors).toEqual([]);
  });

  /** What an IMAP client does: files, flags, copies, moves, expunges. */
  async function change(own: JmapWorld, random: SimRandom, ids: string[]): Promise<string[]> {
    if (random.chance(0.3)) return [...ids, ...(await fill(own, random, 1))];
    await own.alice.write((draft) => {
      const from = draft.mailboxNamed(random.pick(NAMES))!.id;
      const to = draft.mailboxNamed(random.pick(NAMES))!.id;
      const rows = draft.rows(from);
      if (rows.length === 0) return;
      const uids = UidSet.from([rows.uid(random.int(rows.length)), rows.uid(random.int(rows.length))]);
      const act = random.int(5);
      if (act === 0) draft.store(from, uids, random.chance(0.5) ? 'add' : 'remove', [random.pick(FLAGS)]);
      else if (act === 1) draft.copy(from, uids, to);
      else if (act === 2) draft.move(from, uids, to);
      else if (act === 3) draft.expunge(from, uids);
      else
        draft.store(
          from,
          uids,
          'set',
          FLAGS.filter(() => random.chance(0.4)),
        );
    });
    return ids;
  }

  test('tells no more than up to the last id that is known', async () => {
    const own = await jmapWorld();
    const inbox = own.mailbox('INBOX');
    const ids: string[] = [];
    for (const n of [1, 2, 3, 4]) {
      ids.push(await own.file(lines(`Subject: ${n}`, '', 'x'), { date: n * 10_000, mailboxes: ['INBOX'] }));
    }
    const query = { filter: { inMailbox: inbox }, sort: [{ property: 'receivedAt' }] };
    const { queryState } = await own.call('Email/query', query);
    await own.alice.write((draft) => void draft.store(inbox, UidSet.from([2]), 'add', ['\\Seen']));
    const quiet = await own.call('Email/queryChanges', { ...query, sinceQueryState: queryState });
    expect(quiet).toMatchObject({ removed: [ids[1]], added: [{ id: ids[1], index: 1 }], oldQueryState: queryState });
    expect(quiet.newQueryState).not.toBe(queryState);
    expect(quiet).not.toHaveProperty('total');
    const first = await own.file(lines('Subject: 0', '', 'x'), { date: 0 });
    await own.file(lines('Subject: 2.5', '', 'x'), { date: 25_000 });
    await own.file(lines('Subject: 9', '', 'x'), { date: 90_000 });
    const some = await own.call('Email/queryChanges', {
      ...query,
      sinceQueryState: quiet.newQueryState,
      upToId: ids[1],
    });
    expect(some).toMatchObject({ removed: [], added: [{ id: first, index: 0 }] });
    const error = await own.failing('Email/queryChanges', { ...query, sinceQueryState: queryState, maxChanges: 1 });
    expect(error.type).toBe('tooManyChanges');
  });

  test.each(['nonsense', '1-999999', '7-1'])('cannot go on from the state %s', async (sinceQueryState) => {
    expect((await world.failing('Email/queryChanges', { sinceQueryState })).type).toBe('cannotCalculateChanges');
  });
});
