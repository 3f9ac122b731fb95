/** What somebody may do with a folder that is shared with him, as people say it, and as rights of RFC 8621 section 2. */

export type Rights = Readonly<Record<string, boolean>>;
export type Level = keyof typeof LEVELS;

const READ = { mayReadItems: true, maySetSeen: true };
const WRITE = { ...READ, mayAddItems: true, mayRemoveItems: true, maySetKeywords: true };
const MANAGE = { ...WRITE, mayCreateChild: true, mayRename: true, mayDelete: true, mayShare: true };

export const LEVELS = { read: READ, write: WRITE, manage: MANAGE } as const;

/** Undefined: rights that were given by another program, and are none of these. */
export function levelOf(rights: Rights): Level | undefined {
  const given = (one: Rights) =>
    Object.keys(one)
      .filter((name) => one[name] && name !== 'maySubmit')
      .sort()
      .join();
  return (Object.keys(LEVELS) as Level[]).find((level) => given(LEVELS[level]) === given(rights));
}
