import { describe, expect, test } from 'vitest';
import { type Audit, createAudit, type Deed, type Entry } from '../../mail/audit/audit.ts';
import { OutcomeUnknown, type Records, Unavailable } from '../../mail/ports/index.ts';
import { Refused } from '../../mail/refused.ts';
import { memoryPorts, silentLog } from '../support/memory.ts';
import { SimRandom } from '../support/simrandom.ts';
import { SkippingClock } from '../support/skipping-clock.ts';

const DAY = 86_400_000;
const deed: Deed = { actor: { kind: 'token' }, action: 'account.set', target: 'ann@example.test', tenant: 'acme' };

function auditWorld(change: (records: Records) => Partial<Records> = () => ({})) {
  const clock = new SkippingClock();
  const random = new SimRandom(1);
  const { records } = memoryPorts({ clock, random });
  // The ports' methods are on their prototype.
  const changed: Records = {
    get: (pk, sk) => records.get(pk, sk),
    put: (item, expect) => records.put(item, expect),
    delete: (pk, sk, expect) => records.delete(pk, sk, expect),
    query: (range) => records.query(range),
    ...change(records),
  };
  const audit = createAudit({ records: changed, clock, random, log: silentLog, days: async () => 400 });
  return { audit, clock };
}

async function all(audit: Audit, query: Parameters<Audit['entries']>[0] = { of: ['acme', undefined] }) {
  const found: (Entry & { id: string })[] = [];
  for await (const entry of audit.entries(query)) found.push(entry);
  return found;
}

describe('the audit log', () => {
  test('has a deed before it is done, and then how it ended', async () => {
    const { audit } = auditWorld();
    await audit.around(deed, async () => {
      expect(await all(audit)).toMatchObject([{ action: 'account.set', outcome: 'begun', domain: 'example.test' }]);
    });
    expect(await all(audit)).toMatchObject([{ outcome: 'done' }]);
  });

  test('says of a refusal why, and of a bug only that it failed', async () => {
    const { audit, clock } = auditWorld();
    const refuse = () => Promise.reject(new Refused('cannot', 'No room.'));
    await expect(audit.around(deed, refuse)).rejects.toThrow('No room.');
    await clock.skip(1);
    await expect(audit.around(deed, () => Promise.reject(new Error('a bug: s3cret')))).rejects.toThrow('a bug');
    expect(await all(audit)).toMatchObject([{ outcome: 'failed' }, { outcome: 'refused', reason: 'No room.' }]);
    expect(JSON.stringify(await all(audit))).not.toContain('s3cret');
  });

  test('lets nothing be done that it could not put on record', async () => {
    const { audit } = auditWorld(() => ({ put: () => Promise.reject(new Unavailable('away')) }));
    let done = false;
    await expect(
      audit.around(deed, async () => {
        done = true;
      }),
    ).rejects.toThrow('away');
    expect(done).toBe(false);
    await expect(audit.record(deed)).rejects.toThrow('away');
  });

  test('keeps what was done when how it ended cannot be written: the entry stays begun', async () => {
    let puts = 0;
    const { audit } = auditWorld((records) => ({
      put: (item, expect) => (++puts === 2 ? Promise.reject(new Unavailable('away')) : records.put(item, expect)),
    }));
    expect(await audit.around(deed, async () => 'done')).toBe('done');
    expect(await all(audit)).toMatchObject([{ outcome: 'begun' }]);
  });

  test('settles a put whose outcome was not known, with one entry', async () => {
    let puts = 0;
    const { audit } = auditWorld((records) => ({
      put: async (item, expect) => {
        await records.put(item, expect);
        if (++puts === 1) throw new OutcomeUnknown('timed out');
      },
    }));
    await audit.record(deed);
    expect(await all(audit)).toHaveLength(1);
  });

  test('gives the newest first over months and tenants, page by page, and only what is asked for', async () => {
    const { audit, clock } = auditWorld();
    const made: string[] = [];
    for (let i = 0; i < 40; i++) {
      const tenant = [undefined, 'acme', 'other'][i % 3];
      await audit.record({ actor: { kind: 'nobody' }, action: `n${i}`, ...(tenant === undefined ? {} : { tenant }) });
      if (tenant !== 'other') made.unshift(`n${i}`);
      await clock.skip(3 * DAY);
    }
    const found: string[] = [];
    for (let after: string | undefined; ; ) {
      const page: { id: string; action: string }[] = [];
      for await (const entry of audit.entries({ of: ['acme', undefined], after })) if (page.push(entry) === 7) break;
      found.push(...page.map(({ action }) => action));
      if (page.length < 7) break;
      after = page.at(-1)!.id;
    }
    expect(found).toEqual(made);
    const since = clock.now() - 10 * DAY;
    expect((await all(audit, { of: ['acme'], since })).map(({ action }) => action)).toEqual(['n37']);
    expect((await all(audit, { of: ['acme'], until: clock.now() - 113 * DAY })).map(({ action }) => action)).toEqual([
      'n1',
    ]);
  });

  test('has no secret in it, however deep, and nothing of boundless length', async () => {
    const { audit } = auditWorld();
    const detail = { password: 'hunter2', routes: [{ host: 'h', password: 'hunter2' }], quota: 5, apiToken: 'hunter2' };
    await audit.record({
      ...deed,
      detail,
      before: { targets: Array.from({ length: 5_000 }, (_, i) => `a${i}@b.test`) },
    });
    const [entry] = await all(audit);
    expect(entry!.detail).toEqual({
      password: '(hidden)',
      routes: [{ host: 'h', password: '(hidden)' }],
      quota: 5,
      apiToken: '(hidden)',
    });
    expect(JSON.stringify(entry).length).toBeLessThan(20_000);
  });

  test('forgets after its time, and sweeps what is left of it', async () => {
    const { audit, clock } = auditWorld();
    await audit.record(deed);
    await clock.skip(399 * DAY);
    await audit.record(deed);
    expect(await all(audit)).toHaveLength(2);
    expect(await audit.sweep(['acme', undefined])).toBe(0);
    await clock.skip(2 * DAY);
    expect(await all(audit)).toHaveLength(1);
    expect(await audit.sweep(['acme', undefined])).toBe(1);
    expect(await audit.sweep(['acme', undefined])).toBe(0);
    expect(await all(audit)).toHaveLength(1);
  });
});
