import { Bad, No } from '../errors.ts';
import { date } from './dates.ts';
import { headerName } from './fetch.ts';
import { modSequence } from './modseq.ts';
import { type Parser, utf8 } from './parser.ts';
import { SAVED, type SequenceSet, sequenceSet } from './sequence.ts';

export type AddressField = 'from' | 'to' | 'cc' | 'bcc';

/** A search program (RFC 3501 section 6.4.4). Strings are Unicode; days count from 1970. */
export type SearchKey =
  | { readonly key: 'all' }
  | { readonly key: 'and' | 'or'; readonly keys: readonly SearchKey[] }
  | { readonly key: 'not'; readonly of: SearchKey }
  | { readonly key: 'flag'; readonly flag: string }
  | { readonly key: 'recent' }
  | { readonly key: 'sequence'; readonly set: SequenceSet }
  | { readonly key: 'uid'; readonly set: SequenceSet }
  | { readonly key: 'date' | 'sent' | 'saved'; readonly op: 'before' | 'on' | 'since'; readonly day: number }
  /** RFC 5032: INTERNALDATE at least, or at most, so long ago. */
  | { readonly key: 'within'; readonly op: 'older' | 'younger'; readonly seconds: number }
  /** RFC 8474 section 6. */
  | { readonly key: 'emailid' | 'threadid'; readonly id: string }
  /** RFC 7162 section 3.1.5. */
  | { readonly key: 'modseq'; readonly least: number }
  | { readonly key: 'size'; readonly op: 'larger' | 'smaller'; readonly bytes: number }
  | { readonly key: 'subject'; readonly text: string }
  | { readonly key: 'address'; readonly field: AddressField; readonly text: string }
  | { readonly key: 'header'; readonly name: string; readonly text: string }
  | { readonly key: 'body' | 'text'; readonly text: string };

/** Parentheses within parentheses, and NOT within NOT; beyond, a program is an attack. */
const MAX_NESTING = 100;
/** Keys of one program. */
const MAX_KEYS = 2_000;

const not = (of: SearchKey): SearchKey => ({ key: 'not', of });
const flag = (name: string): SearchKey => ({ key: 'flag', flag: name });

const MAX_UID = 4_294_967_295;
/** The UIDs from one to another (RFC 9738 section 3.2). No message has UID 0. */
const uids = (first: number, last: number): SearchKey => ({ key: 'uid', set: [last < first ? [0, 0] : [first, last]] });

/** Keys that stand alone. */
const PLAIN: Readonly<Record<string, SearchKey>> = {
  ALL: { key: 'all' },
  ANSWERED: flag('\\Answered'),
  DELETED: flag('\\Deleted'),
  DRAFT: flag('\\Draft'),
  FLAGGED: flag('\\Flagged'),
  SEEN: flag('\\Seen'),
  UNANSWERED: not(flag('\\Answered')),
  UNDELETED: not(flag('\\Deleted')),
  UNDRAFT: not(flag('\\Draft')),
  UNFLAGGED: not(flag('\\Flagged')),
  UNSEEN: not(flag('\\Seen')),
  // RFC 8514: it is kept for every message.
  SAVEDATESUPPORTED: { key: 'all' },
  RECENT: { key: 'recent' },
  OLD: not({ key: 'recent' }),
  NEW: { key: 'and', keys: [{ key: 'recent' }, not(flag('\\Seen'))] },
};

class SearchParser {
  readonly parser: Parser;
  keys = 0;

  constructor(parser: Parser) {
    this.parser = parser;
  }

  text(what: string): string {
    this.parser.space();
    return utf8(this.parser.astring(what));
  }

  day(): number {
    this.parser.space();
    return date(this.parser);
  }

  /** Keys that take arguments, by name. */
  readonly table: Readonly<Record<string, (depth: number) => SearchKey>> = {
    KEYWORD: () => flag(this.keyword()),
    UNKEYWORD: () => not(flag(this.keyword())),
    BEFORE: () => ({ key: 'date', op: 'before', day: this.day() }),
    ON: () => ({ key: 'date', op: 'on', day: this.day() }),
    SINCE: () => ({ key: 'date', op: 'since', day: this.day() }),
    SAVEDBEFORE: () => ({ key: 'saved', op: 'before', day: this.day() }),
    SAVEDON: () => ({ key: 'saved', op: 'on', day: this.day() }),
    SAVEDSINCE: () => ({ key: 'saved', op: 'since', day: this.day() }),
    OLDER: () => ({ key: 'within', op: 'older', seconds: this.seconds() }),
    YOUNGER: () => ({ key: 'within', op: 'younger', seconds: this.seconds() }),
    EMAILID: () => ({ key: 'emailid', id: this.objectId() }),
    THREADID: () => ({ key: 'threadid', id: this.objectId() }),
    SENTBEFORE: () => ({ key: 'sent', op: 'before', day: this.day() }),
    SENTON: () => ({ key: 'sent', op: 'on', day: this.day() }),
    SENTSINCE: () => ({ key: 'sent', op: 'since', day: this.day() }),
    LARGER: () => ({ key: 'size', op: 'larger', bytes: this.bytes() }),
    SMALLER: () => ({ key: 'size', op: 'smaller', bytes: this.bytes() }),
    FROM: () => ({ key: 'address', field: 'from', text: this.text('what to look for in From') }),
    TO: () => ({ key: 'address', field: 'to', text: this.text('what to look for in To') }),
    CC: () => ({ key: 'address', field: 'cc', text: this.text('what to look for in Cc') }),
    BCC: () => ({ key: 'address', field: 'bcc', text: this.text('what to look for in Bcc') }),
    SUBJECT: () => ({ key: 'subject', text: this.text('what to look for in the subject') }),
    BODY: () => ({ key: 'body', text: this.text('what to look for in the body') }),
    TEXT: () => ({ key: 'text', text: this.text('what to look for in the message') }),
    HEADER: () => {
      this.parser.space();
      const name = headerName(this.parser);
      return { key: 'header', name: name.toLowerCase(), text: this.text('what to look for in the header') };
    },
    MODSEQ: () => this.modseq(),
    UID: () => {
      this.parser.space();
      return { key: 'uid', set: sequenceSet(this.parser) };
    },
    UIDAFTER: () => uids(this.uid() + 1, MAX_UID),
    UIDBEFORE: () => uids(1, this.uid() - 1),
    NOT: (depth) => {
      this.parser.space();
      return not(this.one(depth + 1));
    },
    OR: (depth) => {
      this.parser.space();
      const left = this.one(depth + 1);
      this.parser.space();
      return { key: 'or', keys: [left, this.one(depth + 1)] };
    },
  };

  keyword(): string {
    this.parser.space();
    return this.parser.atom('a keyword');
  }

  /** `["/flags/name" type] n`. There is one mod-sequence for all of a message, so the name and its type are passed over. */
  modseq(): SearchKey {
    const { parser } = this;
    parser.space();
    if (parser.peek() === '"') {
      if (!/^\/flags\/\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+$/.test(parser.string()))
        throw new Bad('Expected the name of a flag: "/flags/..."');
      parser.space();
      if (!/^(PRIV|SHARED|ALL)$/.test(parser.keyword('priv, shared or all')))
        throw new Bad('Expected priv, shared or all');
      parser.space();
    }
    return { key: 'modseq', least: modSequence(parser) };
  }

  seconds(): number {
    this.parser.space();
    return this.parser.nonZero('a number of seconds');
  }

  objectId(): string {
    this.parser.space();
    const id = this.parser.atom('an object id');
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(id)) throw new Bad('Expected an object id: letters, digits, _ and -');
    return id;
  }

  uid(): number {
    this.parser.space();
    return this.parser.nonZero('a UID');
  }

  bytes(): number {
    this.parser.space();
    return this.parser.number64('a size in bytes');
  }

  one(depth: number): SearchKey {
    if (depth > MAX_NESTING) throw new Bad(`A search nests at most ${MAX_NESTING} deep`);
    if (++this.keys > MAX_KEYS) throw new Bad(`A search has at most ${MAX_KEYS} keys`);
    const { parser } = this;
    if (parser.peek() === '(') {
      const keys = parser.list(() => this.one(depth + 1), { what: 'search keys' });
      return keys.length === 1 ? keys[0]! : { key: 'and', keys };
    }
    if (/[\d*$]/.test(parser.peek())) return { key: 'sequence', set: sequenceSet(parser) };
    const start = parser.pos;
    const name = parser.keyword('a search key');
    const plain = Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
    if (plain !== undefined) return plain;
    const parse = Object.hasOwn(this.table, name) ? this.table[name] : undefined;
    if (parse !== undefined) return parse(depth);
    parser.pos = start;
    return parser.fail('a search key of RFC 3501 section 6.4.4');
  }
}

/**
 * `[CHARSET name] key...`, or `name key...` where it must be said (SORT and THREAD). Refuses other charsets than US-ASCII and UTF-8
 * with BADCHARSET.
 */
export function searchProgram(parser: Parser, charset: 'may' | 'must' = 'may'): SearchKey {
  if (charset === 'must' || parser.skip('CHARSET ')) {
    // RFC 6855 section 3: UTF-8 has been agreed on.
    if (charset === 'may' && parser.isUtf8) throw new Bad('No charset is said after ENABLE UTF8=ACCEPT');
    const name = parser.astring('a charset');
    parser.space();
    if (!/^(utf-8|us-ascii)$/i.test(name)) {
      throw new No('BADCHARSET (US-ASCII UTF-8)', 'Searches are in US-ASCII or UTF-8');
    }
  }
  const search = new SearchParser(parser);
  const keys = [search.one(0)];
  while (parser.skip(' ')) keys.push(search.one(0));
  return keys.length === 1 ? keys[0]! : { key: 'and', keys };
}

/** Whether a program asks for mod-sequences anywhere: then its answer tells one (RFC 7162 section 3.1.5). */
export function asksModseq(key: SearchKey): boolean {
  return someKey(key, (one) => one.key === 'modseq');
}

/** Whether a program names messages by their numbers. */
export function namesNumbers(key: SearchKey): boolean {
  return someKey(key, (one) => one.key === 'sequence' && one.set !== SAVED);
}

export function someKey(key: SearchKey, test: (key: SearchKey) => boolean): boolean {
  if (key.key === 'and' || key.key === 'or') return key.keys.some((one) => someKey(one, test));
  return key.key === 'not' ? someKey(key.of, test) : test(key);
}
