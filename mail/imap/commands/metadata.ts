import type { Mailbox, State } from '../../account/types.ts';
import {
  type Annotations,
  annotate,
  annotatePrivately,
  annotations,
  annotationsSeen,
  isShared,
} from '../annotations.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { mailboxName, wireName } from '../grammar/mailbox.ts';
import { entryNames, entryValues, type MetadataOptions, metadataOptions } from '../grammar/metadata.ts';
import { binaryQuote, type Parser, quote } from '../grammar/parser.ts';
import type { Place } from '../places.ts';
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
    const all = await entriesOf(session, name);
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
    const { place, name: local } = await session.places.find(name);
    if (place.isOwn) {
      await place.account.write((draft) => annotate(draft, found(place, draft, local, 'r'), values));
      return;
    }
    // RFC 5464 section 5. Entries of both kinds are kept in two accounts: what may be refused is tried before.
    const shared = values.filter(([entry]) => isShared(entry));
    const mine = values.filter(([entry]) => !isShared(entry));
    const mailbox = found(place, await place.account.refresh(), local, shared.length > 0 ? 'w' : 'r')!;
    if (mine.length > 0) await session.account.write((draft) => annotatePrivately(draft, place, mailbox, mine));
    if (shared.length > 0) {
      await place.account.write((draft) => annotate(draft, found(place, draft, local, 'w'), shared));
    }
  },
});

/** One untagged METADATA response: entries with their values. */
export function sayMetadata(
  session: Session,
  name: string,
  entries: readonly (readonly [string, string | undefined])[],
): void {
  const pairs = entries.map(([entry, value]) => `${quote(entry)} ${value === undefined ? 'NIL' : binaryQuote(value)}`);
  session.out.line(`* METADATA ${wireName(name, session.utf8Names)} (${pairs.join(' ')})`);
}

/** The mailbox; undefined for the server, whose name is empty. */
function found(place: Place, state: State, name: string, right: string): Mailbox | undefined {
  return name === '' ? undefined : place.mailbox(state, name, right);
}

async function entriesOf(session: Session, name: string): Promise<Annotations> {
  const { place, name: local } = await session.places.find(name);
  const [state, own] = await Promise.all([place.account.refresh(), session.account.refresh()]);
  const mailbox = found(place, state, local, 'r');
  return mailbox === undefined ? annotations(state, undefined) : annotationsSeen(place, own, state, mailbox);
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
