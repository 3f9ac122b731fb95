/** The writer thread: writes the batches that are handed to it, and answers when they are durable. */
import { parentPort, workerData } from 'node:worker_threads';
import { Committer } from './committer.ts';
import type { Batch } from './schema.ts';

const port = parentPort!;
const committer = new Committer((workerData as { readonly file: string }).file, true);

port.on('message', (message: Batch | 'close') => {
  if (message === 'close') {
    committer.close();
    port.close();
  } else port.postMessage(committer.write(message));
});
