import { type Clock, type Log, OutcomeUnknown, queryAll, type Records } from '../ports/index.ts';

const PARTITION = 'dir/ended';
/** What is kept so long was seen by every process that answers. Seconds. */
const KEEP_S = 3_600;
const TRIES = 8;

/**
 * The accounts of which something that signs in was taken back of late, by any process: an item each, by time. So a process with ten thousand
 * connections learns with one query which of them to look at.
 */
export class EndedSignIns {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor({ records, clock, log }: { readonly records: Records; readonly clock: Clock; readonly log: Log }) {
    this.#records = records;
    this.#clock = clock;
    this.#log = log;
  }

  /** To be called, and waited for, when it is durable. What fails is logged: it has ended, and others find out later. */
  async tell(account: string): Promise<void> {
    const now = this.#clock.now();
    const body = Buffer.from(JSON.stringify({ v: 1 }));
    const item = { pk: PARTITION, sk: keyOf(now, account), body, expires: Math.ceil(now / 1000) + KEEP_S };
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#records.put(item, 'any');
      } catch (error) {
        if (error instanceof OutcomeUnknown && attempt < TRIES) continue;
        this.#log.error('directory.ended', { account, error: String(error) });
        return;
      }
    }
  }

  /** Milliseconds since 1970, by the clocks of those who told. */
  async since(time: number): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for await (const { sk } of queryAll(this.#records, { pk: PARTITION, from: keyOf(time, '') })) {
      found.add(sk.slice(sk.indexOf('/') + 1));
    }
    return found;
  }
}

function keyOf(time: number, account: string): string {
  return `${String(Math.max(0, time)).padStart(13, '0')}/${account}`;
}
