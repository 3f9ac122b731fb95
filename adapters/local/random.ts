/** The machine's randomness. */
import { randomFillSync } from 'node:crypto';
import type { Random } from '../../mail/ports/index.ts';

/** Asking the generator costs the same for a few bytes as for many: they are drawn ahead, and each is given out once. */
const pool = Buffer.allocUnsafeSlow(4096);
let used = pool.length;

export const localRandom: Random = {
  bytes(length) {
    if (length > pool.length) return randomFillSync(Buffer.allocUnsafe(length));
    if (used + length > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += length;
    // A copy: what is handed out must not change when the pool is filled again.
    return Uint8Array.prototype.slice.call(pool, used - length, used);
  },
  number: () => Math.random(),
};
