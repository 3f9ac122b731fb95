import * as z from 'zod';
import { CORE } from '../capabilities.ts';
import { method } from '../method.ts';

/** Core/echo (RFC 8620 section 4): the same arguments back. */
export const echo = method({
  capability: CORE,
  args: z.record(z.string(), z.unknown()),
  run: async (_call, args) => args,
});
