/** Which tasks listen for which accounts: pk = wake/<account>, sk = <taskId>, with an end in `expires`. */
import { type Clock, queryAll, type Records } from '../../mail/ports/index.ts';

/** How long a registration holds, so that a task that died is not written to for ever. */
export const LEASE_SECONDS = 3600;
/** How long a publisher trusts a list of tasks. An empty one is never kept: the first listener must be seen at once. */
const CACHE_MS = 15_000;
const CACHED_ACCOUNTS = 10_000;
/** Tasks of one account that are told; more than that would be a fault. */
const MOST_TASKS = 50;

export class WakeRegistry {
  private readonly records: Records;
  private readonly clock: Clock;
  private readonly cache = new Map<string, { readonly tasks: readonly string[]; readonly until: number }>();

  constructor(records: Records, clock: Clock) {
    this.records = records;
    this.clock = clock;
  }

  async register(account: string, taskId: string): Promise<void> {
    const expires = Math.ceil(this.clock.now() / 1000) + LEASE_SECONDS;
    await this.records.put({ pk: `wake/${account}`, sk: taskId, body: Buffer.from('1'), expires }, 'any');
  }

  async remove(account: string, taskId: string): Promise<void> {
    await this.records.delete(`wake/${account}`, taskId, 'any');
  }

  /** The tasks that listen for the account: one query, or none for some seconds after an answer that named any. */
  async tasksOf(account: string): Promise<readonly string[]> {
    const now = this.clock.now();
    const known = this.cache.get(account);
    if (known && known.until > now) return known.tasks;
    this.cache.delete(account);
    const tasks: string[] = [];
    for await (const { sk, expires } of queryAll(this.records, { pk: `wake/${account}`, limit: MOST_TASKS })) {
      if ((expires ?? 0) * 1000 > now) tasks.push(sk);
    }
    if (tasks.length > 0) this.remember(account, tasks, now + CACHE_MS);
    return tasks;
  }

  private remember(account: string, tasks: readonly string[], until: number): void {
    const oldest = this.cache.keys().next().value;
    if (this.cache.size >= CACHED_ACCOUNTS && oldest !== undefined) this.cache.delete(oldest);
    this.cache.set(account, { tasks, until });
  }
}
