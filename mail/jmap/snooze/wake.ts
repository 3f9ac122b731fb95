import { type Accounts, emailNumber } from '../../account/types.ts';
import type { Clock, Log, Records } from '../../ports/index.ts';
import { Refused } from '../../refused.ts';
import { factsOf } from '../email/facts.ts';
import { Placing } from '../email/placing.ts';
import { type Alarm, dropAlarm, dueAlarms } from './alarms.ts';
import { forgetSnooze, pendingSnooze, snoozeOf } from './object.ts';
import { markAwake, placesAfter } from './plan.ts';

export interface WakeDeps {
  readonly accounts: Pick<Accounts, 'open'>;
  readonly records: Records;
  readonly clock: Clock;
  readonly log: Log;
}

/** An alarm that the log does not know after this time, in ms, was never to ring: who set it has ended, or wants another time. */
const ORPHAN = 3_600_000;

/** Lets an email come back whose time has come, if the account's log says so. May be repeated at any time (design: rule 6). */
export async function wake(deps: WakeDeps, alarm: Alarm): Promise<void> {
  const { records, clock } = deps;
  const known = await settled(deps, alarm);
  if (known || alarm.until < clock.now() - ORPHAN) await dropAlarm(records, alarm);
}

/** Whether the log knows of that alarm, so that it need not ring again. */
async function settled({ accounts, clock }: WakeDeps, { account: id, email, until }: Alarm): Promise<boolean> {
  try {
    const account = await accounts.open(id);
    await account.refresh();
    if (snoozeOf(account.state, email)?.until !== until) return false;
    const { result } = await account.write((draft) => {
      const snooze = snoozeOf(draft, email);
      // Somebody may have chosen another time just now.
      if (snooze?.until !== until) return false;
      if (snooze.awakened !== undefined) return true;
      const facts = factsOf(draft, emailNumber(email)!);
      const pending = facts === undefined ? undefined : pendingSnooze(draft, email, facts);
      if (facts === undefined || pending === undefined) {
        // It was destroyed, or somebody has moved it: it stays where he wants it.
        forgetSnooze(draft, email);
        return true;
      }
      const keywords = new Set(facts.keywords);
      for (const [name, on] of Object.entries(pending.setKeywords)) keywords[on ? 'add' : 'delete'](name);
      // What was the account's before is not new to it: there are no limits.
      const placing = new Placing(draft, {});
      placing.change(facts.number, placesAfter(draft, facts, pending), keywords);
      placing.apply();
      markAwake(draft, email, Math.floor(clock.now() / 1000) * 1000);
      return true;
    });
    return result;
  } catch (error) {
    // The account was erased.
    if (error instanceof Refused && error.code === 'nonexistent') return true;
    throw error;
  }
}

/** Wakes all that is due, also what a process that ended left. To be run often. Gives how many alarms it looked at. */
export async function sweepSnoozed(deps: WakeDeps): Promise<number> {
  let seen = 0;
  for await (const alarm of dueAlarms(deps.records, deps.clock.now())) {
    seen += 1;
    try {
      await wake(deps, alarm);
    } catch (error) {
      deps.log.warn('jmap.not-awakened', { account: alarm.account, email: alarm.email, error: String(error) });
    }
  }
  return seen;
}
