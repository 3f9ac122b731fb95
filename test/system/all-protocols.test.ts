/**
 * 10,000 random operations by IMAP, POP3, SMTP and JMAP at once on one account, while clients follow: by /changes and
 * /queryChanges alone, woken by an event source, and by QRESYNC. In the end each must have what there is, and none may have been
 * told what cannot be. `SEED=n` repeats the choices, though not their moments.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectedCounts, expectedEmails, flagText, imapMailboxes, QresyncFollower } from '../support/imap-view.ts';
import type { Json } from '../support/jmap.ts';
import { JmapClient } from '../support/jmap-client.ts';
import { FOLLOWED, Follower, picture, type Query, statesOf } from '../support/jmap-follower.ts';
import { LineClient } from '../support/line-client.ts';
import { ImapClient, JmapWriter, Pop3Client, type RandomClient, SmtpClient } from '../support/random-clients.ts';
import { SimRandom } from '../support/simrandom.ts';
import { type System, startSystem } from '../support/system.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const ALICE = 'alice@example.test';
/** Operations of each client: 10,000 in all. */
const SHARE = {
  imap: [1_600, 1_500, 1_400],
  jmap: [1_000, 1_000, 1_000],
  pop3: [1_000],
  smtp: [1_200],
  submission: [300],
};

let system: System;
let jmap: JmapClient;
let login: { readonly user: string; readonly password: string };
const clients: RandomClient[] = [];

beforeAll(async () => {
  system = await startSystem();
  login = { user: ALICE, password: system.passwords.get(ALICE)! };
  jmap = await JmapClient.begin(system, login.user, login.password);
});
afterAll(async () => {
  for (const client of clients) client.close?.();
  await system?.remove();
});

function imapClient(label: string): Promise<ImapClient> {
  return kept(ImapClient.begin(system.port('imap'), login, new SimRandom(SEED, label)));
}

async function kept<T extends RandomClient>(client: Promise<T> | T): Promise<T> {
  clients.push(await client);
  return client;
}

/** Queries of every kind: by the index alone, by summaries, of threads, collapsed and not. */
async function queries(): Promise<readonly Query[]> {
  const { list } = await jmap.call('Mailbox/get', { ids: null, properties: ['role'] });
  const idOf = (wanted: string) => list.find(({ role }: Json) => role === wanted).id;
  const newest = { property: 'receivedAt', isAscending: false };
  return [
    { filter: { inMailbox: idOf('inbox') }, collapseThreads: true },
    { filter: { inMailbox: idOf('inbox') }, sort: [newest] },
    { filter: { inMailbox: idOf('archive'), notKeyword: '$seen' }, sort: [{ property: 'subject' }, newest] },
    { sort: [{ property: 'someInThreadHaveKeyword', keyword: '$flagged', isAscending: false }, newest] },
    {
      filter: { operator: 'OR', conditions: [{ hasKeyword: 'work' }, { from: 'p1@' }, { subject: 's3' }] },
      sort: [{ property: 'size' }],
      collapseThreads: true,
    },
    {
      filter: { operator: 'NOT', conditions: [{ inMailbox: idOf('trash') }, { noneInThreadHaveKeyword: '$answered' }] },
    },
  ];
}

/** How many operations are done. */
class Progress {
  #count = 0;
  #over = false;
  #wake = Promise.withResolvers<void>();

  /** After one operation, or the last. */
  step(isOver = false): void {
    this.#count += 1;
    this.#over ||= isOver;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Waits for so many more, or the end. */
  async pass(more: number): Promise<void> {
    for (const until = this.#count + more; this.#count < until && !this.#over; ) await this.#wake.promise;
  }
}

/** Follows as often as it is woken, but for some operations that it sleeps through, until the signal. */
async function following(
  follower: Follower,
  progress: Progress,
  random: SimRandom,
  signal: AbortSignal,
): Promise<void> {
  for await (const _ of jmap.stateChanges(FOLLOWED, signal)) {
    await follower.follow();
    await progress.pass(random.int(50));
  }
}

/** Runs until nothing moves between its beginning and its end. */
async function atRest<T>(look: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 60; tries++) {
    const before = await statesOf(jmap);
    const seen = await look();
    if (before === (await statesOf(jmap))) return seen;
  }
  throw new Error('the account does not come to rest');
}

it('ends with the same for everybody', async () => {
  console.log(`all-protocols: the seed is ${SEED}`);
  const asked = await queries();
  const followers = [1, 2].map((n) => new Follower(jmap, new SimRandom(SEED, `follower ${n}`), asked));
  for (const follower of followers) await follower.begin();
  const resync = await QresyncFollower.begin(await imapClient('resync'), 'INBOX');
  const actors: (readonly [string, number, RandomClient])[] = [];
  for (const [n, count] of SHARE.imap.entries()) actors.push(['imap', count, await imapClient(`imap ${n}`)]);
  for (const [n, count] of SHARE.jmap.entries()) {
    actors.push(['jmap', count, new JmapWriter(jmap, followers[n % 2]!, new SimRandom(SEED, `jmap ${n}`))]);
  }
  const pop3 = new Pop3Client(system.port('pop3'), login, new SimRandom(SEED, 'pop3'));
  actors.push(['pop3', SHARE.pop3[0]!, await kept(pop3)]);
  const smtp = await kept(SmtpClient.begin(system.port('smtp'), new SimRandom(SEED, 'smtp')));
  actors.push(['smtp', SHARE.smtp[0]!, smtp]);
  const submission = SmtpClient.begin(system.port('submission'), new SimRandom(SEED, 'submission'), login);
  actors.push(['submission', SHARE.submission[0]!, await kept(submission)]);

  const over = new AbortController();
  const progress = new Progress();
  const watching = followers.map((one, n) => following(one, progress, new SimRandom(SEED, `naps ${n}`), over.signal));
  const done: Record<string, number> = {};
  const begun = performance.now();
  let working = true;
  const resyncing = (async () => {
    while (working) await resync.follow();
  })();
  const work = Promise.all(
    actors.map(async ([name, count, actor]) => {
      for (let left = count; left > 0; left--) {
        if (await actor.act()) done[name] = (done[name] ?? 0) + 1;
        progress.step();
      }
    }),
  );
  // A follower that fails must not be waited for.
  await Promise.race([work, Promise.all(watching)]);
  await work;
  progress.step(true);
  working = false;
  await resyncing;
  const seconds = (performance.now() - begun) / 1000;
  over.abort();
  await Promise.all(watching);
  // What waits longer than this test does not move any more; what was sent a moment ago comes meanwhile.
  const ended = await atRest(async () => {
    for (const follower of followers) await follower.follow();
    return {
      fresh: await picture(jmap, asked),
      mailboxes: await imapMailboxes(await imapClient('end')),
      uidl: await uidl(),
    };
  });
  for (const follower of followers) await follower.follow();
  await resync.follow();
  const { fresh, mailboxes } = ended;
  console.log(
    `all-protocols: ${seconds.toFixed(0)} s, done ${JSON.stringify(done)}, ${fresh.objects.get('Email')!.size} emails, ` +
      followers.map(({ told }) => JSON.stringify(told)).join(' '),
  );

  for (const { faults, objects, results } of followers) {
    expect(faults.slice(0, 20)).toEqual([]);
    for (const type of FOLLOWED) {
      expect(byId(objects.get(type)!), type).toEqual(byId(fresh.objects.get(type)!));
    }
    for (const [n, { ids, isWindow, query }] of results.entries()) {
      const all = fresh.results[n % asked.length]!;
      expect(ids, JSON.stringify(query)).toEqual(isWindow ? all.slice(0, ids.length) : all);
    }
  }
  const emails = expectedEmails(mailboxes);
  const shown = [...fresh.objects.get('Email')!.values()].map(({ id, mailboxIds, keywords, threadId, size }) => [
    id,
    { mailboxIds: Object.keys(mailboxIds).sort(), keywords: Object.keys(keywords).sort(), threadId, size },
  ]);
  expect(new Map(shown as never)).toEqual(emails);
  expect(fresh.objects.get('Mailbox')!.size).toBe(mailboxes.length);
  const trash = mailboxes.find(({ name }) => name === 'Trash')!.id;
  for (const { id, name } of mailboxes) {
    expect(fresh.objects.get('Mailbox')!.get(id), name).toMatchObject(expectedCounts(emails, id, trash));
  }
  const inbox = mailboxes.find(({ name }) => name === 'INBOX')!;
  expect(ended.uidl).toEqual(inbox.rows.map(({ uid }) => `${inbox.uidvalidity}.${uid}`));
  expect([...resync.rows].sort(([a], [b]) => a - b)).toEqual(
    inbox.rows.map(({ uid, flags }) => [uid, flagText(flags)]),
  );
  for (const [name, count] of Object.entries(SHARE)) {
    const most = count.reduce((sum, one) => sum + one, 0);
    expect(done[name], `${name} operations that were done`).toBeGreaterThan(most * 0.6);
  }
  expect(system.stderr()).toBe('');
}, 400_000);

function byId(objects: ReadonlyMap<string, Json>): [string, Json][] {
  return [...objects].sort(([a], [b]) => (a < b ? -1 : 1));
}

async function uidl(): Promise<string[]> {
  const client = new LineClient(system.port('pop3'));
  await client.until(/^\+OK/);
  await client.ask(`USER ${login.user}`, /^\+OK/);
  await client.ask(`PASS ${login.password}`, /^\+OK/);
  await client.ask('UIDL', /^\+OK/);
  const ids: string[] = [];
  for (let line = await client.line(); line !== '.'; line = await client.line()) ids.push(line!.split(' ')[1]!);
  await client.ask('QUIT', /^\+OK/);
  client.destroy();
  return ids;
}
