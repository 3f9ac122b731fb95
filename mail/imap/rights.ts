import { ALL, plainRights, type Rights, type RightsChange } from '../sharing/rights.ts';
import { Bad } from './errors.ts';

/**
 * RFC 4314 section 2.1.1: what RFC 2086 had in their place. Each stands for its members when it is given, and is told where there is one
 * of them.
 */
const VIRTUAL = [
  ['c', 'kx'],
  ['d', 'te'],
] as const;

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

/** As a client is told them. */
export function rightsText(rights: Rights): string {
  const virtual = VIRTUAL.filter(([, members]) => [...members].some((member) => rights.has(member)));
  return plainRights(rights) + virtual.map(([letter]) => letter).join('');
}
