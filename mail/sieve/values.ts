import { COMPARATORS } from './extensions.ts';
import type { Step, Value } from './program.ts';
import { SieveError } from './script.ts';
import { hasReferences, isVariableName } from './strings.ts';

/** What can be wrong with arguments that have the right types. `need`: says that an extension is needed, and may throw. */
export function checkMeaning(
  step: Pick<Step, 'name' | 'at' | 'tags' | 'values'>,
  need: (extension: string) => void,
): void {
  const { name, at, tags, values } = step;
  const refuse = (message: string): never => {
    throw new SieveError(at, `${name}: ${message}`);
  };
  checkMatching(tags, need, refuse);
  const [first, second] = values;
  if (name === 'address' || name === 'header' || name === 'exists' || name === 'date') checkFieldNames(first, refuse);
  if (name === 'envelope') checkEnvelope(first, refuse);
  if (name === 'redirect') checkAddress(first, refuse);
  if (VARIABLES.has(name)) checkVariables(first, refuse);
  if (name === 'vacation') checkVacation(tags, refuse);
  if (name === 'date') checkDate(second, tags, refuse);
  if (name === 'currentdate') checkDate(first, tags, refuse);
}

/** Whose first value names variables. */
const VARIABLES: ReadonlySet<string> = new Set(['set', 'setflag', 'addflag', 'removeflag', 'hasflag']);

type Refuse = (message: string) => never;

/** RFC 5228 section 2.7, RFC 5231. */
function checkMatching(tags: ReadonlyMap<string, Value>, need: (extension: string) => void, refuse: Refuse): void {
  const relation = tags.get('count') ?? tags.get('value');
  if (relation !== undefined && !/^(?:gt|ge|lt|le|eq|ne)$/.test(relation as string)) {
    refuse(`${JSON.stringify(relation)} is none of "gt", "ge", "lt", "le", "eq", "ne"`);
  }
  const comparator = tags.get('comparator');
  if (comparator === undefined) return;
  if (!COMPARATORS.has(comparator as string)) refuse(`there is no comparator ${JSON.stringify(comparator)}`);
  const extension = COMPARATORS.get(comparator as string);
  if (extension !== undefined) need(extension);
  // RFC 4790 section 9.1.1: it has no substrings.
  if (comparator === 'i;ascii-numeric' && (tags.has('contains') || tags.has('matches'))) {
    refuse('i;ascii-numeric compares numbers, and no parts of them');
  }
}

/** RFC 5228 section 2.4.2.2. */
function checkFieldNames(value: Value | undefined, refuse: Refuse): void {
  for (const field of textsOf(value)) {
    if (!hasReferences(field) && !/^[\x21-\x39\x3b-\x7e]+$/.test(field)) {
      refuse(`${JSON.stringify(field)} is no name of a header field`);
    }
  }
}

function checkVariables(value: Value | undefined, refuse: Refuse): void {
  for (const name of textsOf(value)) {
    if (!isVariableName(name)) refuse(`${JSON.stringify(name)} is no name of a variable`);
  }
}

/** RFC 5228 section 5.4. */
function checkEnvelope(value: Value | undefined, refuse: Refuse): void {
  for (const part of textsOf(value)) {
    if (!hasReferences(part) && !/^(?:from|to)$/i.test(part))
      refuse(`an envelope has "from" and "to", not ${JSON.stringify(part)}`);
  }
}

/** RFC 5228 section 2.4.2.3. */
function checkAddress(value: Value | undefined, refuse: Refuse): void {
  const address = value as string;
  const isAddress =
    /^[^@\s<>(),;:]+@[^@\s<>(),;:]+$/.test(address) || /^"(?:[^"\\]|\\.)*"@[^@\s<>(),;:]+$/.test(address);
  if (!hasReferences(address) && !isAddress) refuse(`${JSON.stringify(address)} is no address`);
}

/** RFC 5230 section 4.1, RFC 6131 section 2. */
function checkVacation(tags: ReadonlyMap<string, Value>, refuse: Refuse): void {
  for (const name of ['subject', 'from'] as const) {
    const text = tags.get(name) as string | undefined;
    if (text !== undefined && /[\x00-\x1f\x7f]/.test(text)) refuse(`:${name} is one line`);
  }
}

const DATE_PARTS = /^(?:year|month|day|date|julian|hour|minute|second|time|iso8601|std11|zone|weekday)$/i;

/** RFC 5260 sections 4.1 and 4.2. */
function checkDate(part: Value | undefined, tags: ReadonlyMap<string, Value>, refuse: Refuse): void {
  const text = part as string;
  if (!hasReferences(text) && !DATE_PARTS.test(text)) refuse(`a date has no part ${JSON.stringify(text)}`);
  const zone = tags.get('zone');
  if (typeof zone === 'string' && !hasReferences(zone) && !/^[+-](?:0\d|1[0-4])[0-5]\d$/.test(zone)) {
    refuse(`${JSON.stringify(zone)} is no time zone like "+0100"`);
  }
}

function textsOf(value: Value | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value : [];
}
