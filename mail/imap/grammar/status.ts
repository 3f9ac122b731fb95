import type { Mailbox } from '../../account/types.ts';
import type { Parser } from './parser.ts';

/** What some items take from elsewhere than the mailbox; functions cost something. */
export interface StatusContext {
  readonly recent: () => number;
  /** Messages that the user has not read. */
  readonly unseen: number;
  /** That an EXPUNGE would free. */
  readonly deletedBytes: () => number;
  /** The largest message that APPEND takes, in bytes. */
  readonly maxMessage: number;
}

/** What STATUS can tell (RFC 3501 section 6.3.10; SIZE: RFC 8438; HIGHESTMODSEQ: RFC 7162; DELETED: RFC 9051; MAILBOXID: RFC 8474; APPENDLIMIT: RFC 7889; DELETED-STORAGE: RFC 9208), each with how it is computed. */
export const STATUS_ITEMS = {
  MESSAGES: (mailbox: Mailbox) => mailbox.messages,
  RECENT: (_: Mailbox, { recent }: StatusContext) => recent(),
  UIDNEXT: (mailbox: Mailbox) => mailbox.uidnext,
  UIDVALIDITY: (mailbox: Mailbox) => mailbox.uidvalidity,
  UNSEEN: (_: Mailbox, { unseen }: StatusContext) => unseen,
  SIZE: (mailbox: Mailbox) => mailbox.bytes,
  HIGHESTMODSEQ: (mailbox: Mailbox) => mailbox.modseq,
  DELETED: (mailbox: Mailbox) => mailbox.deleted,
  MAILBOXID: (mailbox: Mailbox) => `(${mailbox.id})`,
  'DELETED-STORAGE': (_: Mailbox, { deletedBytes }: StatusContext) => deletedBytes(),
  APPENDLIMIT: (_: Mailbox, { maxMessage }: StatusContext) => maxMessage,
} as const satisfies Record<string, (mailbox: Mailbox, context: StatusContext) => number | string>;

export type StatusItem = keyof typeof STATUS_ITEMS;

export function statusItems(parser: Parser): readonly StatusItem[] {
  const item = () => {
    const start = parser.pos;
    const name = parser.keyword('a status item');
    if (Object.hasOwn(STATUS_ITEMS, name)) return name as StatusItem;
    parser.pos = start;
    return parser.fail(`one of ${Object.keys(STATUS_ITEMS).join(', ')}`);
  };
  return [...new Set(parser.list(item, { what: 'a list of status items in parentheses' }))];
}
