import { Bad } from '../errors.ts';
import { modSequence } from './modseq.ts';
import type { Parser } from './parser.ts';
import { type PartialRange, partialRange } from './partial.ts';

/** What may follow the items of FETCH, in parentheses (RFC 4466 section 2.4). */
export interface FetchModifiers {
  /** Only messages with a higher mod-sequence (RFC 7162 section 3.1.4.1). */
  readonly changedSince?: number;
  /** And what has been expunged since (RFC 7162 section 3.2.6). */
  readonly vanished?: boolean;
  /** Only this part of the messages that the set names (RFC 9394 section 3.3). */
  readonly partial?: PartialRange;
}

/** Reads them where there are any. */
export function fetchModifiers(parser: Parser, uid: boolean, qresync: boolean): FetchModifiers {
  if (!parser.skip(' ')) return {};
  let modifiers: FetchModifiers = {};
  const seen = new Set<string>();
  const one = () => {
    const start = parser.pos;
    const name = parser.keyword('a modifier of FETCH');
    if (seen.has(name)) throw new Bad(`${name.slice(0, 40)} is given twice`);
    seen.add(name);
    if (name === 'CHANGEDSINCE') {
      parser.space();
      modifiers = { ...modifiers, changedSince: modSequence(parser) };
    } else if (name === 'VANISHED') {
      if (!uid || !qresync) throw new Bad('VANISHED is for UID FETCH, after ENABLE QRESYNC');
      modifiers = { ...modifiers, vanished: true };
    } else if (name === 'PARTIAL') {
      if (!uid) throw new Bad('PARTIAL is for UID FETCH');
      parser.space();
      modifiers = { ...modifiers, partial: partialRange(parser) };
    } else {
      parser.pos = start;
      parser.fail('CHANGEDSINCE, VANISHED or PARTIAL');
    }
  };
  parser.list(one, { what: 'modifiers of FETCH in parentheses' });
  if (modifiers.vanished === true && modifiers.changedSince === undefined) {
    throw new Bad('VANISHED needs CHANGEDSINCE');
  }
  return modifiers;
}
