import { SYSTEM_FLAGS } from '../../account/types.ts';
import { Bad } from '../errors.ts';
import type { Parser } from './parser.ts';

/** A keyword is kept with every message that has it: a name of reasonable length. */
export const MAX_KEYWORD = 100;

/** A flag that a client may set: a system flag in its usual spelling, or a keyword (RFC 3501 section 2.3.2). */
export function flag(parser: Parser): string {
  if (!parser.skip('\\')) {
    const keyword = parser.atom('a flag');
    if (keyword.length > MAX_KEYWORD) throw new Bad(`A keyword has at most ${MAX_KEYWORD} characters`);
    return keyword;
  }
  const name = `\\${parser.atom('the name of a flag')}`;
  const known = SYSTEM_FLAGS.find((system) => system.toLowerCase() === name.toLowerCase());
  if (known === undefined) {
    if (name.toLowerCase() === '\\recent') throw new Bad('\\Recent is set by the server only');
    throw new Bad(`Expected one of ${SYSTEM_FLAGS.join(' ')} or a keyword, found ${name.slice(0, 40)}`);
  }
  return known;
}

export function flagList(parser: Parser): string[] {
  return parser.list(() => flag(parser), { empty: true, what: 'a list of flags in parentheses' });
}

/** The flags of STORE: a list, or one or more without parentheses (RFC 3501 section 9, store-att-flags). */
export function storeFlags(parser: Parser): string[] {
  if (parser.peek() === '(') return flagList(parser);
  const flags = [flag(parser)];
  while (parser.skip(' ')) flags.push(flag(parser));
  return flags;
}
