import { type Operator, parseQuery, printQuery, type Query, type Term, type Vocabulary } from './language.ts';

/** What chips do to the text of a search: each edits what it stands for and leaves the rest as it is. */

export const CHIPS = ['from', 'to', 'has', 'date', 'folder'] as const;
export type Chip = (typeof CHIPS)[number];

const OPERATORS: Readonly<Record<Chip, readonly Operator[]>> = {
  from: ['from'],
  to: ['to'],
  has: ['has'],
  date: ['after', 'before', 'newer_than', 'older_than'],
  folder: ['in'],
};

/** The terms that a chip shows: those that stand alone, and are not denied. */
export function termsOf(chip: Chip, query: Query): readonly Term[] {
  return query.flatMap((group) => {
    const [only] = group;
    return group.length === 1 && isShown(chip, only!) ? [only!] : [];
  });
}

/** The text with these terms in place of those that the chip showed, where the first of them stood. */
export function withTerms(text: string, chip: Chip, terms: readonly Term[], vocabulary: Vocabulary): string {
  const query = parseQuery(text, vocabulary);
  const first = query.findIndex((group) => group.length === 1 && isShown(chip, group[0]!));
  const place = first < 0 ? query.length : first;
  const isOther = (group: readonly Term[]) => group.length > 1 || !isShown(chip, group[0]!);
  const next = [
    ...query.slice(0, place),
    ...terms.filter(({ value }) => value !== '').map((term) => [term]),
    ...query.slice(place).filter(isOther),
  ];
  return printQuery(next, vocabulary);
}

function isShown(chip: Chip, { operator, isNot }: Term): boolean {
  return operator !== undefined && isNot !== true && OPERATORS[chip].includes(operator);
}
