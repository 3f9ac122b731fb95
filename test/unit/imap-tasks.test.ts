/** Sessions of one mailbox on several tasks that share a store (ME-29, the part on one machine; IM-9). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { message } from '../support/imap.ts';
import { act, check, cutUids, ModelClient, type Step, step } from '../support/model-client.ts';
import { type Task, type Tasks, tasks } from '../support/tasks.ts';
import { transcript } from '../support/transcript.ts';

const FOUR = ['one', 'two', 'three', 'four'].map((subject) => message(subject));

async function two(messages: readonly string[] = FOUR) {
  const world = await tasks();
  const near = await world.start();
  const far = await world.start();
  // Recent is what came after a task began.
  await world.deliver(...messages);
  return { world, near, far };
}

test('what another task expunged keeps its number until EXPUNGE may be said, and its FETCH says that it is gone', async () => {
  const { world, near, far } = await two();
  const ann = await near.login('INBOX');
  const ben = await far.login('INBOX');
  await transcript(ann, 'C: a STORE 2:3 +FLAGS.SILENT (\\Deleted)\nS: a OK STORE completed');
  await transcript(ann, 'C: b EXPUNGE\nS: * 3 EXPUNGE\nS: * 2 EXPUNGE\nS~ ^b OK');
  await world.deliver(message('five'));
  // This task reads the log's tail with its STORE, and still tells of no EXPUNGE before a command that may.
  await transcript(
    ben,
    `
    C: a STORE 2:4 +FLAGS (\\Flagged)
    S: * 5 EXISTS
    S: * 5 RECENT
    S: * 4 FETCH (FLAGS (\\Flagged \\Recent))
    S: a OK [EXPUNGEISSUED] Some messages have been expunged; the others are done
    C: b FETCH 1:4 UID
    S: * 1 FETCH (UID 1)
    S: * 4 FETCH (UID 4)
    S: b OK [EXPUNGEISSUED] Some messages have been expunged; the others were sent
    C: c FETCH 2 BODY.PEEK[]
    S: c OK [EXPUNGEISSUED] Some messages have been expunged; the others were sent
    C: d SEARCH ALL
    S: * SEARCH 1 4 5
    S: d OK SEARCH completed
    C: e NOOP
    S: * 3 EXPUNGE
    S: * 2 EXPUNGE
    S: e OK NOOP completed
    C: f UID SEARCH ALL
    S: * SEARCH 1 4 5
    S: f OK UID SEARCH completed
  `,
  );
  expect(world.errors).toEqual([]);
});

test('a FETCH under way when another task expunges goes on with the numbers that it began with', async () => {
  const { world, near, far } = await two(Array.from({ length: 40 }, (_, i) => message(`m${i}`, 'x'.repeat(100_000))));
  const ann = await near.login('INBOX');
  const ben = await far.login('INBOX');
  ben.drain(false);
  ben.send('a FETCH 1:* (UID BODY.PEEK[])\r\nb STORE 1 +FLAGS (\\Answered)\r\nc NOOP\r\n');
  while (ben.received.length < 100_000) await new Promise((resolve) => setImmediate(resolve));
  await transcript(ann, 'C: a STORE 2:39 +FLAGS.SILENT (\\Deleted)\nS* ^a OK\nC: b EXPUNGE\nS* ^b OK');
  ben.drain(true);
  // All of them: an expunged message's bytes stay for the retention.
  const seen: string[] = [];
  for (let line = await ben.line(); !line?.startsWith('a OK'); line = await ben.line()) {
    const uid = /^\* (\d+) FETCH \(UID (\d+) /.exec(line ?? '');
    if (uid !== null) seen.push(`${uid[1]}=${uid[2]}`);
    expect(line).not.toMatch(/EXPUNGE/);
  }
  expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => `${i + 1}=${i + 1}`));
  await transcript(ben, 'S: * 1 FETCH (FLAGS (\\Answered \\Recent))\nS~ ^b OK');
  for (let number = 39; number > 1; number--) await ben.expect(`* ${number} EXPUNGE`);
  await transcript(ben, 'S: c OK NOOP completed');
  expect(world.errors).toEqual([]);
});

test('MODSEQ and UNCHANGEDSINCE are exact between tasks', async () => {
  const { near, far } = await two();
  const ann = await near.login('INBOX (CONDSTORE)');
  const ben = await far.login('INBOX (CONDSTORE)');
  ann.send('a STORE 1:2 +FLAGS (\\Seen)\r\n');
  const before = Number(/MODSEQ \((\d+)\)/.exec(await ann.expect(/^\* 1 FETCH .*MODSEQ/))![1]);
  await transcript(ann, `S~ ^\\* 2 FETCH .*MODSEQ \\(${before}\\)\nS~ ^a OK`);
  // The other task has not read that yet: its condition is held against the log, not against what it knows.
  ben.send(`a STORE 1:3 (UNCHANGEDSINCE ${before - 1}) +FLAGS.SILENT (\\Flagged)\r\n`);
  const untagged: string[] = [];
  let line = await ben.line();
  for (; !line?.startsWith('a '); line = await ben.line()) untagged.push(line!);
  expect(line).toMatch(/^a (OK|NO) \[MODIFIED 1:2\]/);
  expect(untagged.filter((one) => one.includes(`MODSEQ (${before})`)).map((one) => one.slice(0, 9))).toEqual([
    '* 1 FETCH',
    '* 2 FETCH',
  ]);
  expect(untagged.filter((one) => one.includes(`MODSEQ (${before + 1})`))).toHaveLength(1);
  await transcript(ann, `C: b NOOP\nS~ ^\\* 3 FETCH .*\\\\Flagged.* MODSEQ \\(${before + 1}\\)\nS~ ^b OK`);
});

test('an event wakes a session in IDLE on another task within 300 ms', async () => {
  const { world, near, far } = await two([]);
  const idle = await far.login('INBOX');
  const ann = await near.login('INBOX');
  await transcript(idle, 'C: a IDLE\nS: + Idling');
  for (let n = 1; n <= 5; n++) {
    const begin = performance.now();
    await world.deliver(message(`m${n}`));
    await idle.expect(`* ${n} EXISTS`);
    expect(performance.now() - begin).toBeLessThan(300);
    await idle.expect(/RECENT/);
  }
  await transcript(
    ann,
    'C: n NOOP\nS* ^n OK\nC: a STORE 1 +FLAGS.SILENT (\\Deleted)\nS* ^a OK\nC: b EXPUNGE\nS* ^b OK',
  );
  await transcript(idle, 'S: * 1 FETCH (FLAGS (\\Deleted \\Recent))\nS: * 1 EXPUNGE');
});

test('where every event is lost, the poll of a minute tells it', async () => {
  const world = await tasks();
  const near = await world.start(({ port }) => (port === 'wakeups' ? { kind: 'unavailable' } : undefined));
  const far = await world.start();
  const idle = await far.login('INBOX');
  await transcript(idle, 'C: a IDLE\nS: + Idling');
  const ann = await near.login();
  await transcript(ann, 'C: a APPEND INBOX {5+}\nC: hello\nS* ^a OK');
  await world.clock.skip(59_000);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(idle.received.toString('latin1')).not.toMatch(/EXISTS[\s\S]*EXISTS/);
  await world.clock.skip(1_000);
  await transcript(idle, 'S: * 1 EXISTS\nS: * 1 RECENT\nC: DONE\nS~ ^a OK');
});

/** Appends one message after the other until the task dies; gives the subjects that were acknowledged, and the one that was not. */
async function appendUntilDead(task: Task): Promise<{ acknowledged: string[]; open: string }> {
  const acknowledged: string[] = [];
  const client = await task.login('INBOX');
  for (let n = 0; ; n++) {
    const text = message(`kept-${n}`);
    client.send(`a${n} APPEND INBOX (\\Flagged) {${text.length}+}\r\n${text}\r\n`);
    let line = await client.line();
    while (line?.startsWith('* ')) line = await client.line();
    if (line?.startsWith(`a${n} OK`) !== true) return { acknowledged, open: `kept-${n}` };
    acknowledged.push(`kept-${n}`);
    if (task.ports.crashed) return { acknowledged, open: '' };
  }
}

test('a task is killed: nothing acknowledged is lost, nothing is half done, and its clients go on with the other', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let at = 1; at <= 12; at++) {
      const world = await tasks();
      let calls = 0;
      let task: Task | undefined;
      const dying = await world.start(({ method, port }) => {
        if (task === undefined || method !== 'put' || port === 'wakeups' || ++calls !== at) return undefined;
        queueMicrotask(() => task?.kill());
        return { kind: 'crash', when };
      });
      task = dying;
      const far = await world.start();
      const watching = new ModelClient(await far.login());
      await watching.command('SELECT INBOX', false);
      const { acknowledged, open } = await appendUntilDead(dying);
      expect(acknowledged.length).toBeGreaterThanOrEqual(Math.floor((at - 1) / 2));
      expect(await watching.command('NOOP', true)).toMatch(/^OK/);
      check(watching, far.alice.state, far.alice.state.mailboxNamed('INBOX')!.id);
      const again = await far.login('INBOX');
      again.send('f FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (Subject)])\r\n');
      const found: string[] = [];
      for (let line = await again.line(); line?.startsWith('f ') === false; line = await again.line()) {
        if (line.startsWith('Subject: ')) found.push(line.slice(9));
        if (/^\* \d+ FETCH/.test(line)) expect(line).toContain('\\Flagged');
      }
      // The one that was under way is there whole, or not at all.
      expect(found.filter((subject) => subject !== open)).toEqual(acknowledged);
      expect(found.length - acknowledged.length).toBeLessThanOrEqual(when === 'after' ? 1 : 0);
      await transcript(again, 'C: g APPEND INBOX {5+}\nC: hello\nS* ^g OK');
      expect(world.errors).toEqual([]);
    }
  }
});

/** A change that another client or a delivery makes, on whichever task. */
async function others(world: Tasks, task: Task, mailbox: string, one: Step): Promise<void> {
  if (one.do === 'deliver') {
    await world.deliver(...Array.from({ length: one.count }, (_, i) => message(`m${i}`)));
  } else if (one.do === 'other-flags') {
    const mode = one.mode as 'add' | 'remove';
    await task.alice.write((draft) => draft.store(mailbox, cutUids(draft, mailbox, one.part), mode, [one.flag]));
  } else if (one.do === 'other-expunge') {
    await task.alice.write((draft) => draft.expunge(mailbox, cutUids(draft, mailbox, one.part)));
  }
}

async function run(rounds: readonly (readonly Step[])[], deaf: boolean): Promise<void> {
  const world = await tasks();
  await world.deliver(message('a'), message('b'), message('c'));
  // Without events, tasks learn from each other by reading the log only.
  const lost = ({ port }: { port: string }) =>
    port === 'wakeups' && deaf ? ({ kind: 'unavailable' } as const) : undefined;
  const running = [await world.start(lost), await world.start(lost)];
  const models: ModelClient[] = [];
  const mailbox = running[0]!.alice.state.mailboxNamed('INBOX')!.id;
  for (const [i, task] of [running[0]!, running[1]!, running[0]!, running[1]!].entries()) {
    const model = new ModelClient(await task.login());
    // Two of them are told mod-sequences.
    await model.command(`SELECT INBOX${i < 2 ? ' (CONDSTORE)' : ''}`, false);
    await model.command('FETCH 1:* (UID FLAGS)', false);
    models.push(model);
  }
  for (const round of rounds) {
    const queues = models.map(async (model, i) => {
      for (const one of round) if ('who' in one && one.who === i % 2) await act(model, one);
    });
    await Promise.all([...queues, ...round.map((one, i) => others(world, running[i % 2]!, mailbox, one))]);
  }
  for (const [i, model] of models.entries()) {
    expect(await model.command('NOOP', true)).toMatch(/^OK/);
    check(model, running[i % 2]!.alice.state, mailbox);
    const { modseq } = running[i % 2]!.alice.state.mailboxes.get(mailbox)!;
    model.client.send('h STATUS INBOX (HIGHESTMODSEQ)\r\n');
    while (!(await model.client.line())!.includes(`HIGHESTMODSEQ ${modseq})`));
  }
  expect(running[0]!.alice.state.seq).toBe(running[1]!.alice.state.seq);
  expect(world.errors).toEqual([]);
}

test('four clients on two tasks that believe what they are told know the mailbox as it is', async () => {
  const rounds = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 10 });
  await fc.assert(fc.asyncProperty(rounds, fc.boolean(), run), { numRuns: 150, endOnFailure: false });
}, 60_000);
