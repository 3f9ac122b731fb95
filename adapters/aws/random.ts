import { randomBytes } from 'node:crypto';
import type { Random } from '../../mail/ports/index.ts';

/** The operating system's generator for what must not be guessed; Math.random for jitter. */
export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  number: () => Math.random(),
};
