/** The rights of RFC 4314 section 2.1, in the order in which they are written. */
export const ALL = 'lrswipkxtea';

export type Rights = ReadonlySet<string>;

export const NONE: Rights = new Set();
export const EVERY: Rights = new Set(ALL);

/** What is done to somebody's rights. */
export interface RightsChange {
  readonly mode: 'set' | 'add' | 'remove';
  readonly rights: Rights;
}

/** As they are kept: without the virtual ones. */
export function plainRights(rights: Rights): string {
  return [...ALL].filter((right) => rights.has(right)).join('');
}

/** The right to change a flag (RFC 4314 section 4, STORE). */
export function rightFor(flag: string): 's' | 't' | 'w' {
  const name = flag.toLowerCase();
  return name === '\\seen' ? 's' : name === '\\deleted' ? 't' : 'w';
}
