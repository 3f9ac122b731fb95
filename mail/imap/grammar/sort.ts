import type { Parser } from './parser.ts';

/** RFC 5256 section 3 and, for the names as people see them, RFC 5957. */
const SORT_KEYS = ['ARRIVAL', 'CC', 'DATE', 'FROM', 'SIZE', 'SUBJECT', 'TO', 'DISPLAYFROM', 'DISPLAYTO'] as const;

export type SortKey = (typeof SORT_KEYS)[number];

export interface SortCriterion {
  readonly key: SortKey;
  readonly reverse: boolean;
}

export function sortCriteria(parser: Parser): readonly SortCriterion[] {
  const one = (): SortCriterion => {
    const reverse = parser.skip('REVERSE ');
    const start = parser.pos;
    const name = parser.keyword('what to sort by');
    const key = SORT_KEYS.find((known) => known === name);
    if (key !== undefined) return { key, reverse };
    parser.pos = start;
    return parser.fail(`one of ${SORT_KEYS.join(', ')}, or REVERSE before one`);
  };
  // A criterion that comes again decides nothing more.
  const criteria = parser.list(one, { what: 'sort criteria in parentheses' });
  return criteria.filter(({ key }, i) => criteria.findIndex((other) => other.key === key) === i);
}
