import { BadCommand, REPLY } from '../replies.ts';
import type { Command } from './command.ts';

/** VRFY: never tells whether an address exists; 252 is the answer for that (RFC 5321 section 7.3). */
export const vrfy: Command = {
  verb: 'VRFY',
  needs: 'nothing',
  parse(rest) {
    if (rest === '') throw new BadCommand('501 5.5.4 Syntax: VRFY address\r\n');
    return () => REPLY.noVerify;
  },
};
