import type { Mailbox, State } from '../../account/types.ts';
import { annotations } from '../annotations.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { type ListArgs, listArguments } from '../grammar/list.ts';
import { DELIMITER, wireName } from '../grammar/mailbox.ts';
import { MailboxPattern } from '../grammar/pattern.ts';
import { useOf } from '../special-use.ts';
import { sayMetadata } from './metadata.ts';
import { sayStatus } from './status.ts';

/**
 * LIST (RFC 3501 section 6.3.8) with LIST-EXTENDED (RFC 5258), LIST-STATUS (RFC 5819), LIST-METADATA (RFC 9590), SPECIAL-USE (RFC 6154) and CHILDREN (RFC 3348), whose
 * attributes are given whether or not they were asked for.
 */
export const list = command({
  states: AUTHENTICATED,
  parse(parser) {
    parser.space();
    const args = listArguments(parser);
    return { args, patterns: args.patterns.map((pattern) => new MailboxPattern(args.reference + pattern)) };
  },
  async run(session, { args, patterns }) {
    if (!args.extended && args.patterns[0] === '') {
      // RFC 3501 section 6.3.8: an empty name asks for the delimiter only.
      session.out.line(`* LIST (\\Noselect) "${DELIMITER}" ""`);
      return;
    }
    const state = await session.account.refresh();
    if (args.status.includes('HIGHESTMODSEQ')) session.enableCondstore();
    const listing = new Listing(state, session.utf8Names, args, patterns);
    for (const { line, mailbox } of listing.entries()) {
      session.out.line(line);
      if (mailbox !== undefined && args.returns.has('STATUS')) sayStatus(session, state, mailbox, args.status);
      if (mailbox !== undefined && args.returns.has('METADATA')) {
        const all = annotations(state, mailbox);
        const asked = args.metadata.map((entry) => [entry, all.get(entry)] as const);
        sayMetadata(session, mailbox.name, asked);
      }
      await session.out.room();
    }
  },
});

/** What one LIST gives. */
class Listing {
  readonly #args: ListArgs;
  readonly #patterns: readonly Pick<MailboxPattern, 'matches'>[];
  readonly #state: State;
  readonly #inUtf8: boolean;
  readonly #byName: ReadonlyMap<string, Mailbox>;
  /** All names that exist, or are subscribed where that is asked for, in order. */
  readonly #names: readonly string[];
  readonly #parents: ReadonlySet<string>;
  /** Ancestors of names that match the selection options; with those of them only that no pattern matches. */
  readonly #aboveSelected: ReadonlySet<string>;
  readonly #aboveHidden: ReadonlySet<string>;

  constructor(state: State, inUtf8: boolean, args: ListArgs, patterns: readonly Pick<MailboxPattern, 'matches'>[]) {
    this.#args = args;
    this.#patterns = patterns;
    this.#state = state;
    this.#inUtf8 = inUtf8;
    const byName = new Map([...state.mailboxes.values()].map((mailbox) => [mailbox.name, mailbox] as const));
    this.#byName = byName;
    const named = args.select.has('SUBSCRIBED') ? [...byName.keys(), ...state.subscriptions] : [...byName.keys()];
    const recursive = args.select.has('RECURSIVEMATCH');
    this.#names = inOrder(new Set(recursive ? [...named, ...named.flatMap(ancestors)] : named));
    this.#parents = new Set([...byName.keys()].flatMap(ancestors));
    const selected = recursive ? this.#names.filter((name) => this.#isSelected(name)) : [];
    this.#aboveSelected = new Set(selected.flatMap(ancestors));
    this.#aboveHidden = new Set(selected.filter((name) => !this.#matches(name)).flatMap(ancestors));
  }

  *entries(): Generator<{ line: string; mailbox: Mailbox | undefined }> {
    for (const name of this.#names) {
      if (!this.#matches(name)) continue;
      // RFC 5258 section 3.5: one that is not selected is shown for the sake of a descendant that is not shown itself.
      if (!this.#isSelected(name) && !this.#aboveHidden.has(name)) continue;
      const below = this.#aboveSelected.has(name) ? ` (${this.#childInfo()})` : '';
      yield { line: this.line(name, below), mailbox: this.#byName.get(name) };
    }
  }

  /** `more`: extended data items. */
  line(name: string, more = ''): string {
    const attributes = this.#attributes(name, this.#byName.get(name));
    return `* LIST (${attributes}) "${DELIMITER}" ${wireName(name, this.#inUtf8)}${more}`;
  }

  #matches(name: string): boolean {
    return this.#patterns.some((pattern) => pattern.matches(name));
  }

  #isSelected(name: string): boolean {
    const { select } = this.#args;
    if (select.has('SUBSCRIBED') && !this.#state.subscriptions.has(name)) return false;
    const mailbox = this.#byName.get(name);
    if (select.has('SPECIAL-USE') && useOf(mailbox) === undefined) return false;
    return mailbox !== undefined || select.has('SUBSCRIBED');
  }

  #childInfo(): string {
    const names = ['SUBSCRIBED', 'SPECIAL-USE'].filter((name) => this.#args.select.has(name));
    return `"CHILDINFO" (${names.map((name) => `"${name}"`).join(' ')})`;
  }

  #attributes(name: string, mailbox: Mailbox | undefined): string {
    const { select, returns } = this.#args;
    const attributes: string[] = [];
    if (mailbox === undefined) attributes.push('\\NonExistent');
    if ((select.has('SUBSCRIBED') || returns.has('SUBSCRIBED')) && this.#state.subscriptions.has(name)) {
      attributes.push('\\Subscribed');
    }
    attributes.push(this.#parents.has(name) ? '\\HasChildren' : '\\HasNoChildren');
    const use = useOf(mailbox);
    if (use !== undefined) attributes.push(use);
    return attributes.join(' ');
  }
}

/** One mailbox as LIST shows it, also where nobody has asked (RFC 9051 section 6.3.2). */
export function listLine(state: State, inUtf8: boolean, name: string): string {
  return unaskedListing(state, inUtf8, new Set()).line(name);
}

/** For LIST responses that tell of changes (RFC 5465 section 5.4), subscriptions included. */
export function newsListing(state: State, inUtf8: boolean): Pick<Listing, 'line'> {
  return unaskedListing(state, inUtf8, new Set(['SUBSCRIBED']));
}

function unaskedListing(state: State, inUtf8: boolean, returns: ReadonlySet<string>): Listing {
  const args = { reference: '', patterns: [], select: new Set<string>(), returns, status: [], metadata: [] };
  return new Listing(state, inUtf8, { ...args, extended: true }, []);
}

/** The names of the levels above. */
export function ancestors(name: string): string[] {
  const levels = name.split(DELIMITER);
  return levels.slice(1).map((_, i) => levels.slice(0, i + 1).join(DELIMITER));
}

/** INBOX first, then by code units: the same order every time. */
export function inOrder(names: Iterable<string>): string[] {
  const rank = (name: string) => (name === 'INBOX' || name.startsWith(`INBOX${DELIMITER}`) ? 0 : 1);
  return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}
