import type { Clock } from '../ports/index.ts';
import { ConditionFailed, OutcomeUnknown, queryAll, type Records } from '../ports/index.ts';
import type { AccountInfo, SharedPart, ShareHint, ShareHints } from './types.ts';

/** A hint that turned out to be empty is kept so long: the grant that it was put for may still be on its way. */
const KEEP_MS = 86_400_000;
const TRIES = 8;

/**
 * Who may have shared mailboxes or address books with whom: `shares/<grantee>` and `shares/tenant/<tenant>`, an item for each owner. A hint is put before
 * the log entry that grants, and grants nothing: the owner's log does. Its rev is its time, so that one put again is not deleted.
 */
export class Shares implements ShareHints {
  readonly #records: Records;
  readonly #clock: Clock;

  constructor(records: Records, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  async put(
    owner: string,
    grantee: { readonly account: string } | { readonly tenant: string },
    part: SharedPart = 'mail',
  ): Promise<void> {
    const pk = 'account' in grantee ? ofAccount(grantee.account) : ofTenant(grantee.tenant);
    const now = this.#clock.now();
    const item = { pk, sk: keyOf(owner, part), body: Buffer.from(JSON.stringify({ v: 1, time: now })), rev: now };
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#records.put(item, 'any');
      } catch (error) {
        if (!(error instanceof OutcomeUnknown) || attempt === TRIES) throw error;
      }
    }
  }

  async for(account: AccountInfo, part: SharedPart | 'any' = 'mail'): Promise<readonly ShareHint[]> {
    const both = await Promise.all([this.#list(ofAccount(account.id), false), this.forTenantOf(account)]);
    return both.flat().filter((hint) => part === 'any' || hint.part === part);
  }

  async forTenantOf({ id, tenant }: AccountInfo): Promise<readonly ShareHint[]> {
    return (await this.#list(ofTenant(tenant), true)).filter(({ owner }) => owner !== id);
  }

  async dropEmpty({ pk, owner, part, time }: ShareHint): Promise<void> {
    if (time > this.#clock.now() - KEEP_MS) return;
    try {
      await this.#records.delete(pk, keyOf(owner, part), { rev: time });
    } catch (error) {
      // Put again, or gone, or it goes the next time.
      if (!(error instanceof ConditionFailed || error instanceof OutcomeUnknown)) throw error;
    }
  }

  /** Takes away what says what others share with an account that is gone. */
  async forget(account: string): Promise<void> {
    for await (const { pk, sk } of queryAll(this.#records, { pk: ofAccount(account) })) {
      await this.#records.delete(pk, sk, 'any');
    }
  }

  async #list(pk: string, forAll: boolean): Promise<ShareHint[]> {
    const hints: ShareHint[] = [];
    for await (const { sk, rev = 0 } of queryAll(this.#records, { pk })) {
      const [owner, part = 'mail'] = sk.split('/') as [string, SharedPart?];
      hints.push({ pk, owner, part, forAll, time: rev });
    }
    return hints;
  }
}

/** Mail's is the owner alone, as it was when nothing else was shared. */
function keyOf(owner: string, part: SharedPart): string {
  return part === 'mail' ? owner : `${owner}/${part}`;
}

function ofAccount(id: string): string {
  return `shares/${id}`;
}

function ofTenant(id: string): string {
  return `shares/tenant/${id}`;
}
