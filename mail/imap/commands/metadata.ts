import type { Mailbox, State } from '../../account/types.ts';
import { type Annotations, annotate, annotations } from '../annotations.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { No } from '../errors.ts';
import { mailboxName, wireName } from '../grammar/mailbox.ts';
import { entryNames, entryValues, type MetadataOptions, metadataOptions } from '../grammar/metadata.ts';
import { binaryQuote, type Parser } from '../grammar/parser.ts';
import type { Session } from '../session.ts';

/** RFC 5464 section 4.2. The options may stand on either side of the name: its grammar and its examples differ. */
export const getMetadata = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    let options: MetadataOptions = { depth: 0 };
    const first = parser.peek() === '(';
    if (first) {
      options = metadataOptions(parser);
      parser.space();
    }
    const name = mailboxName(parser);
    parser.space();
    if (!first && isOptions(parser)) {
      options = metadataOptions(parser);
      parser.space();
    }
    return { name, options, entries: entryNames(parser) };
  },
  async run(session, { name, options, entries }) {
    const state = await session.account.refresh();
    const all = annotations(state, found(state, name));
    const { fitting, longest } = chosen(all, entries, options);
    if (fitting.length > 0) sayMetadata(session, name, fitting);
    return longest === 0 ? {} : { code: `METADATA LONGENTRIES ${longest}` };
  },
});

/** RFC 5464 section 4.3: all entries or none. */
export const setMetadata = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    const name = mailboxName(parser);
    parser.space();
    return { name, values: entryValues(parser) };
  },
  async run(session, { name, values }) {
    await session.account.write((draft) => annotate(draft, found(draft, name), values));
  },
});

/** One untagged METADATA response: entries with their values. */
export function sayMetadata(
  session: Session,
  name: string,
  entries: readonly (readonly [string, string | undefined])[],
): void {
  const pairs = entries.map(([entry, value]) => `"${entry}" ${value === undefined ? 'NIL' : binaryQuote(value)}`);
  session.out.line(`* METADATA ${wireName(name, session.utf8Names)} (${pairs.join(' ')})`);
}

/** The mailbox; undefined for the server, whose name is empty. */
function found(state: State, name: string): Mailbox | undefined {
  if (name === '') return undefined;
  const mailbox = state.mailboxNamed(name);
  if (mailbox === undefined) throw new No('NONEXISTENT', 'There is no such mailbox');
  return mailbox;
}

/** Entries that were asked for, NIL where there is none, and what is below them; `longest`: of those that MAXSIZE leaves out. */
function chosen(all: Annotations, entries: readonly string[], { maxSize, depth }: MetadataOptions) {
  const below = [...all.keys()].filter((entry) => entries.some((top) => isBelow(entry, top, depth)));
  const names = new Set([...entries.filter((entry) => depth === 0 || all.has(entry)), ...below]);
  const fitting: [string, string | undefined][] = [];
  let longest = 0;
  for (const name of names) {
    const value = all.get(name);
    if (value !== undefined && maxSize !== undefined && value.length > maxSize)
      longest = Math.max(longest, value.length);
    else fitting.push([name, value]);
  }
  return { fitting, longest };
}

function isBelow(entry: string, top: string, depth: number): boolean {
  return entry.startsWith(`${top}/`) && entry.slice(top.length + 1).split('/').length <= depth;
}

function isOptions(parser: Parser): boolean {
  return /^\((?:MAXSIZE|DEPTH) /i.test(parser.text.slice(parser.pos, parser.pos + 9));
}
