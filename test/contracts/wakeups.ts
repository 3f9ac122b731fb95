/** What every adapter of Wakeups must do (mail/ports/wakeups.ts), when nothing is lost on the way. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Wakeups } from '../../mail/ports/index.ts';
import { fresh, sleep, type UnderTest } from './harness.ts';

export interface WakeupsUnderTest extends UnderTest {
  readonly wakeups: Wakeups;
  /** How long an event may take, in milliseconds. @default 200 */
  readonly patience?: number;
}

export function describeWakeups(name: string, make: () => Promise<WakeupsUnderTest>): void {
  describe(`wakeups: ${name}`, () => {
    let under: WakeupsUnderTest;
    beforeAll(async () => {
      under = await make();
    });
    afterAll(() => under.close());

    async function settled(): Promise<void> {
      await (under.pass ?? sleep)(under.patience ?? 200);
    }

    test('every listener of the account hears it, nobody else', async () => {
      const [account, stranger] = [fresh('account'), fresh('account')];
      const heard: string[] = [];
      const stops = [
        under.wakeups.subscribe(account, (seq) => heard.push(`first ${seq}`)),
        under.wakeups.subscribe(account, (seq) => heard.push(`second ${seq}`)),
        under.wakeups.subscribe(stranger, (seq) => heard.push(`stranger ${seq}`)),
      ];
      await settled();
      await under.wakeups.publish(account, 7);
      await settled();
      expect(heard.sort()).toEqual(['first 7', 'second 7']);
      for (const stop of stops) stop();
    });

    test('who has unsubscribed hears nothing more', async () => {
      const account = fresh('account');
      const heard: string[] = [];
      const stopFirst = under.wakeups.subscribe(account, (seq) => heard.push(`first ${seq}`));
      const stopSecond = under.wakeups.subscribe(account, (seq) => heard.push(`second ${seq}`));
      await settled();
      stopFirst();
      stopFirst();
      await under.wakeups.publish(account, 1);
      await settled();
      expect(heard).toEqual(['second 1']);
      stopSecond();
      await under.wakeups.publish(account, 2);
      await settled();
      expect(heard).toEqual(['second 1']);
    });

    test('a listener that throws hurts neither the publisher nor the others', async () => {
      const account = fresh('account');
      const heard: number[] = [];
      const stops = [
        under.wakeups.subscribe(account, () => {
          throw new Error('a broken listener');
        }),
        under.wakeups.subscribe(account, (seq) => heard.push(seq)),
      ];
      await settled();
      await under.wakeups.publish(account, 3);
      await settled();
      expect(heard).toEqual([3]);
      for (const stop of stops) stop();
    });
  });
}
