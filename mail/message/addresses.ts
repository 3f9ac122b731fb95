import { decodeText } from './headers.ts';
import { Scanner } from './scanner.ts';

/**
 * One member of an address list as ENVELOPE shows it (RFC 3501 7.4.2), in raw latin1 strings with quotes and escapes
 * undone and encoded words left alone. A host of null marks group syntax: with a mailbox it opens the group of that
 * name, without one it closes the group.
 */
export interface WireAddress {
  name: string | null;
  /** The at-domain-list of an obsolete source route: `@a,@b`. */
  route: string | null;
  mailbox: string | null;
  host: string | null;
}

/** An address for people and programs: everything decoded. */
export interface Address {
  /** The display name, '' when there is none. */
  name: string;
  /** `local@domain`, or the local part alone where the header gives no domain. */
  address: string;
  /** The name of the group that it stands in. */
  group?: string;
}

/** Members beyond this are dropped. */
export const MAX_ADDRESSES = 2_000;

const ATOM_STOPS = '()<>[]:;@,"';
const GROUP_END: WireAddress = { name: null, route: null, mailbox: null, host: null };

/**
 * Parses an address list (RFC 5322 3.4 with the obsolete syntax of 4.4: routes, comments and white space anywhere, empty
 * members; RFC 6532 UTF-8). What follows no grammar still yields something: words without an `@` become a mailbox
 * with an empty host. Linear; never throws; at most MAX_ADDRESSES members.
 */
export function parseAddressList(value: string): WireAddress[] {
  const scanner = new Scanner(value);
  const list: WireAddress[] = [];
  let inGroup = false;
  while (!scanner.done && list.length < MAX_ADDRESSES) {
    scanner.comment = undefined;
    scanner.skip();
    const c = scanner.peek();
    if (c === '') break;
    if (c === ',') scanner.at++;
    else if (c === ';') {
      scanner.at++;
      if (inGroup) list.push(GROUP_END);
      inGroup = false;
    } else {
      const member = parseMember(scanner, inGroup);
      if (member === undefined) continue;
      if (member.host === null) inGroup = true;
      list.push(member);
    }
  }
  if (inGroup) list.push(GROUP_END);
  return list;
}

/** A mailbox, or a group's opening (host null). Leaves the scanner at what ends it; always moves it forward. */
function parseMember(scanner: Scanner, inGroup: boolean): WireAddress | undefined {
  const words = new Words();
  for (;;) {
    const c = scanner.peek();
    if (c === '<') {
      const address = parseAngle(scanner, words.phrase());
      finishMember(scanner);
      return address;
    }
    if (c === '@') {
      scanner.at++;
      const { name, local } = words.splitLocal();
      const host = parseDomain(scanner);
      // "jane@example.org <jane@example.org>": an address unquoted as the display name.
      if (scanner.peek() === '<') {
        const address = parseAngle(scanner, `${words.phrase()}@${host}`);
        finishMember(scanner);
        return address;
      }
      finishMember(scanner);
      return { name: name ?? scanner.comment ?? null, route: null, mailbox: local, host };
    }
    if (c === ':' && !inGroup) {
      scanner.at++;
      return { name: null, route: null, mailbox: words.phrase(), host: null };
    }
    if (c === '' || c === ',' || c === ';') {
      if (words.empty) return undefined;
      return { name: scanner.comment ?? null, route: null, mailbox: words.phrase(), host: '' };
    }
    if (c === '"') words.add(scanner.quoted(), scanner.skip());
    else {
      let atom = scanner.until(ATOM_STOPS, true);
      // A special that means nothing here stays as text, so that nothing is lost and the scanner moves.
      if (atom === '') {
        atom = c;
        scanner.at++;
      }
      words.add(atom, scanner.skip());
    }
  }
}

/** The words before an address, and whether space followed each. */
class Words {
  readonly #words: string[] = [];
  readonly #spaced: boolean[] = [];

  get empty(): boolean {
    return this.#words.length === 0;
  }

  add(word: string, spaceFollows: boolean): void {
    this.#words.push(word);
    this.#spaced.push(spaceFollows);
  }

  /** All words as a display name, runs of space as one. */
  phrase(): string {
    return this.#join(0, this.#words.length, ' ').trim();
  }

  #join(from: number, to: number, space: string): string {
    let out = '';
    for (let i = from; i < to; i++) out += this.#words[i] + (this.#spaced[i] ? space : '');
    return out;
  }

  /** Divides the words before an `@`: the local part is the last run that space does not divide, or that dots join over space (RFC 5322 4.4); what stands before is a name. */
  splitLocal(): { name: string | undefined; local: string } {
    let from = Math.max(0, this.#words.length - 1);
    while (
      from > 0 &&
      (!this.#spaced[from - 1] || this.#words[from]!.startsWith('.') || this.#words[from - 1]!.endsWith('.'))
    )
      from--;
    const name = this.#join(0, from, ' ').trim();
    return { name: name === '' ? undefined : name, local: this.#join(from, this.#words.length, '') };
  }
}

/** Passes what stands between an address and the comma after it. */
function finishMember(scanner: Scanner): void {
  scanner.skip();
  while (!scanner.done && scanner.peek() !== ',' && scanner.peek() !== ';') {
    if (scanner.peek() === '"') scanner.quoted();
    else scanner.at++;
    scanner.skip();
  }
}

/** `<[@a,@b:]local@domain>`; what is missing is ''. The cursor stands on `<`. */
function parseAngle(scanner: Scanner, phrase: string): WireAddress {
  scanner.at++;
  scanner.skip();
  let route: string | null = null;
  if (scanner.peek() === '@') {
    route = scanner.until(':>', false).replace(/[ \t\r\n]+/g, '');
    if (scanner.peek() === ':') scanner.at++;
  }
  let mailbox = '';
  let host = '';
  for (scanner.skip(); !scanner.done && scanner.peek() !== '>'; scanner.skip()) {
    if (scanner.peek() === '"') mailbox += scanner.quoted();
    else if (scanner.peek() === '@') {
      scanner.at++;
      host = parseDomain(scanner);
      // More after the domain is no address; the last `@` divides ("a@b@c").
      if (scanner.peek() === '@') mailbox += `@${host}`;
      else break;
    } else {
      const atom = scanner.until('()<>@"', true);
      mailbox += atom === '' ? scanner.peek() : atom;
      if (atom === '') scanner.at++;
    }
  }
  scanner.until('>', false);
  scanner.at++;
  return { name: phrase === '' ? null : phrase, route, mailbox, host };
}

/** A domain or a domain literal, without white space and comments. The cursor stands after the `@`. */
function parseDomain(scanner: Scanner): string {
  let host = '';
  for (scanner.skip(); ; ) {
    if (scanner.peek() === '[') {
      host += scanner.until(']>', false).replace(/[ \t\r\n]+/g, '');
      if (scanner.peek() === ']') {
        host += ']';
        scanner.at++;
      }
    } else host += scanner.until(ATOM_STOPS, true);
    scanner.skip();
    // Space inside a domain only around its dots (RFC 5322 4.4: obs-domain).
    if (
      scanner.peek() !== '.' &&
      !(host.endsWith('.') && scanner.peek() !== '' && !ATOM_STOPS.includes(scanner.peek()))
    )
      return host;
  }
}

/** Addresses with names, local parts and domains decoded (RFC 2047, UTF-8); group marks become `group`. */
export function decodeAddresses(list: readonly WireAddress[]): Address[] {
  const out: Address[] = [];
  let group: string | undefined;
  for (const { name, mailbox, host } of list) {
    if (host === null) group = mailbox === null ? undefined : decodeText(mailbox);
    else {
      const local = mailbox ?? '';
      const address = decodeText(host === '' ? local : `${local}@${host}`);
      out.push({ name: name === null ? '' : decodeText(name), address, ...(group === undefined ? {} : { group }) });
    }
  }
  return out;
}
