import { isLoopback } from './address.ts';

export interface ConnectionLimitsOptions {
  /** Connections at once, over all listeners that share this object. @default 20000 */
  readonly total?: number;
  /** Of these, from one address; loopback is not counted. @default 100 */
  readonly perAddress?: number;
}

/** Counts connections over all listeners that share it. */
export class ConnectionLimits {
  readonly #total: number;
  readonly #perAddress: number;
  readonly #byAddress = new Map<string, number>();
  #open = 0;

  constructor(options: ConnectionLimitsOptions = {}) {
    this.#total = options.total ?? 20_000;
    this.#perAddress = options.perAddress ?? 100;
  }

  get open(): number {
    return this.#open;
  }

  /** Counts one more connection; false, and nothing counted, when there are too many. */
  enter(): boolean {
    if (this.#open >= this.#total) return false;
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
    if (open >= this.#perAddress) return false;
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
