/**
 * A process to be killed: writes blobs, jobs and records to the home given, and tells on stdout, one JSON line each, what
 * was acknowledged. `node crash-writer.ts HOME RUN`
 */
import { writeSync } from 'node:fs';
import { localLog, openLocalStore } from '../../adapters/local/index.ts';

const CALLERS = 8;
const [home, run] = process.argv.slice(2) as [string, string];
const store = await openLocalStore({ home, log: localLog('warn') });

await Promise.all(
  Array.from({ length: CALLERS }, async (_, caller) => {
    for (let n = 0; ; n++) {
      const text = `${run}-${caller}-${n}`;
      const bytes = Buffer.from(text.repeat(n % 50 === 49 ? 40_000 : 100));
      const { name } = await store.blobs.put('raw', bytes, { owners: 1 });
      await store.queues.deliver.send(name);
      await store.records.put({ pk: `run-${run}`, sk: text, body: Buffer.from(name) }, 'absent');
      // Straight to the file: what is in a buffer of this process would die with it.
      writeSync(1, `${JSON.stringify({ sk: text, name, size: bytes.length })}\n`);
    }
  }),
);
