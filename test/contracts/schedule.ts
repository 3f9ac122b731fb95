/** What every adapter of Schedule must do (mail/ports/schedule.ts). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Queue, QueueName, Schedule } from '../../mail/ports/index.ts';
import { sleep, type UnderTest } from './harness.ts';

export interface ScheduleUnderTest extends UnderTest {
  readonly schedule: Schedule;
  readonly queue: (name: QueueName) => Queue;
  /** The store's time. @default the machine's */
  readonly now?: () => number;
  /** What a new process finds when this one dies now. Absent where nothing outlives the process. */
  readonly crash?: () => Promise<Pick<ScheduleUnderTest, 'schedule' | 'queue'>>;
}

export function describeSchedule(name: string, make: () => Promise<ScheduleUnderTest>): void {
  describe(`schedule: ${name}`, () => {
    let under: ScheduleUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.close());

    const step = () => under.step ?? 1000;
    const pass = (steps: number) => (under.pass ?? sleep)(steps * step());
    /** So many steps from now. */
    const then = (steps: number) => (under.now ?? Date.now)() + steps * step();

    /** What the queue has now; a moment is given to what is on its way. */
    async function arrived(queue: Queue): Promise<string[]> {
      const found: string[] = [];
      for (;;) {
        const jobs = await queue.receive({ max: 10, visibility: 60, waitSeconds: step() / 1000 });
        if (jobs.length === 0) return found.sort();
        found.push(...jobs.map(({ body }) => body));
        await queue.delete(jobs.map(({ handle }) => handle));
      }
    }

    test('a wake-up comes to its queue at its time, not before', async () => {
      await under.schedule.at('one', then(2.5), 'send', 'wake');
      expect(await arrived(under.queue('send'))).toEqual([]);
      await pass(2);
      expect(await arrived(under.queue('send'))).toEqual(['wake']);
      expect(await arrived(under.queue('deliver'))).toEqual([]);
    });

    test('what is due already comes at once', async () => {
      await under.schedule.at('past', then(-60), 'compact', 'late');
      await pass(0.1);
      expect(await arrived(under.queue('compact'))).toEqual(['late']);
    });

    test('the same id again replaces time and body', async () => {
      await under.schedule.at('again', then(600), 'send', 'first');
      await under.schedule.at('again', then(0.5), 'send', 'second');
      await pass(0.7);
      expect(await arrived(under.queue('send'))).toEqual(['second']);
      await under.schedule.at('again', then(0.1), 'send', 'third');
      await pass(0.3);
      expect(await arrived(under.queue('send'))).toEqual(['third']);
    });

    test('what is cancelled does not come; cancelling nothing succeeds', async () => {
      await under.schedule.cancel('never');
      await under.schedule.at('a', then(0.5), 'send', 'cancelled');
      await under.schedule.at('b', then(0.5), 'send', 'kept');
      await under.schedule.cancel('a');
      await pass(0.8);
      expect(await arrived(under.queue('send'))).toEqual(['kept']);
    });

    test('many at one time all come', async () => {
      const at = then(0.5);
      const sent = Array.from({ length: 25 }, (_, n) => `job ${String(n).padStart(2, '0')}`);
      await Promise.all(sent.map((body, n) => under.schedule.at(`many-${n}`, at, 'deliver', body)));
      await pass(0.8);
      expect(await arrived(under.queue('deliver'))).toEqual(sent);
    });

    test('what was acknowledged outlives a crash', async ({ skip }) => {
      if (under.crash === undefined) skip();
      await under.schedule.at('over', then(1.5), 'send', 'after the crash');
      await under.schedule.at('gone', then(1.5), 'send', 'cancelled before');
      await under.schedule.cancel('gone');
      const after = await under.crash!();
      await pass(1.8);
      expect(await arrived(after.queue('send'))).toEqual(['after the crash']);
    });
  });
}
