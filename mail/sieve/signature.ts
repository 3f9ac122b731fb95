/** What a command or a test takes, as data: tables.ts is read against it. */

/** `string`: one, `strings`: one or a list. `constant`: without variables. */
export type ValueType = 'string' | 'strings' | 'number' | 'constant' | 'constants';

export interface Tag {
  /** What follows it. Absent: nothing. */
  readonly value?: ValueType;
  /** The extension that brings it. */
  readonly needs?: string;
  /** At most one tag of a group may be given. */
  readonly group?: string;
  /** Other tags without which it means nothing. */
  readonly with?: string;
}

export interface Signature {
  /** The extension that brings it. Absent: RFC 5228. */
  readonly needs?: string;
  readonly tags?: Readonly<Record<string, Tag>>;
  /** A group of tags of which one must be given. */
  readonly group?: string;
  /** The arguments behind the tags. */
  readonly values?: readonly ValueType[];
  /** How many of the first values may be left out, and the extension that they need. */
  readonly optional?: { readonly count: number; readonly needs?: string };
  readonly tests?: 'one' | 'list';
  /** Whether it has a block. */
  readonly block?: true;
}

/** RFC 5228 section 2.7: how strings are compared; RFC 5231 adds two. */
export const MATCH: Readonly<Record<string, Tag>> = {
  comparator: { value: 'constant' },
  is: { group: 'match type' },
  contains: { group: 'match type' },
  matches: { group: 'match type' },
  count: { group: 'match type', value: 'constant', needs: 'relational' },
  value: { group: 'match type', value: 'constant', needs: 'relational' },
};

/** RFC 5228 section 2.7.4: which part of an address; RFC 5233 adds two. */
export const PART: Readonly<Record<string, Tag>> = {
  all: { group: 'address part' },
  localpart: { group: 'address part' },
  domain: { group: 'address part' },
  user: { group: 'address part', needs: 'subaddress' },
  detail: { group: 'address part', needs: 'subaddress' },
};

/** RFC 5260 section 6: which of the fields of a name. */
export const INDEX: Readonly<Record<string, Tag>> = {
  index: { value: 'number', needs: 'index' },
  last: { needs: 'index', with: 'index' },
};
