import { auth } from './auth.ts';
import type { Command } from './command.ts';
import { data } from './data.ts';
import { ehlo, helo } from './hello.ts';
import { help } from './help.ts';
import { mail } from './mail.ts';
import { noop } from './noop.ts';
import { quit } from './quit.ts';
import { rcpt } from './rcpt.ts';
import { rset } from './rset.ts';
import { starttls } from './starttls.ts';
import { vrfy } from './vrfy.ts';

const ALL: readonly Command[] = [ehlo, helo, mail, rcpt, data, rset, noop, vrfy, quit, starttls, auth, help];

/** Every command of the server, by verb in upper case. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(ALL.map((command) => [command.verb, command]));
