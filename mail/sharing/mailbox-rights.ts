import type { Rights } from './rights.ts';

/** What somebody may do with a mailbox, as JMAP says it (RFC 8621 section 2), and which rights of RFC 4314 that takes. */
const LETTERS = {
  mayReadItems: 'lr',
  mayAddItems: 'i',
  mayRemoveItems: 'te',
  maySetSeen: 's',
  maySetKeywords: 'w',
  mayCreateChild: 'k',
  mayRename: 'x',
  mayDelete: 'x',
  maySubmit: 'p',
  mayShare: 'a',
} as const;

export type MailboxRight = keyof typeof LETTERS;
export type MailboxRights = Readonly<Record<MailboxRight, boolean>>;

export const MAILBOX_RIGHTS = Object.keys(LETTERS) as readonly MailboxRight[];

export function mailboxRights(rights: Rights): MailboxRights {
  const has = (letters: string) => [...letters].every((letter) => rights.has(letter));
  return Object.fromEntries(MAILBOX_RIGHTS.map((right) => [right, has(LETTERS[right])])) as MailboxRights;
}

/** The rights that these take; those of `before` stay that JMAP has no word for. Undefined where one letter would have to be two things. */
export function lettersOf(wanted: Partial<MailboxRights>, before: Rights): Rights | undefined {
  if ((wanted.mayRename === true) !== (wanted.mayDelete === true)) return undefined;
  const rights = new Set(before);
  for (const right of MAILBOX_RIGHTS) {
    // Of what takes two, one that was there alone was no such right, and is none of what JMAP says.
    const letters = [...LETTERS[right]];
    const had = letters.every((letter) => before.has(letter));
    if (wanted[right] === true) for (const letter of letters) rights.add(letter);
    else if (had) for (const letter of letters) rights.delete(letter);
  }
  return rights;
}
