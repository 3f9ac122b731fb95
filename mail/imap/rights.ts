import { Bad } from './errors.ts';

/** The rights of RFC 4314 section 2.1, in the order in which they are written. */
export const ALL = 'lrswipkxtea';
/**
 * RFC 4314 section 2.1.1: what RFC 2086 had in their place. Each stands for its members when it is given, and is told where there is one
 * of them.
 */
const VIRTUAL = [
  ['c', 'kx'],
  ['d', 'te'],
] as const;

export type Rights = ReadonlySet<string>;

export const NONE: Rights = new Set();
export const EVERY: Rights = new Set(ALL);

/** What SETACL does to somebody's rights. */
export interface RightsChange {
  readonly mode: 'set' | 'add' | 'remove';
  readonly rights: Rights;
}

/** `lrs`, `+w` or `-w` (RFC 4314 section 3.1). Throws `Bad` for a right that there is not. */
export function rightsChange(text: string): RightsChange {
  const mode = text.startsWith('+') ? 'add' : text.startsWith('-') ? 'remove' : 'set';
  const letters = mode === 'set' ? text : text.slice(1);
  const rights = new Set<string>();
  for (const letter of letters) {
    const members = VIRTUAL.find(([virtual]) => virtual === letter)?.[1] ?? (ALL.includes(letter) ? letter : undefined);
    if (members === undefined) {
      // RFC 4314 section 3.1.
      if (/[A-Z]/.test(letter)) throw new Bad('Uppercase rights are not allowed');
      throw new Bad(`The ${/[a-z0-9]/.test(letter) ? letter : '?'} right is not supported`);
    }
    for (const member of members) rights.add(member);
  }
  return { mode, rights };
}

/** As they are kept: without the virtual ones. */
export function plainRights(rights: Rights): string {
  return [...ALL].filter((right) => rights.has(right)).join('');
}

/** As a client is told them. */
export function rightsText(rights: Rights): string {
  const virtual = VIRTUAL.filter(([, members]) => [...members].some((member) => rights.has(member)));
  return plainRights(rights) + virtual.map(([letter]) => letter).join('');
}
