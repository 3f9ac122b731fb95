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

    const pass = (ms: number) => (under.pass ?? sleep)(ms);
    const now = () => (under.now ?? Date.now)();

    /** What the queue has now; a moment is given to what is on its way. */
    async function arrived(queue: Queue): Promise<string[]> {
      const found: string[] = [];
      for (;;) {
        const jobs = await queue.receive({ max: 10, visibility: 60, waitSeconds: 1 });
        if (jobs.length === 0) return found.sort();
        found.push(...jobs.map(({ body }) => body));
        await queue.delete(jobs.map(({ handle }) => handle));
      }
    }

    test('a wake-up comes to its queue at its time, not before', async () => {
      await under.schedule.at('one', now() + 2500, 'send', 'wake');
      expect(await arrived(under.queue('send'))).toEqual([]);
      await pass(2000);
      expect(await arrived(under.queue('send'))).toEqual(['wake']);
      expect(await arrived(under.queue('deliver'))).toEqual([]);
    });

    test('what is due already comes at once', async () => {
      await under.schedule.at('past', now() - 60_000, 'compact', 'late');
      await pass(100);
      expect(await arrived(under.queue('compact'))).toEqual(['late']);
    });

    test('the same id again replaces time and body', async () => {
      await under.schedule.at('again', now() + 600_000, 'send', 'first');
      await under.schedule.at('again', now() + 500, 'send', 'second');
      await pass(700);
      expect(await arrived(under.queue('send'))).toEqual(['second']);
      await under.schedule.at('again', now() + 100, 'send', 'third');
      await pass(300);
      expect(await arrived(under.queue('send'))).toEqual(['third']);
    });

    test('what is cancelled does not come; cancelling nothing succeeds', async () => {
      await under.schedule.cancel('never');
      await under.schedule.at('a', now() + 500, 'send', 'cancelled');
      await under.schedule.at('b', now() + 500, 'send', 'kept');
      await under.schedule.cancel('a');
      await pass(800);
      expect(await arrived(under.queue('send'))).toEqual(['kept']);
    });

    test('many at one time all come', async () => {
      const at = now() + 500;
      const sent = Array.from({ length: 25 }, (_, n) => `job ${String(n).padStart(2, '0')}`);
      await Promise.all(sent.map((body, n) => under.schedule.at(`many-${n}`, at, 'deliver', body)));
      await pass(800);
      expect(await arrived(under.queue('deliver'))).toEqual(sent);
    });

    test('what was acknowledged outlives a crash', async ({ skip }) => {
      if (under.crash === undefined) skip();
      await under.schedule.at('over', now() + 1500, 'send', 'after the crash');
      await under.schedule.at('gone', now() + 1500, 'send', 'cancelled before');
      await under.schedule.cancel('gone');
      const after = await under.crash!();
      await pass(1800);
      expect(await arrived(after.queue('send'))).toEqual(['after the crash']);
    });
  });
}
