import { createHash } from 'node:crypto';
import { isTransient } from '../ports/index.ts';
import { Refused } from '../refused.ts';
import { keys, throttleItem } from './items.ts';
import type { DirectoryStore } from './store.ts';

/** After so many failures each further one doubles the delay, from one second to the most. */
interface Rule {
  readonly free: number;
  readonly maxDelay: number;
}

/** A name's delay stays short, since anyone can make it grow for somebody else; `EVERYBODY` says for whom it holds. */
const RULES = {
  name: { free: 5, maxDelay: 60_000 },
  address: { free: 20, maxDelay: 15 * 60_000 },
} satisfies Record<string, Rule>;
type Kind = keyof typeof RULES;

/**
 * A name's delay holds for client addresses that have failed themselves, so that an attack on a name does not keep its owner out.
 * After so many failures of the name it holds for everybody: an attacker may have many addresses.
 */
const EVERYBODY = 1_000;

/** Failures are forgotten after an hour without one. */
const MEMORY = 3_600_000;

export interface ThrottleState {
  readonly blocked: Kind | undefined;
  readonly failures: boolean;
}

/** Failed sign-ins by name and by client address, kept in the records, so that all processes count together. */
export class Throttle {
  private readonly store: DirectoryStore;

  constructor(store: DirectoryStore) {
    this.store = store;
  }

  /**
   * `blocked`: whose failures make a sign-in wait; it is then refused without a look at the password. `failures`: the name has some.
   * Without a name, as where a token is shown that says none, the address alone counts.
   */
  async state(name: string | undefined, address: string): Promise<ThrottleState> {
    const now = this.store.clock.now();
    const [byName, byAddress] = await Promise.all([
      name === undefined ? undefined : this.read('name', name),
      this.read('address', network(address)),
    ]);
    const failures = byName !== undefined;
    if (byAddress !== undefined && byAddress.until > now) return { blocked: 'address', failures };
    const hasFailed = byAddress !== undefined && now - byAddress.last <= MEMORY;
    if (byName !== undefined && byName.until > now && (hasFailed || byName.failures > EVERYBODY)) {
      return { blocked: 'name', failures };
    }
    return { blocked: undefined, failures };
  }

  async failed(name: string | undefined, address: string): Promise<void> {
    await Promise.all([
      name === undefined ? undefined : this.count('name', name),
      this.count('address', network(address)),
    ]);
  }

  /** The name's failures are forgiven; the address's are not, or one's own account would reset them. */
  async forgive(name: string): Promise<void> {
    await this.store.remove(keyOf('name', name));
  }

  private async read(kind: Kind, value: string) {
    return (await this.store.fresh(keyOf(kind, value), throttleItem))?.value;
  }

  private async count(kind: Kind, value: string): Promise<void> {
    const now = this.store.clock.now();
    const { free, maxDelay } = RULES[kind];
    try {
      await this.store.update(
        keyOf(kind, value),
        throttleItem,
        (item) => {
          const failures = (item === undefined || now - item.last > MEMORY ? 0 : item.failures) + 1;
          const delay = failures <= free ? 0 : Math.min(maxDelay, 1_000 * 2 ** Math.min(30, failures - free - 1));
          return { v: 1 as const, failures, last: now, until: now + delay };
        },
        Math.ceil((now + 2 * MEMORY) / 1_000),
      );
    } catch (error) {
      // Many failures at once race for one item; those that lose need not count, the winners do.
      if (!(error instanceof Refused) && !isTransient(error)) throw error;
    }
  }
}

function keyOf(kind: Kind, value: string) {
  return keys.throttle(kind, createHash('sha256').update(value).digest('hex').slice(0, 32));
}

/** What counts as one client: an IPv4 address, or the /64 that an IPv6 customer has. */
export function network(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().replace(/%.*$/, '').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined
      ? left
      : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** RFC 1122 section 3.2.1.3 (g), RFC 4291 section 2.5.3. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^127\./.test(address);
}
