import * as z from 'zod';
import { type Clock, type Log, MAX_DELAY_SECONDS, type Queue, type Schedule } from '../ports/index.ts';

/** "Look at entry X." Lost, repeated or late, it does no harm: the entry says what is to be done. */
export const wakeUp = z.object({
  v: z.literal(1),
  id: z.string(),
  /** A human asked: ignore that the destination was found unreachable a moment ago. */
  force: z.boolean().optional(),
});

export interface WakeDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** The queue that `createSend` reads. */
  readonly send: Queue;
  readonly schedule: Schedule;
}

/**
 * Sees to it that somebody looks at the entry at `at` (milliseconds since 1970) or a little later. Never throws: what is lost here
 * is found by the sweeper.
 */
export async function wake(
  deps: WakeDeps,
  id: string,
  at: number,
  options: { readonly force?: boolean; readonly tenant?: string } = {},
): Promise<void> {
  const body = JSON.stringify({ v: 1, id, ...(options.force ? { force: true } : {}) });
  const delaySeconds = Math.max(0, Math.ceil((at - deps.clock.now()) / 1000));
  try {
    if (delaySeconds > MAX_DELAY_SECONDS) await deps.schedule.at(id, at, 'send', body);
    else {
      await deps.send.send(body, {
        ...(delaySeconds > 0 ? { delaySeconds } : {}),
        ...(options.tenant === undefined ? {} : { group: options.tenant }),
      });
    }
  } catch (error) {
    deps.log.warn('outbound.wake-lost', { entry: id, error: String(error) });
  }
}
