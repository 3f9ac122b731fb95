import * as z from 'zod';
import { queryAll, type Records } from '../../ports/index.ts';

/**
 * When emails are to be looked at again: a record each, in order of time. It is written before the account's log says that an email is
 * snoozed, so none is forgotten; and it only says "look": the log decides.
 */
const ALARM = z.object({
  v: z.literal(1),
  account: z.string(),
  email: z.string(),
  /** Milliseconds since 1970. */
  until: z.number(),
});
export type Alarm = Readonly<Omit<z.infer<typeof ALARM>, 'v'>>;

const PARTITION = 'snoozes';

/** Durable when it resolves. */
export async function setAlarm(records: Records, alarm: Alarm): Promise<void> {
  const body = Buffer.from(JSON.stringify({ v: 1, ...alarm } satisfies z.infer<typeof ALARM>));
  await records.put({ pk: PARTITION, sk: keyOf(alarm), body }, 'any');
}

export async function dropAlarm(records: Records, alarm: Alarm): Promise<void> {
  await records.delete(PARTITION, keyOf(alarm), 'any');
}

/** Those whose time has come by `now`, the oldest first. Throws on a version that this release does not know (design: rule 4). */
export async function* dueAlarms(records: Records, now: number): AsyncGenerator<Alarm> {
  for await (const { body } of queryAll(records, { pk: PARTITION, to: time(now + 1) })) {
    const { v: _, ...alarm } = ALARM.parse(JSON.parse(Buffer.from(body).toString()));
    yield alarm;
  }
}

function keyOf({ until, account, email }: Alarm): string {
  return `${time(until)} ${account} ${email}`;
}

function time(ms: number): string {
  return String(ms).padStart(15, '0');
}
