/** What a function of the APIs needs from nothing to its first request: its bundle loaded and run, on one processor. */
import { statSync } from 'node:fs';
import { startFunctions } from '../support/functions.ts';

const RUNS = 9;
const BAR_MS = 200;
const BAR_KB = 1024;
const APIS = ['jmap', 'auth', 'admin'];

const LOAD = `
  const cpu = process.cpuUsage();
  const from = performance.now();
  await load();
  const ms = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpu: (user + system) / 1000 };`;

export async function run(): Promise<boolean> {
  const functions = await startFunctions();
  try {
    const rows = [];
    for (const name of APIS.filter((api) => functions.bundles.has(api))) {
      const runs: { ms: number; cpu: number }[] = [];
      for (let n = 0; n < RUNS; n++) {
        runs.push((await functions.run(name, LOAD, ['taskset', '-c', '0'])) as { ms: number; cpu: number });
      }
      const ms = Math.round(median(runs.map((one) => one.ms)));
      const kb = Math.round(statSync(functions.bundles.get(name)!).size / 1024);
      const cpu = Math.round(median(runs.map((one) => one.cpu)));
      const met = ms < BAR_MS && kb < BAR_KB ? 'yes' : 'NO';
      rows.push({ function: name, KB: kb, 'ms to load': ms, 'of it CPU': cpu, bar: `${BAR_MS} ms, ${BAR_KB} KB`, met });
    }
    console.log(`Medians of ${RUNS} runs`);
    console.table(rows);
    return rows.every(({ met }) => met === 'yes');
  } finally {
    await functions.stop();
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
