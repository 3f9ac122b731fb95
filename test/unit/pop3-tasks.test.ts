/** What POP3 deletes, on tasks that are stopped and killed (ME-12, IM-7). */
import { expect, test } from 'vitest';
import { message } from '../support/imap.ts';
import type { PipeClient } from '../support/pipe.ts';
import { type Task, tasks } from '../support/tasks.ts';
import { transcript } from '../support/transcript.ts';

async function marking(task: Task): Promise<PipeClient> {
  const client = task.connect('pop3');
  await transcript(client, 'S~ ^\\+OK\nC: USER alice\nC: PASS x\nS~ ^\\+OK\nS: +OK 3 messages (228 octets)');
  await transcript(client, 'C: DELE 1\nS~ ^\\+OK\nC: DELE 3\nS~ ^\\+OK');
  return client;
}

const left = async (task: Task) => (await task.alice.refresh()).mailboxNamed('INBOX')!.messages;

async function three() {
  const world = await tasks();
  await world.deliver(message('one'), message('two'), message('six'));
  return { world, other: await world.start() };
}

test('a stop during QUIT waits for the deletion, and tells that it is done', async () => {
  const { world, other } = await three();
  const task = await world.start(({ method }) =>
    method === 'put' ? { kind: 'delay', ms: 50, replyMs: 50 } : undefined,
  );
  const client = await marking(task);
  const waiting = await marking(task);
  client.send('QUIT\r\n');
  await new Promise((resolve) => setImmediate(resolve));
  task.stop();
  // Who has not said QUIT has deleted nothing.
  await transcript(waiting, 'S.');
  expect(await left(other)).toBe(3);
  await transcript(client, 'S: +OK Goodbye\nS.');
  expect(await left(other)).toBe(1);
});

test.each([
  ['before', 3],
  ['after', 1],
] as const)('a task that is killed %s the deletion is kept has deleted all or nothing', async (when, count) => {
  const { world, other } = await three();
  let quitting = false;
  const task: Task = await world.start(({ port, method }) => {
    if (!quitting || method !== 'put' || port !== 'records') return undefined;
    queueMicrotask(() => task.kill());
    return { kind: 'crash', when };
  });
  const client = await marking(task);
  quitting = true;
  await transcript(client, 'C: QUIT\nS.');
  expect(await left(other)).toBe(count);
});
