import { Bad } from '../errors.ts';
import { type FetchItem, fetchItems } from './fetch.ts';
import type { Parser } from './parser.ts';
import { type PartialRange, partialRange } from './partial.ts';

/** What a search is to give (RFC 4731 section 3.1), keep (RFC 5182), and go on telling (RFC 5267). */
export type ReturnOption = 'MIN' | 'MAX' | 'ALL' | 'COUNT' | 'SAVE' | 'CONTEXT' | 'UPDATE';

export interface Returns {
  readonly options: ReadonlySet<ReturnOption>;
  /** RFC 9394. */
  readonly partial: PartialRange | undefined;
  /** What UPDATE tells of new messages (RFC 5465 section 7). */
  readonly items: readonly FetchItem[];
}

const OPTIONS: readonly ReturnOption[] = ['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE', 'CONTEXT', 'UPDATE'];

/** What a SEARCH without RETURN gives in IMAP4rev2 (RFC 9051 section 6.4.4), and one with RETURN (). */
export const RETURN_ALL: Returns = { options: new Set<ReturnOption>(['ALL']), partial: undefined, items: [] };

/** `RETURN (...) `, where it stands. */
export function searchReturns(parser: Parser): Returns | undefined {
  if (!parser.skip('RETURN ')) return undefined;
  const options = new Set<ReturnOption>();
  let partial: PartialRange | undefined;
  let items: readonly FetchItem[] = [];
  const one = () => {
    const start = parser.pos;
    const name = parser.keyword('a return option');
    const option = OPTIONS.find((known) => known === name);
    if (option !== undefined) {
      options.add(option);
      if (option === 'UPDATE' && /^ ?\(/.test(parser.text.slice(parser.pos, parser.pos + 2))) {
        parser.skip(' ');
        items = fetchItems(parser);
      }
    } else if (name === 'PARTIAL') {
      if (partial !== undefined) throw new Bad('PARTIAL is given twice');
      parser.space();
      partial = partialRange(parser);
    } else {
      parser.pos = start;
      parser.fail(`one of ${OPTIONS.join(', ')}, PARTIAL`);
    }
  };
  parser.list(one, { empty: true, what: 'return options in parentheses' });
  parser.space();
  // RFC 9394 section 3.1.
  if (partial !== undefined && options.has('ALL')) throw new Bad('PARTIAL and ALL exclude each other');
  return options.size === 0 && partial === undefined ? RETURN_ALL : { options, partial, items };
}
