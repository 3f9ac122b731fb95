import type { Mailbox, State } from '../../account/types.ts';
import { annotationsSeen } from '../annotations.ts';
import { AUTHENTICATED, command } from '../command.ts';
import { type ListArgs, listArguments } from '../grammar/list.ts';
import { DELIMITER, wireName } from '../grammar/mailbox.ts';
import { MailboxPattern } from '../grammar/pattern.ts';
import { type Look, mayBeForeign } from '../places.ts';
import type { Session } from '../session.ts';
import { useOf } from '../special-use.ts';
import { sayMyRights } from './acl.ts';
import { sayMetadata } from './metadata.ts';
import { sayStatus } from './status.ts';

/**
 * LIST (RFC 3501 section 6.3.8) with LIST-EXTENDED (RFC 5258), LIST-STATUS (RFC 5819), LIST-METADATA (RFC 9590), LIST-MYRIGHTS (RFC 8440), SPECIAL-USE (RFC 6154)
 * and CHILDREN (RFC 3348), whose attributes are given whether or not they were asked for.
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
    const own = { place: session.places.own, state };
    const looks = wantsOthers(args, state) ? [own, ...(await session.places.others())] : [own];
    const listing = new Listing(namesIn(looks), state.subscriptions, session.utf8Names, args, patterns);
    for (const { line, listed } of listing.entries()) {
      session.out.line(line);
      if (listed !== undefined) sayMore(session, state, listed, args);
      await session.out.room();
    }
  },
});

interface Listed {
  readonly mailbox: Mailbox;
  /** Its special use for the user: what others use theirs for is not what he does. */
  readonly use: string | undefined;
  readonly look?: Look;
}

/** Whether others' mailboxes have to be looked for: that costs more than the own ones. */
function wantsOthers({ reference, patterns, select }: ListArgs, { subscriptions }: State): boolean {
  // None of theirs has a use.
  if (select.has('SPECIAL-USE')) return false;
  if (select.has('SUBSCRIBED') && ![...subscriptions].some(mayBeForeign)) return false;
  return patterns.some((pattern) => mayBeForeign(reference + pattern));
}

/** By full name, the mailboxes that the user may know of (RFC 4314 section 4: the right "l"). */
function namesIn(looks: readonly Look[]): ReadonlyMap<string, Listed> {
  const names = new Map<string, Listed>();
  for (const look of looks) {
    const { place, state } = look;
    for (const mailbox of state.mailboxes.values()) {
      if (!place.rights(state, mailbox).has('l')) continue;
      const use = place.isOwn ? useOf(mailbox) : undefined;
      names.set(place.fullName(mailbox), { mailbox, use, look });
    }
  }
  return names;
}

/** What RETURN asks for besides the LIST response, as far as the user may know it. */
function sayMore(session: Session, own: State, { look, mailbox }: Listed, args: ListArgs): void {
  const { place, state } = look!;
  const rights = place.rights(state, mailbox);
  if (args.returns.has('STATUS') && rights.has('r')) sayStatus(session, state, mailbox, args.status, place);
  if (args.returns.has('METADATA') && rights.has('r')) {
    const all = annotationsSeen(place, own, state, mailbox);
    sayMetadata(
      session,
      place.fullName(mailbox),
      args.metadata.map((entry) => [entry, all.get(entry)] as const),
    );
  }
  if (args.returns.has('MYRIGHTS')) sayMyRights(session, place.fullName(mailbox), rights);
}

/** What one LIST gives. */
class Listing {
  readonly #args: ListArgs;
  readonly #patterns: readonly Pick<MailboxPattern, 'matches'>[];
  readonly #subscriptions: ReadonlySet<string>;
  readonly #inUtf8: boolean;
  readonly #byName: ReadonlyMap<string, Listed>;
  /** Levels above others' mailboxes, shown to who asks level by level. */
  readonly #levels: ReadonlySet<string>;
  /** All names that exist, or are subscribed where that is asked for, in order. */
  readonly #names: readonly string[];
  readonly #parents: ReadonlySet<string>;
  /** Ancestors of names that match the selection options; with those of them only that no pattern matches. */
  readonly #aboveSelected: ReadonlySet<string>;
  readonly #aboveHidden: ReadonlySet<string>;

  constructor(
    byName: ReadonlyMap<string, Listed>,
    subscriptions: ReadonlySet<string>,
    inUtf8: boolean,
    args: ListArgs,
    patterns: readonly Pick<MailboxPattern, 'matches'>[],
  ) {
    this.#args = args;
    this.#patterns = patterns;
    this.#subscriptions = subscriptions;
    this.#inUtf8 = inUtf8;
    this.#byName = byName;
    const byLevel = args.select.size === 0 && args.patterns.some((pattern) => pattern.includes('%'));
    const above = byLevel ? [...byName.keys()].flatMap(ancestors) : [];
    this.#levels = new Set(above.filter((name) => !byName.has(name)));
    const named = args.select.has('SUBSCRIBED')
      ? [...byName.keys(), ...subscriptions]
      : [...byName.keys(), ...this.#levels];
    const recursive = args.select.has('RECURSIVEMATCH');
    this.#names = inOrder(new Set(recursive ? [...named, ...named.flatMap(ancestors)] : named));
    this.#parents = new Set([...byName.keys()].flatMap(ancestors));
    const selected = recursive ? this.#names.filter((name) => this.#isSelected(name)) : [];
    this.#aboveSelected = new Set(selected.flatMap(ancestors));
    this.#aboveHidden = new Set(selected.filter((name) => !this.#matches(name)).flatMap(ancestors));
  }

  *entries(): Generator<{ line: string; listed: Listed | undefined }> {
    for (const name of this.#names) {
      if (!this.#matches(name)) continue;
      // RFC 5258 section 3.5: one that is not selected is shown for the sake of a descendant that is not shown itself.
      if (!this.#isSelected(name) && !this.#aboveHidden.has(name)) continue;
      const below = this.#aboveSelected.has(name) ? ` (${this.#childInfo()})` : '';
      yield { line: this.line(name, below), listed: this.#byName.get(name) };
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
    if (select.has('SUBSCRIBED') && !this.#subscriptions.has(name)) return false;
    const listed = this.#byName.get(name);
    if (select.has('SPECIAL-USE') && listed?.use === undefined) return false;
    return listed !== undefined || select.has('SUBSCRIBED') || this.#levels.has(name);
  }

  #childInfo(): string {
    const names = ['SUBSCRIBED', 'SPECIAL-USE'].filter((name) => this.#args.select.has(name));
    return `"CHILDINFO" (${names.map((name) => `"${name}"`).join(' ')})`;
  }

  #attributes(name: string, listed: Listed | undefined): string {
    const { select, returns } = this.#args;
    const attributes: string[] = [];
    // RFC 5258 section 3: \NonExistent says \Noselect too, to who knows it.
    if (listed === undefined) attributes.push(this.#args.extended ? '\\NonExistent' : '\\Noselect');
    if ((select.has('SUBSCRIBED') || returns.has('SUBSCRIBED')) && this.#subscriptions.has(name)) {
      attributes.push('\\Subscribed');
    }
    attributes.push(this.#parents.has(name) ? '\\HasChildren' : '\\HasNoChildren');
    if (listed?.use !== undefined) attributes.push(listed.use);
    return attributes.join(' ');
  }
}

/** One mailbox as LIST shows it, also where nobody has asked (RFC 9051 section 6.3.2). */
export function listLine(look: Look, inUtf8: boolean, mailbox: Mailbox): string {
  const names = namesIn([look]);
  return unaskedListing(names, new Set(), inUtf8, new Set()).line(look.place.fullName(mailbox));
}

/** For LIST responses that tell of changes (RFC 5465 section 5.4), subscriptions included. */
export function newsListing(look: Look, subscriptions: ReadonlySet<string>, inUtf8: boolean): Pick<Listing, 'line'> {
  return unaskedListing(namesIn([look]), subscriptions, inUtf8, new Set(['SUBSCRIBED']));
}

function unaskedListing(
  names: ReadonlyMap<string, Listed>,
  subscriptions: ReadonlySet<string>,
  inUtf8: boolean,
  returns: ReadonlySet<string>,
): Listing {
  const args = { reference: '', patterns: [], select: new Set<string>(), returns, status: [], metadata: [] };
  return new Listing(names, subscriptions, inUtf8, { ...args, extended: true }, []);
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
