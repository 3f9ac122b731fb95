import { mailboxes } from './mailboxes.ts';
import { suggest } from './people.ts';
import { ANYWHERE } from './query/filter.ts';
import { type Operator, parseQuery, printQuery, type Term, VALUES } from './query/language.ts';
import { nameInSearch, pathOf, recentSearches, vocabulary } from './search.ts';
import type { Address } from './types.ts';

/** Something that a search may be, while it is typed. */
export interface Suggestion {
  readonly kind: 'recent' | 'person' | 'folder' | 'value';
  /** The whole search, were it chosen. */
  readonly search: string;
  readonly label: string;
  readonly person?: Address;
  /** Whether it is finished by it, or goes on being typed. */
  readonly isWhole: boolean;
}

const FOLDERS = 4;
const RECENT = 6;

/** What may be meant by what was typed so far. Never throws: to suggest nothing is no failure. */
export async function suggestionsFor(text: string): Promise<readonly Suggestion[]> {
  const words = vocabulary();
  const trimmed = text.trim();
  const recent = recentSearches()
    .filter((one) => one !== trimmed && one.toLowerCase().startsWith(trimmed.toLowerCase()))
    .slice(0, RECENT)
    .map((search): Suggestion => ({ kind: 'recent', search, label: search, isWhole: true }));
  if (trimmed === '' || /\s$/.test(text)) return recent;

  const query = parseQuery(text, words);
  const last = query.at(-1)?.at(-1);
  if (last === undefined || last.isPhrase === true) return recent;
  const replaced = (term: Term) => {
    const group = [...query.at(-1)!.slice(0, -1), { ...term, ...(last.isNot === true ? { isNot: true } : {}) }];
    return printQuery([...query.slice(0, -1), group], words);
  };
  const { operator, value } = last;
  if (operator === 'has' || operator === 'is') {
    const fitting = VALUES.filter((one) => (operator === 'has') === (one === 'attachment'));
    const found = fitting.map((one) => ({ one, said: words.values[one] ?? one }));
    return found
      .filter(({ said, one }) => one !== value && said.toLowerCase().startsWith(value.toLowerCase()))
      .map(({ one }) => {
        const search = replaced({ operator, value: one });
        return { kind: 'value', search, label: search, isWhole: true };
      });
  }
  const folders = operator === undefined || operator === 'in' ? foldersLike(value, operator === 'in', replaced) : [];
  const people =
    operator === undefined || PEOPLE.includes(operator) ? await peopleLike(value, operator ?? 'from', replaced) : [];
  return [...recent, ...people, ...folders];
}

const PEOPLE: readonly Operator[] = ['from', 'to', 'cc', 'bcc'];

type Replaced = (term: Term) => string;

function foldersLike(value: string, isAsked: boolean, replaced: Replaced): readonly Suggestion[] {
  const wanted = value.toLowerCase();
  if (wanted === '' && !isAsked) return [];
  const found = [...mailboxes.peek().values()].filter((one) =>
    pathOf(one)
      .split('/')
      .some((part) => part.toLowerCase().startsWith(wanted)),
  );
  const named = found.map((one) => ({ name: nameInSearch(one), label: pathOf(one) }));
  if (isAsked && ANYWHERE.startsWith(wanted)) named.push({ name: ANYWHERE, label: ANYWHERE });
  return named.slice(0, isAsked ? 12 : FOLDERS).map(({ name, label }) => ({
    kind: 'folder',
    search: replaced({ operator: 'in', value: name }),
    label,
    isWhole: isAsked,
  }));
}

async function peopleLike(value: string, operator: Operator, replaced: Replaced): Promise<readonly Suggestion[]> {
  if (value === '') return [];
  const found = await suggest(value).catch(() => []);
  return found.slice(0, 5).map((person) => ({
    kind: 'person',
    search: replaced({ operator, value: person.email }),
    label: person.name ?? person.email,
    person,
    isWhole: true,
  }));
}
