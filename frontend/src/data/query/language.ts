/**
 * The language in which a search is typed: words, "phrases", `operator:value`, `-` for what must not be there, and OR between two. The text
 * is the truth; whatever is shown of it otherwise (chips) is read from it and written back into it.
 */

export const OPERATORS = [
  ...(['from', 'to', 'cc', 'bcc', 'subject', 'in', 'has', 'is', 'before', 'after'] as const),
  ...(['older_than', 'newer_than', 'larger', 'smaller', 'filename'] as const),
] as const;
export type Operator = (typeof OPERATORS)[number];

/** What `has:` and `is:` know. */
export const VALUES = ['attachment', 'unread', 'read', 'starred'] as const;
export type Value = (typeof VALUES)[number];

export interface Term {
  /** Undefined: words that may stand anywhere. */
  readonly operator?: Operator;
  readonly value: string;
  readonly isPhrase?: boolean;
  readonly isNot?: boolean;
}

/** All of these, of each of which one is enough. */
export type Query = readonly (readonly Term[])[];

/** How the language of the page says it; what it does not say, and English too, is understood as it stands. */
export interface Vocabulary {
  readonly or: string;
  readonly operators: Readonly<Partial<Record<Operator, string>>>;
  readonly values: Readonly<Partial<Record<Value, string>>>;
}

export const ENGLISH: Vocabulary = { or: 'OR', operators: {}, values: {} };

const NAMED = /(-?)([\p{L}\p{M}\p{N}_]+):(?:"((?:[^"\\]|\\.)*)"?|(\S*))/suy;
const PHRASE = /(-?)"((?:[^"\\]|\\.)*)"?/suy;
const WORD = /\S+/suy;
const SPACE = /\s*/suy;

/** Reads what was typed. Anything means something: what is no operator is a word. */
export function parseQuery(text: string, vocabulary: Vocabulary = ENGLISH): Query {
  const groups: Term[][] = [];
  let isOr = false;
  for (let at = skip(text, 0); at < text.length; at = skip(text, at)) {
    const [term, end] = termAt(text, at, vocabulary);
    at = end;
    if (term === 'or') isOr = groups.length > 0;
    else if (term !== undefined) {
      if (isOr) groups.at(-1)!.push(term);
      else groups.push([term]);
      isOr = false;
    }
  }
  return groups;
}

export function printQuery(query: Query, vocabulary: Vocabulary = ENGLISH): string {
  return query
    .map((group) => group.map((term) => printTerm(term, vocabulary)).join(` ${vocabulary.or} `))
    .filter((group) => group !== '')
    .join(' ');
}

function skip(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.exec(text);
  return SPACE.lastIndex;
}

function termAt(text: string, at: number, vocabulary: Vocabulary): readonly [Term | 'or' | undefined, number] {
  NAMED.lastIndex = at;
  const named = NAMED.exec(text);
  const operator = named === null ? undefined : operatorNamed(named[2]!, vocabulary);
  if (named !== null && operator !== undefined) {
    const value = valueNamed(operator, named[4] ?? unescaped(named[3]!), vocabulary);
    return [{ operator, value, ...negated(named[1]!) }, NAMED.lastIndex];
  }
  PHRASE.lastIndex = at;
  const phrase = PHRASE.exec(text);
  if (phrase !== null) {
    const value = unescaped(phrase[2]!);
    return [value === '' ? undefined : { value, isPhrase: true, ...negated(phrase[1]!) }, PHRASE.lastIndex];
  }
  WORD.lastIndex = at;
  const [word] = WORD.exec(text)!;
  if (word === 'OR' || word === vocabulary.or) return ['or', WORD.lastIndex];
  const isNot = word.length > 1 && word.startsWith('-');
  return [isNot ? { value: word.slice(1), isNot } : { value: word }, WORD.lastIndex];
}

function negated(minus: string): { readonly isNot?: true } {
  return minus === '-' ? { isNot: true } : {};
}

function operatorNamed(name: string, { operators }: Vocabulary): Operator | undefined {
  const lower = name.toLowerCase();
  return OPERATORS.find((one) => lower === one || lower === operators[one]?.toLowerCase());
}

/** `is:ungelesen` is `is:unread`. */
function valueNamed(operator: Operator, value: string, { values }: Vocabulary): string {
  if (operator !== 'has' && operator !== 'is') return value;
  const lower = value.toLowerCase();
  return VALUES.find((one) => lower === one || lower === values[one]?.toLowerCase()) ?? value;
}

function printTerm({ operator, value, isPhrase, isNot }: Term, vocabulary: Vocabulary): string {
  const minus = isNot === true ? '-' : '';
  if (operator === undefined) return minus + (isPhrase === true ? quoted(value) : value);
  const said = operator === 'has' || operator === 'is' ? (vocabulary.values[value as Value] ?? value) : value;
  return `${minus}${vocabulary.operators[operator] ?? operator}:${/\s|^"/u.test(said) ? quoted(said) : said}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gsu, '$1');
}
