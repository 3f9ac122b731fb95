/** The contract suites over the ports in memory, bare and behind the failing adapter when it does not fail. */
import { localClock, localRandom } from '../../adapters/local/index.ts';
import { failing } from '../support/failing.ts';
import { memoryPorts } from '../support/memory.ts';
import type { StorePorts } from '../support/ports.ts';
import { describeBlobs } from './blobs.ts';
import { describeQueue } from './queue.ts';
import { describeRecords } from './records.ts';
import { describeSchedule } from './schedule.ts';
import { describeWakeups } from './wakeups.ts';

const close = async () => {};
const bare = (): StorePorts => memoryPorts({ clock: localClock, random: localRandom });
const wrapped = (): StorePorts => failing(bare(), { decide: () => undefined, clock: localClock });

for (const [name, make] of [
  ['memory', bare],
  ['failing, which does not fail', wrapped],
] as const) {
  describeRecords(name, async () => ({ records: make().records, close }));
  describeBlobs(name, async () => ({ blobs: make().blobs, close }));
  describeQueue(name, async () => ({ queue: make().queues.deliver, step: 150, close }));
  describeSchedule(name, async () => {
    const { schedule, queues } = make();
    return { schedule, queue: (queue) => queues[queue], step: 200, close };
  });
  describeWakeups(name, async () => ({ wakeups: make().wakeups, patience: 20, close }));
}
