/** The machine's randomness. */
import { randomBytes } from 'node:crypto';
import type { Random } from '../../mail/ports/index.ts';

export const localRandom: Random = {
  bytes: (length) => randomBytes(length),
  number: () => Math.random(),
};
