import { ConditionFailed } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { type Address, formatAddress, requireAddress } from './address.ts';
import { MAX_TARGETS } from './aliases.ts';
import type { Domains } from './domains.ts';
import { type AliasItem, addressItem, aliasItem, keys } from './items.ts';
import type { DirectoryStore } from './store.ts';

export interface GroupInfo {
  readonly address: string;
  /** What people call it; '' where it has no name. */
  readonly name: string;
  readonly members: readonly string[];
}

export interface GroupChange {
  readonly name?: string | undefined;
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
}

/**
 * Addresses that many people share, changed member by member. Kept and delivered as an alias is: each member gets a message
 * once, however many ways lead to him (resolve.ts).
 */
export class Groups {
  readonly #store: DirectoryStore;
  readonly #domains: Domains;

  constructor(store: DirectoryStore, domains: Domains) {
    this.#store = store;
    this.#domains = domains;
  }

  /** Members are addresses, here or elsewhere. Refused: `alreadyexists`, `invalid`, `limit`, `nonexistent` (the domain). */
  async add(text: string, members: readonly string[], name = ''): Promise<GroupInfo> {
    const address = await this.check(text, members, name);
    const { domain } = address;
    const added = this.#store.clock.now();
    const group = { name: requireName(name) };
    const item: AliasItem = { v: 1, kind: 'alias', ...address, added, targets: checked(members), group };
    try {
      await this.#store.put(keys.address(address.local, domain), item, 'absent');
    } catch (error) {
      if (error instanceof ConditionFailed) throw taken(address);
      throw error;
    }
    try {
      await this.#domains.requireOpen(domain);
    } catch (error) {
      if (error instanceof Refused) await this.remove(text);
      throw error;
    }
    return info(item);
  }

  /** Whether `add` would do it now. Refused as `add` is. */
  async check(text: string, members: readonly string[], name = ''): Promise<Address> {
    const address = requireAddress(text);
    checked(members);
    requireName(name);
    await this.#domains.requireOpen(address.domain);
    const there = await this.#store.fresh(keys.address(address.local, address.domain), addressItem);
    if (there !== undefined) throw taken(address);
    return address;
  }

  async get(text: string): Promise<GroupInfo> {
    return info((await this.#require(text)).value);
  }

  /** Those of one domain, from behind the local part `after`. */
  async *list(domain: string, after?: string): AsyncGenerator<GroupInfo> {
    const { pk } = keys.address('x', domain);
    const from = after === undefined ? undefined : keys.address(after, domain).sk;
    for await (const [, item] of this.#store.list(pk, addressItem, 'local/', from)) {
      if (item.kind === 'alias' && item.group !== undefined) yield info(item);
    }
  }

  /** Adding who is in it and removing who is not changes nothing. Refused: `nonexistent`, `invalid`, `limit`. */
  async change(text: string, { name, add = [], remove = [] }: GroupChange): Promise<GroupInfo> {
    const { local, domain } = requireAddress(text);
    const gone = new Set(remove.map(normal));
    const changed = await this.#store.update(keys.address(local, domain), addressItem, (item) => {
      if (item?.kind !== 'alias' || item.group === undefined) throw missing(text);
      const targets = checked([...item.targets.filter((each) => !gone.has(each)), ...add]);
      return { ...item, targets, group: name === undefined ? item.group : { name: requireName(name) } };
    });
    return info(aliasItem.parse(changed));
  }

  async remove(text: string): Promise<void> {
    const { local, domain } = requireAddress(text);
    const { rev } = await this.#require(text);
    if (!(await this.#store.removeVersion(keys.address(local, domain), rev))) {
      throw new Refused('unavailable', 'Somebody else is changing this group. Try again.');
    }
  }

  async #require(text: string) {
    const { local, domain } = requireAddress(text);
    const kept = await this.#store.fresh(keys.address(local, domain), addressItem);
    if (kept?.value.kind !== 'alias' || kept.value.group === undefined) throw missing(text);
    return { value: aliasItem.parse(kept.value), rev: kept.rev };
  }
}

function normal(text: string): string {
  return formatAddress(requireAddress(text));
}

function checked(members: readonly string[]): string[] {
  const accepted = [...new Set(members.map(normal))];
  if (accepted.length === 0)
    throw new Refused('invalid', 'A group needs one member at least: remove the group instead.');
  if (accepted.length > MAX_TARGETS) throw new Refused('limit', `A group has at most ${MAX_TARGETS} members.`);
  return accepted;
}

function requireName(text: string): string {
  const name = text.trim();
  if (/\p{Cc}/u.test(name) || name.length > 200) throw new Refused('invalid', 'That is no name for a group.');
  return name;
}

function taken(address: Address): Refused {
  return new Refused('alreadyexists', `${formatAddress(address)} is taken already.`);
}

function missing(text: string): Refused {
  return new Refused('nonexistent', `There is no group ${normal(text)}.`);
}

function info({ local, domain, targets, group }: AliasItem): GroupInfo {
  return { address: formatAddress({ local, domain }), name: group?.name ?? '', members: targets };
}
