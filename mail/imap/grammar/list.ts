import { Bad } from '../errors.ts';
import { mailboxPattern } from './mailbox.ts';
import { entryNames } from './metadata.ts';
import type { Parser } from './parser.ts';
import { type StatusItem, statusItems } from './status.ts';

/** LIST with its extensions (RFC 5258, RFC 5819, RFC 6154). */
export interface ListArgs {
  readonly reference: string;
  readonly patterns: readonly string[];
  readonly select: ReadonlySet<string>;
  readonly returns: ReadonlySet<string>;
  /** Of RETURN (STATUS (...)). */
  readonly status: readonly StatusItem[];
  /** Entries of RETURN (METADATA (...)). */
  readonly metadata: readonly string[];
  /** Whether any syntax of LIST-EXTENDED was used: then "" as pattern means no delimiter query. */
  readonly extended: boolean;
}

const SELECT = ['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE'];
const RETURN = ['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE', 'STATUS', 'METADATA', 'MYRIGHTS'];
const MAX_PATTERNS = 100;

export function listArguments(parser: Parser): ListArgs {
  let extended = false;
  const select = new Set<string>();
  if (parser.peek() === '(') {
    extended = true;
    const option = () => oneOf(parser, SELECT);
    for (const name of parser.list(option, { empty: true, what: 'selection options' })) select.add(name);
    parser.space();
    // RFC 5258 section 3.1: RECURSIVEMATCH must not stand alone, nor with REMOTE only.
    if (select.has('RECURSIVEMATCH') && !select.has('SUBSCRIBED') && !select.has('SPECIAL-USE')) {
      throw new Bad('RECURSIVEMATCH needs another selection option, such as SUBSCRIBED');
    }
  }
  const reference = mailboxPattern(parser);
  parser.space();
  let patterns: string[];
  if (parser.peek() === '(') {
    extended = true;
    patterns = parser.list(() => mailboxPattern(parser), { what: 'patterns' });
    if (patterns.length > MAX_PATTERNS) throw new Bad(`LIST takes at most ${MAX_PATTERNS} patterns`);
  } else patterns = [mailboxPattern(parser)];
  const returns = new Set<string>();
  let status: readonly StatusItem[] = [];
  let metadata: readonly string[] = [];
  if (parser.skip(' RETURN ')) {
    extended = true;
    const option = () => {
      const name = oneOf(parser, RETURN);
      returns.add(name);
      if (name === 'STATUS') {
        parser.space();
        status = statusItems(parser);
      }
      if (name === 'METADATA') {
        parser.space();
        metadata = entryNames(parser);
      }
    };
    parser.list(option, { empty: true, what: 'return options' });
  }
  return { reference, patterns, select, returns, status, metadata, extended };
}

function oneOf(parser: Parser, names: readonly string[]): string {
  const start = parser.pos;
  const name = parser.keyword(names.join(', '));
  if (names.includes(name)) return name;
  parser.pos = start;
  return parser.fail(`one of ${names.join(', ')}`);
}
