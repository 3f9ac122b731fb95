import type { Draft, State } from '../../account/types.ts';
import { UidSet } from '../../account/uidset.ts';
import { broken, kept, type Limits } from '../../limits.ts';
import { rightFor } from '../../sharing/rights.ts';
import { rightsIn } from '../../sharing/view.ts';
import { invalidProperties, SetFailure } from '../errors.ts';
import { flagOf, isKeyword, keywordsOf, visiblePlacements } from './facts.ts';

/** Where an email is to be, and its keywords, as clients say it: objects whose values are true (RFC 8621 section 4.1.1). */

/** Keywords of one email. */
const MAX_KEYWORDS = 100;

/** Ids of mailboxes that there are. `idOf`: see `SetContext`. Throws `SetFailure`. */
export function mailboxesOf(
  draft: Pick<Draft, 'mailboxes'>,
  value: unknown,
  idOf: (given: string) => string | undefined,
): readonly string[] {
  const ids = namesOf(value, 'mailboxIds').map((given) => {
    const id = idOf(given);
    if (id === undefined || !draft.mailboxes.has(id)) {
      throw invalidProperties(['mailboxIds'], `There is no mailbox ${given}`);
    }
    return id;
  });
  if (ids.length === 0) throw invalidProperties(['mailboxIds'], 'An email is in at least one mailbox');
  return [...new Set(ids)];
}

/** Keywords in lower case. Throws `SetFailure`. */
export function keywordSet(value: unknown): ReadonlySet<string> {
  const names = namesOf(value ?? {}, 'keywords').map((name) => name.toLowerCase());
  const wrong = names.find((name) => !isKeyword(name));
  if (wrong !== undefined) throw invalidProperties(['keywords'], `${wrong} cannot be a keyword`);
  if (names.length > MAX_KEYWORDS) {
    throw new SetFailure('tooManyKeywords', `An email has at most ${MAX_KEYWORDS} keywords`);
  }
  return new Set(names);
}

function namesOf(value: unknown, property: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidProperties([property], `${property} is an object whose values are true`);
  }
  for (const [name, one] of Object.entries(value)) {
    if (one !== true) throw invalidProperties([property], `${property}/${name} must be true`);
  }
  return Object.keys(value);
}

/** Throws `overQuota` where a user would keep more than he may (RFC 8620 section 5.3). */
export function checkQuota(
  limits: Limits,
  state: State,
  more: { readonly bytes: number; readonly messages: number },
): void {
  const limit = broken(limits, kept(state), more);
  if (limit === undefined) return;
  const what = limit === 'quota' ? 'be over its quota' : 'have more messages than it may';
  throw new SetFailure('overQuota', `The account would ${what}: delete something first`);
}

/** What others may do in a mailbox is what its owner lets them (RFC 8621 section 2, myRights). */
function needRights(draft: Draft, mailbox: string, rights: string, what: string): void {
  const has = rightsIn(draft, mailbox);
  if ([...rights].every((right) => has.has(right))) return;
  throw new SetFailure('forbidden', `You may not ${what} the mailbox ${mailbox}; its owner can let you`);
}

interface Uids {
  readonly uids: number[];
}

/**
 * Collects what many emails are to become, and then does it with few operations: a thousand emails that are moved alike are one. Emails
 * are planned before anything is done, each once.
 */
export class Placing {
  readonly #draft: Draft;
  readonly #limits: Limits;
  readonly #stores = new Map<string, Uids & { mailbox: string; mode: 'add' | 'remove'; flags: readonly string[] }>();
  readonly #transfers = new Map<string, Uids & { op: 'copy' | 'move'; from: string; to: string }>();
  readonly #expunges = new Map<string, number[]>();
  /** Placements that there will be more. */
  #more = 0;

  constructor(draft: Draft, limits: Limits) {
    this.#draft = draft;
    this.#limits = limits;
  }

  /** Takes an email out of every mailbox. Throws `SetFailure`. */
  destroy(email: number): void {
    const placements = this.#draft.placements(email);
    for (const { mailbox } of placements) needRights(this.#draft, mailbox, 'te', 'take emails out of');
    for (const { mailbox, row } of placements) this.#expunge(mailbox, row);
  }

  /** `mailboxes`, `keywords`: what is to be, where it is to change. Throws `SetFailure`. */
  change(email: number, mailboxes: readonly string[] | undefined, keywords: ReadonlySet<string> | undefined): void {
    const placements = visiblePlacements(this.#draft, email);
    const wanted = new Set(mailboxes ?? placements.map(({ mailbox }) => mailbox));
    const staying = placements.filter(({ mailbox }) => wanted.has(mailbox));
    const leaving = placements.filter(({ mailbox }) => !wanted.has(mailbox));
    const here = new Set(staying.map(({ mailbox }) => mailbox));
    const coming = [...wanted].filter((mailbox) => !here.has(mailbox));
    for (const { mailbox } of leaving) needRights(this.#draft, mailbox, 'te', 'take emails out of');
    for (const mailbox of coming) needRights(this.#draft, mailbox, 'i', 'put emails in');
    const more = coming.length - leaving.length;
    if (more > 0) checkQuota(this.#limits, this.#draft, { bytes: 0, messages: this.#more + more });
    const source = staying[0] ?? leaving[0]!;
    if (keywords !== undefined) for (const one of new Set([...staying, source])) this.#checkKeywords(one, keywords);
    this.#more += more;
    // What one placement becomes, a copy of it is (design: rule 7).
    if (keywords !== undefined) for (const one of new Set([...staying, source])) this.#store(one, keywords);
    const moves = coming.length > 0 && staying.length === 0;
    for (const [i, to] of coming.entries())
      this.#transfer(moves && i === coming.length - 1 ? 'move' : 'copy', source, to);
    for (const one of leaving) if (!moves || one !== source) this.#expunge(one.mailbox, one.row);
  }

  /** Gives an email's placement in a mailbox a new UID. */
  renew(email: number, mailbox: string): void {
    for (const one of visiblePlacements(this.#draft, email)) {
      if (one.mailbox === mailbox) this.#transfer('move', one, mailbox);
    }
  }

  /** Does it. */
  apply(): void {
    for (const { mailbox, mode, flags, uids } of this.#stores.values()) {
      this.#draft.store(mailbox, UidSet.from(uids), mode, flags);
    }
    const byOp = (op: 'copy' | 'move') => [...this.#transfers.values()].filter((one) => one.op === op);
    for (const { op, from, to, uids } of [...byOp('copy'), ...byOp('move')]) {
      this.#draft[op](from, UidSet.from(uids), to);
    }
    for (const [mailbox, uids] of this.#expunges) this.#draft.expunge(mailbox, UidSet.from(uids));
  }

  #checkKeywords(
    { mailbox, row }: { readonly mailbox: string; readonly row: number },
    keywords: ReadonlySet<string>,
  ): void {
    const now = new Set(keywordsOf(this.#draft.rows(mailbox).flags(row)));
    const changed = [...now, ...keywords].filter((keyword) => now.has(keyword) !== keywords.has(keyword));
    for (const keyword of changed) {
      const right = rightFor(flagOf(keyword));
      needRights(this.#draft, mailbox, right, `set ${keyword} in`);
    }
  }

  #store({ mailbox, row }: { readonly mailbox: string; readonly row: number }, keywords: ReadonlySet<string>): void {
    const rows = this.#draft.rows(mailbox);
    const now = new Set(keywordsOf(rows.flags(row)));
    const added = [...keywords].filter((keyword) => !now.has(keyword)).map(flagOf);
    const removed = [...now].filter((keyword) => !keywords.has(keyword)).map(flagOf);
    for (const [mode, flags] of [
      ['add', added],
      ['remove', removed],
    ] as const) {
      if (flags.length === 0) continue;
      const key = `${mailbox} ${mode} ${flags.join(' ')}`;
      const entry = this.#stores.get(key) ?? { mailbox, mode, flags, uids: [] };
      entry.uids.push(rows.uid(row));
      this.#stores.set(key, entry);
    }
  }

  #transfer(
    op: 'copy' | 'move',
    { mailbox, row }: { readonly mailbox: string; readonly row: number },
    to: string,
  ): void {
    const rows = this.#draft.rows(mailbox);
    const key = `${op} ${mailbox} ${to}`;
    const entry = this.#transfers.get(key) ?? { op, from: mailbox, to, uids: [] };
    entry.uids.push(rows.uid(row));
    this.#transfers.set(key, entry);
  }

  #expunge(mailbox: string, row: number): void {
    const uids = this.#expunges.get(mailbox) ?? [];
    uids.push(this.#draft.rows(mailbox).uid(row));
    this.#expunges.set(mailbox, uids);
  }
}
