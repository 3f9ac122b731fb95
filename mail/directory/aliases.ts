import { ConditionFailed } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { type Address, formatAddress, requireAddress, requireDomain } from './address.ts';
import type { Domains } from './domains.ts';
import { type AliasItem, addressItem, aliasItem, CATCH_ALL, keys } from './items.ts';
import type { DirectoryStore } from './store.ts';

export interface AliasInfo {
  /** `@domain` for the catch-all. */
  readonly address: string;
  readonly targets: readonly string[];
}

export const MAX_TARGETS = 1_000;

/** Aliases and catch-alls. A catch-all is the alias of `@domain` (also written `*@domain`). */
export class Aliases {
  private readonly store: DirectoryStore;
  private readonly domains: Domains;

  constructor(store: DirectoryStore, domains: Domains) {
    this.store = store;
    this.domains = domains;
  }

  /** Targets are addresses, here or elsewhere. Refused: `alreadyexists`, `invalid`, `nonexistent` (the domain). */
  async add(text: string, targets: readonly string[]): Promise<AliasInfo> {
    const { accepted, ...address } = await this.check(text, targets);
    const item: AliasItem = { v: 1, kind: 'alias', ...address, added: this.store.clock.now(), targets: accepted };
    try {
      await this.store.put(keys.address(address.local, address.domain), item, 'absent');
    } catch (error) {
      if (error instanceof ConditionFailed) throw taken(address);
      throw error;
    }
    try {
      await this.domains.requireOpen(address.domain);
    } catch (error) {
      if (error instanceof Refused) await this.remove(text);
      throw error;
    }
    return info(item);
  }

  /** Whether `add` would do it now. Refused as `add` is. */
  async check(text: string, targets: readonly string[]): Promise<Address & { accepted: string[] }> {
    const address = addressOf(text);
    if (targets.length === 0) throw new Refused('invalid', 'An alias needs one target at least.');
    if (targets.length > MAX_TARGETS) throw new Refused('limit', `An alias has at most ${MAX_TARGETS} targets.`);
    const accepted = [...new Set(targets.map((target) => formatAddress(requireAddress(target))))];
    await this.domains.requireOpen(address.domain);
    if ((await this.store.fresh(keys.address(address.local, address.domain), addressItem)) !== undefined) {
      throw taken(address);
    }
    return { ...address, accepted };
  }

  async get(text: string): Promise<AliasInfo> {
    return info((await this.require(addressOf(text))).value);
  }

  /** Those of one domain, the catch-all first, from behind the local part `after` ('': the catch-all's). */
  async *list(domain: string, after?: string): AsyncGenerator<AliasInfo> {
    const { pk } = keys.address('x', domain);
    const from = after === undefined ? undefined : keys.address(after, domain).sk;
    for await (const [, item] of this.store.list(pk, addressItem, '', from)) {
      if (item.kind === 'alias' && item.group === undefined) yield info(item);
    }
  }

  async remove(text: string): Promise<void> {
    const address = addressOf(text);
    const { rev } = await this.require(address);
    if (!(await this.store.removeVersion(keys.address(address.local, address.domain), rev))) {
      throw new Refused('unavailable', 'Somebody else is changing this alias. Try again.');
    }
  }

  private async require(address: Address) {
    const kept = await this.store.fresh(keys.address(address.local, address.domain), addressItem);
    if (kept?.value.kind !== 'alias' || kept.value.group !== undefined) {
      throw new Refused('nonexistent', `There is no alias ${written(address)}.`);
    }
    return { value: aliasItem.parse(kept.value), rev: kept.rev };
  }
}

/** An address, or `@domain` (also written `*@domain`), whose local part is empty. */
export function addressOf(text: string): Address {
  const catchAll = /^\*?@(.+)$/.exec(text.trim());
  return catchAll === null ? requireAddress(text.trim()) : { local: CATCH_ALL, domain: requireDomain(catchAll[1]!) };
}

function taken(address: Address): Refused {
  return new Refused('alreadyexists', `${written(address)} is taken already.`);
}

function written(address: Address): string {
  return address.local === CATCH_ALL ? `@${address.domain}` : formatAddress(address);
}

function info(item: AliasItem): AliasInfo {
  return { address: written(item), targets: item.targets };
}
