import { randomBytes } from 'node:crypto';
import { createDirectory } from '../../mail/directory/directory.ts';
import type { Clock, Item, Page, Random, Range, Records } from '../../mail/ports/index.ts';
import { ConditionFailed, OutcomeUnknown, Unavailable } from '../../mail/ports/index.ts';
import { silentLog } from '../support/memory.ts';

/** Records in a map, with a hook that can fail a write before or after it takes effect. */
export class MapRecords implements Records {
  readonly items = new Map<string, Item>();
  reads = 0;
  writes = 0;
  /** Called with the number of the write. */
  fault: (write: number) => 'before' | 'unknown' | undefined = () => undefined;

  async get(pk: string, sk: string): Promise<Item | undefined> {
    this.reads++;
    return this.items.get(`${pk}\n${sk}`);
  }

  async put(item: Item, expect: 'absent' | 'any' | { readonly rev: number }): Promise<void> {
    const fault = this.fault(++this.writes);
    if (fault === 'before') throw new Unavailable('down');
    const key = `${item.pk}\n${item.sk}`;
    const now = this.items.get(key);
    if (expect === 'absent' ? now !== undefined : expect !== 'any' && now?.rev !== expect.rev) {
      throw new ConditionFailed('no');
    }
    this.items.set(key, item);
    if (fault === 'unknown') throw new OutcomeUnknown('lost');
  }

  async delete(pk: string, sk: string, expect: 'any' | { readonly rev: number }): Promise<void> {
    const fault = this.fault(++this.writes);
    if (fault === 'before') throw new Unavailable('down');
    const key = `${pk}\n${sk}`;
    if (expect !== 'any' && this.items.get(key)?.rev !== expect.rev) throw new ConditionFailed('no');
    this.items.delete(key);
    if (fault === 'unknown') throw new OutcomeUnknown('lost');
  }

  async query(range: Range & { readonly startAfter?: string }): Promise<Page> {
    const items = [...this.items.values()]
      .filter((item) => item.pk === range.pk)
      .filter((item) => range.from === undefined || Buffer.compare(Buffer.from(item.sk), Buffer.from(range.from)) >= 0)
      .filter((item) => range.to === undefined || Buffer.compare(Buffer.from(item.sk), Buffer.from(range.to)) <= 0)
      .sort((a, b) => Buffer.compare(Buffer.from(a.sk), Buffer.from(b.sk)));
    return { items };
  }
}

export class ManualClock implements Clock {
  time = Date.UTC(2026, 0, 1);
  now(): number {
    return this.time;
  }
  async sleep(ms: number): Promise<void> {
    this.time += ms;
  }
  after(): () => void {
    return () => {};
  }
}

export const random: Random = { bytes: (length) => randomBytes(length), number: () => 0.5 };

/** A directory on its own records, or another process's on the same. */
export function directory(records = new MapRecords(), clock = new ManualClock()) {
  const made: string[] = [];
  const logged: Record<string, unknown>[] = [];
  const service = createDirectory({
    records,
    clock,
    random,
    log: { ...silentLog, info: (event, fields) => void logged.push({ event, ...fields }) },
    createMailboxes: async (account) => {
      made.push(account);
    },
    defaultRoutes: [{ kind: 'mx' }],
  });
  return { service, records, clock, made, logged };
}

export const PASSWORD = 'correct horse battery';
