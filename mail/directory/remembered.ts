import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Random } from '../ports/index.ts';

const FOR_MS = 5 * 60_000;
const LIMIT = 20_000;

/**
 * Passwords verified in the last five minutes, as HMACs under a key that only this process has, so that a client that
 * signs in for each poll does not cost an argon2 each. A change of the password drops them.
 */
export class RememberedPasswords {
  private readonly clock: Clock;
  private readonly key: Uint8Array;
  private readonly known = new Map<string, { readonly mac: Buffer; readonly rev: number; readonly until: number }>();

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.key = random.bytes(32);
  }

  /** `rev`: version of the credential that is in force now. */
  matches(account: string, rev: number, password: string): boolean {
    const entry = this.known.get(account);
    if (entry === undefined || entry.rev !== rev || entry.until <= this.clock.now()) return false;
    return timingSafeEqual(entry.mac, this.mac(account, password));
  }

  remember(account: string, rev: number, password: string): void {
    this.known.delete(account);
    this.known.set(account, { mac: this.mac(account, password), rev, until: this.clock.now() + FOR_MS });
    if (this.known.size <= LIMIT) return;
    const oldest = this.known.keys().next();
    if (!oldest.done) this.known.delete(oldest.value);
  }

  drop(account: string): void {
    this.known.delete(account);
  }

  private mac(account: string, password: string): Buffer {
    return createHmac('sha256', this.key).update(`${account}\0${password}`).digest();
  }
}
