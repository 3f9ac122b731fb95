import { createDeliver } from '../mail/inbound/deliver.ts';
import { createTraces } from '../mail/inbound/trace.ts';
import { submit } from '../mail/outbound/submit.ts';
import { batch } from './batch.ts';
import { openRuntime } from './runtime.ts';
import { compactionRequests, openAccounts, readDirectory } from './stages.ts';

const runtime = openRuntime();
const directory = readDirectory(runtime);
const { deliver, send } = runtime.queues;
const requests = compactionRequests(runtime);
const work = createDeliver({
  ...runtime,
  directory,
  accounts: await openAccounts(runtime, directory, { writer: 'worker', onLongTail: requests.ask }),
  submit: (message) => submit({ ...runtime, directory, deliver, send }, message),
  traces: createTraces(runtime),
});

/** The `deliver` queue: each message into its mailboxes, or on to where it is sent from. */
export const handler = batch(async (jobs) => {
  const again = await work(jobs);
  await requests.settled();
  return again;
});
