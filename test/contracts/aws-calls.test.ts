/**
 * How many calls to AWS an operation costs, counted under the SDK's clients: docs/round-trips.md is this table. Each process
 * is an `openAws` with stages of its own, as the programs and functions make them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, openAws } from '../../adapters/aws/index.ts';
import { openSes } from '../../adapters/aws/ses.ts';
import type { Protocol } from '../../adapters/net/listener.ts';
import { accessProtocols, smtpProtocols } from '../../bin/parts/protocols.ts';
import { IN_THE_CLOUD } from '../../bin/parts/service.ts';
import { UidSet } from '../../mail/account/uidset.ts';
import { createJmap } from '../../mail/jmap/http.ts';
import { indexMessage } from '../../mail/message/indexer.ts';
import { summarize } from '../../mail/message/summarize.ts';
import type { Clock, ReceivedJob } from '../../mail/ports/index.ts';
import { wordQuery } from '../../mail/search/words.ts';
import { createMail, type Mail } from '../../mail/stages.ts';
import { summary } from '../support/accounts.ts';
import { AwsFake } from '../support/aws-fake.ts';
import { silentLog } from '../support/memory.ts';
import { type PipeClient, pipe } from '../support/pipe.ts';
import { SkippingClock } from '../support/skipping-clock.ts';
import { transcript } from '../support/transcript.ts';

const HOSTNAME = 'mail.example.test';
const DOMAIN = 'example.test';
const PASSWORD = 'correct horse battery';
const MESSAGES = 100_000;
const LOOPBACK = { peer: { address: '127.0.0.1', localAddress: '127.0.0.1' } };

type Calls = Readonly<Record<string, number>>;

interface Process {
  readonly aws: Aws;
  readonly mail: Mail;
}

const fake = new AwsFake();
const open: Aws[] = [];
const ids = new Map<string, string>();
const id = (name: string) => ids.get(name)!;

function openPorts(): Aws {
  const aws = openAws(fake.config({ log: silentLog }));
  open.push(aws);
  return aws;
}

async function start(writer: 'person' | 'worker' = 'person', clock?: Clock): Promise<Process> {
  const ports = openPorts();
  const aws = clock === undefined ? ports : { ...ports, clock };
  const options = { ...IN_THE_CLOUD, writer, hostname: HOSTNAME, onLongTail: () => undefined };
  return { aws, mail: await createMail(aws, options) };
}

/** The calls that some work made, by operation. */
async function callsOf(work: () => Promise<unknown>): Promise<Calls> {
  fake.reset();
  await work();
  return Object.fromEntries(fake.calls);
}

const sum = (...all: Calls[]) =>
  all.flatMap((calls) => Object.values(calls)).reduce((total, count) => total + count, 0);

/** Takes jobs as Lambda's poller does, whose calls are not counted. */
async function jobsOf(queue: 'deliver' | 'send', max = 10): Promise<readonly ReceivedJob[]> {
  const poller = poll.queues[queue];
  const jobs = await poller.receive({ max, visibility: 60, waitSeconds: 0 });
  await poller.delete(jobs.map(({ handle }) => handle));
  return jobs;
}

async function smtp(protocol: Protocol, from: string, to: string, login = ''): Promise<void> {
  const { server, client } = pipe(LOOPBACK);
  const handled = protocol.handle(server);
  await transcript(
    client,
    `S~ ^220
     C: EHLO elsewhere.test
     S* ^250 [A-Z]
     ${login}
     C: MAIL FROM:<${from}>
     S~ ^250
     C: RCPT TO:<${to}>
     S~ ^250
     C: DATA
     S~ ^354
     C: From: <${from}>
     C: Subject: hello
     C: .
     S~ ^250
     C: QUIT
     S~ ^221`,
  );
  await handled;
}

const limits = () => ({ size: 1 << 20, recipients: 100 });

/** A message from another server to one of ours. */
function receive({ mail, aws }: Process, name: string): Promise<void> {
  const { mx } = smtpProtocols(mail, aws, { hostname: HOSTNAME, bind: '0.0.0.0', limits });
  return smtp(mx, 'someone@elsewhere.test', `${name}@${DOMAIN}`);
}

/** A message of one of ours to another server. */
function submit({ mail, aws }: Process, name: string): Promise<void> {
  const { submission } = smtpProtocols(mail, aws, { hostname: HOSTNAME, bind: '127.0.0.1', limits });
  const from = `${name}@${DOMAIN}`;
  const plain = Buffer.from(`\0${from}\0${PASSWORD}`).toString('base64');
  return smtp(submission, from, 'someone@elsewhere.test', `C: AUTH PLAIN ${plain}\nS~ ^235`);
}

/** An IMAP connection on which nothing has been said yet. */
async function imap({ mail, aws }: Process): Promise<PipeClient> {
  const { server, client } = pipe(LOOPBACK);
  void accessProtocols(mail, aws, { hostname: HOSTNAME, bind: '127.0.0.1' }).imap.handle(server);
  await client.expect(/^\* OK/);
  return client;
}

/** As `imap`, signed in to an account. */
async function loggedIn(process: Process, name: string): Promise<PipeClient> {
  const client = await imap(process);
  await transcript(client, `C: a LOGIN ${name}@${DOMAIN} "${PASSWORD}"\nS~ ^a OK`);
  return client;
}

/** Says that its process listens for the account, and waits until everybody can know. */
async function listenFor({ aws }: Process, account: string): Promise<void> {
  await aws.wakeups.start();
  fake.reset();
  aws.wakeups.subscribe(account, () => undefined);
  while (fake.calls.get('dynamodb.PutItem') !== 1) await aws.clock.sleep(1);
}

const poll = openPorts();

beforeAll(async () => {
  const { mail } = await start();
  await mail.directory.domains.add(DOMAIN);
  for (const name of ['alice', 'bob', 'carol', 'dave', 'searcher', 'big']) {
    ids.set(name, (await mail.directory.accounts.add(`${name}@${DOMAIN}`, PASSWORD)).id);
  }
  const big = await mail.accounts.open(id('big'));
  for (let made = 0; made < MESSAGES; made += 4_000) {
    await big.write((draft) => {
      const inbox = draft.mailboxNamed('INBOX')!.id;
      for (let one = made; one < made + 4_000; one++) {
        draft.add({
          mailboxes: [inbox],
          blob: `raw/${one.toString(36).padStart(32, '0')}.1`,
          size: 5_000 + (one % 977),
          date: 1_700_000_000_000 + one * 60_000,
          flags: one % 3 === 0 ? ['\\Seen'] : [],
          summary: summary({ messageId: `m${one}@elsewhere.test` }),
          delivery: `d${one.toString(36)}`,
        });
      }
    });
    if (made % 24_000 === 0) await mail.accounts.compact(big.id);
  }
  await mail.accounts.compact(big.id);
}, 60_000);

afterAll(async () => {
  for (const aws of open) await aws.close();
  expect(fake.violations).toEqual([]);
});

describe('a message in, for one recipient', () => {
  const TAKEN_IN = { 's3.PutObject': 1, 'sqs.SendMessage': 1 };
  /** Per batch: the traces. */
  const BATCH = 1;

  it('is taken in with two calls; who its recipient is, is looked up once in 15 s', async () => {
    const ingress = await start();
    const cold = await callsOf(() => receive(ingress, 'alice'));
    const warm = await callsOf(() => receive(ingress, 'alice'));
    expect(warm).toEqual(TAKEN_IN);
    const { 'dynamodb.GetItem': lookups = 0, ...rest } = cold;
    expect(rest).toEqual(TAKEN_IN);
    // The address, and the domain and the server for its quota.
    expect(lookups).toBe(3);
    await jobsOf('deliver');
  });

  it('costs 5 in all where the function knows the account, 7 where it knows nothing, and 1 a batch', async () => {
    const ingress = await start();
    for (let i = 0; i < 2; i++) await receive(ingress, 'big');
    const [first, second] = await jobsOf('deliver');
    let deliver: Process | undefined;
    const cold = await callsOf(async () => {
      deliver = await start('worker');
      expect(await deliver.mail.deliver([first!])).toEqual([]);
    });
    // The message, and the snapshot's core; head with tail, and who listens; the entry, and the traces.
    expect(cold).toEqual({ 's3.GetObject': 2, 'dynamodb.Query': 2, 'dynamodb.PutItem': 2 });
    expect(sum(TAKEN_IN, cold)).toBeLessThanOrEqual(7 + BATCH);
    const warm = await callsOf(async () => expect(await deliver!.mail.deliver([second!])).toEqual([]));
    expect(warm).toEqual({ 's3.GetObject': 1, 'dynamodb.PutItem': 2, 'dynamodb.Query': 1 });
    expect(sum(TAKEN_IN, warm)).toBeLessThanOrEqual(5 + BATCH);
  });

  it('costs 1 more where somebody listens, until the function knows who', async () => {
    await listenFor(await start(), id('bob'));
    const ingress = await start();
    for (let i = 0; i < 2; i++) await receive(ingress, 'bob');
    const [first, second] = await jobsOf('deliver');
    const deliver = await start('worker');
    // As before; the account is young, and has no snapshot to read.
    const cold = await callsOf(() => deliver.mail.deliver([first!]));
    expect(cold).toEqual({ 's3.GetObject': 1, 'dynamodb.Query': 2, 'dynamodb.PutItem': 2, 'appsync.Publish': 1 });
    expect(sum(TAKEN_IN, cold)).toBeLessThanOrEqual(7 + BATCH);
    const warm = await callsOf(() => deliver.mail.deliver([second!]));
    expect(warm).toEqual({ 's3.GetObject': 1, 'dynamodb.PutItem': 2, 'appsync.Publish': 1 });
    expect(sum(TAKEN_IN, warm)).toBeLessThanOrEqual(5 + BATCH);
  });

  it('shares entry, wake-up and traces with its batch', async () => {
    const ingress = await start();
    for (let i = 0; i < 10; i++) await receive(ingress, 'carol');
    const jobs = await jobsOf('deliver');
    expect(jobs).toHaveLength(10);
    const { mail } = await start('worker');
    const calls = await callsOf(async () => expect(await mail.deliver(jobs)).toEqual([]));
    expect(calls).toEqual({ 's3.GetObject': 10, 'dynamodb.Query': 2, 'dynamodb.PutItem': 2 });
    const account = await mail.accounts.open(id('carol'));
    expect((await account.refresh()).mailboxNamed('INBOX')!.messages).toBe(10);
  });
});

describe('a mailbox of 100,000 messages', () => {
  it('is opened with at most 5 calls', async () => {
    const access = await start();
    const account = await access.mail.accounts.open(id('big'));
    const messages = (await account.refresh()).mailboxNamed('INBOX')!.messages;
    expect(messages).toBeGreaterThanOrEqual(MESSAGES);

    const cold = await callsOf(async () => (await (await start()).mail.accounts.open(id('big'))).refresh());
    expect(cold['dynamodb.Query']).toBe(2);
    expect(sum(cold)).toBeLessThanOrEqual(5);

    const client = await imap(await start());
    const login = await callsOf(() => transcript(client, `C: a LOGIN big@${DOMAIN} "${PASSWORD}"\nS~ ^a OK`));
    // Who it is and whether the password is right, and from head to rows: LOGIN opens, SELECT reads the tail.
    const { 'dynamodb.GetItem': directory = 0, ...opening } = login;
    expect(directory).toBe(6);
    const select = await callsOf(() => transcript(client, `C: b SELECT INBOX\nS* ^\\* ${messages} EXISTS\nS* ^b OK`));
    expect(select).toEqual({ 'dynamodb.Query': 1 });
    expect(sum(opening, select)).toBeLessThanOrEqual(5);
  });

  it('stays within them while snapshots replace each other', async () => {
    const { mail } = await start('worker');
    let most = 0;
    for (let round = 0; round < 6; round++) {
      const account = await mail.accounts.open(id('big'));
      for (let entry = 0; entry < 64; entry++) {
        await account.write((draft) => {
          const inbox = draft.mailboxNamed('INBOX')!.id;
          const rows = draft.rows(inbox);
          const uid = rows.uid((entry * 7_919 + round * 104_729) % rows.length);
          if (entry % 2 === 0) draft.store(inbox, UidSet.from([uid]), 'add', ['\\Flagged']);
          else draft.add({ mailboxes: [inbox], blob: 'raw/x.1', size: 1, date: 0, flags: [], summary: summary() });
        });
      }
      await mail.accounts.compact(account.id);
      const other = await start();
      const calls = await callsOf(async () => (await other.mail.accounts.open(id('big'))).refresh());
      most = Math.max(most, sum(calls));
    }
    expect(most).toBeLessThanOrEqual(5);
  }, 120_000);

  it('gets a flag on 5,000 messages with one entry', async () => {
    const client = await imap(await start());
    await transcript(client, `C: a LOGIN big@${DOMAIN} "${PASSWORD}"\nS~ ^a OK\nC: b SELECT INBOX\nS* ^b OK`);
    const store = (tag: string, flag: string) =>
      callsOf(() => transcript(client, `C: ${tag} STORE 1:5000 +FLAGS.SILENT (${flag})\nS* ^${tag} OK`));
    // The entry, and who listens.
    expect(await store('c', '\\Flagged')).toEqual({ 'dynamodb.PutItem': 1, 'dynamodb.Query': 1 });

    // Somebody else was faster: the first try is refused, the tail is read, the second is taken.
    const other = await (await start()).mail.accounts.open(id('big'));
    await other.write((draft) => draft.createMailbox('Other'));
    expect(await store('d', 'one')).toEqual({ 'dynamodb.PutItem': 2, 'dynamodb.Query': 2 });

    // A process that has not read the tail for long reads it first.
    const account = await (await start()).mail.accounts.open(id('big'));
    const fresh = await callsOf(async () => {
      await account.refresh();
      const inbox = account.state.mailboxNamed('INBOX')!.id;
      await account.write((draft) => draft.store(inbox, UidSet.range(1, 5_000), 'add', ['two']));
    });
    expect(fresh).toEqual({ 'dynamodb.Query': 2, 'dynamodb.PutItem': 1 });
    expect(sum(fresh)).toBeLessThanOrEqual(2 + 1);
  });
});

describe('what JMAP reads', () => {
  const BASIC = (name: string) => `Basic ${Buffer.from(`${name}@${DOMAIN}:${PASSWORD}`).toString('base64')}`;

  /** Makes JMAP requests to a process. */
  function jmapOf({ mail, aws }: Process, name: string) {
    const { sharing, people } = mail.directory;
    const jmap = createJmap({ ...aws, ...mail, sharing, people, hostname: HOSTNAME });
    const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail'];
    const http = async (method: 'GET' | 'POST', path: string, body = '') => {
      const response = await jmap.handle({
        method,
        path,
        query: new URLSearchParams(),
        headers: { authorization: BASIC(name), 'content-type': 'application/json' },
        body: (async function* () {
          yield Buffer.from(body);
        })(),
        address: '127.0.0.1',
      });
      const text = Buffer.from(response.body as Uint8Array).toString();
      if (response.status !== 200) throw new Error(`${response.status} ${text}`);
      return JSON.parse(text);
    };
    return {
      session: () => http('GET', '/.well-known/jmap') as Promise<{ readonly state: string; readonly accounts: object }>,
      ask: (methodCalls: readonly (readonly [string, object, string])[]) =>
        http('POST', '/jmap/api', JSON.stringify({ using, methodCalls })) as Promise<{
          readonly methodResponses: readonly [string, Record<string, { readonly id: string }[]>, string][];
          readonly sessionState: string;
        }>,
    };
  }

  /** What a sign-in looks up in a process that knows nothing, and may look up again in one that does. */
  const SIGN_IN = 6;
  const warm = ({ 'dynamodb.GetItem': _, ...rest }: Calls) => rest;

  /** Mailboxes and the first 50 of the inbox with previews. */
  async function screenOf(name: string) {
    const accountId = id(name);
    const inbox = (await (await start()).mail.accounts.open(accountId)).state.mailboxNamed('INBOX')!.id;
    const filter = { inMailbox: inbox };
    return [
      ['Mailbox/get', { accountId, ids: null }, '0'],
      ['Email/query', { accountId, filter, sort: [{ property: 'receivedAt', isAscending: false }], limit: 50 }, '1'],
      [
        'Email/get',
        {
          accountId,
          '#ids': { resultOf: '1', name: 'Email/query', path: '/ids' },
          properties: ['id', 'threadId', 'mailboxIds', 'keywords', 'from', 'subject', 'receivedAt', 'preview'],
        },
        '2',
      ],
    ] as const;
  }

  it('for mailboxes and the first 50 of an inbox of 100,000 with previews is at most 6 calls cold, and 1 warm', async () => {
    const screen = await screenOf('big');
    const { ask } = jmapOf(await start(), 'big');
    const asked = async () => expect((await ask(screen)).methodResponses[2]![1].list).toHaveLength(50);
    const cold = await callsOf(asked);
    expect(cold['dynamodb.GetItem']).toBe(SIGN_IN);
    // Head and tail, and who shares something with all of the tenant, which the session's state tells of: for 15 s.
    expect(cold['dynamodb.Query']).toBe(2);
    expect(sum(cold) - SIGN_IN).toBeLessThanOrEqual(6);
    // The tail: nobody is shown less than what others were.
    expect(warm(await callsOf(asked))).toEqual({ 'dynamodb.Query': 1 });
  });

  it('is what others share, as soon as they do: processes that know it, and such as know nothing, say the same of the session', async () => {
    const [known, owner] = [jmapOf(await start(), 'dave'), jmapOf(await start(), 'carol')];
    const echo = [['Core/echo', {}, '0']] as const;
    const before = await known.session();
    expect((await jmapOf(await start(), 'dave').ask(echo)).sessionState).toBe(before.state);
    const accountId = id('carol');
    const { methodResponses } = await owner.ask([['Mailbox/get', { accountId, ids: null }, '0']]);
    const [inbox] = methodResponses[0]![1].list!;
    const share = async (rights: object | null) => {
      const update = { [inbox!.id]: { [`shareWith/${id('dave')}`]: rights } };
      const answer = await owner.ask([['Mailbox/set', { accountId, update }, '0']]);
      expect(answer.methodResponses[0]![1].updated).toHaveProperty(inbox!.id);
    };
    for (const rights of [{ mayReadItems: true }, null]) {
      await share(rights);
      const now = await known.session();
      expect(Object.keys(now.accounts).includes(accountId)).toBe(rights !== null);
      expect((await jmapOf(await start(), 'dave').ask(echo)).sessionState).toBe(now.state);
      // He asks as whoever has the id from before.
      const call = [['Mailbox/get', { accountId, ids: null }, '0']] as const;
      expect((await known.ask(call)).methodResponses[0]![0]).toBe(rights === null ? 'error' : 'Mailbox/get');
    }
  });

  it('for a word is the manifest and at most 3 reads a segment, of which there are at most 6', async () => {
    const { mail, aws } = await start('worker');
    const account = await mail.accounts.open(id('searcher'));
    const inbox = account.state.mailboxNamed('INBOX')!.id;
    let filed = 0;
    let most = 0;
    let segments = 0;
    for (const count of [500, 100, 40, 8, 2]) {
      const made = await Promise.all(
        Array.from({ length: count }, async () => {
          const bytes = Buffer.from(`Subject: s\r\n\r\ncommon word${filed++}\r\n`);
          const { name } = await aws.blobs.put('raw', bytes, { owners: 1 });
          return { blob: name, size: bytes.length, summary: summarize(indexMessage(bytes)) };
        }),
      );
      await account.write((draft) => {
        for (const one of made) draft.add({ mailboxes: [inbox], date: 0, flags: [], ...one });
      });
      await mail.index.update(account.id, { least: 1 });
      const other = await start();
      const reader = await other.mail.accounts.open(account.id);
      let found = 0;
      const cold = await callsOf(async () => {
        const open = (await other.mail.index.open(account.id, reader.state))!;
        segments = Math.max(segments, open.segments.length);
        const verdict = await open.words(wordQuery('word7', true)!);
        const rows = reader.state.rows(inbox);
        for (let row = 0; row < rows.length; row++) if (verdict(rows.email(row))) found += 1;
        expect(fake.calls.get('s3.GetObject')).toBeLessThanOrEqual(3 * open.segments.length);
      });
      expect(found).toBe(1);
      expect(Object.keys(cold).sort()).toEqual(['dynamodb.GetItem', 's3.GetObject']);
      expect(cold['dynamodb.GetItem']).toBe(1);
      most = Math.max(most, cold['s3.GetObject']!);
      // Who has searched before reads postings only.
      const warm = await callsOf(async () => {
        const open = (await other.mail.index.open(account.id, reader.state))!;
        await open.words(wordQuery('common', true)!);
      });
      expect(warm['s3.GetObject']).toBeLessThanOrEqual(2 * segments);
    }
    expect(segments).toBeGreaterThan(1);
    expect(segments).toBeLessThanOrEqual(6);
    expect(most).toBeLessThanOrEqual(20);
  });
});

describe('what a session reads', () => {
  it('is 50 envelopes with at most 2 calls, wherever they lie, and with none a second time', async () => {
    for (const first of [1, 4_070, 50_000, MESSAGES - 49]) {
      const client = await loggedIn(await start(), 'big');
      await transcript(client, 'C: b SELECT INBOX\nS* ^b OK');
      const fetch = (tag: string) =>
        callsOf(() =>
          transcript(
            client,
            `C: ${tag} FETCH ${first}:${first + 49} (UID FLAGS ENVELOPE)\nS* ^\\* ${first + 49} FETCH .*ENVELOPE\nS* ^${tag} OK`,
          ),
        );
      const cold = await fetch('c');
      expect(Object.keys(cold)).toEqual(['s3.GetObject']);
      expect(sum(cold)).toBeLessThanOrEqual(2);
      expect(await fetch('d')).toEqual({});
    }
  });

  it('is nothing in IDLE but a poll a minute, and what an event tells of is there within 300 ms', async () => {
    const clock = new SkippingClock();
    const access = await start('person', clock);
    await access.aws.wakeups.start();
    const client = await loggedIn(access, 'dave');
    await transcript(client, 'C: b SELECT INBOX\nS* ^b OK');
    fake.reset();
    await transcript(client, 'C: c IDLE\nS: + Idling');
    // It tells the others that it listens, and reads the tail.
    while (fake.calls.get('dynamodb.PutItem') !== 1) await clock.sleep(1);
    const other = await (await start('worker')).mail.accounts.open(id('dave'));
    const begin = performance.now();
    await other.write((draft) => {
      const inbox = draft.mailboxNamed('INBOX')!.id;
      return draft.add({ mailboxes: [inbox], blob: 'raw/y.1', size: 1, date: 0, flags: [], summary: summary() });
    });
    await transcript(client, 'S: * 1 EXISTS\nS: * 1 RECENT');
    expect(performance.now() - begin).toBeLessThan(300);

    // The process asks which sign-ins were taken back, each time that the clock is put forward here; in truth four times a minute, for all.
    expect(await callsOf(() => clock.skip(59_000))).toEqual({ 'dynamodb.Query': 1 });
    const polls = await callsOf(async () => {
      for (let minute = 1; minute <= 10; minute++) {
        await clock.skip(60_000);
        while (fake.calls.get('dynamodb.Query') !== 2 * minute) await new Promise((resolve) => setImmediate(resolve));
      }
    });
    expect(polls).toEqual({ 'dynamodb.Query': 10 + 10 });
    await transcript(client, 'C: DONE\nS: c OK IDLE completed');
  });

  it('is the tail before a STORE of a session that has read nothing for an hour', async () => {
    const clock = new SkippingClock();
    const client = await loggedIn(await start('person', clock), 'big');
    await transcript(client, 'C: b SELECT INBOX\nS* ^b OK');
    const store = (tag: string, flag: string) =>
      callsOf(() => transcript(client, `C: ${tag} STORE 1:5000 +FLAGS.SILENT (${flag})\nS* ^${tag} OK`));
    expect(await store('c', 'known')).toEqual({ 'dynamodb.PutItem': 1, 'dynamodb.Query': 1 });
    await clock.skip(3_600_001);
    expect(await store('d', 'not-known')).toEqual({ 'dynamodb.PutItem': 1, 'dynamodb.Query': 2 });
  });
});

describe('a message out, to one domain, by SES', () => {
  it('costs 6 calls to take in, 5 to queue and 11 to send', async () => {
    const ingress = await start();
    await submit(ingress, 'alice');
    expect(await jobsOf('deliver')).toHaveLength(1);
    const submitted = await callsOf(() => submit(ingress, 'alice'));
    // Failures of this name and this address, and that the recipient's domain is not ours: none is found, none is remembered.
    expect(submitted).toEqual({ 'dynamodb.GetItem': 4, 's3.PutObject': 1, 'sqs.SendMessage': 1 });
    const [job] = await jobsOf('deliver');
    const deliver = await start('worker');
    const queued = await callsOf(async () => expect(await deliver.mail.deliver([job!])).toEqual([]));
    // That it is not ours still; the entry, and the traces of the batch; the wake-up of `send`.
    expect(queued).toEqual({ 'dynamodb.GetItem': 2, 'dynamodb.PutItem': 2, 'sqs.SendMessage': 1 });
    const [wakeup] = await jobsOf('send');
    const sender = await start('worker');
    const none = async () => {
      throw new Error('not asked');
    };
    const send = sender.mail.send({
      dns: { mx: none, addresses: none, txt: none, ptr: none },
      relay: { deliver: none },
      ses: openSes(fake.config()),
      config: { mxPort: 25 },
    });
    const sent = await callsOf(async () => expect(await send([wakeup!])).toEqual([]));
    // Entry, routes (domain and server), mark of an earlier end; claim, mark, trace of the attempt, release of the message; the entry goes.
    expect(sent).toEqual({
      'dynamodb.GetItem': 4,
      'dynamodb.PutItem': 4,
      's3.GetObject': 1,
      'ses.SendRawEmail': 1,
      'dynamodb.DeleteItem': 1,
    });
    expect(fake.ses.sent).toHaveLength(1);
  });
});
