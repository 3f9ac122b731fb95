import { REPLY } from '../replies.ts';
import type { Command } from './command.ts';

/** NOOP: nothing, with any argument (RFC 5321 section 4.1.1.9). */
export const noop: Command = {
  verb: 'NOOP',
  needs: 'nothing',
  parse: () => () => REPLY.ok,
};
