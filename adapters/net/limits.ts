import { isLoopback } from './address.ts';

export interface ConnectionCounts {
  /** Connections at once, over all listeners that share this object. */
  readonly total: number;
  /** Of these, from one address; loopback is not counted. */
  readonly perAddress: number;
}

const DEFAULT: ConnectionCounts = { total: 20_000, perAddress: 50 };

/** Counts connections over all listeners that share it. What is open stays when the limits are lowered. */
export class ConnectionLimits {
  readonly #most: () => ConnectionCounts;
  readonly #byAddress = new Map<string, number>();
  #open = 0;

  /** `most`: asked at each connection, so that it can change. */
  constructor(most: Partial<ConnectionCounts> | (() => ConnectionCounts) = {}) {
    this.#most = typeof most === 'function' ? most : () => ({ ...DEFAULT, ...most });
  }

  get open(): number {
    return this.#open;
  }

  /** Counts one more connection; false, and nothing counted, when there are too many. */
  enter(): boolean {
    if (this.#open >= this.#most().total) return false;
    this.#open++;
    return true;
  }

  leave(): void {
    this.#open--;
  }

  /** As `enter`, for the address, which behind a proxy is known only later. */
  enterAddress(address: string): boolean {
    if (isLoopback(address)) return true;
    const open = this.#byAddress.get(address) ?? 0;
    if (open >= this.#most().perAddress) return false;
    this.#byAddress.set(address, open + 1);
    return true;
  }

  leaveAddress(address: string): void {
    const open = this.#byAddress.get(address);
    if (open === undefined) return;
    if (open === 1) this.#byAddress.delete(address);
    else this.#byAddress.set(address, open - 1);
  }
}
