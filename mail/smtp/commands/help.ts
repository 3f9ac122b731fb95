import { REPLY } from '../replies.ts';
import type { Command } from './command.ts';

/** HELP: the commands there are (RFC 5321 section 4.1.1.8). */
export const help: Command = {
  verb: 'HELP',
  needs: 'nothing',
  parse: () => () => REPLY.help,
};
