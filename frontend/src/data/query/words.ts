import type { Query } from './language.ts';

/** The words of a search that stand in a message's text: not those of its fields, nor what must not be there. */
export function wordsOf(query: Query): readonly string[] {
  return [
    ...new Set(
      query.flatMap((group) =>
        group.filter(({ operator, isNot }) => operator === undefined && isNot !== true).map(({ value }) => value),
      ),
    ),
  ];
}
